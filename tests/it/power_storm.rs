//! A thousand runs of on, verify, off, verify behind a bad network: each ends in its true state, none is acted on twice, no
//! session is left behind.
#![cfg(test)]

use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::{Counters, Faults, SimBmc, SimBmcConfig};
use serde_json::Value;

use crate::common::bench::{Bench, node};
use crate::common::wait::until_within;

const BMCS: usize = 100;
/// Of each BMC; a run is two orders.
const RUNS: usize = 10;
/// The grace time is longer than the 6 s that the one transmission of a command is waited for, so that a lost one is sent again
/// only after both, as with the default of 30 s. The deadline allows for many of them.
const POWER: &str =
    "poll_interval_secs = 5\nchange_deadline_secs = 150\ntransition_grace_secs = 8\n";
/// How long the BMCs keep a session that says nothing: longer than any pause within an order.
const IDLE_LIMIT: Duration = Duration::from_secs(20);

/// What is wrong with a BMC and its network. Counted faults are there again for each order.
fn faults(number: usize) -> Faults {
    let network = Faults {
        loss: 0.1,
        duplicate: 0.05,
        reorder: 0.1,
        stale: 0.05,
        ..Faults::default()
    };
    match number % 4 {
        0 => Faults { busy: 2, ..network },
        1 => Faults {
            no_resources: 1,
            ..network
        },
        _ => network,
    }
}

/// A node and how far it is with its orders.
struct Customer {
    bmc: SimBmc,
    number: usize,
    path: String,
    orders: usize,
    under_way: Option<PowerState>,
}

impl Customer {
    fn new((number, bmc): (usize, SimBmc)) -> Self {
        Self {
            path: node(bmc.name()),
            bmc,
            number,
            orders: 0,
            under_way: None,
        }
    }

    /// Verifies an order that has ended, and gives the next one. `None` when all are done.
    fn go_on(&mut self, bench: &Bench) -> Option<()> {
        if let Some(wanted) = self.under_way {
            let states = bench.at(&format!("{}/states", self.path));
            if !states["target_power_state"].is_null() {
                return Some(());
            }
            let name = self.bmc.name();
            assert_eq!(states["power_state"], wanted.as_str(), "{name}: {states:#}");
            assert_eq!(self.bmc.power(), wanted, "{name}: {states:#}");
            self.under_way = None;
        }
        if self.orders == 2 * RUNS {
            return None;
        }
        self.bmc.set_faults(faults(self.number));
        let (target, wanted) = match self.bmc.power() {
            PowerState::Off => ("on", PowerState::On),
            PowerState::On => ("off", PowerState::Off),
        };
        bench.order(&self.path, target);
        self.orders += 1;
        self.under_way = Some(wanted);
        Some(())
    }
}

/// How often a command was tried again because the first had been lost, for the tester to see.
fn repeats(tasks: &[Value]) -> usize {
    let of = |task: &Value| {
        let attempts = task["attempts"].as_array().unwrap();
        let sent = |attempt: &&Value| {
            attempt["detail"]
                .as_str()
                .is_some_and(|detail| detail.contains("may have acted on it"))
        };
        attempts.iter().filter(sent).count()
    };
    tasks.iter().map(of).sum()
}

#[test]
fn a_thousand_runs_in_a_bad_network_end_true_act_once_and_leak_no_session() {
    let configs = (0..BMCS).map(|number| SimBmcConfig {
        seed: 7,
        session_idle_limit: IDLE_LIMIT,
        ..SimBmcConfig::new(format!("n{number}"))
    });
    let mut bench = Bench::start(configs.collect(), POWER);
    let bmcs: Vec<SimBmc> = bench.rack.bmcs().collect();
    let started = ostler::time::instant();
    let mut busy: Vec<Customer> = bmcs
        .iter()
        .cloned()
        .enumerate()
        .map(Customer::new)
        .collect();
    until_within(Duration::from_secs(600), "all orders to end", || {
        busy.retain_mut(|customer| customer.go_on(&bench).is_some());
        busy.is_empty().then_some(())
    });
    println!("{BMCS} x {RUNS} runs took {:?}", started.elapsed());

    let mut unanswered = 0;
    for bmc in &bmcs {
        let name = bmc.name();
        let all = bench.at(&format!("{}/tasks", node(name)));
        let all = all["tasks"].as_array().unwrap();
        assert_eq!(all.len(), 2 * RUNS, "{name}");
        for task in all {
            assert_eq!(task["state"], "done", "{task:#}");
        }
        unanswered += repeats(all);
        let now = bmc.counters();
        let acted = now.controls_acted;
        assert_eq!((acted.up, acted.down), (RUNS as u64, RUNS as u64), "{name}");
        assert_eq!(now.controls_received, acted, "{name}: told what was so");
        assert_eq!(now.power_transitions, 2 * RUNS as u64, "{name}");
    }
    println!("{unanswered} commands left without an answer");

    assert!(bench.daemon.stop());
    until_within(IDLE_LIMIT * 3, "all sessions to be gone", || {
        let open = |bmc: &SimBmc| bmc.counters().sessions_open;
        (bmcs.iter().map(open).sum::<u64>() == 0).then_some(())
    });
    let mut all = Counters::default();
    bmcs.iter().for_each(|bmc| all.add(&bmc.counters()));
    let (opened, closed, expired) = (
        all.sessions_opened,
        all.sessions_closed,
        all.sessions_expired,
    );
    println!("{opened} sessions were opened, {closed} closed, {expired} expired");
    assert_eq!(opened, closed + expired);
    // Close Session is sent up to three times: of a thousand, all three are lost once. So is, now and then, every answer to
    // RAKP 3, and a session whose opening is not known to have worked has no name to be closed by. The BMC's idle limit ends
    // those. A driver that forgets to close would leave far more than one in a hundred.
    assert!(
        expired * 100 <= opened,
        "{expired} of {opened} sessions were ended only by their idle limit"
    );
}
