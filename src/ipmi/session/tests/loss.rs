//! Loss, duplication, delay, reordering and damage of packets.

use std::time::Duration;

use super::bmc::Bmc;
use super::net::{Fate, Net, Seeded, Way};
use super::{is_on, power_on, settings, status, stranger};
use crate::ipmi::crypto::suite::Suite;
use crate::ipmi::privilege::Privilege;
use crate::ipmi::quirk::{Quirk, Quirks};
use crate::ipmi::session::{Failure, Settings, Stage};

/// A whole life: login, status, control, status, close.
struct Life {
    name: &'static str,
    settings: Settings,
    /// Whether the first session has room for the control. Otherwise another one is opened for it.
    room: bool,
}

/// With the suites that most BMCs have, and with the questions to a stranger in front.
fn lives(room: bool) -> [Life; 3] {
    let life = |name, settings| Life {
        name,
        settings,
        room,
    };
    [
        life("suite 17", settings().with_suite(Some(Suite::S17))),
        life("suite 3", settings().with_suite(Some(Suite::S3))),
        life("a stranger", stranger()),
    ]
}

impl Life {
    /// Lives it, with this fate of each packet. What must hold, whatever happens to one or two of them: reads succeed, the
    /// control acts at most once, and has acted if it is reported as done, and no session stays open. Gives what was
    /// learned about the BMC.
    fn live(&self, context: &str, fate: impl FnMut(usize, Way, &[u8]) -> Fate) -> Quirks {
        let read = || {
            let room = if self.room {
                Privilege::Operator
            } else {
                Privilege::User
            };
            status().with_room(room)
        };
        let mut net = Net::new(self.settings.clone(), Bmc::new(), fate);
        let first = net.request(read()).expect(context);
        assert!(!is_on(&first), "{context}");
        let control = net.request(power_on());
        let acted = net.bmc.controls.len();
        let last = net.request(read()).expect(context);
        match control {
            Ok(_) => assert_eq!((acted, is_on(&last)), (1, true), "{context}"),
            // It may still be on its way.
            Err(Failure::Silence {
                stage: Stage::Command,
                sent: true,
            }) => assert!(!is_on(&last) || net.bmc.power, "{context}"),
            Err(other) => panic!("{context}: {other:?}"),
        }
        net.close();
        assert!(net.bmc.controls.len() <= 1, "{context}");
        assert_eq!(net.bmc.established(), 0, "{context}: a session is left");
        // What was set up for an Open Session Request whose answer was lost has an id that nobody told us.
        assert!(net.bmc.sessions.len() <= 1, "{context}");
        assert!(net.elapsed() < Duration::from_secs(30), "{context}");
        net.session.profile().quirks
    }

    /// How long each packet is when nothing happens.
    fn lengths(&self) -> Vec<usize> {
        let mut lengths = Vec::new();
        let learned = self.live("undisturbed", |_, _, bytes: &[u8]| {
            lengths.push(bytes.len());
            Fate::Deliver
        });
        assert_eq!(learned, Quirks::default());
        lengths
    }
}

/// One packet of each life after the other meets `fate`. From one packet no fault may be learned that the BMC has not; that
/// a control was not answered is true.
fn each_packet(fate: &Fate) {
    for life in lives(false) {
        for victim in 0..life.lengths().len() {
            let context = format!("{}, packet {victim}: {fate:?}", life.name);
            let mut learned = life.live(&context, |index, _, _: &[u8]| {
                if index == victim {
                    fate.clone()
                } else {
                    Fate::Deliver
                }
            });
            learned.remove(Quirk::ReplyLostWithNic);
            assert_eq!(learned, Quirks::default(), "{context}");
        }
    }
}

#[test]
fn the_lives_have_all_their_packets() {
    let packets = |room| lives(room).map(|life| life.lengths().len());
    assert_eq!(packets(false), [24, 24, 30]);
    assert_eq!(packets(true), [16, 16, 22]);
}

#[test]
fn the_loss_of_any_packet_costs_time_and_nothing_else() {
    each_packet(&Fate::Drop);
}

#[test]
fn the_duplicate_of_any_packet_costs_nothing() {
    each_packet(&Fate::Duplicate);
}

#[test]
fn any_packet_may_be_overtaken_by_the_next() {
    each_packet(&Fate::Overtaken);
}

#[test]
fn any_packet_may_come_late_by_any_time() {
    for delay in [15, 400, 1_100, 2_500, 5_000, 9_000] {
        each_packet(&Fate::Late(Duration::from_millis(delay)));
    }
}

#[test]
fn any_packet_may_be_lost_while_any_other_comes_twice_or_is_overtaken() {
    for life in lives(true) {
        let packets = life.lengths().len();
        for (lost, other) in (0..packets * packets).map(|pair| (pair / packets, pair % packets)) {
            for fate in [Fate::Duplicate, Fate::Overtaken] {
                let context = format!("{}, packet {lost} lost, {other}: {fate:?}", life.name);
                life.live(&context, |index, _, _: &[u8]| match index {
                    index if index == lost => Fate::Drop,
                    index if index == other => fate.clone(),
                    _ => Fate::Deliver,
                });
            }
        }
    }
}

#[test]
fn every_truncation_of_every_packet_is_a_loss_and_nothing_worse() {
    for life in lives(true) {
        for (victim, whole) in life.lengths().into_iter().enumerate() {
            for length in 0..whole {
                let context = format!("{}, packet {victim}: {length} of {whole}", life.name);
                life.live(&context, |index, _, _: &[u8]| match index {
                    index if index == victim => Fate::Cut(length),
                    _ => Fate::Deliver,
                });
            }
        }
    }
}

#[test]
fn a_flipped_bit_in_a_session_is_a_loss() {
    // 6 and 7: the status request and its answer. From the session header on, everything is covered by the code.
    let [life, ..] = lives(false);
    for bit in (4 * 8)..(60 * 8) {
        let context = format!("bit {bit}");
        life.live(&context, |index, _, _: &[u8]| match index {
            7 => Fate::FlipBit(bit),
            _ => Fate::Deliver,
        });
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
