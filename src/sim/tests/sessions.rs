//! Handshakes and sessions: who gets in, how long they stay, and what they may do.

use std::time::Duration;

use super::console::{CHASSIS_CONTROL, CHASSIS_STATUS, CLOSE_SESSION, Console, SET_PRIVILEGE};
use crate::model::power::PowerState;
use crate::sim::config::{Privilege, SimBmcConfig, SimUser};
use crate::sim::crypto::Suite;
use crate::sim::wire::rmcp::{PayloadType, RMCP_LENGTH, RmcppHeader, rmcpp};

fn console() -> Console {
    Console::new(SimBmcConfig {
        users: vec![
            SimUser::administrator("admin", "admin"),
            SimUser::limited("watcher", "look", Privilege::User),
        ],
        ..SimBmcConfig::new("node-1")
    })
}

#[test]
fn power_is_read_and_changed_with_either_suite() {
    for suite in [Suite::Sha1, Suite::Sha256] {
        let mut console = console();
        console.suite = suite;
        console.login();
        let (code, data) = console.command(CHASSIS_STATUS, &[]).unwrap();
        assert_eq!((code, data[0] & 1), (0, 0));
        assert_eq!(console.command(CHASSIS_CONTROL, &[1]), Some((0, vec![])));
        console.wait(Duration::from_millis(100));
        let (_, data) = console.command(CHASSIS_STATUS, &[]).unwrap();
        assert_eq!(data[0] & 1, 1);
    }
}

#[test]
fn sessions_over_the_cap_are_refused_until_half_open_ones_time_out() {
    let mut console = console();
    for _ in 0..4 {
        assert_eq!(console.open(), Some(0x00));
    }
    assert_eq!(console.open(), Some(0x01));
    let counters = console.device.counters(console.now);
    assert_eq!(
        (counters.sessions_half_open, counters.sessions_refused),
        (4, 1)
    );
    console.wait(Duration::from_secs(3));
    assert_eq!(console.open(), Some(0x00));
    let counters = console.device.counters(console.now);
    assert_eq!(
        (counters.sessions_half_open, counters.sessions_expired),
        (1, 0)
    );
}

#[test]
fn idle_session_is_gone_after_its_limit_and_counted_as_leaked() {
    let mut console = console();
    console.login();
    console.wait(Duration::from_secs(59));
    assert!(console.command(CHASSIS_STATUS, &[]).is_some());
    console.wait(Duration::from_secs(60));
    assert_eq!(console.command(CHASSIS_STATUS, &[]), None);
    let counters = console.device.counters(console.now);
    assert_eq!((counters.sessions_expired, counters.sessions_open), (1, 0));
}

#[test]
fn closed_session_answers_its_close_and_nothing_more() {
    let mut console = console();
    console.login();
    let other = console.bmc_id.wrapping_add(1).to_le_bytes();
    assert_eq!(console.command(CLOSE_SESSION, &other), Some((0x87, vec![])));
    let own = console.bmc_id.to_le_bytes();
    assert_eq!(console.command(CLOSE_SESSION, &own), Some((0, vec![])));
    assert_eq!(console.command(CHASSIS_STATUS, &[]), None);
    let counters = console.device.counters(console.now);
    assert_eq!((counters.sessions_closed, counters.sessions_open), (1, 0));
}

#[test]
fn refused_logins_say_why() {
    let long = "a-name-of-17-byte";
    let cases = [
        (0x14, "nobody", "admin", Err(0x0d)),
        (0x14, "admin", "wrong", Err(0x0f)),
        (0x14, "watcher", "look", Err(0x0a)),
        (0x10, "admin", "admin", Err(0x09)),
        (0x14, long, "admin", Err(0x0c)),
        (0x04, "watcher", "look", Err(0x0d)),
        (0x12, "watcher", "look", Ok(())),
        (0x02, "watcher", "look", Ok(())),
    ];
    for (role, user, password, expected) in cases {
        let mut console = console();
        assert_eq!(
            console.login_as(role, user, password),
            expected,
            "{user} {role:#x}"
        );
        let counters = console.device.counters(console.now);
        assert_eq!(counters.logins_refused, u64::from(expected.is_err()));
        assert_eq!(counters.sessions_half_open, 0);
    }
}

#[test]
fn role_above_what_open_session_granted_is_refused() {
    let mut console = console();
    let mut request = console.open_request();
    request[1] = 0x02;
    let answer = console.handshake(PayloadType::OpenSessionRequest, &request);
    let answer = answer.unwrap();
    assert_eq!(answer[2], 0x02, "granted: USER");
    console.bmc_id = u32::from_le_bytes(answer[8..12].try_into().unwrap());
    let rakp1 = console.rakp1_request(0x13, "admin");
    let answer = console.handshake(PayloadType::Rakp1, &rakp1).unwrap();
    assert_eq!(answer[1], 0x0a);
}

#[test]
fn handshake_that_claims_to_be_sealed_is_ignored() {
    let mut console = console();
    let header = RmcppHeader {
        sealed: true,
        ..RmcppHeader::outside_session(PayloadType::OpenSessionRequest)
    };
    let open = console.open_request();
    assert!(console.send(&rmcpp(header, &open)).is_empty());
}

#[test]
fn only_an_administrator_closes_the_session_of_another() {
    let mut console = console();
    console.login();
    let first = console.bmc_id.to_le_bytes();
    console.login_as(0x12, "watcher", "look").unwrap();
    assert_eq!(console.command(CLOSE_SESSION, &first), Some((0xd4, vec![])));
    console.login();
    assert_eq!(console.command(CLOSE_SESSION, &first), Some((0, vec![])));
    let handle_2 = [0, 0, 0, 0, 2];
    assert_eq!(console.command(CLOSE_SESSION, &handle_2), Some((0, vec![])));
    let counters = console.device.counters(console.now);
    assert_eq!((counters.sessions_open, counters.sessions_closed), (1, 2));
}

#[test]
fn handshake_messages_out_of_turn_are_refused() {
    let mut console = console();
    let rakp1 = console.rakp1_request(0x14, "admin");
    let answer = console.handshake(PayloadType::Rakp1, &rakp1).unwrap();
    assert_eq!((answer[1], answer.len()), (0x02, 8), "no such session");
    console.open();
    let (rakp3, _) = console.rakp3_request(&[0; 60], 0x14, "admin", "admin");
    let answer = console.handshake(PayloadType::Rakp3, &rakp3).unwrap();
    assert_eq!(answer[1], 0x08, "no RAKP 1 yet");
}

#[test]
fn lost_handshake_answers_are_given_again() {
    let mut console = console();
    console.open();
    let rakp1 = console.rakp1_request(0x14, "admin");
    let first = console.handshake(PayloadType::Rakp1, &rakp1).unwrap();
    let again = console.handshake(PayloadType::Rakp1, &rakp1).unwrap();
    assert_eq!(first, again);
    let (rakp3, sik) = console.rakp3_request(&first, 0x14, "admin", "admin");
    let first = console.handshake(PayloadType::Rakp3, &rakp3).unwrap();
    let again = console.handshake(PayloadType::Rakp3, &rakp3).unwrap();
    assert_eq!((first[1], first.clone()), (0x00, again));
    console.adopt(&sik);
    assert!(console.command(CHASSIS_STATUS, &[]).is_some());
    assert_eq!(console.device.counters(console.now).sessions_opened, 1);
}

#[test]
fn privilege_grows_only_when_asked_and_only_to_the_limit() {
    let mut console = console();
    console.login_as(0x14, "admin", "admin").unwrap();
    assert_eq!(console.command(CHASSIS_CONTROL, &[1]), Some((0xd4, vec![])));
    assert!(matches!(console.command(CHASSIS_STATUS, &[]), Some((0, _))));
    assert_eq!(console.command(SET_PRIVILEGE, &[0]), Some((0, vec![2])));
    assert_eq!(console.command(SET_PRIVILEGE, &[3]), Some((0, vec![3])));
    assert_eq!(console.command(CHASSIS_CONTROL, &[1]), Some((0, vec![])));
    assert_eq!(
        console.command((0x06, 0x02), &[]),
        Some((0xd4, vec![])),
        "cold reset"
    );

    console.login_as(0x12, "watcher", "look").unwrap();
    assert_eq!(console.command(SET_PRIVILEGE, &[3]), Some((0x81, vec![])));
    assert_eq!(console.command(CHASSIS_CONTROL, &[0]), Some((0xd4, vec![])));
    let counters = console.device.counters(console.now);
    assert_eq!(counters.privilege_refusals, 3);
    assert_eq!(counters.controls_received.total(), 1);
}

#[test]
fn packet_that_comes_twice_is_done_once() {
    let mut console = console();
    console.login();
    let up = console.seal(CHASSIS_CONTROL, &[1]);
    assert_eq!(console.send(&up).len(), 1);
    assert_eq!(console.send(&up).len(), 0);
    let received = console.device.counters(console.now).controls_received;
    assert_eq!(received.up, 1);
}

#[test]
fn sequence_numbers_far_ahead_are_not_taken() {
    let mut console = console();
    console.login();
    console.sequence += 15;
    assert_eq!(console.command(CHASSIS_STATUS, &[]), None);
    console.sequence -= 2;
    assert!(console.command(CHASSIS_STATUS, &[]).is_some());
}

#[test]
fn packets_of_a_session_without_seal_or_with_a_changed_byte_are_ignored() {
    let mut console = console();
    console.login();
    let header = RmcppHeader {
        payload_type: PayloadType::Ipmi,
        sealed: false,
        session_id: console.bmc_id,
        sequence: 0,
    };
    let bare = rmcpp(header, &super::console::request(1, CHASSIS_CONTROL, &[1]));
    assert!(console.send(&bare).is_empty());
    let whole = console.seal(CHASSIS_CONTROL, &[1]);
    for position in RMCP_LENGTH..whole.len() {
        let mut changed = whole.clone();
        changed[position] ^= 0x10;
        assert!(console.send(&changed).is_empty(), "byte {position}");
    }
    assert_eq!(console.device.power(console.now), PowerState::Off);
    assert_eq!(console.send(&whole).len(), 1);
}

#[test]
fn unknown_commands_and_wrong_lengths_have_their_completion_codes() {
    let mut console = console();
    console.login();
    for (code, data, expected) in [
        ((0x06, 0x7f), &[][..], 0xc1),
        ((0x2c, 0x00), &[0xdc], 0xc1),
        (CHASSIS_CONTROL, &[], 0xc7),
        (CHASSIS_CONTROL, &[1, 2], 0xc7),
        (CHASSIS_CONTROL, &[9], 0xcc),
        (CHASSIS_CONTROL, &[2], 0xd5),
        ((0x00, 0x09), &[7, 0, 0], 0x80),
        ((0x00, 0x08), &[5, 0x80], 0xc7),
        ((0x0a, 0x43), &[0; 6], 0xcb),
    ] {
        assert_eq!(
            console.command(code, data),
            Some((expected, vec![])),
            "{code:x?}"
        );
    }
}

#[test]
fn cold_reset_is_answered_and_then_the_bmc_is_silent_for_a_while() {
    let mut console = console();
    console.login();
    assert_eq!(console.command((0x06, 0x02), &[]), Some((0, vec![])));
    assert_eq!(console.open(), None);
    console.wait(Duration::from_secs(5));
    assert_eq!(console.open(), Some(0));
    let counters = console.device.counters(console.now);
    assert_eq!((counters.sessions_dropped, counters.sessions_open), (1, 0));
}
