//! Each fault does what its name says, and ends when it should.

use std::time::Duration;

use super::console::{CHASSIS_CONTROL, CHASSIS_STATUS, CLOSE_SESSION, Console, request};
use crate::model::power::PowerState;
use crate::sim::config::SimBmcConfig;
use crate::sim::faults::{Faults, Lockout, Refuse};
use crate::sim::wire::rmcp::{PayloadType, sessionless};

const UP: &[u8] = &[1];
const DONE: Option<(u8, Vec<u8>)> = Some((0, Vec::new()));

fn logged_in() -> Console {
    let mut console = Console::new(SimBmcConfig::new("node-1"));
    console.login();
    console
}

fn switch(console: &mut Console, faults: Faults) {
    console.device.set_faults(console.now, faults);
}

fn power_after_a_while(console: &mut Console) -> PowerState {
    console.wait(Duration::from_secs(10));
    console.device.power(console.now)
}

#[test]
fn dead_bmc_counts_what_comes_and_says_nothing() {
    let mut console = logged_in();
    let dead = Faults {
        dead: true,
        ..Faults::default()
    };
    switch(&mut console, dead);
    let before = console.device.counters(console.now);
    assert_eq!(console.open(), None);
    let after = console.device.counters(console.now);
    assert_eq!(after.packets_in, before.packets_in + 1);
    assert_eq!(after.packets_out, before.packets_out);
    switch(&mut console, Faults::default());
    assert!(console.command(CHASSIS_STATUS, &[]).is_some());
}

#[test]
fn busy_bmc_is_busy_for_so_many_commands() {
    let mut console = logged_in();
    switch(
        &mut console,
        Faults {
            busy: 2,
            ..Faults::default()
        },
    );
    for expected in [0xc0, 0xc0, 0x00] {
        let (code, _) = console.command(CHASSIS_CONTROL, UP).unwrap();
        assert_eq!(code, expected);
    }
    assert_eq!(console.device.counters(console.now).controls_received.up, 1);
}

#[test]
fn starting_bmc_refuses_so_many_commands_but_not_a_close() {
    let mut console = logged_in();
    let refuse = Some(Refuse {
        code: 0xd2,
        next: 2,
    });
    switch(
        &mut console,
        Faults {
            refuse,
            ..Faults::default()
        },
    );
    let refused = console.command(CHASSIS_STATUS, &[]);
    assert_eq!(refused, Some((0xd2, vec![])));
    let id = console.bmc_id.to_le_bytes();
    assert_eq!(console.command(CLOSE_SESSION, &id), DONE);
    assert_eq!(console.device.faults.refuse.unwrap().next, 1);
}

#[test]
fn bmc_without_resources_refuses_so_many_sessions() {
    let mut console = Console::new(SimBmcConfig::new("node-1"));
    switch(
        &mut console,
        Faults {
            no_resources: 1,
            ..Faults::default()
        },
    );
    assert_eq!(console.open(), Some(0x01));
    assert_eq!(console.open(), Some(0x00));
    assert_eq!(console.device.counters(console.now).sessions_refused, 1);
}

#[test]
fn lying_bmc_says_done_and_does_nothing() {
    let mut console = logged_in();
    switch(
        &mut console,
        Faults {
            lying_success: true,
            ..Faults::default()
        },
    );
    assert_eq!(console.command(CHASSIS_CONTROL, UP), DONE);
    assert_eq!(power_after_a_while(&mut console), PowerState::Off);
    let counters = console.device.counters(console.now);
    assert_eq!(
        (counters.controls_received.up, counters.controls_acted.up),
        (1, 0)
    );
}

#[test]
fn lost_reply_means_done_and_lost_request_means_not_done() {
    let mut console = logged_in();
    let faults = Faults {
        drop_control_replies: 1,
        ..Faults::default()
    };
    switch(&mut console, faults);
    assert_eq!(console.command(CHASSIS_CONTROL, UP), None);
    assert_eq!(power_after_a_while(&mut console), PowerState::On);

    let faults = Faults {
        drop_control_requests: 1,
        ..Faults::default()
    };
    switch(&mut console, faults);
    assert_eq!(console.command(CHASSIS_CONTROL, &[0]), None);
    assert_eq!(power_after_a_while(&mut console), PowerState::On);
    assert_eq!(console.command(CHASSIS_CONTROL, &[0]), DONE);
    assert_eq!(power_after_a_while(&mut console), PowerState::Off);
    assert_eq!(
        console
            .device
            .counters(console.now)
            .controls_received
            .total(),
        2
    );
}

#[test]
fn ignored_close_leaves_the_session_to_its_idle_limit() {
    let mut console = logged_in();
    let faults = Faults {
        ignore_close_session: true,
        ..Faults::default()
    };
    switch(&mut console, faults);
    let id = console.bmc_id.to_le_bytes();
    assert_eq!(console.command(CLOSE_SESSION, &id), None);
    assert_eq!(console.device.counters(console.now).sessions_open, 1);
    console.wait(Duration::from_secs(60));
    assert_eq!(console.device.counters(console.now).sessions_expired, 1);
}

#[test]
fn cipher_suites_are_listed_unless_ignored() {
    let mut console = Console::new(SimBmcConfig::new("node-1"));
    let ask = sessionless(&request(1, (0x06, 0x54), &[0x0e, 0x00, 0x80]));
    let answers = console.send(&ask);
    let records = [0xc0, 3, 0x01, 0x41, 0x81, 0xc0, 17, 0x03, 0x44, 0x81];
    assert_eq!(answers[0][22..32], records);
    let faults = Faults {
        ignore_cipher_suites: true,
        ..Faults::default()
    };
    switch(&mut console, faults);
    assert!(console.send(&ask).is_empty());
}

#[test]
fn bad_passwords_lock_the_account_for_a_time() {
    let mut console = Console::new(SimBmcConfig::new("node-1"));
    let lasts = Duration::from_secs(60);
    let lockout = Some(Lockout { after: 2, lasts });
    switch(
        &mut console,
        Faults {
            lockout,
            ..Faults::default()
        },
    );
    assert_eq!(console.login_as(0x14, "admin", "wrong"), Err(0x0f));
    assert_eq!(console.login_as(0x14, "admin", "admin"), Ok(()));
    for _ in 0..2 {
        assert_eq!(console.login_as(0x14, "admin", "wrong"), Err(0x0f));
    }
    assert_eq!(console.login_as(0x14, "admin", "admin"), Err(0x0d));
    assert_eq!(console.device.counters(console.now).logins_locked_out, 1);
    console.wait(lasts);
    assert_eq!(console.login_as(0x14, "admin", "admin"), Ok(()));
}

#[test]
fn repeated_rakp_ends_the_handshake_where_it_is_disliked() {
    let mut console = Console::new(SimBmcConfig::new("node-1"));
    let faults = Faults {
        dislikes_repeated_rakp: true,
        ..Faults::default()
    };
    switch(&mut console, faults);
    console.open();
    let rakp1 = console.rakp1_request(0x14, "admin");
    assert!(console.handshake(PayloadType::Rakp1, &rakp1).is_some());
    assert!(console.handshake(PayloadType::Rakp1, &rakp1).is_none());
    let answer = console.handshake(PayloadType::Rakp1, &rakp1).unwrap();
    assert_eq!(answer[1], 0x02);
    assert_eq!(console.login_as(0x14, "admin", "admin"), Ok(()));
}

#[test]
fn bad_integrity_spoils_the_check_value_and_nothing_else() {
    let mut console = logged_in();
    let faults = Faults {
        bad_integrity: 1.0,
        ..Faults::default()
    };
    switch(&mut console, faults);
    let ask = console.seal(CHASSIS_STATUS, &[]);
    let answers = console.send(&ask);
    assert_eq!(answers.len(), 1);
    assert_eq!(console.unseal(&answers[0]), None);
}

#[test]
fn restarting_bmc_is_silent_and_forgets_its_sessions() {
    let mut console = logged_in();
    let rebooting = Duration::from_secs(30);
    switch(
        &mut console,
        Faults {
            rebooting,
            ..Faults::default()
        },
    );
    assert!(console.device.faults.rebooting.is_zero(), "used up");
    console.wait(Duration::from_secs(29));
    assert_eq!(console.open(), None);
    console.wait(Duration::from_secs(1));
    assert_eq!(console.command(CHASSIS_STATUS, &[]), None);
    assert_eq!(console.login_as(0x14, "admin", "admin"), Ok(()));
    assert_eq!(console.device.counters(console.now).sessions_dropped, 1);
}

#[test]
fn lagging_status_shows_the_old_power_for_a_while() {
    let mut console = logged_in();
    let status_lag = Duration::from_secs(2);
    switch(
        &mut console,
        Faults {
            status_lag,
            ..Faults::default()
        },
    );
    console.command(CHASSIS_CONTROL, UP);
    for (wait, shown) in [(1000, 0), (1000, 0), (100, 1)] {
        console.wait(Duration::from_millis(wait));
        let (_, data) = console.command(CHASSIS_STATUS, &[]).unwrap();
        assert_eq!(data[0] & 1, shown);
    }
}

#[test]
fn forgetful_bmc_accepts_boot_options_and_has_none() {
    let mut console = logged_in();
    let faults = Faults {
        forgets_boot_options: true,
        ..Faults::default()
    };
    switch(&mut console, faults);
    let pxe = [0x05, 0x80, 0x04, 0, 0, 0];
    assert_eq!(console.command((0x00, 0x08), &pxe), DONE);
    let read = console.command((0x00, 0x09), &[5, 0, 0]);
    assert_eq!(read, Some((0, vec![0x01, 0x05, 0, 0, 0, 0, 0])));
}

#[test]
fn same_seed_gives_the_same_losses() {
    let run = || {
        let mut console = logged_in();
        let faults = Faults {
            loss: 0.3,
            duplicate: 0.2,
            ..Faults::default()
        };
        switch(&mut console, faults);
        (0..50)
            .map(|_| {
                let ask = console.seal(CHASSIS_STATUS, &[]);
                console.send(&ask)
            })
            .collect::<Vec<_>>()
    };
    let first = run();
    assert_eq!(first, run());
    assert!(first.iter().any(Vec::is_empty));
    assert!(first.iter().any(|answers| answers.len() == 2));
}
