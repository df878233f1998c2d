//! Loss, duplication, delay and damage of packets.

use std::time::Duration;

use super::bmc::Bmc;
use super::net::{Fate, Net, Seeded, Way};
use super::{is_on, power_on, settings, status};
use crate::ipmi::crypto::suite::Suite;
use crate::ipmi::session::{Failure, Stage};

/// Packets of a whole life: login, status, reopening with more privilege, control, status, close.
const LIFE: usize = 26;

/// A whole life, in which packet `victim` meets `fate`. What must hold, whatever happens to one packet: reads succeed, the
/// control acts at most once, and exactly once if it is reported as done, and no session stays open.
fn live(victim: usize, fate: &Fate) {
    let mut net = Net::new(settings(), Bmc::new(), |index, _, _: &[u8]| {
        if index == victim {
            fate.clone()
        } else {
            Fate::Deliver
        }
    });
    let context = format!("packet {victim}: {fate:?}");
    let first = net.request(status()).expect(&context);
    assert!(!is_on(&first), "{context}");
    let control = net.request(power_on());
    let acted = net.bmc.controls.len();
    match control {
        Ok(_) => assert_eq!(acted, 1, "{context}"),
        Err(Failure::Silence {
            stage: Stage::Command,
            sent: true,
        }) => assert!(acted <= 1, "{context}"),
        Err(other) => panic!("{context}: {other:?}"),
    }
    let last = net.request(status()).expect(&context);
    assert_eq!(is_on(&last), acted == 1, "{context}");
    net.close();
    assert_eq!(net.bmc.controls.len(), acted, "{context}");
    assert_eq!(net.bmc.established(), 0, "{context}: a session is left");
    // What was set up for an Open Session Request whose answer was lost has an id that nobody told us.
    assert!(net.bmc.sessions.len() <= 1, "{context}");
    assert!(net.elapsed() < Duration::from_secs(30), "{context}");
}

#[test]
fn the_loss_of_any_packet_costs_time_and_nothing_else() {
    for victim in 0..LIFE {
        live(victim, &Fate::Drop);
    }
}

#[test]
fn the_duplicate_of_any_packet_costs_nothing() {
    for victim in 0..LIFE {
        live(victim, &Fate::Duplicate);
    }
}

#[test]
fn any_packet_may_come_late_by_any_time() {
    for victim in 0..LIFE {
        for delay in [15, 400, 1_100, 2_500, 5_000, 9_000] {
            live(victim, &Fate::Late(Duration::from_millis(delay)));
        }
    }
}

#[test]
fn every_truncation_of_every_packet_is_a_loss_and_nothing_worse() {
    for victim in 0..LIFE {
        // Some answers of this BMC are whole again without their last bytes; those are covered by the longest packet.
        for length in 0..92 {
            let mut net = Net::new(settings(), Bmc::new(), |index, way, _: &[u8]| {
                if index == victim && way == Way::ToConsole {
                    Fate::Cut(length)
                } else {
                    Fate::Deliver
                }
            });
            net.request(status()).unwrap();
            net.request(power_on()).ok();
            net.request(status()).unwrap();
            assert!(net.bmc.controls.len() <= 1);
        }
    }
}

#[test]
fn a_flipped_bit_in_a_session_is_a_loss() {
    // 6 and 7: the status request and its answer. From the session header on, everything is covered by the code.
    for bit in (4 * 8)..(60 * 8) {
        live(7, &Fate::FlipBit(bit));
    }
}

#[test]
fn a_lost_answer_to_a_control_is_reported_as_unknown_and_never_repeated() {
    let mut net = Net::new(settings(), Bmc::new(), |_, _, _: &[u8]| Fate::Deliver);
    net.bmc.deaf_to = vec![0x02];
    let failure = net.request(power_on()).unwrap_err();
    let stage = Stage::Command;
    assert_eq!(failure, Failure::Silence { stage, sent: true });
}

#[test]
fn on_a_bad_network_no_control_acts_twice_and_what_is_reported_is_true() {
    let mut answered = 0;
    for seed in 0..300 {
        let mut chance = Seeded(seed);
        let suite = [Suite::S3, Suite::S17][usize::try_from(seed % 2).unwrap()];
        let fate = move |_, _, _: &[u8]| {
            if chance.chance(10) {
                Fate::Drop
            } else if chance.chance(5) {
                Fate::Duplicate
            } else if chance.chance(10) {
                Fate::Late(Duration::from_millis(chance.number() % 3_000))
            } else {
                Fate::Deliver
            }
        };
        let mut net = Net::new(settings().with_suite(Some(suite)), Bmc::new(), fate);
        net.entropy = Seeded(seed + 1_000);
        net.bmc.slots = 15;
        let control = net.request(power_on());
        let acted = net.bmc.controls.len();
        assert!(acted <= 1, "seed {seed}");
        if control.is_ok() {
            assert_eq!(acted, 1, "seed {seed}");
        }
        if let Ok(reply) = net.request(status()) {
            answered += 1;
            assert_eq!(is_on(&reply), !net.bmc.controls.is_empty(), "seed {seed}");
        }
        net.close();
        assert!(net.bmc.controls.len() <= 1, "seed {seed}");
    }
    assert!(answered > 285, "{answered} of 300 answered");
}

#[test]
fn a_bmc_that_forgot_a_kept_session_is_logged_in_to_again() {
    let mut net = Net::new(settings(), Bmc::new(), |_, _, _: &[u8]| Fate::Deliver);
    net.request(status()).unwrap();
    net.bmc.sessions.clear();
    net.bmc.power = true;
    assert!(is_on(&net.request(status()).unwrap()));
    assert_eq!(net.bmc.opened, 2);
}

#[test]
fn garbage_changes_nothing() {
    let mut chance = Seeded(7);
    let mut net = Net::new(settings(), Bmc::new(), |_, _, _: &[u8]| Fate::Deliver);
    net.request(status()).unwrap();
    for length in 0..300 {
        let mut bytes = vec![0; length];
        crate::ipmi::session::Entropy::fill(&mut chance, &mut bytes);
        // Now and then it begins like RMCP+.
        if length % 2 == 0 && length > 16 {
            bytes[..5].copy_from_slice(&[0x06, 0x00, 0xFF, 0x07, 0x06]);
        }
        net.session.on_datagram(net.now, &bytes, &mut net.entropy);
    }
    let before = net.packets;
    net.request(status()).unwrap();
    assert_eq!(net.packets - before, 2);
}
