//! Faults of BMCs, through the API: found and kept, set and refused; and BMCs that have no time now.
#![cfg(test)]

use std::fs;
use std::path::Path;

use ostler::ipmi::quirk::Quirk;
use ostler::model::power::PowerState;
use ostler::sim::{Faults, Refuse, SimBmc, SimBmcConfig, Suite};
use serde_json::{Value, json};

use crate::common::bench::{Bench, node};
use crate::common::wait::until;

const POWER: &str = "poll_interval_secs = 1\nunreachable_after_misses = 1\nbackoff_max_secs = 2\n";

fn with(name: &str, faults: Faults) -> SimBmcConfig {
    SimBmcConfig {
        faults,
        ..SimBmcConfig::new(name)
    }
}

fn wait_learned(bench: &Bench, name: &str, learned: &Value) {
    until(&format!("{name} to have learned {learned}"), || {
        (bench.at(&node(name))["bmc_learned"] == *learned).then_some(())
    });
}

fn questions(bmc: &SimBmc) -> u64 {
    bmc.counters()
        .command("get_channel_authentication_capabilities")
}

/// Waits until the power was read so many times more, each in a session of its own that is closed.
fn wait_polls(bmc: &SimBmc, more: u64) {
    let enough = bmc.counters().sessions_closed + more;
    until("the next polls", || {
        (bmc.counters().sessions_closed >= enough).then_some(())
    });
}

#[test]
fn faults_that_a_bmc_shows_are_shown_and_survive_a_restart_without_being_looked_for_again() {
    let mut old = with(
        "old",
        Faults {
            ignore_cipher_suites: true,
            suite_refused_as_no_resources: true,
            ..Faults::default()
        },
    );
    old.suites = vec![Suite::Sha1];
    let healthy = SimBmcConfig::new("healthy");
    let mut bench = Bench::start(vec![old, healthy], POWER);
    let learned = json!({"cipher_suite": 3, "offered_suites": [],
        "quirks": ["suite_refused_as_full", "no_cipher_suite_list"]});
    wait_learned(&bench, "old", &learned);
    let sound = json!({"cipher_suite": 17, "offered_suites": [17, 3], "quirks": []});
    wait_learned(&bench, "healthy", &sound);
    for target in ["on", "off"] {
        bench.order_until(&node("old"), target, "done");
    }
    assert!(bench.daemon.stop());
    let bmcs = [bench.bmc("old"), bench.bmc("healthy")];
    let before = bmcs.clone().map(|bmc| (questions(&bmc), bmc.counters()));
    bench.daemon.start_again();
    for (bmc, (asked, before)) in bmcs.iter().zip(before) {
        wait_polls(bmc, 2);
        assert_eq!((questions(bmc), asked), (1, 1), "once in its life");
        let now = bmc.counters();
        let refused = now.sessions_refused - before.sessions_refused;
        assert_eq!(refused, 0, "no suite is tried in vain");
    }
    wait_learned(&bench, "old", &learned);
    wait_learned(&bench, "healthy", &sound);
}

#[test]
fn a_bmc_that_never_answers_close_session_is_told_once_and_shown_as_such() {
    let faults = Faults {
        ignore_close_session: true,
        ..Faults::default()
    };
    let mut config = with("tiger", faults);
    config.session_idle_limit = std::time::Duration::from_secs(1);
    let bench = Bench::start(vec![config], POWER);
    let learned =
        json!({"cipher_suite": 17, "offered_suites": [17, 3], "quirks": ["no_close_reply"]});
    wait_learned(&bench, "tiger", &learned);
    bench.order_until(&node("tiger"), "on", "done");
    bench.bmc("tiger").set_faults(Faults::default());
    wait_learned(
        &bench,
        "tiger",
        &json!({"cipher_suite": 17, "offered_suites": [17, 3], "quirks": []}),
    );
}

#[test]
fn quirks_are_set_per_node_in_one_order_and_a_name_that_nobody_knows_is_400() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    let n = node("n");
    assert_eq!(bench.at(&n)["bmc"]["quirks"], json!([]));
    let set = |quirks: Value| {
        let change = json!([{"op": "replace", "path": "/bmc/quirks", "value": quirks}]);
        bench.admin.patch(&n, &change)
    };
    let given = json!(["no_close_reply", "rakp2_length", "no_close_reply"]);
    let shown = json!(["rakp2_length", "no_close_reply"]);
    let answer = set(given).expect(200).json();
    assert_eq!(answer["bmc"]["quirks"], shown);
    assert!(
        answer["bmc_learned"]["cipher_suite"].is_null(),
        "begun anew"
    );
    // A BMC that has not the faults is spoken to all the same.
    bench.wait_power(&n, PowerState::Off);
    bench.order_until(&n, "on", "done");
    let error = set(json!(["rakp2_length", "no_such_quirk"])).expect_error(400);
    for quirk in Quirk::ALL {
        assert!(error.contains(quirk.as_str()), "{quirk:?}: {error}");
    }
    assert!(error.contains("bmc.quirks[1]"), "{error}");
    assert_eq!(bench.at(&n)["bmc"]["quirks"], shown);
    for value in [json!("rakp2_length"), json!([1]), json!({})] {
        set(value).expect_error(400);
    }
    let learned = json!([{"op": "replace", "path": "/bmc_learned/quirks", "value": []}]);
    bench.admin.patch(&n, &learned).expect_error(400);
    set(json!(null)).expect(200);
    assert_eq!(bench.at(&n)["bmc"]["quirks"], json!([]));
    let open = json!({"name": "here", "bmc": {"interface": "open", "quirks": ["no_close_reply"]}});
    let error = bench.admin.post("/v1/nodes", &open).expect_error(400);
    assert!(error.contains("bmc.quirks"), "{error}");
}

/// C0h, C3h, C4h, CEh, D2h and FFh, and 01h to Open Session: the order waits and is carried out, and nothing is asked faster
/// for it.
#[test]
fn a_bmc_that_has_no_time_now_is_asked_later_and_not_faster() {
    let codes = [0xC0, 0xC3, 0xC4, 0xCE, 0xD2, 0xFF];
    let mut configs: Vec<SimBmcConfig> = codes
        .iter()
        .map(|code| SimBmcConfig::new(format!("n{code:x}")))
        .collect();
    configs.push(SimBmcConfig::new("full"));
    let bench = Bench::start(configs, "poll_interval_secs = 3600\n");
    for code in codes {
        let refuse = Some(Refuse { code, next: 2 });
        bench.bmc(&format!("n{code:x}")).set_faults(Faults {
            refuse,
            ..Faults::default()
        });
    }
    // Both suites, and the first once more after the wait.
    bench.bmc("full").set_faults(Faults {
        no_resources: 3,
        ..Faults::default()
    });
    let started = ostler::time::instant();
    let bmcs: Vec<SimBmc> = bench.rack.bmcs().collect();
    for bmc in &bmcs {
        bench.order(&node(bmc.name()), "on");
    }
    for bmc in &bmcs {
        bench.wait_power(&node(bmc.name()), PowerState::On);
        // Once a second and then two, a quarter less at worst; in a session one second, and then free.
        let least = if bmc.name() == "full" { 1 } else { 2 };
        assert!(started.elapsed().as_secs() >= least, "{}", bmc.name());
        let tasks = bench.at(&format!("{}/tasks", node(bmc.name())));
        let task = &tasks["tasks"][0];
        assert_eq!(task["state"], "done", "{task:#}");
        let first = if bmc.name() == "full" { "read" } else { "busy" };
        assert_eq!(task["attempts"][0]["outcome"], first, "{task:#}");
        let counters = bmc.counters();
        assert_eq!(counters.controls_acted.total(), 1);
        assert!(counters.packets_in < 30, "{counters:?}");
    }
    assert_eq!(bench.bmc("full").counters().sessions_refused, 3);
}

#[test]
fn the_page_for_admins_names_every_quirk_and_its_tests_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("doc/bmc-quirks.md")).unwrap();
    for quirk in Quirk::ALL {
        let heading = format!("\n## `{}`\n", quirk.as_str());
        assert!(page.contains(&heading), "{quirk:?} is not explained");
    }
    let code = fs::read_to_string(root.join("src/ipmi/quirk.rs")).unwrap();
    let tests: Vec<&str> = code
        .lines()
        .filter_map(|line| line.trim().strip_prefix("/// Test: `"))
        .filter_map(|rest| rest.strip_suffix("`."))
        .collect();
    assert_eq!(tests.len(), Quirk::ALL.len(), "each has a test");
    let sources = [
        "src/ipmi/session/tests/quirks.rs",
        "src/ipmi/session/tests/contact.rs",
        "src/ipmi/probe/tests.rs",
        "src/worker/exchange.rs",
    ]
    .map(|file| fs::read_to_string(root.join(file)).unwrap())
    .concat();
    for test in tests {
        assert!(sources.contains(&format!("fn {test}()")), "{test}");
    }
}
