//! Other people's tools drive the simulated BMCs, and the simulator's state and counters say what came of it.
#![cfg(test)]

use std::process::{Command, Output};
use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::{Boot, BootSource, Faults, Privilege, SimBmc, SimBmcConfig, SimUser, Suite};
use ostler::time::instant;

use crate::common::sim::SimRack;

const PASSWORD: &str = "Pa55word";

fn config() -> SimBmcConfig {
    SimBmcConfig {
        users: vec![
            SimUser::administrator("admin", PASSWORD),
            SimUser::limited("watcher", "look-only", Privilege::User),
        ],
        ..SimBmcConfig::new("node-1")
    }
}

/// Whether a tool is there. Where it is not, the test says so and passes, but not in CI.
fn present(tool: &str) -> bool {
    let found = Command::new(tool).arg("-V").output().is_ok();
    if !found {
        #[expect(
            clippy::disallowed_methods,
            reason = "only the environment knows that this is CI"
        )]
        let in_ci = std::env::var("CI");
        assert_ne!(in_ci.as_deref(), Ok("true"), "{tool} is not installed");
        println!("SKIPPED: {tool} is not installed");
    }
    found
}

/// ipmitool at a BMC as this user, two tries of two seconds, with these arguments after the usual ones.
fn ipmitool_as(bmc: &SimBmc, user: &str, password: &str, arguments: &[&str]) -> Output {
    let address = bmc.address();
    Command::new("ipmitool")
        .args(["-I", "lanplus", "-N", "2", "-R", "2"])
        .args(["-H", &address.ip().to_string()])
        .args(["-p", &address.port().to_string()])
        .args(["-U", user, "-P", password])
        .args(arguments)
        .output()
        .unwrap()
}

/// The same as the administrator; what it printed, and it must succeed.
fn ipmitool(bmc: &SimBmc, arguments: &[&str]) -> String {
    let output = ipmitool_as(bmc, "admin", PASSWORD, arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn ipmipower(bmc: &SimBmc, arguments: &[&str]) -> String {
    let output = Command::new("ipmipower")
        .args(["-D", "LAN_2_0", "-h", &bmc.address().to_string()])
        .args(["-u", "admin", "-p", PASSWORD])
        .args([
            "--session-timeout",
            "10000",
            "--retransmission-timeout",
            "2000",
        ])
        .args(arguments)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Waits until this is so.
fn until(what: &str, so: impl Fn() -> bool) {
    let deadline = instant() + Duration::from_secs(10);
    while !so() {
        assert!(instant() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn reaches(bmc: &SimBmc, power: PowerState) {
    until(power.as_str(), || bmc.power() == power);
}

/// Every session that was opened was closed by Close Session. A tool that had to wait too long for an answer sends Open Session
/// again, and never comes back to the first: that one is half open until the BMC gives it up.
fn leaks_nothing(bmc: &SimBmc) {
    let counters = bmc.counters();
    assert_eq!(counters.sessions_opened, counters.sessions_closed);
    assert_eq!(counters.sessions_open, 0);
    until("nothing is half open", || {
        bmc.counters().sessions_half_open == 0
    });
}

#[test]
fn ipmitool_reaches_each_of_two_bmcs_that_share_a_port() {
    if !present("ipmitool") {
        return;
    }
    let free = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let at = |last: u8| SimBmcConfig {
        bind: ([127, 0, 5, last], port).into(),
        name: format!("node-{last}"),
        ..config()
    };
    let rack = SimRack::start(vec![at(7), at(8)]);
    let (first, second) = (rack.bmc(0).unwrap(), rack.bmc(1).unwrap());
    ipmitool(&second, &["-C", "17", "chassis", "power", "on"]);
    reaches(&second, PowerState::On);
    for (bmc, state) in [(&first, "off"), (&second, "on")] {
        let said = ipmitool(bmc, &["-C", "3", "chassis", "power", "status"]);
        assert_eq!(said, format!("Chassis Power is {state}\n"));
        leaks_nothing(bmc);
    }
}

/// What FreeIPMI calls `opensesspriv` was found at Supermicro X8: ours is the same fault if the same workaround helps.
#[test]
fn ipmipower_logs_in_where_keys_have_the_privilege_of_open_session_only_with_its_workaround() {
    if !present("ipmipower") {
        return;
    }
    let (_rack, bmc) = SimRack::one(SimBmcConfig {
        faults: Faults {
            open_session_privilege_and_lookup_keys: true,
            ..Faults::default()
        },
        ..config()
    });
    let refused = ipmipower(&bmc, &["-I", "3", "-l", "OPERATOR", "--stat"]);
    assert!(!refused.contains(": off"), "{refused}");
    let helped = &["-I", "3", "-l", "OPERATOR", "-W", "opensesspriv", "--stat"];
    let said = ipmipower(&bmc, helped);
    assert!(said.contains(": off"), "{said}");
}

#[test]
fn ipmitool_reads_and_changes_the_power_with_suites_3_and_17() {
    if !present("ipmitool") {
        return;
    }
    for suite in ["3", "17"] {
        let (_rack, bmc) = SimRack::one(config());
        let run = |arguments: &[&str]| ipmitool(&bmc, &[&["-C", suite], arguments].concat());
        assert_eq!(
            run(&["chassis", "power", "status"]),
            "Chassis Power is off\n"
        );
        run(&["chassis", "power", "on"]);
        reaches(&bmc, PowerState::On);
        assert_eq!(
            run(&["chassis", "power", "status"]),
            "Chassis Power is on\n"
        );
        run(&["chassis", "power", "soft"]);
        reaches(&bmc, PowerState::Off);
        run(&["chassis", "power", "on"]);
        reaches(&bmc, PowerState::On);
        run(&["chassis", "power", "reset"]);
        run(&["chassis", "power", "cycle"]);
        until("off and on", || bmc.counters().power_transitions == 5);
        run(&["chassis", "power", "off"]);
        reaches(&bmc, PowerState::Off);

        let counters = bmc.counters();
        let (received, acted) = (counters.controls_received, counters.controls_acted);
        assert_eq!(received, acted);
        assert_eq!((acted.up, acted.soft, acted.down), (2, 1, 1));
        assert_eq!((acted.reset, acted.cycle, acted.diag), (1, 1, 0));
        assert_eq!(counters.power_transitions, 6);
        assert_eq!(counters.boots, 4);
        leaks_nothing(&bmc);
    }
}

#[test]
fn suite_that_is_not_offered_is_refused() {
    if !present("ipmitool") {
        return;
    }
    let (_rack, bmc) = SimRack::one(SimBmcConfig {
        suites: vec![Suite::Sha256],
        ..config()
    });
    let refused = ipmitool_as(&bmc, "admin", PASSWORD, &["-C", "3", "mc", "info"]);
    assert!(!refused.status.success());
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(why.contains("invalid authentication algorithm"), "{why}");
    ipmitool(&bmc, &["-C", "17", "mc", "info"]);
    // Without a wish, it asks Get Channel Cipher Suites and takes what is there.
    ipmitool(&bmc, &["mc", "info"]);
    assert_eq!(bmc.counters().sessions_opened, 2);
    assert!(bmc.counters().command("get_channel_cipher_suites") >= 1);
}

#[test]
fn bmc_key_is_needed_where_there_is_one() {
    if !present("ipmitool") {
        return;
    }
    for suite in ["3", "17"] {
        let (_rack, bmc) = SimRack::one(SimBmcConfig {
            kg: Some(b"rack-key".to_vec()),
            ..config()
        });
        let status = ["-C", suite, "chassis", "power", "status"];
        ipmitool(&bmc, &[&["-k", "rack-key"][..], &status].concat());
        let with_another = [&["-k", "another"][..], &status].concat();
        for wrong in [&with_another[..], &status] {
            let output = ipmitool_as(&bmc, "admin", PASSWORD, wrong);
            assert!(!output.status.success(), "{wrong:?}");
        }
    }
}

#[test]
fn wrong_password_and_unknown_user_get_no_session() {
    if !present("ipmitool") {
        return;
    }
    let (_rack, bmc) = SimRack::one(config());
    let cases = [
        ("admin", "wrong", "RAKP 2 HMAC is invalid"),
        ("nobody", PASSWORD, "unauthorized name"),
    ];
    for (user, password, why) in cases {
        let output = ipmitool_as(&bmc, user, password, &["-v", "-C", "17", "mc", "info"]);
        assert!(!output.status.success(), "{user}");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(said.contains(why), "{said}");
    }
    let counters = bmc.counters();
    assert!(counters.rakp1_requests >= 2);
    // ipmitool notices a wrong password by itself and leaves in silence, which no BMC can count.
    assert!(counters.logins_refused >= 1);
    assert_eq!(counters.sessions_opened, 0);
}

#[test]
fn user_without_the_privilege_cannot_change_the_power() {
    if !present("ipmitool") {
        return;
    }
    let (_rack, bmc) = SimRack::one(config());
    let run = |arguments: &[&str]| {
        let arguments = [&["-L", "USER", "-C", "17"], arguments].concat();
        ipmitool_as(&bmc, "watcher", "look-only", &arguments)
    };
    assert!(run(&["chassis", "power", "status"]).status.success());
    assert!(!run(&["chassis", "power", "on"]).status.success());
    let as_admin = ["-L", "ADMINISTRATOR", "chassis", "power", "status"];
    let refused = ipmitool_as(&bmc, "watcher", "look-only", &as_admin);
    assert!(!refused.status.success());
    assert_eq!(bmc.counters().controls_received.total(), 0);
    assert!(bmc.counters().privilege_refusals >= 1);
}

#[test]
fn boot_device_is_stored_read_back_and_used() {
    if !present("ipmitool") {
        return;
    }
    let (_rack, bmc) = SimRack::one(config());
    ipmitool(
        &bmc,
        &["chassis", "bootdev", "pxe", "options=efiboot,persistent"],
    );
    let shown = ipmitool(&bmc, &["chassis", "bootparam", "get", "5"]);
    for line in [
        "Boot Flag Valid",
        "Options apply to all future boots",
        "BIOS EFI boot",
        "Boot Device Selector : Force PXE",
    ] {
        assert!(shown.contains(line), "{line} in {shown}");
    }
    ipmitool(&bmc, &["chassis", "power", "on"]);
    reaches(&bmc, PowerState::On);
    let pxe = Boot {
        device: Some(BootSource::Pxe),
        efi: true,
        persistent: true,
    };
    assert_eq!(bmc.counters().last_boot, Some(pxe));

    ipmitool(&bmc, &["chassis", "bootdev", "disk"]);
    ipmitool(&bmc, &["chassis", "power", "reset"]);
    let disk = Boot {
        device: Some(BootSource::Disk),
        efi: false,
        persistent: false,
    };
    assert_eq!(bmc.counters().last_boot, Some(disk));
    let shown = ipmitool(&bmc, &["chassis", "bootparam", "get", "5"]);
    assert!(shown.contains("Boot Flag Invalid"), "{shown}");
}

/// What makes retries of power commands dangerous: ipmitool cannot know that its first one was carried out.
#[test]
fn reset_whose_answer_is_lost_is_sent_and_done_again_by_ipmitool() {
    if !present("ipmitool") {
        return;
    }
    let (_rack, bmc) = SimRack::one(config());
    bmc.set_power(PowerState::On);
    bmc.set_faults(Faults {
        drop_control_replies: 1,
        ..Faults::default()
    });
    ipmitool(&bmc, &["-C", "17", "chassis", "power", "reset"]);
    let counters = bmc.counters();
    assert_eq!(counters.controls_received.reset, 2);
    assert_eq!(counters.boots, 3, "the front panel's, and two");
    assert_eq!(bmc.faults().drop_control_replies, 0);
}

#[test]
fn ipmitool_reports_faults_as_what_they_are() {
    if !present("ipmitool") {
        return;
    }
    let (_rack, bmc) = SimRack::one(config());
    let why = |faults: Faults| {
        bmc.set_faults(faults);
        let output = ipmitool_as(&bmc, "admin", PASSWORD, &["-C", "17", "power", "status"]);
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let full = why(Faults {
        no_resources: 100,
        ..Faults::default()
    });
    assert!(full.contains("insufficient resources"), "{full}");
    let busy = why(Faults {
        busy: 100,
        ..Faults::default()
    });
    assert!(busy.contains("Node busy"), "{busy}");
}

#[test]
fn everyday_ipmitool_commands_do_not_fail() {
    if !present("ipmitool") {
        return;
    }
    let (_rack, bmc) = SimRack::one(config());
    for line in [
        "mc info",
        "mc guid",
        "mc selftest",
        "mc getenables",
        "session info active",
        "session info all",
        "sel info",
        "sel list",
        "sdr info",
        "channel authcap 1 4",
        "channel info 1",
        "channel getaccess 1 2",
        "channel getciphers ipmi 1",
        "user list 1",
        "chassis status",
        "chassis policy always-on",
        "chassis identify 5",
        "chassis restart_cause",
        "chassis bootdev bios",
        "chassis bootdev none",
    ] {
        let arguments: Vec<_> = line.split(' ').collect();
        ipmitool(&bmc, &arguments);
    }
    let status = ipmitool(&bmc, &["chassis", "status"]);
    assert!(
        status.contains("Power Restore Policy : always-on"),
        "{status}"
    );
    leaks_nothing(&bmc);
}

#[test]
fn front_panel_shows_in_ipmitool() {
    if !present("ipmitool") {
        return;
    }
    let (_rack, bmc) = SimRack::one(config());
    bmc.set_power(PowerState::On);
    let status = ipmitool(&bmc, &["chassis", "power", "status"]);
    assert_eq!(status, "Chassis Power is on\n");
    bmc.press_power_button();
    reaches(&bmc, PowerState::Off);
    let status = ipmitool(&bmc, &["chassis", "power", "status"]);
    assert_eq!(status, "Chassis Power is off\n");
    assert_eq!(bmc.counters().controls_received.total(), 0);
}

#[test]
fn ipmipower_reads_and_changes_the_power_with_suites_3_and_17() {
    if !present("ipmipower") {
        return;
    }
    for suite in ["3", "17"] {
        let (_rack, bmc) = SimRack::one(config());
        let run = |action: &str| ipmipower(&bmc, &["-I", suite, action]);
        let says = |word: &str| format!("{}: {word}\n", bmc.address().ip());
        assert_eq!(run("--stat"), says("off"));
        assert_eq!(run("--on"), says("ok"));
        reaches(&bmc, PowerState::On);
        assert_eq!(run("--stat"), says("on"));
        assert_eq!(run("--soft"), says("ok"));
        reaches(&bmc, PowerState::Off);
        assert_eq!(run("--on"), says("ok"));
        reaches(&bmc, PowerState::On);
        assert_eq!(run("--off"), says("ok"));
        reaches(&bmc, PowerState::Off);
        assert_eq!(bmc.counters().controls_acted.total(), 4);
        leaks_nothing(&bmc);
    }
}

#[test]
fn ipmipower_understands_why_it_is_refused() {
    if !present("ipmipower") {
        return;
    }
    let (_rack, bmc) = SimRack::one(config());
    let cases = [
        (["-p", "wrong"], "password invalid"),
        (["-u", "nobody"], "username invalid"),
        (["-k", "another"], "k_g invalid"),
    ];
    for (arguments, why) in cases {
        let said = ipmipower(&bmc, &[&arguments[..], &["-I", "17", "--stat"]].concat());
        assert_eq!(said, format!("{}: {why}\n", bmc.address().ip()));
    }
}
