//! `ostler bmc probe` from the command line, against the simulated rack on loopback and a BMC that others wrote.
#![cfg(test)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use ostler::sim::{Faults, Privilege, SimBmc, SimBmcConfig, SimUser, Suite};
use serde_json::{Value, json};

use crate::common::ipmi_sim::Sim;
use crate::common::sim::SimRack;
use crate::common::wait::until;

fn ostler(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ostler"))
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// What a probe with this account said, and its exit code.
struct Answer {
    told: Value,
    code: Option<i32>,
    errors: String,
}

impl Answer {
    #[track_caller]
    fn of(output: &Output) -> Self {
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        let told = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {errors}"));
        Self {
            told,
            code: output.status.code(),
            errors,
        }
    }

    /// What came of each suite.
    fn suites(&self) -> Vec<(u64, &str)> {
        let suites = self.told["suites"].as_array().unwrap().iter();
        suites
            .map(|trial| {
                let outcome = trial["outcome"].as_str().unwrap();
                (trial["suite"].as_u64().unwrap(), outcome)
            })
            .collect()
    }

    /// The change that is most pressing.
    fn first_change(&self) -> &str {
        self.told["changes"][0].as_str().unwrap_or_default()
    }
}

fn probe_port(port: u16, username: &str, password: &str, more: &[&str]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("password");
    fs::write(&file, format!("{password}\n")).unwrap();
    let (port, file) = (port.to_string(), file.to_str().unwrap());
    let login = ["--username", username, "--password-file", file];
    let probe = ["--json", "bmc", "probe", "127.0.0.1", "--port", &port];
    ostler(&[&probe, &login[..], more].concat())
}

#[track_caller]
fn probe(bmc: &SimBmc, username: &str, password: &str, more: &[&str]) -> Answer {
    Answer::of(&probe_port(bmc.address().port(), username, password, more))
}

/// Nothing was ordered, and nothing is left open.
#[track_caller]
fn assert_untouched(bmc: &SimBmc) {
    assert_eq!(bmc.counters().controls_received.total(), 0);
    until("the sessions to be closed", || {
        let now = bmc.counters();
        (now.sessions_open == 0 && now.sessions_half_open == 0).then_some(())
    });
    assert_eq!(bmc.counters().sessions_expired, 0);
}

#[test]
fn a_probe_says_what_works_and_how_to_register_the_node() {
    let (_rack, bmc) = SimRack::one(SimBmcConfig::new("one"));
    let found = probe(&bmc, "admin", "admin", &[]);
    assert_eq!(found.code, Some(0), "{}", found.errors);
    assert_eq!(found.suites(), [(17, "works"), (3, "works")]);
    let told = &found.told;
    assert_eq!(told["offered_suites"], json!([3, 17]));
    assert_eq!(told["power_state"], "power off");
    assert_eq!(told["sessions_possible"], 4);
    assert_eq!(
        (&told["usable"], &told["power_control"], &told["privilege"]),
        (&json!(true), &json!(true), &json!("operator"))
    );
    for field in [
        "vendor",
        "firmware",
        "guid",
        "restore_policy",
        "last_power_event",
        "sel_entries",
        "quirks",
    ] {
        assert!(told.get(field).is_some(), "{field}: {told:#}");
    }
    let port = bmc.address().port();
    let command = format!(
        "ostler node create NAME --bmc-address 127.0.0.1 --bmc-port {port} --bmc-username admin"
    );
    assert_eq!(told["command"], command);
    assert_eq!(told["changes"], json!([]));
    assert_untouched(&bmc);
}

#[test]
fn without_a_user_name_a_probe_opens_no_session() {
    let (_rack, bmc) = SimRack::one(SimBmcConfig::new("one"));
    let port = bmc.address().port().to_string();
    let found = Answer::of(&ostler(&[
        "--json",
        "bmc",
        "probe",
        "127.0.0.1",
        "--port",
        &port,
    ]));
    assert_eq!(found.code, Some(0));
    assert_eq!(found.told["ipmi_v2"], true);
    assert_eq!(bmc.counters().open_session_requests, 0);
    let text = ostler(&["bmc", "probe", "127.0.0.1", "--port", &port]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("What would work: add --username"), "{text}");
}

#[test]
fn a_bmc_with_one_suite_and_room_for_one_session_is_told_as_such() {
    let mut config = SimBmcConfig::new("old");
    config.suites = vec![Suite::Sha1];
    config.session_cap = 1;
    let (_rack, bmc) = SimRack::one(config);
    let found = probe(&bmc, "admin", "admin", &[]);
    assert_eq!(found.suites(), [(17, "is refused"), (3, "works")]);
    assert!(
        found
            .first_change()
            .contains("consider enabling cipher suite 17")
    );
    assert_eq!(found.told["usable"], true);
    assert_untouched(&bmc);

    let (_rack, both) = SimRack::one(SimBmcConfig {
        session_cap: 1,
        ..SimBmcConfig::new("both")
    });
    let found = probe(&both, "admin", "admin", &[]);
    assert_eq!(found.suites(), [(17, "works"), (3, "works")]);
    assert_untouched(&both);
}

#[test]
fn a_wrong_password_is_tried_exactly_once() {
    let (_rack, bmc) = SimRack::one(SimBmcConfig::new("one"));
    let found = probe(&bmc, "admin", "s3cret", &[]);
    assert_eq!(found.code, Some(1));
    assert_eq!(found.suites(), [(17, "refuses the password")]);
    assert!(
        found
            .first_change()
            .contains("correct the password of user admin")
    );
    assert!(found.errors.contains("no login works as user admin"));
    assert!(!found.errors.contains("s3cret") && !found.told.to_string().contains("s3cret"));
    assert_eq!(found.told["usable"], false);
    assert_eq!(bmc.counters().logins_refused, 1);
    assert_untouched(&bmc);
}

#[test]
fn an_unknown_user_is_told_from_a_wrong_password() {
    let (_rack, bmc) = SimRack::one(SimBmcConfig::new("one"));
    let found = probe(&bmc, "nobody", "admin", &[]);
    assert_eq!(found.code, Some(1));
    assert_eq!(found.suites(), [(17, "refuses the user name")]);
    assert!(
        found
            .first_change()
            .contains("enable user nobody in the BMC")
    );
    assert_untouched(&bmc);
}

#[test]
fn a_user_who_may_only_read_is_told_what_to_raise_and_the_power_stays() {
    let mut config = SimBmcConfig::new("one");
    config.users = vec![SimUser::limited("reader", "secret", Privilege::User)];
    let (_rack, bmc) = SimRack::one(config);
    let found = probe(&bmc, "reader", "secret", &[]);
    assert_eq!(found.code, Some(0), "{}", found.errors);
    assert_eq!(found.suites(), [(17, "works"), (3, "works")]);
    assert_eq!(found.told["power_state"], "power off");
    assert_eq!(
        (
            &found.told["usable"],
            &found.told["power_control"],
            &found.told["privilege"]
        ),
        (&json!(false), &json!(false), &json!("user"))
    );
    assert!(
        found
            .first_change()
            .contains("raise the privilege limit of user reader")
    );
    assert_untouched(&bmc);
}

#[test]
fn a_bmc_key_is_taken_from_a_file_as_text_or_digits_and_its_want_is_named() {
    let mut config = SimBmcConfig::new("one");
    config.kg = Some(b"key".to_vec());
    let (_rack, bmc) = SimRack::one(config);
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    for text in ["key\n", "0x6b6579"] {
        let path = file("right", text);
        let found = probe(&bmc, "admin", "admin", &["--kg-file", &path]);
        assert_eq!(found.code, Some(0), "{}", found.errors);
        assert_eq!(found.told["kg"], true);
        let command = found.told["command"].as_str().unwrap();
        assert!(
            command.ends_with(&format!("--bmc-kg-file {path}")),
            "{command}"
        );
    }
    let found = probe(&bmc, "admin", "admin", &[]);
    assert_eq!(found.suites(), [(17, "wants a BMC key (K_G)")]);
    assert!(found.first_change().contains("--kg-file"));
    let wrong = file("wrong", "yek");
    let found = probe(&bmc, "admin", "admin", &["--kg-file", &wrong]);
    assert_eq!(found.code, Some(1));
    assert!(
        found
            .first_change()
            .contains("the password is right, the key is not")
    );
    let bad = file("bad", "0x12345");
    let output = probe_port(bmc.address().port(), "admin", "admin", &["--kg-file", &bad]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("12345"));
    // With another K_G the session that the BMC has opened has keys that nobody here knows: it cannot be closed.
    assert_eq!(bmc.counters().controls_received.total(), 0);
}

/// Such a BMC takes no login that asks for less than the user's limit, and a node asks for OPERATOR unless it is told more: the
/// command used to register a node that could not be read.
#[test]
fn a_bmc_that_wants_the_users_exact_limit_is_told_so_in_the_command_to_paste() {
    let mut config = SimBmcConfig::new("exact");
    config.faults.exact_privilege = true;
    let (_rack, bmc) = SimRack::one(config);
    let found = probe(&bmc, "admin", "admin", &[]);
    assert_eq!(found.code, Some(0), "{}", found.errors);
    assert_eq!(found.told["quirks"], json!(["exact_privilege"]));
    let command = found.told["command"].as_str().unwrap();
    assert!(
        command.ends_with("--privilege-level administrator"),
        "{command}"
    );
    assert_untouched(&bmc);
}

#[test]
fn a_bmc_without_a_free_session_and_one_that_is_dead_are_told_apart() {
    let full = || {
        let mut config = SimBmcConfig::new("full");
        config.faults.no_resources = 1_000;
        let (_rack, bmc) = SimRack::one(config);
        let found = probe(&bmc, "admin", "admin", &[]);
        assert_eq!(found.code, Some(1));
        assert_eq!(
            found.suites(),
            [(17, "finds no free session"), (3, "finds no free session")]
        );
        assert!(
            found
                .first_change()
                .contains("close what other tools hold open")
        );
        assert_untouched(&bmc);
    };
    let dead = || {
        let mut config = SimBmcConfig::new("dead");
        config.faults = Faults {
            dead: true,
            ..Faults::default()
        };
        let (_rack, bmc) = SimRack::one(config);
        let output = probe_port(bmc.address().port(), "admin", "admin", &[]);
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty());
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains("nothing answers at 127.0.0.1"), "{errors}");
    };
    // Both take their time.
    std::thread::scope(|scope| {
        scope.spawn(full);
        scope.spawn(dead);
    });
}

#[test]
fn a_probe_takes_no_secret_from_the_command_line_and_asks_only_a_terminal() {
    let address = ["bmc", "probe", "127.0.0.1"];
    for (args, said) in [
        (
            &["--username", "admin", "--password", "s3cret"][..],
            "--password-file",
        ),
        (&["--username", "admin", "--kg", "s3cret"], "--kg-file"),
        (&["--username", "admin"], "without a terminal"),
        (&["--password-file", "/dev/null"], "--username"),
        (
            &["--username", "admin", "--password-file", "/no/such"],
            "/no/such",
        ),
    ] {
        let output = ostler(&[&address[..], args].concat());
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {errors}");
        assert!(
            errors.contains(said) && !errors.contains("s3cret"),
            "{errors}"
        );
    }
}

#[test]
fn a_probe_reads_a_bmc_that_others_wrote_and_changes_nothing_in_it() {
    let Some(sim) = Sim::start() else { return };
    let found = Answer::of(&probe_port(sim.port, "admin", "secret", &[]));
    assert_eq!(found.code, Some(0), "{}", found.errors);
    assert_eq!(found.suites()[..2], [(17, "is refused"), (3, "works")]);
    let told = &found.told;
    assert_eq!(told["power_control"], true, "{told:#}");
    assert_eq!(
        (&told["manufacturer_id"], &told["product_id"]),
        (&json!(0x1291), &json!(0xF02))
    );
    assert_eq!(told["firmware"], "9.08");
    let found = Answer::of(&probe_port(sim.port, "admin", "wrong", &[]));
    assert_eq!(
        found.suites(),
        [(17, "is refused"), (3, "refuses the password")]
    );
    assert_eq!(sim.controls(), "");
    assert_eq!(sim.power(), "0");
    assert!(!Path::exists(&sim.state().with_extension("boot")));
}
