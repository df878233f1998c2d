//! The daemon is killed (SIGKILL) between an order and its effect: after the restart the change completes, and the machine was
//! told once.
#![cfg(test)]

use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::{ControlCounts, Delays, Faults, SimBmc, SimBmcConfig};

use crate::common::bench::{Bench, node, since};
use crate::common::chance::Chance;
use crate::common::daemon::Parts;
use crate::common::wait::until;

/// The grace time is longer than any transition here, and the deadline longer than any wait for a BMC.
const POWER: &str =
    "poll_interval_secs = 1\nchange_deadline_secs = 30\ntransition_grace_secs = 4\n";

/// What is ordered of the node of the same name; what each has to receive: offs, ons.
const ORDERS: [(&str, u64, u64); 5] = [
    ("on", 0, 1),
    ("off", 1, 0),
    ("reboot", 1, 1),
    ("deploy", 1, 1),
    ("delete", 1, 0),
];

/// All orders at once, each on a machine of its own; the daemon dies in the middle of all of them.
struct Crash {
    bench: Bench,
    parts: Parts,
    /// The instance that is to be deleted.
    doomed: String,
    before: Vec<ControlCounts>,
}

impl Crash {
    fn prepare(delays: Delays) -> Self {
        let configs = ORDERS.map(|(name, ..)| SimBmcConfig {
            delays,
            power: if name == "on" {
                PowerState::Off
            } else {
                PowerState::On
            },
            ..SimBmcConfig::new(name)
        });
        let bench = Bench::start(configs.to_vec(), POWER);
        let parts = Parts::make(&bench.admin);
        let doomed = bench.create_active(&parts, "delete");
        let before = bench.rack.bmcs().map(|bmc| received(&bmc)).collect();
        Self {
            bench,
            parts,
            doomed,
            before,
        }
    }

    fn set_faults(&self, faults: &Faults) {
        for bmc in self.bench.rack.bmcs() {
            bmc.set_faults(faults.clone());
        }
    }

    /// Sends all orders. Each was answered when this returns.
    fn order(&self) {
        for target in ["on", "off", "reboot"] {
            self.bench.order(&node(target), target);
        }
        self.bench.create(&self.parts, "deploy");
        self.bench.admin.delete(&self.doomed).expect(204);
    }

    /// Waits until this holds of every BMC.
    fn wait_each(&self, what: &str, holds: impl Fn(&SimBmc, ControlCounts) -> bool) {
        for (bmc, before) in self.bench.rack.bmcs().zip(&self.before) {
            until(&format!("{} {what}", bmc.name()), || {
                holds(&bmc, *before).then_some(())
            });
        }
    }

    /// Starts the daemon again, and looks how it ends.
    fn restart_and_check(mut self) {
        self.bench.daemon.start_again();
        self.check();
    }

    fn check(&self) {
        self.bench.wait_power(&node("on"), PowerState::On);
        self.bench.wait_power(&node("off"), PowerState::Off);
        self.bench.wait_power(&node("reboot"), PowerState::On);
        self.bench.wait_status("/v1/instances/deploy", "active");
        self.bench.wait_gone(&self.doomed);
        for ((name, offs, ons), before) in ORDERS.iter().zip(&self.before) {
            let bmc = self.bench.bmc(name);
            assert_eq!(
                since(&bmc, before),
                (*offs, *ons, 0),
                "{name} was told (off, on, soft)"
            );
            let on = matches!(*name, "on" | "reboot" | "deploy");
            assert_eq!(bmc.power() == PowerState::On, on, "{name}");
        }
    }
}

fn received(bmc: &SimBmc) -> ControlCounts {
    bmc.counters().controls_received
}

/// Switching takes so long that there is time to die in.
fn slow() -> Delays {
    Delays {
        power_on: Duration::from_millis(1_500),
        power_off: Duration::from_millis(1_500),
        ..Delays::default()
    }
}

#[test]
fn killed_before_any_packet_arrived_the_change_completes_with_one_command() {
    let mut crash = Crash::prepare(Delays::default());
    crash.set_faults(&Faults {
        dead: true,
        ..Faults::default()
    });
    crash.order();
    crash.bench.daemon.crash();
    crash.set_faults(&Faults::default());
    crash.restart_and_check();
}

#[test]
fn killed_while_the_session_opens_the_change_completes_with_one_command() {
    let mut crash = Crash::prepare(Delays {
        handshake: Duration::from_millis(400),
        ..Delays::default()
    });
    // Sessions of before are gone, so that each order has to open one.
    for bmc in crash.bench.rack.bmcs() {
        bmc.reboot_for(Duration::ZERO);
    }
    crash.order();
    crash.wait_each("to open a session", |bmc, before| {
        bmc.counters().sessions_half_open > 0 || received(bmc) != before
    });
    crash.bench.daemon.crash();
    crash.restart_and_check();
}

#[test]
fn killed_when_the_command_has_just_left_it_is_not_sent_again() {
    let mut crash = Crash::prepare(slow());
    crash.order();
    crash.wait_each("to be told", |bmc, before| received(bmc) != before);
    crash.bench.daemon.crash();
    crash.restart_and_check();
}

#[test]
fn killed_while_it_waits_for_a_reply_that_was_lost_the_command_is_not_sent_again() {
    let mut crash = Crash::prepare(slow());
    crash.set_faults(&Faults {
        drop_control_replies: 1,
        ..Faults::default()
    });
    crash.order();
    crash.wait_each("to lose a reply", |bmc, _| {
        bmc.faults().drop_control_replies == 0
    });
    crash.bench.daemon.crash();
    crash.restart_and_check();
}

#[test]
fn killed_before_a_command_arrived_that_was_about_to_leave_it_is_sent_once() {
    let mut crash = Crash::prepare(Delays::default());
    crash.set_faults(&Faults {
        drop_control_requests: 1,
        ..Faults::default()
    });
    crash.order();
    crash.wait_each("to lose a request", |bmc, _| {
        bmc.faults().drop_control_requests == 0
    });
    crash.bench.daemon.crash();
    crash.restart_and_check();
}

#[test]
fn killed_during_the_transition_the_change_completes_with_one_command() {
    let mut crash = Crash::prepare(slow());
    crash.order();
    for (name, ..) in ORDERS {
        until(&format!("{name} to be accepted"), || {
            let tasks = crash.bench.at(&format!("{}/tasks", node(name)));
            let open = tasks["tasks"].as_array().unwrap().iter().any(|task| {
                let attempts = task["attempts"].as_array().unwrap();
                task["finished_at"].is_null()
                    && attempts.iter().any(|one| one["outcome"] == "accepted")
            });
            open.then_some(())
        });
    }
    crash.bench.daemon.crash();
    crash.restart_and_check();
}

#[test]
fn killed_at_any_moment_each_of_many_orders_ends_true_with_one_command() {
    const NAMES: [&str; 4] = ["a", "b", "c", "d"];
    let configs = NAMES.map(|name| SimBmcConfig {
        // Each crash leaves a session behind, which only its idle limit ends.
        session_cap: 15,
        session_idle_limit: Duration::from_secs(5),
        delays: Delays {
            reply: Duration::from_millis(10),
            ..Delays::default()
        },
        ..SimBmcConfig::new(name)
    });
    let power = "poll_interval_secs = 1\nchange_deadline_secs = 30\ntransition_grace_secs = 2\n";
    let mut bench = Bench::start(configs.to_vec(), power);
    let seed = 0x0571_e500;
    let mut chance = Chance(seed);
    for round in 0..15 {
        let orders = NAMES.map(|name| {
            let bmc = bench.bmc(name);
            let (before, was) = (received(&bmc), bmc.power());
            let (target, ends, offs, ons) = match (chance.below(3), was) {
                (0, PowerState::On) => ("reboot", PowerState::On, 1, 1),
                (0, PowerState::Off) => ("reboot", PowerState::On, 0, 1),
                (_, PowerState::On) => ("off", PowerState::Off, 1, 0),
                (_, PowerState::Off) => ("on", PowerState::On, 0, 1),
            };
            bench.order(&node(name), target);
            (bmc, before, target, ends, (offs, ons, 0))
        });
        // The moment of the kill is what this test varies.
        std::thread::sleep(Duration::from_millis(chance.below(350)));
        bench.daemon.crash();
        bench.daemon.start_again();
        for (bmc, before, target, ends, told) in orders {
            let name = bmc.name();
            bench.wait_power(&node(name), ends);
            let what = format!("round {round} of seed {seed:#x}: {target} of {name}");
            assert_eq!(bmc.power(), ends, "{what}");
            assert_eq!(since(&bmc, &before), told, "{what}: (off, on, soft)");
        }
    }
}
