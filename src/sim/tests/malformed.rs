//! Whatever comes, a BMC does not panic, and a stranger never gets back much more than a BMC has to say.

use proptest::prelude::*;

use super::console::{CHASSIS_CONTROL, CHASSIS_STATUS, Console, request};
use crate::sim::config::SimBmcConfig;
use crate::sim::faults::Faults;
use crate::sim::wire::rmcp::{PayloadType, RmcppHeader, rmcpp, sessionless};

/// RAKP 2 of suite 17, the longest answer outside a session: RMCP 4, session header 12, message 72.
const LONGEST_ANSWER: usize = 4 + 12 + 72;

/// One good datagram of every kind, for a BMC that has a session open and another one half-way.
fn requests() -> (Console, Vec<Vec<u8>>) {
    let mut console = Console::new(SimBmcConfig::new("node-1"));
    console.login();
    let sealed = [
        console.seal(CHASSIS_STATUS, &[]),
        console.seal(CHASSIS_CONTROL, &[1]),
        console.seal((0x00, 0x08), &[0x05, 0x80, 0x04, 0, 0, 0]),
        console.seal((0x06, 0x3d), &[0xff, 1, 2, 3, 4]),
    ];
    let active = console.bmc_id;
    console.open();
    let open = console.open_request();
    let rakp1 = console.rakp1_request(0x14, "admin");
    let (rakp3, _) = console.rakp3_request(&[0; 60], 0x14, "admin", "admin");
    console.bmc_id = active;
    let outside = |kind, payload: &[u8]| rmcpp(RmcppHeader::outside_session(kind), payload);
    let capabilities = request(1, (0x06, 0x38), &[0x8e, 0x04]);
    let mut all = vec![
        vec![6, 0, 0xff, 6, 0, 0, 0x11, 0xbe, 0x80, 0x01, 0, 0],
        sessionless(&capabilities),
        outside(PayloadType::Ipmi, &capabilities),
        outside(PayloadType::OpenSessionRequest, &open),
        outside(PayloadType::Rakp1, &rakp1),
        outside(PayloadType::Rakp3, &rakp3),
    ];
    all.extend(sealed);
    (console, all)
}

fn answers_are_short(console: &mut Console, datagram: &[u8]) {
    for answer in console.send(datagram) {
        assert!(answer.len() <= LONGEST_ANSWER, "{datagram:02x?}");
    }
}

#[test]
fn every_truncation_of_every_request_is_ignored() {
    let (mut console, all) = requests();
    for datagram in &all {
        for length in 0..datagram.len() {
            let answers = console.send(&datagram[..length]);
            assert!(answers.is_empty(), "{length} bytes of {datagram:02x?}");
        }
    }
    // They were good requests: whole, each is answered.
    for datagram in &all {
        assert_eq!(console.send(datagram).len(), 1, "{datagram:02x?}");
    }
}

#[test]
fn every_answer_can_be_cut_short_or_be_noise() {
    let (mut console, all) = requests();
    let faults = Faults {
        truncate: 0.5,
        garbage: 0.5,
        stale: 0.5,
        duplicate: 0.5,
        reorder: 0.5,
        ..Faults::default()
    };
    console.device.set_faults(console.now, faults);
    for _ in 0..50 {
        for datagram in &all {
            answers_are_short(&mut console, datagram);
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_get_short_answers_or_none(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let (mut console, _) = requests();
        answers_are_short(&mut console, &bytes);
        let mut with_header = vec![0x06, 0x00, 0xff, 0x07];
        with_header.extend(&bytes);
        answers_are_short(&mut console, &with_header);
        with_header.insert(4, 0x06);
        answers_are_short(&mut console, &with_header);
    }

    #[test]
    fn good_requests_with_bytes_changed_get_short_answers_or_none(
        which in 0_usize..10,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        more in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let (mut console, all) = requests();
        let mut datagram = all[which].clone();
        for (position, value) in changes {
            let position = position.index(datagram.len());
            datagram[position] = value;
        }
        datagram.extend(more);
        answers_are_short(&mut console, &datagram);
    }

    #[test]
    fn random_payloads_of_the_handshake_get_short_answers_or_none(
        kind in prop::sample::select(vec![
            PayloadType::Ipmi,
            PayloadType::OpenSessionRequest,
            PayloadType::Rakp1,
            PayloadType::Rakp3,
        ]),
        payload in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let (mut console, _) = requests();
        let datagram = rmcpp(RmcppHeader::outside_session(kind), &payload);
        answers_are_short(&mut console, &datagram);
    }

    #[test]
    fn random_commands_in_a_session_do_not_panic(
        net_fn in prop::sample::select(vec![0x00_u8, 0x04, 0x06, 0x0a, 0x0c, 0x2c]),
        command in any::<u8>(),
        data in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut console = Console::new(SimBmcConfig::new("node-1"));
        console.login();
        console.command((net_fn, command), &data);
    }
}
