//! Many orders on many BMCs behind a bad network: every node ends in its true state, and nobody is told twice for nothing.
#![cfg(test)]

use std::collections::HashSet;
use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::{Counters, Faults, SimBmc, SimBmcConfig};
use serde_json::Value;

use crate::common::bench::{Bench, node, tasks};
use crate::common::wait::{until, until_within};

/// BMCs behind a network that loses a fifth of all datagrams in each direction, and their orders: a change takes long there.
const LOSSY: (usize, usize) = (6, 3);
/// The other BMCs, and their orders: 200 with those above.
const OTHERS: (usize, usize) = (14, 13);
const POWER: &str =
    "poll_interval_secs = 2\nchange_deadline_secs = 60\ntransition_grace_secs = 2\n";

/// What is wrong with a BMC; counted faults are there again for each order.
fn faults(number: usize) -> Faults {
    let usual = Faults {
        duplicate: 0.1,
        reorder: 0.2,
        stale: 0.05,
        ..Faults::default()
    };
    match number {
        _ if number < LOSSY.0 => Faults { loss: 0.2, ..usual },
        _ if number.is_multiple_of(3) => Faults { busy: 2, ..usual },
        _ if number % 3 == 1 => Faults {
            no_resources: 1,
            ..usual
        },
        _ => usual,
    }
}

/// A node and how far it is with its orders.
struct Customer {
    bmc: SimBmc,
    number: usize,
    known: HashSet<String>,
    left: usize,
}

impl Customer {
    fn new((number, bmc): (usize, SimBmc)) -> Self {
        let (_, left) = if number < LOSSY.0 { LOSSY } else { OTHERS };
        Self {
            bmc,
            number,
            known: HashSet::new(),
            left,
        }
    }

    /// Looks at the task under way, and orders the next change when it has ended. `None` when there is nothing left.
    fn go_on(&mut self, bench: &Bench) -> Option<()> {
        let path = node(self.bmc.name());
        let all = bench.at(&format!("{path}/tasks"));
        let all = all["tasks"].as_array().unwrap();
        if all.iter().any(|task| task["finished_at"].is_null()) {
            return Some(());
        }
        let new = |task: &&Value| !self.known.contains(task["uuid"].as_str().unwrap());
        if let Some(ended) = all.iter().find(new) {
            let on = self.bmc.power() == PowerState::On;
            match ended["state"].as_str().unwrap() {
                "done" => assert_eq!(ended["target"] != "off", on, "{ended:#}"),
                // Only where most of a login is lost, and then with the reason.
                "failed" => assert!(
                    self.number < LOSSY.0 && ended["error"].is_string(),
                    "{ended:#}"
                ),
                state => panic!("{state}: {ended:#}"),
            }
        }
        self.known = tasks(&bench.admin, &path);
        self.left = self.left.checked_sub(1)?;
        self.bmc.set_faults(faults(self.number));
        let targets = ["on", "reboot", "off"];
        bench.order_within(
            &path,
            targets[(self.left + self.number) % targets.len()],
            20,
        );
        Some(())
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
    let configs = (0..LOSSY.0 + OTHERS.0).map(|number| SimBmcConfig {
        seed: 7,
        ..SimBmcConfig::new(format!("n{number}"))
    });
    let mut bench = Bench::start(configs.collect(), POWER);
    let bmcs: Vec<SimBmc> = bench.rack.bmcs().collect();
    let mut busy: Vec<Customer> = bmcs
        .iter()
        .cloned()
        .enumerate()
        .map(Customer::new)
        .collect();
    until_within(Duration::from_secs(180), "all orders to end", || {
        busy.retain_mut(|customer| customer.go_on(&bench).is_some());
        busy.is_empty().then_some(())
    });
    for bmc in &bmcs {
        bmc.set_faults(Faults::default());
        let path = node(bmc.name());
        bench.wait_power(&path, bmc.power());
        let all = bench.at(&format!("{path}/tasks"));
        let all = all["tasks"].as_array().unwrap();
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
    // Close Session is sent up to three times. Where a fifth of all packets is lost, all three are now and then, and a
    // session whose opening was never answered has no name to be closed by: the BMC's idle limit ends those.
    let count =
        |of: fn(&Counters) -> u64| -> u64 { bmcs.iter().map(|bmc| of(&bmc.counters())).sum() };
    let (opened, expired) = (
        count(|of| of.sessions_opened),
        count(|of| of.sessions_expired),
    );
    assert!(
        expired * 50 <= opened,
        "{expired} of {opened} sessions were ended only by their idle limit"
    );
}
