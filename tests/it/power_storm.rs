//! Many orders on many BMCs behind a bad network: every node ends in its true state, and nobody is told twice for nothing.
#![cfg(test)]

use std::collections::HashMap;
use std::time::Duration;

use ostler::sim::{Faults, SimBmc, SimBmcConfig};
use serde_json::Value;

use crate::common::bench::{Bench, node, tasks};
use crate::common::wait::{until, until_within};

const BMCS: usize = 20;
const ROUNDS: usize = 10;
const POWER: &str =
    "poll_interval_secs = 2\nchange_deadline_secs = 60\ntransition_grace_secs = 2\n";

fn bad_network() -> Faults {
    Faults {
        loss: 0.2,
        duplicate: 0.1,
        reorder: 0.2,
        stale: 0.05,
        busy: 2,
        ..Faults::default()
    }
}

/// How often a command left without an answer or with one: each may have been received once, and no more.
fn sent(task: &Value) -> u64 {
    let attempts = task["attempts"].as_array().unwrap();
    let sent = attempts.iter().filter(|attempt| {
        let detail = attempt["detail"].as_str().unwrap_or_default();
        attempt["outcome"] == "accepted" || detail.contains("may have acted on it")
    });
    sent.count().try_into().unwrap()
}

#[test]
fn a_storm_of_orders_in_a_bad_network_ends_true_and_leaks_no_session() {
    let configs = (0..BMCS).map(|number| SimBmcConfig {
        seed: 7,
        ..SimBmcConfig::new(format!("n{number}"))
    });
    let mut bench = Bench::start(configs.collect(), POWER);
    let bmcs: Vec<SimBmc> = bench.rack.bmcs().collect();
    let mut known: HashMap<String, _> = bmcs
        .iter()
        .map(|bmc| {
            (
                bmc.name().to_owned(),
                tasks(&bench.admin, &node(bmc.name())),
            )
        })
        .collect();
    for round in 0..ROUNDS {
        let targets = ["on", "reboot", "off", "on", "off"];
        for (number, bmc) in bmcs.iter().enumerate() {
            bmc.set_faults(bad_network());
            bench.order(&node(bmc.name()), targets[(round + number) % targets.len()]);
        }
        for bmc in &bmcs {
            let path = node(bmc.name());
            let before = &known[bmc.name()];
            let task = until_within(Duration::from_secs(70), "a task to end", || {
                let all = bench.at(&format!("{path}/tasks"));
                let new = all["tasks"].as_array().unwrap().iter().find(|task| {
                    !before.contains(task["uuid"].as_str().unwrap())
                        && !task["finished_at"].is_null()
                });
                new.cloned()
            });
            assert_eq!(task["state"], "done", "round {round}: {task:#}");
            let off = task["target"] == "off";
            assert_eq!(bmc.power().as_str() == "power off", off, "{task:#}");
            known.insert(bmc.name().to_owned(), tasks(&bench.admin, &path));
        }
    }
    for bmc in &bmcs {
        bmc.set_faults(Faults::default());
        let path = node(bmc.name());
        bench.wait_power(&path, bmc.power());
        let all = bench.at(&format!("{path}/tasks"));
        let all = all["tasks"].as_array().unwrap();
        assert_eq!(all.len(), ROUNDS);
        let commands: u64 = all.iter().map(sent).sum();
        let received = bmc.counters().controls_received;
        let name = bmc.name();
        assert!(
            received.total() <= commands,
            "{name} was told {received:?}, and the attempts say {commands}"
        );
        assert_eq!(received.total(), received.down + received.up);
        // A command that arrived did something: what is there is not ordered again.
        let acted = bmc.counters().controls_acted;
        assert_eq!(acted, received, "{name}");
    }
    assert!(bench.daemon.stop());
    for bmc in &bmcs {
        until(&format!("{} to have no session", bmc.name()), || {
            let now = bmc.counters();
            let accounted = now.sessions_closed + now.sessions_expired + now.sessions_dropped;
            (now.sessions_open == 0 && now.sessions_opened == accounted).then_some(())
        });
    }
    let leaked: u64 = bmcs.iter().map(|bmc| bmc.counters().sessions_expired).sum();
    assert_eq!(leaked, 0, "sessions that only their idle limit ended");
}
