//! What orders mean: one command per change, none where there is nothing to do, and a true end whatever the BMC does.
#![cfg(test)]

use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::{Delays, Faults, Refuse, SimBmc, SimBmcConfig};
use serde_json::{Value, json};

use crate::common::bench::{Bench, node, since, tasks};
use crate::common::daemon::Parts;
use crate::common::wait::until;

const POWER: &str =
    "poll_interval_secs = 1\nchange_deadline_secs = 20\ntransition_grace_secs = 3\n";

fn one(delays: Delays, power: PowerState) -> (Bench, SimBmc) {
    let config = SimBmcConfig {
        delays,
        power,
        ..SimBmcConfig::new("n")
    };
    let bench = Bench::start(vec![config], POWER);
    let bmc = bench.bmc("n");
    (bench, bmc)
}

/// Outcomes of the attempts of a task.
fn outcomes(task: &Value) -> Vec<&str> {
    let attempts = task["attempts"].as_array().unwrap();
    attempts
        .iter()
        .map(|attempt| attempt["outcome"].as_str().unwrap())
        .collect()
}

fn wait_told(bmc: &SimBmc, told: u64) {
    until("the machine to be told", || {
        (bmc.counters().controls_received.total() >= told).then_some(())
    });
}

#[test]
fn each_change_is_one_command_and_what_is_there_already_is_none() {
    let (bench, bmc) = one(Delays::default(), PowerState::Off);
    for (target, ends, told) in [
        ("off", PowerState::Off, (0, 0, 0)),
        ("soft_off", PowerState::Off, (0, 0, 0)),
        ("on", PowerState::On, (0, 1, 0)),
        ("on", PowerState::On, (0, 0, 0)),
        ("reboot", PowerState::On, (1, 1, 0)),
        ("soft_reboot", PowerState::On, (0, 1, 1)),
        ("soft_off", PowerState::Off, (0, 0, 1)),
        ("reboot", PowerState::On, (0, 1, 0)),
        ("off", PowerState::Off, (1, 0, 0)),
        ("soft_reboot", PowerState::On, (0, 1, 0)),
    ] {
        let before = bmc.counters().controls_received;
        let task = bench.order_until(&node("n"), target, "done");
        assert_eq!(since(&bmc, &before), told, "{target}: {task:#}");
        assert_eq!(bmc.power(), ends, "{target}");
        assert!(task["error"].is_null());
        bench.wait_power(&node("n"), ends);
    }
}

#[test]
fn an_operating_system_that_does_not_listen_is_asked_once_and_named() {
    let deaf = Delays {
        soft_off: None,
        ..Delays::default()
    };
    let (bench, bmc) = one(deaf, PowerState::On);
    let before = tasks(&bench.admin, &node("n"));
    let told = bmc.counters().controls_received;
    // Longer than the grace time.
    bench.order_within(&node("n"), "soft_off", 5);
    let task = bench.wait_task_after(&node("n"), &before, "failed");
    let error = task["error"].as_str().unwrap();
    assert!(
        error.contains("operating system") && error.contains("order off"),
        "{error}"
    );
    assert_eq!(bench.at(&node("n"))["last_error"], task["error"]);
    assert_eq!(since(&bmc, &told), (0, 0, 1));
}

#[test]
fn off_during_a_soft_off_cuts_the_power_in_the_same_task() {
    let slow = Delays {
        soft_off: None,
        ..Delays::default()
    };
    let (bench, bmc) = one(slow, PowerState::On);
    let before = tasks(&bench.admin, &node("n"));
    bench.order(&node("n"), "soft_off");
    wait_told(&bmc, 1);
    let refused = bench.admin.put(
        &format!("{}/states/power", node("n")),
        &json!({"target": "reboot"}),
    );
    refused.expect_error(409);
    bench.order(&node("n"), "off");
    let task = bench.wait_task_after(&node("n"), &before, "done");
    assert_eq!(tasks(&bench.admin, &node("n")).len(), before.len() + 1);
    assert_eq!(task["target"], "off");
    assert!(outcomes(&task).contains(&"hardened"), "{task:#}");
    assert_eq!(bmc.power(), PowerState::Off);
    let told = bmc.counters().controls_received;
    assert_eq!((told.down, told.up, told.soft), (1, 0, 1));
}

#[test]
fn a_delete_during_a_slow_deploy_frees_the_node_only_when_it_is_really_off() {
    let slow = Delays {
        power_on: Duration::from_millis(1_500),
        ..Delays::default()
    };
    let (bench, bmc) = one(slow, PowerState::Off);
    let parts = Parts::make(&bench.admin);
    let instance = bench.create(&parts, "n");
    // The machine was told to come on and is not on yet: now it looks as if there were nothing to do.
    wait_told(&bmc, 1);
    bench.admin.delete(&instance).expect(204);
    bench.wait_gone(&instance);
    assert_eq!(bmc.power(), PowerState::Off);
    let told = bmc.counters().controls_received;
    assert_eq!(
        (told.down, told.up),
        (1, 1),
        "it came on, and was turned off"
    );
    assert!(bench.at(&node("n"))["instance_uuid"].is_null());
}

#[test]
fn off_right_after_an_on_that_failed_waits_for_what_may_still_come() {
    let config = SimBmcConfig {
        delays: Delays {
            power_on: Duration::from_secs(5),
            ..Delays::default()
        },
        ..SimBmcConfig::new("n")
    };
    let power = "poll_interval_secs = 1\nchange_deadline_secs = 20\ntransition_grace_secs = 8\n";
    let bench = Bench::start(vec![config], power);
    let bmc = bench.bmc("n");
    let before = tasks(&bench.admin, &node("n"));
    bench.order_within(&node("n"), "on", 1);
    let failed = bench.wait_task_after(&node("n"), &before, "failed");
    let error = failed["error"].as_str().unwrap();
    assert!(
        error.contains("accepted power on but the power stayed off"),
        "{error}"
    );
    // An order that cannot wait for that says so, and not that the power is not off.
    let before = tasks(&bench.admin, &node("n"));
    bench.order_within(&node("n"), "off", 1);
    let unsure = bench.wait_task_after(&node("n"), &before, "failed");
    let error = unsure["error"].as_str().unwrap();
    assert!(
        error.contains("earlier command may still be at work"),
        "{error}"
    );
    let task = bench.order_until(&node("n"), "off", "done");
    assert_eq!(bmc.power(), PowerState::Off, "{task:#}");
    let told = bmc.counters().controls_received;
    assert_eq!((told.down, told.up), (1, 1));
}

#[test]
fn a_lost_reply_is_not_a_second_command_and_a_lost_request_is_one_after_the_grace_time() {
    let (bench, bmc) = one(Delays::default(), PowerState::Off);
    bmc.set_faults(Faults {
        drop_control_replies: 1,
        ..Faults::default()
    });
    let told = bmc.counters().controls_received;
    let task = bench.order_until(&node("n"), "on", "done");
    assert_eq!(since(&bmc, &told), (0, 1, 0), "{task:#}");
    assert!(outcomes(&task).contains(&"silent"), "{task:#}");
    bmc.set_faults(Faults {
        drop_control_requests: 1,
        ..Faults::default()
    });
    let told = bmc.counters().controls_received;
    let task = bench.order_until(&node("n"), "off", "done");
    assert_eq!(since(&bmc, &told), (1, 0, 0), "{task:#}");
    assert_eq!(bmc.power(), PowerState::Off);
}

#[test]
fn a_transition_slower_than_a_lost_reply_is_waited_for_within_the_grace_time() {
    let slow = Delays {
        power_on: Duration::from_secs(8),
        ..Delays::default()
    };
    let config = SimBmcConfig {
        delays: slow,
        ..SimBmcConfig::new("n")
    };
    let power = "poll_interval_secs = 1\nchange_deadline_secs = 20\ntransition_grace_secs = 12\n";
    let bench = Bench::start(vec![config], power);
    bench.bmc("n").set_faults(Faults {
        drop_control_replies: 1,
        ..Faults::default()
    });
    bench.order_until(&node("n"), "on", "done");
    assert_eq!(bench.bmc("n").counters().controls_received.up, 1);
}

#[test]
fn a_bmc_that_is_busy_or_full_or_starting_is_tried_again_until_it_is_not() {
    let (bench, bmc) = one(Delays::default(), PowerState::Off);
    let faults = [
        Faults {
            busy: 4,
            ..Faults::default()
        },
        Faults {
            no_resources: 3,
            ..Faults::default()
        },
        Faults {
            refuse: Some(Refuse {
                code: 0xD2,
                next: 4,
            }),
            ..Faults::default()
        },
        Faults {
            refuse: Some(Refuse {
                code: 0xFF,
                next: 4,
            }),
            ..Faults::default()
        },
    ];
    let mut target = ("on", PowerState::On);
    for faults in faults {
        let told = bmc.counters().controls_received;
        bmc.reboot_for(Duration::ZERO);
        bmc.set_faults(faults.clone());
        let before = tasks(&bench.admin, &node("n"));
        // Four pauses that double, with their jitter, can be longer than the usual deadline here.
        bench.order_within(&node("n"), target.0, 120);
        let task = bench.wait_task_after(&node("n"), &before, "done");
        assert_eq!(bmc.power(), target.1, "{faults:?}: {task:#}");
        let (down, up, _) = since(&bmc, &told);
        assert_eq!(down + up, 1, "{faults:?}: {task:#}");
        target = match target.1 {
            PowerState::On => ("off", PowerState::Off),
            PowerState::Off => ("on", PowerState::On),
        };
    }
}

/// The grace time once began when the intent was committed. Raising the privilege took some of it, and the answer more: the
/// first look came when it was over, and the machine that was about to turn on was told again.
#[test]
fn grace_time_begins_when_the_command_has_left_so_a_bmc_that_is_slow_to_answer_is_told_once() {
    let delays = Delays {
        reply: Duration::from_secs(1),
        power_on: Duration::from_secs(2),
        ..Delays::default()
    };
    let (bench, bmc) = one(delays, PowerState::Off);
    bench.order_until(&node("n"), "on", "done");
    assert_eq!(bmc.counters().controls_received.up, 1);
}
