//! A BMC gets another password: it is the node's own only when a login with it has worked, and whatever is lost, refused or
//! killed on the way, Ostler can log in afterwards or says what is known.
#![cfg(test)]

use std::process::Command;
use std::time::Duration;

use ostler::crash::{SECRET_COMMITS, SECRET_POINTS};
use ostler::model::power::PowerState;
use ostler::sim::{Faults, Lockout, SimBmc, SimBmcConfig};
use serde_json::{Value, json};

use crate::common::bench::{Bench, bmc_settings, node, register, tasks};
use crate::common::daemon::{Daemon, Parts};
use crate::common::ipmi_sim::Sim;
use crate::common::sim::SimRack;
use crate::common::skip::skip;
use crate::common::wait::until;

/// A BMC that has not taken a password after the grace time will not take it.
const POWER: &str =
    "poll_interval_secs = 1\nchange_deadline_secs = 30\ntransition_grace_secs = 1\n";
/// The same, given up soon.
const SHORT: &str = "poll_interval_secs = 1\nchange_deadline_secs = 5\ntransition_grace_secs = 1\n";

const NEW: &str = "Fresh-pa55word";
const OTHER: &str = "An-other-pa55word";

/// One node, whose account is an administrator.
fn bench(power: &str) -> (Bench, SimBmc) {
    let mut config = SimBmcConfig::new("n");
    config.session_cap = 15;
    config.session_idle_limit = Duration::from_secs(3);
    let rack = SimRack::start(vec![config]);
    let daemon = Daemon::with_power(power);
    let admin = daemon.unix();
    let bmc = rack.by_name("n").unwrap();
    let mut settings = bmc_settings(&bmc);
    settings["privilege_level"] = json!("administrator");
    register(&admin, "n", settings);
    let bench = Bench {
        rack,
        daemon,
        admin,
    };
    bench.wait_power(&node("n"), bmc.power());
    (bench, bmc)
}

/// Orders a rotation and waits for its end in this state; gives the task.
#[track_caller]
fn rotate(bench: &Bench, body: &Value, state: &str) -> Value {
    let before = tasks(&bench.admin, &node("n"));
    order(bench, body);
    bench.wait_task_after(&node("n"), &before, state)
}

#[track_caller]
fn order(bench: &Bench, body: &Value) {
    let path = format!("{}/rotate-password", node("n"));
    let accepted = bench.admin.post(&path, body).expect(202).json();
    assert_eq!(accepted["kind"], "rotate_password");
}

/// Ostler logs in with what it has stored: somebody turns the machine, and that is read.
#[track_caller]
fn assert_reads(bench: &Bench, bmc: &SimBmc) {
    let power = match bmc.power() {
        PowerState::On => PowerState::Off,
        PowerState::Off => PowerState::On,
    };
    bmc.set_power(power);
    bench.wait_power(&node("n"), power);
}

#[track_caller]
fn last_error(bench: &Bench, part: &str) {
    until(&format!("last_error to say {part:?}"), || {
        let shown = bench.at(&node("n"));
        let error = shown["last_error"].as_str().unwrap_or_default();
        error.contains(part).then_some(())
    });
}

fn with(faults: Faults, bmc: &SimBmc) {
    bmc.set_faults(faults);
}

#[test]
fn the_bmc_has_the_given_password_and_is_read_with_it() {
    let (mut bench, bmc) = bench(POWER);
    let done = rotate(&bench, &json!({"password": NEW}), "done");
    assert_eq!(bmc.password("admin").as_deref(), Some(NEW));
    assert_eq!(bmc.passwords_sent(), [NEW]);
    assert_eq!(bmc.counters().logins_refused, 0, "{done:#}");
    assert_eq!(done["step"], Value::Null);
    assert_reads(&bench, &bmc);
    bench.daemon.crash();
    bench.daemon.start_again();
    assert_reads(&bench, &bmc);
    assert_eq!(bmc.counters().logins_refused, 0);
}

#[test]
fn a_password_that_is_made_here_fits_every_bmc_and_is_shown_nowhere() {
    let (mut bench, bmc) = bench(POWER);
    rotate(&bench, &json!({}), "done");
    let first = bmc.password("admin").unwrap();
    assert_eq!(first.len(), 16);
    let done = rotate(&bench, &json!({}), "done");
    let second = bmc.password("admin").unwrap();
    assert_ne!(first, second);
    assert_reads(&bench, &bmc);
    assert!(bench.daemon.stop());
    let said = format!("{done}{}", bench.daemon.log());
    let file = std::fs::read(bench.daemon.directory().join("state/ostler.db")).unwrap();
    for secret in [first, second] {
        assert!(!said.contains(&secret));
        let mut parts = file.windows(secret.len());
        assert!(!parts.any(|part| part == secret.as_bytes()));
    }
}

#[test]
fn after_a_lost_answer_a_login_shows_that_the_password_is_new() {
    let (bench, bmc) = bench(POWER);
    let faults = Faults {
        drop_password_replies: 1,
        ..Faults::default()
    };
    with(faults, &bmc);
    rotate(&bench, &json!({"password": NEW}), "done");
    assert_eq!(bmc.passwords_sent(), [NEW]);
    assert_eq!(bmc.counters().logins_refused, 0);
    assert_reads(&bench, &bmc);
}

/// Three bad logins in a row lock the account, and it takes two to find out that the password never arrived; a good one
/// comes between.
#[test]
fn a_password_that_was_lost_on_its_way_is_sent_again_and_no_account_is_locked() {
    let (bench, bmc) = bench(POWER);
    let faults = Faults {
        drop_password_requests: 1,
        lockout: Some(Lockout {
            after: 2,
            lasts: Duration::from_secs(600),
        }),
        ..Faults::default()
    };
    with(faults, &bmc);
    rotate(&bench, &json!({"password": NEW}), "done");
    assert_eq!(bmc.password("admin").as_deref(), Some(NEW));
    assert_eq!(bmc.counters().logins_locked_out, 0);
    assert!(bmc.counters().logins_refused > 0, "it was found out");
    assert_reads(&bench, &bmc);
}

#[test]
fn a_bmc_that_says_yes_and_keeps_the_old_one_is_reported_as_that_and_told_the_same_next_time() {
    let (bench, bmc) = bench(POWER);
    let faults = Faults {
        keeps_old_password: true,
        ..Faults::default()
    };
    with(faults, &bmc);
    let failed = rotate(&bench, &json!({}), "failed");
    let why = failed["error"].as_str().unwrap();
    assert!(
        why.contains("accepted the new password and still takes only the old one"),
        "{why}"
    );
    assert_reads(&bench, &bmc);
    last_error(&bench, "still takes only the old one");
    // Another one is not sent while the BMC may come to have the first.
    let path = format!("{}/rotate-password", node("n"));
    let other = bench.admin.post(&path, &json!({"password": OTHER}));
    other.expect_error(409);
    with(Faults::default(), &bmc);
    rotate(&bench, &json!({}), "done");
    let sent = bmc.passwords_sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1]);
    assert!(bench.at(&node("n"))["last_error"].is_null());
    assert_reads(&bench, &bmc);
}

#[test]
fn a_refused_password_changes_nothing_and_another_one_can_be_ordered() {
    let (bench, bmc) = bench(POWER);
    let faults = Faults {
        refuse_password: Some(0xcc),
        ..Faults::default()
    };
    with(faults, &bmc);
    let failed = rotate(&bench, &json!({"password": OTHER}), "failed");
    let why = failed["error"].as_str().unwrap();
    assert!(
        why.contains("was not changed") && why.contains("CCh"),
        "{why}"
    );
    assert_eq!(bmc.password("admin").as_deref(), Some("admin"));
    assert_reads(&bench, &bmc);
    with(Faults::default(), &bmc);
    rotate(&bench, &json!({"password": NEW}), "done");
    assert_eq!(bmc.password("admin").as_deref(), Some(NEW));
    assert_eq!(bmc.counters().logins_refused, 0);
}

#[test]
fn a_bmc_that_is_not_heard_of_again_has_either_and_the_next_order_finds_out_which() {
    let (bench, bmc) = bench(SHORT);
    with(
        Faults {
            drop_password_replies: 1,
            ..Faults::default()
        },
        &bmc,
    );
    let before = tasks(&bench.admin, &node("n"));
    order(&bench, &json!({}));
    until("the password to be set", || {
        (bmc.counters().passwords_set == 1).then_some(())
    });
    with(
        Faults {
            dead: true,
            ..Faults::default()
        },
        &bmc,
    );
    let failed = bench.wait_task_after(&node("n"), &before, "failed");
    let why = failed["error"].as_str().unwrap();
    assert!(
        why.contains("it has either the old or the new one, and both are kept"),
        "{why}"
    );
    // Polling fails as well by now, and says it too.
    with(Faults::default(), &bmc);
    last_error(&bench, "has another password");
    last_error(&bench, "either the old or the new one");
    rotate(&bench, &json!({}), "done");
    assert_eq!(bmc.passwords_sent().len(), 1, "a login was enough");
    assert!(bench.at(&node("n"))["last_error"].is_null());
    assert_reads(&bench, &bmc);
}

#[test]
fn a_bmc_that_takes_neither_is_asked_once_with_each_and_an_admin_says_what_it_has() {
    let (bench, bmc) = bench(POWER);
    with(
        Faults {
            drop_password_replies: 1,
            ..Faults::default()
        },
        &bmc,
    );
    let before = tasks(&bench.admin, &node("n"));
    order(&bench, &json!({}));
    until("the password to be set", || {
        (bmc.counters().passwords_set == 1).then_some(())
    });
    bmc.set_password("admin", OTHER);
    let failed = bench.wait_task_after(&node("n"), &before, "failed");
    let why = failed["error"].as_str().unwrap();
    assert!(why.contains("takes neither the new password"), "{why}");
    assert_eq!(bmc.counters().logins_refused, 2, "{failed:#}");
    last_error(&bench, "neither");
    let patch = json!([{"op": "replace", "path": "/bmc/password", "value": OTHER}]);
    bench.admin.patch(&node("n"), &patch).expect(200);
    assert_reads(&bench, &bmc);
    // What was staged is forgotten: another one may be sent now.
    rotate(&bench, &json!({"password": NEW}), "done");
    assert_reads(&bench, &bmc);
}

#[test]
fn an_order_that_cannot_work_is_refused_and_changes_nothing() {
    let (bench, bmc) = bench(POWER);
    let path = format!("{}/rotate-password", node("n"));
    for (body, field) in [
        (json!({"password": ""}), "password"),
        (json!({"password": "x".repeat(21)}), "password"),
        (json!({"password": "tab\tinside"}), "password"),
        (json!({"password": "******"}), "password"),
        (json!({"password": 7}), "password"),
        (json!({"colour": 1}), "colour"),
    ] {
        let refused = bench.admin.post(&path, &body).expect_error(400);
        assert!(refused.contains(field), "{refused}");
    }
    let patch = json!([{"op": "replace", "path": "/bmc/privilege_level", "value": "operator"}]);
    bench.admin.patch(&node("n"), &patch).expect(200);
    let refused = bench.admin.post(&path, &json!({})).expect_error(409);
    assert!(refused.contains("bmc.privilege_level"), "{refused}");
    let own = json!({"name": "own", "bmc": {"interface": "open"}});
    bench.admin.post("/v1/nodes", &own).expect(201);
    let refused = bench
        .admin
        .post("/v1/nodes/own/rotate-password", &json!({}));
    assert!(refused.expect_error(409).contains("bmc.interface"));
    let nobody = bench
        .admin
        .post("/v1/nodes/nobody/rotate-password", &json!({}));
    nobody.expect_error(404);
    assert_eq!(bmc.counters().command("set_user_password"), 0);
}

#[test]
fn while_the_password_changes_nothing_else_is_done_to_the_node() {
    let (bench, bmc) = bench(POWER);
    let parts = Parts::make(&bench.admin);
    let instance = bench.create_active(&parts, "n");
    with(
        Faults {
            dead: true,
            ..Faults::default()
        },
        &bmc,
    );
    order(&bench, &json!({}));
    let path = node("n");
    let on = json!({"target": "on"});
    let patch = json!([{"op": "replace", "path": "/bmc/password", "value": OTHER}]);
    let pxe = json!({"boot_device": "pxe"});
    let again = format!("{path}/rotate-password");
    let admin = &bench.admin;
    for refused in [
        admin.put(&format!("{path}/states/power"), &on),
        admin.put(&format!("{path}/management/boot_device"), &pxe),
        admin.get(&format!("{path}/management/boot_device")),
        admin.patch(&path, &patch),
        admin.post(&again, &json!({})),
        admin.delete(&instance),
    ] {
        let why = refused.expect_error(409);
        assert!(why.contains("the change of the BMC's password"), "{why}");
    }
    // Nothing has been sent: it can be called off, and leaves nothing behind.
    let open = bench.at(&format!("{path}/tasks"));
    let uuid = open["tasks"][0]["uuid"].as_str().unwrap().to_owned();
    admin.delete(&format!("/v1/tasks/{uuid}")).expect(204);
    with(Faults::default(), &bmc);
    rotate(&bench, &json!({"password": NEW}), "done");
    assert_reads(&bench, &bmc);
}

/// A BMC that others wrote takes the password from Ostler, and others' client logs in with it.
#[test]
fn ipmi_sim_takes_the_new_password_and_ipmitool_logs_in_with_it() {
    let Some(sim) = Sim::start() else {
        return;
    };
    let rack = SimRack::start(Vec::new());
    let daemon = Daemon::with_power(POWER);
    let admin = daemon.unix();
    let settings = json!({
        "address": "127.0.0.1", "port": sim.port, "username": "admin", "password": "secret",
        "privilege_level": "administrator",
    });
    register(&admin, "n", settings);
    let bench = Bench {
        rack,
        daemon,
        admin,
    };
    bench.wait_power(&node("n"), PowerState::Off);
    for password in [NEW, "sixteen-letters-"] {
        rotate(&bench, &json!({"password": password}), "done");
        let port = sim.port.to_string();
        let mut ipmitool = Command::new("ipmitool");
        ipmitool.args(["-I", "lanplus", "-C", "3", "-H", "127.0.0.1", "-p", &port]);
        ipmitool.args(["-U", "admin", "-P", password, "chassis", "status"]);
        match ipmitool.output() {
            Ok(output) => assert!(output.status.success(), "{output:?}"),
            Err(error) => return skip(&format!("ipmitool cannot be started: {error}")),
        }
    }
    // It says yes to twenty characters, and keeps sixteen.
    let failed = rotate(
        &bench,
        &json!({"password": "twenty-letters-long-"}),
        "failed",
    );
    let why = failed["error"].as_str().unwrap();
    assert!(why.contains("only the first 16 characters"), "{why}");
    let patch = json!([{"op": "replace", "path": "/bmc/password", "value": "twenty-letters-l"}]);
    bench.admin.patch(&node("n"), &patch).expect(200);
    rotate(&bench, &json!({}), "done");
}

/// Others' client sets and tests passwords of the simulated BMC, and Ostler logs in with what it set.
#[test]
fn ipmitool_sets_the_password_of_a_simulated_bmc_and_ostler_logs_in_with_it() {
    let (bench, bmc) = bench(POWER);
    let ipmitool = |password: &str, args: &[&str]| {
        let address = bmc.address();
        let (host, port) = (address.ip().to_string(), address.port().to_string());
        let mut command = Command::new("ipmitool");
        command.args(["-I", "lanplus", "-H", &host, "-p", &port]);
        command
            .args(["-U", "admin", "-P", password, "user"])
            .args(args);
        command.output()
    };
    let Ok(set) = ipmitool("admin", &["set", "password", "2", NEW]) else {
        return skip("ipmitool cannot be started");
    };
    assert!(set.status.success(), "{set:?}");
    assert_eq!(bmc.password("admin").as_deref(), Some(NEW));
    for (form, password, fits) in [("16", NEW, true), ("16", OTHER, false), ("20", NEW, false)] {
        let password = &password[..password.len().min(16)];
        let test = ipmitool(NEW, &["test", "2", form, password]).unwrap();
        assert_eq!(test.status.success(), fits, "{form} {password}: {test:?}");
    }
    let patch = json!([{"op": "replace", "path": "/bmc/password", "value": NEW}]);
    bench.admin.patch(&node("n"), &patch).expect(200);
    assert_reads(&bench, &bmc);
    let long = ipmitool(NEW, &["set", "password", "2", OTHER, "20"]).unwrap();
    assert!(long.status.success(), "{long:?}");
    assert_eq!(bmc.password("admin").as_deref(), Some(OTHER));
}

/// What is killed on the way, and where.
fn points() -> Vec<String> {
    let rotation = |name: &&str| name.starts_with("rotate_") && *name != "rotate_old";
    let commits = SECRET_COMMITS.into_iter().filter(rotation);
    let points = SECRET_POINTS.into_iter();
    commits
        .flat_map(|name| [format!("{name}.before"), format!("{name}.after")])
        .chain(
            points
                .filter(|name| name.starts_with("password_"))
                .map(str::to_owned),
        )
        .collect()
}

/// At each point: the daemon is killed there, started again, and then logs in, with one new password that was sent to the
/// BMC, or with the old one and nothing sent.
fn killed_everywhere(faults: &Faults) {
    let (mut bench, bmc) = bench(POWER);
    let path = format!("{}/rotate-password", node("n"));
    let mut used = 0;
    for point in points() {
        bench.daemon.crash();
        bench.daemon.start_again_dying_at(&point);
        until(
            &format!("the daemon to be there, to die at {point}"),
            || {
                let ready = bench.admin.try_send("GET", "/readyz", None);
                ready.ok().filter(|answer| answer.status == 200)
            },
        );
        with(faults.clone(), &bmc);
        let before = bmc.password("admin");
        // It may die before it has answered.
        let answered = bench.admin.try_send("POST", &path, None);
        until(&format!("the daemon to die at {point}"), || {
            bench.daemon.has_crashed().then_some(())
        });
        bench.daemon.start_again();
        until(&format!("what {point} left to end"), || {
            let all = bench.at(&format!("{}/tasks", node("n")));
            let mut all = all["tasks"].as_array().unwrap().iter();
            all.all(|task| task["state"] == "done").then_some(())
        });
        let accepted = answered.is_ok_and(|answer| answer.status == 202);
        let sent = bmc.passwords_sent().split_off(used);
        used += sent.len();
        if point == "rotate_order.before" {
            assert!(!accepted && sent.is_empty(), "{point}");
            assert_eq!(bmc.password("admin"), before, "{point}");
        } else {
            assert!(
                sent.iter().all(|one| *one == sent[0]),
                "{point}: one password"
            );
            assert_eq!(bmc.password("admin").as_ref(), sent.first(), "{point}");
            assert_ne!(bmc.password("admin"), before, "{point}");
        }
        assert_reads(&bench, &bmc);
    }
}

#[test]
fn killed_at_every_point_ostler_can_log_in_afterwards() {
    killed_everywhere(&Faults::default());
}

#[test]
fn killed_at_every_point_with_the_answer_lost_ostler_can_log_in_afterwards() {
    killed_everywhere(&Faults {
        drop_password_replies: 1,
        ..Faults::default()
    });
}

#[test]
fn killed_at_every_point_with_the_password_lost_on_its_way_ostler_can_log_in_afterwards() {
    killed_everywhere(&Faults {
        drop_password_requests: 1,
        ..Faults::default()
    });
}
