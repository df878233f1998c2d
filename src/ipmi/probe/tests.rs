//! BMCs that answer all, some and none of the questions.

use super::*;

const PLAN: Plan = Plan {
    sends: 3,
    blind_sends: 2,
    timeout: Duration::from_secs(1),
    suites: true,
};
const PONG: [u8; 28] = [
    6, 0, 0xFF, 6, 0, 0, 0x11, 0xBE, 0x40, TAG, 0, 0x10, 0, 0, 0x11, 0xBE, 0, 0, 0, 0, 0x81, 0, 0,
    0, 0, 0, 0, 0,
];

#[expect(
    clippy::disallowed_methods,
    reason = "this module knows no clock of ours"
)]
fn some_instant() -> Instant {
    Instant::now()
}

fn answer(command: u8, rq_seq: u8, completion: u8, data: &[u8]) -> Vec<u8> {
    let mut message = Vec::new();
    LanResponse {
        netfn: 0x07,
        rq_seq,
        command,
        completion,
        data,
        checksums: true,
    }
    .encode(&mut message);
    let mut out = vec![6, 0, 0xFF, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    out.push(u8::try_from(message.len()).unwrap());
    out.extend(message);
    out
}

/// Lets time pass, with this BMC: gives what was found and how many packets it took.
fn run(plan: Plan, mut bmc: impl FnMut(&[u8]) -> Vec<Vec<u8>>) -> (Findings, u32) {
    let (mut probe, mut now, mut packets) = (Probe::new(plan), some_instant(), 0);
    loop {
        match probe.poll(now) {
            Step::Transmit(datagram) => {
                packets += 1;
                for answer in bmc(&datagram) {
                    probe.on_datagram(&answer);
                }
            }
            Step::Wait(due) => now = due,
            Step::Done => return (probe.into_findings(), packets),
        }
    }
}

/// Answers all; suites 3 and 17 lie on both sides of the first page's end.
fn talkative(datagram: &[u8]) -> Vec<Vec<u8>> {
    let mut records = vec![0xC0, 3, 0x01, 0x41, 0x81];
    records.extend([0xC0, 8, 0x02, 0x42, 0x81]);
    records.extend([0xC0, 12, 0x02, 0x43, 0x81]);
    records.extend([0xC0, 17, 0x03, 0x44, 0x81]);
    match datagram.get(19) {
        None => vec![PONG.to_vec()],
        Some(0x38) => vec![answer(0x38, 1, 0, &[1, 0x80, 0x24, 0x02, 0, 0, 0, 0])],
        Some(_) => {
            let index = usize::from(datagram[22] & 0x3F);
            let mut page = vec![1];
            page.extend(records.chunks(16).nth(index).unwrap_or_default());
            let rq_seq = datagram[18] >> 2;
            vec![answer(0x54, rq_seq, 0, &page)]
        }
    }
}

#[test]
fn four_packets_tell_presence_logins_and_suites() {
    let (findings, packets) = run(PLAN, talkative);
    assert_eq!((packets, findings.presence), (4, Some(true)));
    assert_eq!(findings.suites, Some(vec![3, 8, 12, 17]));
    let capabilities = findings.capabilities.unwrap();
    assert!(capabilities.ipmi2_connections_supported && capabilities.kg_status);
    assert!(!capabilities.anonymous_login_enabled);
}

#[test]
fn each_question_may_stay_without_an_answer() {
    let (findings, packets) = run(PLAN, |_| Vec::new());
    assert!(!findings.is_there());
    assert_eq!(packets, 4);

    let (findings, packets) = run(PLAN, |sent| match sent.get(19) {
        Some(0x38) => talkative(sent),
        _ => Vec::new(),
    });
    assert!(findings.is_there() && findings.presence.is_none());
    assert!(findings.capabilities.is_some() && findings.suites.is_none());
    assert_eq!(packets, 5, "ping twice, capabilities, suites twice");

    let (findings, _) = run(PLAN, |sent| match sent.get(19) {
        Some(0x38) => vec![answer(0x38, 1, 0xCC, &[])],
        _ => Vec::new(),
    });
    assert_eq!(findings.refusal, Some(0xCC));
}

#[test]
fn truncations_strays_and_endless_lists_do_no_harm() {
    for cut in 0..40 {
        run(PLAN, |sent| {
            let cut_short = |answer: Vec<u8>| answer[..cut.min(answer.len())].to_vec();
            talkative(sent).into_iter().map(cut_short).collect()
        });
    }
    let (findings, _) = run(PLAN, |_| vec![answer(0x38, 9, 0, &[1; 8])]);
    assert!(!findings.is_there(), "another request's answer");
    for (varies, pages) in [(true, 64), (false, 2)] {
        let (_, packets) = run(PLAN, |sent| match sent.get(19) {
            Some(0x54) => {
                let mut page = [0xC0; 17];
                page[16] = if varies { sent[22] & 0x3F } else { 0 };
                vec![answer(0x54, sent[18] >> 2, 0, &page)]
            }
            _ => talkative(sent),
        });
        assert_eq!(packets, 2 + pages);
    }
}

#[test]
fn a_bmc_without_pong_is_found_by_its_other_answers() {
    let (findings, _) = run(PLAN, |sent| match sent.get(19) {
        None => Vec::new(),
        Some(_) => talkative(sent),
    });
    assert!(findings.is_there());
    let quirks = Quirks::from_iter([Quirk::NoPresencePing]);
    assert_eq!(findings.quirks(), quirks);
    let (findings, _) = run(PLAN, |_| Vec::new());
    assert_eq!(findings.quirks(), Quirks::default(), "it is not there");
}

#[test]
fn without_the_ping_a_login_learns_the_suites_from_three_packets() {
    let (mut probe, now) = (Probe::without_ping(PLAN), some_instant());
    let mut packets = 0;
    while let Step::Transmit(datagram) = probe.poll(now) {
        packets += 1;
        assert_eq!(probe.sends(), 1);
        for answer in talkative(&datagram) {
            assert!(probe.on_datagram(&answer));
            assert!(!probe.on_datagram(&answer), "a second time it is none");
        }
    }
    assert_eq!(packets, 3);
    assert_eq!(probe.findings().suites, Some(vec![3, 8, 12, 17]));
}
