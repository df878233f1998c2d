//! The health of BMCs: each state is reached with a sentence that helps, and left again; the numbers say what is wrong; and
//! none of this costs anything while nothing changes.
#![cfg(test)]

use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::{Faults, Lockout, Refuse, SimBmcConfig, Spell};
use serde_json::{Value, json};

use crate::common::bench::{Bench, bmc_settings, node, register};
use crate::common::daemon::Daemon;
use crate::common::sim::SimRack;
use crate::common::wait::{until, until_within};

const POWER: &str = "poll_interval_secs = 1\nchange_deadline_secs = 20\ntransition_grace_secs = 1\n\
     unreachable_after_misses = 2\nbackoff_max_secs = 2\n";

/// Several exchanges of up to 25 seconds with a BMC that is in trouble.
const LONG: Duration = Duration::from_secs(120);

impl Bench {
    fn health(&self, name: &str) -> Value {
        self.at(&node(name))["health"].clone()
    }

    fn numbers(&self, name: &str) -> Value {
        self.at(&format!("{}/health", node(name)))
    }

    /// Waits until a node is in this state, with these words in its sentence.
    #[track_caller]
    fn wait_health(&self, name: &str, state: &str, words: &[&str]) -> Value {
        let health = until_within(LONG, &format!("{name} to be {state}"), || {
            let health = self.health(name);
            (health["state"] == state).then_some(health)
        });
        let message = health["message"].as_str().unwrap();
        for word in words {
            assert!(message.contains(word), "{word:?} is not in {message:?}");
        }
        assert!(health["since"].is_string(), "{health}");
        // The same is said wherever it is asked.
        let live = self.numbers(name);
        for field in ["state", "message", "since"] {
            assert_eq!(live[field], health[field], "{field}");
        }
        health
    }

    /// Has the BMC do something harmless at once, so that a test need not wait for polls.
    fn exchange(&self, name: &str) {
        let path = format!("{}/management/boot_device", node(name));
        self.admin.get(&path);
    }

    fn set_faults(&self, name: &str, faults: Faults) {
        self.bmc(name).set_faults(faults);
    }
}

fn number(of: &Value, field: &str) -> f64 {
    of[field]
        .as_f64()
        .unwrap_or_else(|| panic!("{field} of {of:#}"))
}

#[test]
fn a_bmc_that_falls_silent_is_unreachable_with_the_age_of_its_last_reading_and_comes_back() {
    let mut bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    let good = bench.wait_health("n", "good", &["answers"]);
    let known = bench.at(&node("n"));
    assert!(known["last_power_state"].is_null() && known["last_power_state_at"].is_null());
    until(
        "a second poll, so that the last reading is not the first",
        || (number(&bench.numbers("n"), "exchanges") >= 2.0).then_some(()),
    );
    let dead = Faults {
        dead: true,
        ..Faults::default()
    };
    bench.set_faults("n", dead);
    let words = ["does not answer", "bmc.address", "worked until"];
    let lost = bench.wait_health("n", "unreachable", &words);
    assert!(lost["since"].as_str() > good["since"].as_str());
    until("the power to be unknown", || {
        bench.at(&node("n"))["power_state"].is_null().then_some(())
    });
    let shown = bench.at(&node("n"));
    assert_eq!(shown["last_power_state"], "power off");
    let read_at = shown["last_power_state_at"].as_str().unwrap().to_owned();
    assert!(read_at.as_str() > shown["power_state_at"].as_str().unwrap());
    assert!(read_at.as_str() < lost["since"].as_str().unwrap());
    let numbers = bench.numbers("n");
    assert!(
        number(&numbers, "consecutive_failures") >= 2.0,
        "{numbers:#}"
    );
    assert_eq!(numbers["last_failure"]["kind"], "silent");
    assert!(number(&numbers["failures"], "silent") >= 2.0, "{numbers:#}");
    assert!(numbers["last_success_at"].as_str() < lost["since"].as_str());
    // A BMC that is not there is not one that loses packets.
    assert_eq!(number(&numbers, "loss_percent"), 0.0);

    // What is known outlives the daemon.
    assert!(bench.daemon.stop());
    bench.daemon.start_again();
    let again = bench.health("n");
    assert_eq!(
        (&again["state"], &again["since"]),
        (&lost["state"], &lost["since"])
    );
    assert_eq!(bench.at(&node("n"))["last_power_state_at"], *read_at);
    assert!(bench.numbers("n")["last_contact_at"].is_string());

    bench.set_faults("n", Faults::default());
    bench.wait_health("n", "good", &["answers"]);
    bench.wait_power(&node("n"), PowerState::Off);
    let shown = bench.at(&node("n"));
    assert!(shown["last_power_state"].is_null() && shown["last_power_state_at"].is_null());
    assert_eq!(number(&bench.numbers("n"), "consecutive_failures"), 0.0);

    // Each change was an event, once.
    let events = bench
        .admin
        .with("Accept", "application/json")
        .get("/v1/events?kind=health")
        .expect(200)
        .json();
    let told = events["events"].as_array().unwrap().iter();
    let told: Vec<String> = told
        .map(|e| format!("{}>{} {}", e["old"], e["new"], e["cause"]))
        .collect();
    let expected = [
        ("unknown", "good"),
        ("good", "unreachable"),
        ("unreachable", "good"),
    ];
    let expected = expected.map(|(old, new)| format!("{old:?}>{new:?} \"contact\""));
    assert_eq!(told, expected);
}

#[test]
fn a_wrong_password_is_bad_credentials_with_the_next_login_and_new_settings_begin_anew() {
    let (rack, bmc) = SimRack::one(SimBmcConfig::new("n"));
    let daemon = Daemon::with_power(POWER);
    let mut settings = bmc_settings(&bmc);
    settings["password"] = json!("wrong");
    register(&daemon.unix(), "n", settings);
    let admin = daemon.unix();
    let bench = Bench {
        rack,
        daemon,
        admin,
    };
    bench.wait_health(
        "n",
        "bad credentials",
        &["password", "bmc.password", "5 min"],
    );
    let numbers = bench.numbers("n");
    assert!(numbers["next_login_at"].as_str() > numbers["last_contact_at"].as_str());
    assert_eq!(numbers["last_failure"]["kind"], "credentials");
    let correct = json!([{"op": "replace", "path": "/bmc/password", "value": "admin"}]);
    let changed = bench.admin.patch(&node("n"), &correct).expect(200).json();
    assert_eq!(changed["health"]["state"], "unknown");
    bench.wait_health("n", "good", &[]);
    assert_eq!(number(&bench.numbers("n")["failures"], "credentials"), 0.0);
}

#[test]
fn a_login_that_is_refused_though_it_worked_before_is_a_lock_out() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    bench.wait_health("n", "good", &[]);
    let lasts = Duration::from_secs(1);
    bench.set_faults(
        "n",
        Faults {
            lockout: Some(Lockout { after: 1, lasts }),
            ..Faults::default()
        },
    );
    // Somebody else guesses until the polls are refused; each guess locks the account for a second.
    let mut guess = bmc_settings(&bench.bmc("n"));
    let mut guesses = 0;
    until_within(LONG, "the account to be locked", || {
        if bench.health("n")["state"] == "locked out" {
            return Some(());
        }
        guesses += 1;
        let refused = bench.bmc("n").counters().logins_refused;
        guess["password"] = json!(format!("guess{guesses}"));
        let change: Vec<Value> =
            vec![json!({"op": "replace", "path": "/bmc/password", "value": guess["password"]})];
        if guesses == 1 {
            let other = json!({"name": "guesser", "bmc": guess});
            bench.admin.post("/v1/nodes", &other).expect(201);
        } else {
            bench
                .admin
                .patch(&node("guesser"), &json!(change))
                .expect(200);
        }
        until("the guess", || {
            let state = bench.health("n")["state"] == "locked out";
            (state || bench.bmc("n").counters().logins_refused > refused).then_some(())
        });
        None
    });
    bench.wait_health(
        "n",
        "locked out",
        &["locked the account", "worked until", "5 min"],
    );
    assert_eq!(bench.health("guesser")["state"], "bad credentials");
    assert!(bench.numbers("n")["next_login_at"].is_string());
    bench.admin.delete(&node("guesser")).expect(204);
    bench.set_faults("n", Faults::default());
    // An admin who has unlocked the account need not wait for the next login.
    until_within(LONG, "the login to work", || {
        let same = json!([{"op": "replace", "path": "/bmc/password", "value": "admin"}]);
        bench.admin.patch(&node("n"), &same).expect(200);
        until("it to be tried", || {
            (bench.health("n")["state"] != "unknown").then_some(())
        });
        (bench.health("n")["state"] == "good").then_some(())
    });
}

#[test]
fn a_bmc_without_a_free_session_says_so_until_it_has_one() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    bench.set_faults(
        "n",
        Faults {
            no_resources: 1_000_000,
            ..Faults::default()
        },
    );
    bench.wait_health(
        "n",
        "sessions full",
        &["no free session", "close what other tools"],
    );
    assert_eq!(bench.numbers("n")["last_failure"]["kind"], "sessions_full");
    bench.set_faults("n", Faults::default());
    bench.wait_health("n", "good", &[]);
}

#[test]
fn a_bmc_that_is_busy_is_slow_until_it_has_been_free_for_a_while() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    let refuse = Some(Refuse {
        code: 0xC0,
        next: 1_000_000,
    });
    bench.set_faults(
        "n",
        Faults {
            refuse,
            ..Faults::default()
        },
    );
    bench.wait_health("n", "slow", &["is busy", "worked until"]);
    let numbers = bench.numbers("n");
    assert!(number(&numbers, "busy_percent") > 0.0, "{numbers:#}");
    assert!(number(&numbers["failures"], "busy") >= 2.0, "{numbers:#}");
    assert_eq!(number(&numbers, "loss_percent"), 0.0);
    bench.set_faults("n", Faults::default());
    until_within(LONG, "it to be good again", || {
        bench.exchange("n");
        (bench.health("n")["state"] == "good").then_some(())
    });
    assert!(number(&bench.numbers("n"), "busy_percent") < 20.0);
}

#[test]
fn a_bmc_behind_a_bad_network_is_slow_with_the_share_that_is_lost() {
    // Now and then all of an exchange is lost; that is not what this is about.
    let power = POWER.replace("after_misses = 2", "after_misses = 100");
    let bench = Bench::start(vec![SimBmcConfig::new("n")], &power);
    bench.set_faults(
        "n",
        Faults {
            loss: 0.25,
            ..Faults::default()
        },
    );
    let words = ["% of the packets are lost", "check cable"];
    bench.wait_health("n", "slow", &words);
    let numbers = bench.numbers("n");
    assert!(number(&numbers, "loss_percent") > 0.0, "{numbers:#}");
    assert!(number(&numbers, "retransmissions") > 0.0, "{numbers:#}");
    assert!(
        number(&numbers, "packets_sent") > number(&numbers, "packets_answered"),
        "{numbers:#}"
    );
    bench.set_faults("n", Faults::default());
    until_within(LONG, "it to be good again", || {
        bench.exchange("n");
        (bench.health("n")["state"] == "good").then_some(())
    });
}

/// Answers that come after their request was repeated are late, and not lost.
#[test]
fn a_bmc_that_answers_late_is_slow_and_loses_nothing() {
    let bench = Bench::start(
        vec![SimBmcConfig::new("n")],
        &format!("{POWER}poll_session_secs = 30\n"),
    );
    bench.set_faults(
        "n",
        Faults {
            extra_delay: Duration::from_millis(1_300),
            ..Faults::default()
        },
    );
    bench.wait_health("n", "slow", &["s for its answer", "overloaded"]);
    let numbers = bench.numbers("n");
    assert!(number(&numbers, "round_trip_ms") >= 500.0, "{numbers:#}");
    assert!(number(&numbers, "retransmissions") > 0.0, "{numbers:#}");
    let message = bench.health("n")["message"].clone();
    assert!(!message.as_str().unwrap().contains("lost"), "{message}");
    bench.set_faults("n", Faults::default());
    bench.wait_health("n", "good", &[]);
}

#[test]
fn failures_right_after_a_chassis_command_do_not_count() {
    let power = POWER
        .replace("after_misses = 2", "after_misses = 1")
        .replace("grace_secs = 1", "grace_secs = 15");
    let bench = Bench::start(vec![SimBmcConfig::new("n")], &power);
    let before = bench.wait_health("n", "good", &[]);
    bench.set_faults(
        "n",
        Faults {
            after_control: Some(Spell {
                code: 0xFF,
                lasts: Duration::from_secs(2),
            }),
            ..Faults::default()
        },
    );
    bench.order_until(&node("n"), "on", "done");
    let numbers = bench.numbers("n");
    assert!(number(&numbers["failures"], "busy") >= 1.0, "{numbers:#}");
    assert_eq!(bench.health("n"), before);
    assert_eq!(number(&numbers, "busy_percent"), 0.0);
}

#[test]
fn numbers_move_with_each_poll_and_nothing_else_does() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    bench.wait_health("n", "good", &[]);
    let version = || {
        let shown = bench.admin.get(&node("n")).expect(200);
        let etag = shown.header("etag").unwrap().to_owned();
        (etag, shown.json()["updated_at"].clone())
    };
    let (before, first) = (version(), bench.numbers("n"));
    until("four polls", || {
        let polled = number(&bench.numbers("n"), "exchanges") - number(&first, "exchanges");
        (polled >= 4.0).then_some(())
    });
    assert_eq!(version(), before);
    let now = bench.numbers("n");
    assert!(now["last_contact_at"].as_str() > first["last_contact_at"].as_str());
    assert!(number(&now, "packets_sent") > number(&first, "packets_sent"));
    assert_eq!(now["since"], first["since"]);
    assert!(number(&now, "round_trip_ms") > 0.0 || now["round_trip_ms"] == 0.0);
    let path = format!("{}/health", node("n"));
    assert!(
        bench.admin.get(&path).header("etag").is_none(),
        "it would be old at once"
    );
}

#[test]
fn health_is_listed_filtered_paged_and_a_filter_of_nodes() {
    let dead = SimBmcConfig {
        faults: Faults {
            dead: true,
            ..Faults::default()
        },
        ..SimBmcConfig::new("dead")
    };
    let rack = SimRack::start(vec![SimBmcConfig::new("a"), SimBmcConfig::new("b"), dead]);
    let daemon = Daemon::with_power(POWER);
    let admin = daemon.unix();
    for bmc in rack.bmcs() {
        register(&admin, bmc.name(), bmc_settings(&bmc));
    }
    let bench = Bench {
        rack,
        daemon,
        admin,
    };
    bench.wait_health("a", "good", &[]);
    bench.wait_health("b", "good", &[]);
    bench.wait_health("dead", "unreachable", &["it has not worked since"]);
    let names = |path: &str, list: &str, field: &str| {
        let found = bench.at(path);
        let found = found[list].as_array().unwrap().iter();
        found
            .map(|of| of[field].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let health = |query: &str| names(&format!("/v1/health{query}"), "health", "node_name");
    assert_eq!(health(""), ["a", "b", "dead"]);
    assert_eq!(health("?state=good"), ["a", "b"]);
    assert_eq!(health("?state=unreachable"), ["dead"]);
    assert_eq!(health("?state=locked+out"), [""; 0]);
    assert_eq!(health("?availability_zone=z-b"), ["b"]);
    assert_eq!(health("?sort_key=name&sort_dir=desc"), ["dead", "b", "a"]);
    assert_eq!(names("/v1/nodes?health=good", "nodes", "name"), ["a", "b"]);
    assert_eq!(
        names("/v1/nodes?health=unreachable", "nodes", "name"),
        ["dead"]
    );

    let page = bench.at("/v1/health?limit=2&fields=node_name,state");
    assert_eq!(
        page["health"][0],
        json!({"node_name": "a", "state": "good"})
    );
    let next = page["health_links"][0]["href"].as_str().unwrap();
    let next = next.split_once("/v1").unwrap().1;
    assert_eq!(
        bench.at(next)["health"],
        json!([{"node_name": "dead", "state": "unreachable"}])
    );

    for (path, word) in [
        ("/v1/health?state=fine", "sessions full"),
        ("/v1/nodes?health=fine", "sessions full"),
        ("/v1/health?fields=nonsense", "round_trip_ms"),
        ("/v1/health?nonsense=1", "nonsense"),
    ] {
        let message = bench.admin.get(path).expect_error(400);
        assert!(message.contains(word), "{path}: {message}");
    }
    bench.admin.get("/v1/nodes/nobody/health").expect_error(404);
}
