//! The daemon is asked to stop (SIGTERM) in the middle of work: it goes soon and in good order, and goes on where it was.
#![cfg(test)]

use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::{Delays, Faults, SimBmcConfig};

use crate::common::bench::{Bench, node, since};
use crate::common::daemon::Parts;
use crate::common::wait::until;

const POWER: &str =
    "poll_interval_secs = 1\nchange_deadline_secs = 30\ntransition_grace_secs = 5\n";

#[test]
fn stopped_in_the_middle_of_work_it_ends_well_closes_its_sessions_and_goes_on_later() {
    let slow = Delays {
        power_on: Duration::from_millis(2_500),
        power_off: Duration::from_millis(2_500),
        ..Delays::default()
    };
    let names = ["on", "off", "reboot", "deploy", "dead"];
    let configs = names.map(|name| SimBmcConfig {
        delays: slow,
        power: match name {
            "off" | "reboot" => PowerState::On,
            _ => PowerState::Off,
        },
        ..SimBmcConfig::new(name)
    });
    let mut bench = Bench::start(configs.to_vec(), POWER);
    let parts = Parts::make(&bench.admin);
    let before = names.map(|name| bench.bmc(name).counters().controls_received);
    bench.bmc("dead").set_faults(Faults {
        dead: true,
        ..Faults::default()
    });
    for target in ["on", "off", "reboot"] {
        bench.order(&node(target), target);
    }
    bench.order(&node("dead"), "on");
    let instance = bench.create(&parts, "deploy");
    for (name, before) in names
        .iter()
        .zip(&before)
        .filter(|(name, _)| **name != "dead")
    {
        until(&format!("{name} to be told"), || {
            (bench.bmc(name).counters().controls_received != *before).then_some(())
        });
    }
    let asked = ostler::time::instant();
    assert!(bench.daemon.stop(), "it ended with an error");
    assert!(
        asked.elapsed() < Duration::from_secs(10),
        "{:?}",
        asked.elapsed()
    );
    for name in names {
        let now = bench.bmc(name).counters();
        assert_eq!(now.sessions_open, 0, "{name} has a session left");
        assert_eq!(now.sessions_expired, 0, "{name}");
    }
    bench.bmc("dead").set_faults(Faults::default());
    bench.daemon.start_again();
    bench.wait_power(&node("on"), PowerState::On);
    bench.wait_power(&node("off"), PowerState::Off);
    bench.wait_power(&node("reboot"), PowerState::On);
    bench.wait_power(&node("dead"), PowerState::On);
    bench.wait_status(&instance, "active");
    let told = [(0, 1, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 1, 0)];
    for ((name, before), told) in names.iter().zip(&before).zip(told) {
        assert_eq!(since(&bench.bmc(name), before), told, "{name}");
        let error = bench.at(&node(name))["last_error"].clone();
        assert!(error.is_null(), "{name}: {error}");
    }
}

#[test]
fn stopping_is_never_what_is_wrong_with_a_machine() {
    let names = ["a", "b", "c", "d"];
    let configs = names.map(|name| SimBmcConfig {
        delays: Delays {
            reply: Duration::from_millis(150),
            ..Delays::default()
        },
        ..SimBmcConfig::new(name)
    });
    let power = "poll_interval_secs = 1\nunreachable_after_misses = 1\n";
    let mut bench = Bench::start(configs.to_vec(), power);
    for _ in 0..4 {
        let polled = bench.bmc("a").counters().open_session_requests + 1;
        until("a poll to be under way", || {
            (bench.bmc("a").counters().open_session_requests >= polled).then_some(())
        });
        assert!(bench.daemon.stop());
        bench.daemon.start_again();
        for name in names {
            let shown = bench.at(&node(name));
            assert!(shown["last_error"].is_null(), "{shown:#}");
            assert!(shown["power_state"].is_string(), "{shown:#}");
        }
    }
}
