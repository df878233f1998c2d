//! Faults that last for a time, and delays with a distribution.

use std::net::SocketAddr;
use std::time::Duration;

use super::console::{CHASSIS_CONTROL, CHASSIS_STATUS, CLOSE_SESSION, Console};
use crate::sim::config::SimBmcConfig;
use crate::sim::faults::{Faults, Flapping, Spell};
use crate::sim::latency::Latency;

const PING: [u8; 12] = [6, 0, 0xff, 6, 0, 0, 0x11, 0xbe, 0x80, 0x2a, 0, 0];

fn faulty(faults: Faults) -> Console {
    Console::new(SimBmcConfig {
        faults,
        ..SimBmcConfig::new("node-1")
    })
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn code(console: &mut Console) -> u8 {
    console.command(CHASSIS_STATUS, &[]).unwrap().0
}

#[test]
fn flapping_bmc_is_there_and_not_there_by_turns_and_keeps_its_sessions() {
    let (up, down) = (seconds(20), seconds(10));
    let mut console = faulty(Faults {
        flapping: Some(Flapping { up, down }),
        ..Faults::default()
    });
    console.login();
    let mut answered = Vec::new();
    for _ in 0..6 {
        console.wait(seconds(10));
        answered.push(console.command(CHASSIS_STATUS, &[]).is_some());
    }
    assert_eq!(answered, [true, false, true, true, false, true]);
}

#[test]
fn presence_ping_is_not_answered_where_there_is_none() {
    let mut console = faulty(Faults::default());
    assert_eq!(console.send(&PING).len(), 1);
    let mut console = faulty(Faults {
        no_presence_ping: true,
        ..Faults::default()
    });
    assert!(console.send(&PING).is_empty());
    console.login();
}

#[test]
fn power_change_makes_every_command_but_close_fail_for_a_while() {
    let lasts = seconds(5);
    let mut console = faulty(Faults {
        after_control: Some(Spell { code: 0xff, lasts }),
        ..Faults::default()
    });
    console.login();
    assert_eq!(code(&mut console), 0x00);
    assert_eq!(console.command(CHASSIS_CONTROL, &[1]), Some((0, vec![])));
    assert_eq!(code(&mut console), 0xff);
    console.wait(lasts);
    assert_eq!(code(&mut console), 0x00);
    // One that does nothing disturbs nothing.
    assert_eq!(console.command(CHASSIS_CONTROL, &[1]), Some((0, vec![])));
    assert_eq!(code(&mut console), 0x00);
    assert_eq!(console.command(CHASSIS_CONTROL, &[0]), Some((0, vec![])));
    let id = console.bmc_id.to_le_bytes();
    assert_eq!(console.command(CLOSE_SESSION, &id), Some((0, vec![])));
}

#[test]
fn bmc_that_wakes_up_refuses_commands_from_its_return_on() {
    let mut console = faulty(Faults {
        waking: Some(Spell {
            code: 0xd2,
            lasts: seconds(10),
        }),
        ..Faults::default()
    });
    console.device.reboot(console.now, seconds(30));
    console.wait(seconds(36));
    assert_eq!(console.login_as(0x14, "admin", "admin"), Ok(()));
    assert_eq!(code(&mut console), 0xd2);
    console.wait(seconds(4));
    assert_eq!(code(&mut console), 0x00);
}

#[test]
fn delays_are_drawn_by_the_seed_for_the_network_and_for_the_service() {
    let latency = Latency::new(20.0, 600.0, 5000.0);
    let delays = |faults: Faults, datagram: &[u8]| -> Vec<Duration> {
        let mut console = faulty(faults);
        let peer = SocketAddr::from(([127, 0, 0, 1], 40_000));
        let ask = |_| {
            let out = console.device.on_datagram(console.now, peer, datagram);
            out[0].after
        };
        (0..20).map(ask).collect()
    };
    let network = Faults {
        latency: Some(latency),
        ..Faults::default()
    };
    let service = Faults {
        service_time: Some(latency),
        ..Faults::default()
    };
    let late = delays(network.clone(), &PING);
    assert_eq!(late, delays(network, &PING));
    assert!(late.iter().all(|delay| !delay.is_zero()));
    assert!(late.iter().any(|delay| *delay != late[0]));
    // A ping is answered by the network chip, a handshake by the BMC itself.
    assert!(delays(service.clone(), &PING).iter().all(Duration::is_zero));
    let console = faulty(Faults::default());
    let open = crate::sim::wire::rmcp::rmcpp(
        crate::sim::wire::rmcp::RmcppHeader::outside_session(
            crate::sim::wire::rmcp::PayloadType::OpenSessionRequest,
        ),
        &console.open_request(),
    );
    assert!(delays(service, &open).iter().all(|delay| !delay.is_zero()));
}

#[test]
fn idle_limit_is_shorter_while_there_are_too_many_sessions() {
    let mut console = Console::new(SimBmcConfig {
        session_cap: 62,
        session_soft_cap: Some(2),
        ..SimBmcConfig::new("node-1")
    });
    console.login();
    console.login();
    console.wait(seconds(8));
    console.login();
    let counters = console.device.counters(console.now);
    // Three are one too many: 7.5 s, which the first two have been silent for.
    assert_eq!((counters.sessions_expired, counters.sessions_open), (2, 1));
    assert_eq!(counters.sessions_leaked, 3);
}
