//! What some BMCs get wrong in the handshake, for clients that have to live with it.

use super::console::{CHASSIS_STATUS, Console, SET_PRIVILEGE};
use crate::sim::config::{Privilege, SimBmcConfig, SimUser};
use crate::sim::faults::{Faults, Rakp2Length};
use crate::sim::wire::rmcp::PayloadType;

/// By name alone, as administrator.
const ROLE: u8 = 0x14;

fn faulty(faults: Faults) -> Console {
    Console::new(SimBmcConfig {
        faults,
        ..SimBmcConfig::new("node-1")
    })
}

/// Logs in where this BMC hashes over `identity`; RAKP 2 must say so, and RAKP 3 and the session must be good.
fn logs_in_over(console: &mut Console, name_sent: &str, identity: &[u8]) {
    assert_eq!(console.open(), Some(0));
    let request = console.rakp1_request(ROLE, name_sent);
    let rakp2 = console.handshake(PayloadType::Rakp1, &request).unwrap();
    assert_eq!(rakp2[40..], console.rakp2_code(&rakp2, identity, "admin"));
    let (request, sik) = console.rakp3_over(&rakp2, identity, "admin");
    let rakp4 = console.handshake(PayloadType::Rakp3, &request).unwrap();
    assert_eq!(rakp4[1], 0);
    console.adopt(&sik);
    assert!(console.command(CHASSIS_STATUS, &[]).is_some());
}

#[test]
fn healthy_bmc_hashes_what_rakp_1_says() {
    let mut console = faulty(Faults::default());
    let identity = [&[ROLE, 5], &b"admin"[..]].concat();
    logs_in_over(&mut console, "admin", &identity);
}

#[test]
fn privilege_of_open_session_takes_the_place_of_the_role_byte() {
    for asks_for in [0, 4] {
        let mut console = faulty(Faults {
            open_session_privilege_keys: true,
            ..Faults::default()
        });
        console.asks_for = asks_for;
        let identity = [&[asks_for, 5], &b"admin"[..]].concat();
        logs_in_over(&mut console, "admin", &identity);
    }
}

#[test]
fn privilege_of_open_session_beside_the_lookup_bit_goes_unnoticed_where_both_are_the_same() {
    for (asks_for, role) in [(0, 0x10), (4, ROLE)] {
        let mut console = faulty(Faults {
            open_session_privilege_and_lookup_keys: true,
            ..Faults::default()
        });
        console.asks_for = asks_for;
        let identity = [&[role, 5], &b"admin"[..]].concat();
        logs_in_over(&mut console, "admin", &identity);
    }
}

#[test]
fn user_name_is_padded_with_zeros_and_its_length_is_the_one_that_came() {
    for (name, length) in [("admin", 5), ("admin\0\0\0\0\0\0\0\0\0\0\0", 16)] {
        let mut console = faulty(Faults {
            padded_user_name: true,
            ..Faults::default()
        });
        let identity = [&[ROLE, length], &b"admin"[..], &[0; 11]].concat();
        logs_in_over(&mut console, name, &identity);
    }
    let mut healthy = faulty(Faults::default());
    assert_eq!(healthy.login_as(ROLE, "admin\0", "admin"), Err(0x0d));
}

#[test]
fn code_of_rakp_2_is_a_byte_too_short_or_too_long() {
    for (wrong, length) in [(Rakp2Length::Short, 31), (Rakp2Length::Long, 33)] {
        let mut console = faulty(Faults {
            rakp2_length: Some(wrong),
            ..Faults::default()
        });
        console.open();
        let request = console.rakp1_request(ROLE, "admin");
        let rakp2 = console.handshake(PayloadType::Rakp1, &request).unwrap();
        let identity = [&[ROLE, 5], &b"admin"[..]].concat();
        let whole = console.rakp2_code(&rakp2, &identity, "admin");
        assert_eq!(rakp2.len(), 40 + length);
        assert_eq!(rakp2[40..71], whole[..31]);
        assert_eq!(console.login_as(ROLE, "admin", "admin"), Ok(()));
    }
}

#[test]
fn privilege_below_the_users_limit_is_refused_where_it_has_to_be_exact() {
    let mut console = Console::new(SimBmcConfig {
        users: vec![SimUser::limited("op", "op", Privilege::Operator)],
        faults: Faults {
            exact_privilege: true,
            ..Faults::default()
        },
        ..SimBmcConfig::new("node-1")
    });
    assert_eq!(console.login_as(0x12, "op", "op"), Ok(()));
    assert_eq!(console.command(SET_PRIVILEGE, &[2]), Some((0xd4, vec![])));
    assert_eq!(console.login_as(0x13, "op", "op"), Ok(()));
    assert_eq!(console.command(SET_PRIVILEGE, &[3]), Some((0x00, vec![3])));
}
