//! Sessions of real tools, packet by packet. The tools took these very answers for good.
//!
//! If a test in this file fails, _do not change the capture_: the simulator no longer says what a tool has accepted.

use std::net::SocketAddr;

use crate::sim::config::SimBmcConfig;
use crate::sim::device::Device;

/// Plays what the tool sent (`>`) and expects what it got (`<`).
fn replay(config: SimBmcConfig, capture: &str) {
    let now = crate::time::instant();
    let peer = SocketAddr::from(([127, 0, 0, 1], 40_000));
    let mut device = Device::new(now, config);
    let mut answers = Vec::new();
    for (number, line) in capture.lines().enumerate() {
        let (direction, bytes) = line.split_once(' ').unwrap();
        if direction == ">" {
            let out = device.on_datagram(now, peer, &unhex(bytes));
            answers.extend(out.into_iter().map(|outgoing| hex(&outgoing.bytes)));
        } else {
            assert_eq!(answers, [bytes], "line {}", number + 1);
            answers.clear();
        }
    }
    assert!(answers.is_empty());
    let counters = device.counters(now);
    assert_eq!((counters.sessions_opened, counters.sessions_closed), (1, 1));
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(c.to_digit(16).unwrap()).unwrap())
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn default_bmc() -> SimBmcConfig {
    SimBmcConfig::new("sim-1")
}

#[test]
fn ipmitool_reads_the_power_with_suite_3() {
    replay(default_bmc(), include_str!("captures/ipmitool-suite-3.txt"));
}

#[test]
fn ipmitool_reads_the_power_with_suite_17() {
    replay(
        default_bmc(),
        include_str!("captures/ipmitool-suite-17.txt"),
    );
}

#[test]
fn ipmipower_reads_the_power_with_suite_3() {
    replay(
        default_bmc(),
        include_str!("captures/ipmipower-suite-3.txt"),
    );
}

#[test]
fn ipmipower_turns_a_machine_on_with_suite_17_and_a_bmc_key() {
    let config = SimBmcConfig {
        kg: Some(b"rack-key".to_vec()),
        ..default_bmc()
    };
    let capture = include_str!("captures/ipmipower-suite-17-kg.txt");
    replay(config, capture);
}
