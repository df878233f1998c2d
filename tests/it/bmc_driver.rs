//! The BMC driver against the simulated rack, whose protocol was written by itself.
#![cfg(test)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ostler::bmc::{BmcError, BmcRef, BmcSettings, Bmcs, Certainty, Urgency};
use ostler::ipmi::session::Timing;
use ostler::model::bmc::{
    BmcConfig, BmcProfile, BootDevice, BootSetting, CipherSuite, LanConfig, PrivilegeLevel,
};
use ostler::model::ids::NodeId;
use ostler::model::power::{PowerAction, PowerState};
use ostler::model::secret::Secret;
use ostler::sim::{Faults, Privilege, SimBmc, SimBmcConfig, SimUser, Suite};
use tokio::task::JoinSet;

use crate::common::sim::SimRack;

fn lan(at: SocketAddr) -> LanConfig {
    LanConfig {
        address: at.ip().to_string(),
        port: at.port(),
        username: String::from("admin"),
        password: Secret::new(String::from("admin")),
        kg: None,
        privilege_level: PrivilegeLevel::Administrator,
        cipher_suite: None,
        quirks: Vec::new(),
    }
}

fn node(lan: LanConfig) -> BmcRef {
    BmcRef {
        node: NodeId::random(),
        config: Arc::new(BmcConfig::Lan(lan)),
        profile: BmcProfile::default(),
    }
}

fn node_of(bmc: &SimBmc) -> BmcRef {
    node(lan(bmc.address()))
}

/// A driver that runs as long as the set is alive.
fn driver(settings: BmcSettings) -> (Bmcs, JoinSet<()>) {
    let (bmcs, driver) = Bmcs::new(settings).unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(driver.run());
    (bmcs, tasks)
}

async fn power(bmcs: &Bmcs, bmc: &BmcRef) -> PowerState {
    bmcs.chassis_status(bmc, Urgency::User).await.unwrap().power
}

#[tokio::test]
async fn both_suites_work_with_and_without_a_kg_and_with_accounts_at_their_limits() {
    for suite in [Suite::Sha1, Suite::Sha256] {
        for kg in [None, Some(b"twenty-bytes-of-keys".to_vec())] {
            for (name, password) in [
                ("admin", "admin"),
                ("", ""),
                ("sixteen-bytes-xx", "twenty-bytes-of-text"),
            ] {
                let mut config = SimBmcConfig::new("one");
                config.suites = vec![suite];
                config.kg.clone_from(&kg);
                config.users = vec![SimUser::administrator(name, password)];
                config.delays.power_on = Duration::ZERO;
                let (_rack, bmc) = SimRack::one(config);
                let mut lan = lan(bmc.address());
                lan.username = name.to_owned();
                lan.password = Secret::new(password.to_owned());
                lan.kg = kg.clone().map(Secret::new);
                let (bmcs, _tasks) = driver(BmcSettings::default());
                let node = node(lan);
                bmcs.chassis_control(&node, PowerAction::On).await.unwrap();
                assert_eq!(power(&bmcs, &node).await, PowerState::On);
                bmcs.close_all().await;
                let counters = bmc.counters();
                assert_eq!(
                    (counters.sessions_open, counters.sessions_half_open),
                    (0, 0)
                );
                assert_eq!(counters.sessions_opened, 1, "one session served both");
                let learned = bmcs.profile(node.node).unwrap().cipher_suite;
                assert_eq!(learned.map(u8::from), Some(suite.number()));
            }
        }
    }
}

#[tokio::test]
async fn a_cold_poll_takes_ten_packets_once_the_suite_is_known() {
    let mut config = SimBmcConfig::new("old");
    config.suites = vec![Suite::Sha1];
    let (_rack, bmc) = SimRack::one(config);
    let (bmcs, _tasks) = driver(BmcSettings::default());
    let node = node_of(&bmc);
    bmcs.chassis_status(&node, Urgency::Poll).await.unwrap();
    wait_until(|| bmc.counters().sessions_open == 0).await;
    let before = bmc.counters();
    bmcs.chassis_status(&node, Urgency::Poll).await.unwrap();
    wait_until(|| bmc.counters().sessions_open == 0).await;
    let after = bmc.counters();
    let packets = after.packets_in + after.packets_out - before.packets_in - before.packets_out;
    assert_eq!(packets, 10);
    bmcs.close_all().await;
}

#[tokio::test]
async fn a_boot_device_is_set_and_read_back_with_all_its_flags() {
    let (_rack, bmc) = SimRack::one(SimBmcConfig::new("one"));
    let (bmcs, _tasks) = driver(BmcSettings::default());
    let node = node_of(&bmc);
    for boot_device in BootDevice::ALL {
        for (persistent, uefi) in [(false, false), (true, false), (false, true)] {
            let setting = BootSetting {
                boot_device,
                persistent,
                uefi,
            };
            let back = bmcs.set_boot_device(&node, setting).await.unwrap();
            assert!(back.confirms(&setting), "{setting:?}: {back:?}");
            let read = bmcs.boot_device(&node).await.unwrap();
            assert_eq!(read.boot_device, boot_device);
        }
    }
    bmc.set_faults(Faults {
        forgets_boot_options: true,
        ..Faults::default()
    });
    let setting = BootSetting {
        boot_device: BootDevice::Cdrom,
        persistent: true,
        uefi: true,
    };
    let back = bmcs.set_boot_device(&node, setting).await.unwrap();
    assert!(!back.confirms(&setting), "the BMC forgot it");
    bmcs.close_all().await;
}

#[tokio::test]
async fn a_lost_answer_to_a_control_is_told_as_such_and_the_machine_is_told_once() {
    let mut config = SimBmcConfig::new("one");
    config.faults.drop_control_replies = 1;
    config.delays.power_on = Duration::ZERO;
    let (_rack, bmc) = SimRack::one(config);
    let (bmcs, _tasks) = driver(BmcSettings::default());
    let node = node_of(&bmc);
    let error = bmcs
        .chassis_control(&node, PowerAction::On)
        .await
        .unwrap_err();
    assert_eq!(error.certainty(), Certainty::MaybeSent, "{error}");
    assert!(!error.is_permanent());
    assert_eq!(bmc.counters().controls_received.total(), 1);
    assert_eq!(power(&bmcs, &node).await, PowerState::On);
    bmcs.close_all().await;
    assert_eq!(bmc.counters().sessions_open, 0);
}

#[tokio::test]
async fn a_busy_bmc_says_so_and_refuses_nothing_for_good() {
    let mut config = SimBmcConfig::new("one");
    config.faults.busy = 1;
    let (_rack, bmc) = SimRack::one(config);
    let (bmcs, _tasks) = driver(BmcSettings::default());
    let node = node_of(&bmc);
    let error = bmcs.chassis_status(&node, Urgency::User).await.unwrap_err();
    assert!(error.to_string().contains("busy"), "{error}");
    assert_eq!(error.certainty(), Certainty::Refused);
    assert!(!error.is_permanent());
    assert!(bmcs.chassis_status(&node, Urgency::User).await.is_ok());
    bmcs.close_all().await;
}

#[tokio::test]
async fn a_user_limit_in_the_bmc_is_a_sentence_that_says_what_to_raise() {
    let mut config = SimBmcConfig::new("one");
    config.users = vec![SimUser::limited("admin", "admin", Privilege::User)];
    let (_rack, bmc) = SimRack::one(config);
    let (bmcs, _tasks) = driver(BmcSettings::default());
    let node = node_of(&bmc);
    assert!(bmcs.chassis_status(&node, Urgency::User).await.is_ok());
    let error = bmcs
        .chassis_control(&node, PowerAction::On)
        .await
        .unwrap_err();
    assert!(error.is_permanent(), "{error}");
    assert!(error.to_string().contains("privilege"), "{error}");
    assert_eq!(bmc.counters().controls_acted.total(), 0);
    bmcs.close_all().await;
}

#[tokio::test]
async fn a_wrong_password_costs_one_login_and_the_next_ones_are_refused_here() {
    let (_rack, bmc) = SimRack::one(SimBmcConfig::new("one"));
    let (bmcs, _tasks) = driver(BmcSettings::default());
    let mut wrong = lan(bmc.address());
    wrong.password = Secret::new(String::from("calvin"));
    let mut wrong = node(wrong);
    let first = bmcs.chassis_status(&wrong, Urgency::Poll).await;
    assert!(
        matches!(first, Err(BmcError::Credentials { .. })),
        "{first:?}"
    );
    for _ in 0..20 {
        let next = bmcs.chassis_status(&wrong, Urgency::User).await;
        let error = next.unwrap_err();
        assert!(matches!(error, BmcError::LockedOut { .. }), "{error}");
        assert!(!format!("{error} {error:?}").contains("calvin"));
    }
    assert_eq!(bmc.counters().open_session_requests, 1);
    // The right password is tried at once, without anybody saying that the old one is to be forgotten.
    wrong.config = Arc::new(BmcConfig::Lan(lan(bmc.address())));
    assert!(bmcs.chassis_status(&wrong, Urgency::User).await.is_ok());
    bmcs.close_all().await;
    assert_eq!(bmc.counters().sessions_open, 0);
}

#[tokio::test]
async fn two_nodes_at_one_address_take_turns_whoever_is_right() {
    let mut config = SimBmcConfig::new("one");
    config.session_cap = 1;
    let (_rack, bmc) = SimRack::one(config);
    let (bmcs, _tasks) = driver(BmcSettings::default());
    let right = node_of(&bmc);
    let mut other = lan(bmc.address());
    other.cipher_suite = Some(CipherSuite::S3);
    let other = node(other);
    for _ in 0..5 {
        let (first, second) = tokio::join!(
            bmcs.chassis_status(&right, Urgency::User),
            bmcs.chassis_status(&other, Urgency::User),
        );
        assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
    }
    bmcs.close_all().await;
    assert_eq!(bmc.counters().sessions_refused, 0, "never two at a time");
    assert_eq!(bmc.counters().sessions_open, 0);
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_nothing_stuck() {
    let mut config = SimBmcConfig::new("one");
    config.delays.reply = Duration::from_millis(30);
    let (_rack, bmc) = SimRack::one(config);
    let (bmcs, _tasks) = driver(BmcSettings::default());
    let node = node_of(&bmc);
    for millis in [0, 5, 20, 40, 70, 100, 130, 160] {
        let read = bmcs.chassis_status(&node, Urgency::User);
        let gone = tokio::time::timeout(Duration::from_millis(millis), read).await;
        drop(gone);
    }
    assert!(bmcs.chassis_status(&node, Urgency::User).await.is_ok());
    bmcs.close_all().await;
    assert_eq!(bmc.counters().sessions_open, 0);
}

#[tokio::test]
async fn what_is_called_off_does_not_leave_whether_it_is_under_way_waits_or_comes_too_late() {
    let (_rack, bmc) = SimRack::one(SimBmcConfig::new("one"));
    bmc.set_faults(Faults {
        dead: true,
        ..Faults::default()
    });
    let (bmcs, _driver) = driver(BmcSettings::default());
    let node = node_of(&bmc);
    let (early, mut orders) = (bmcs.revocable(), JoinSet::new());
    for action in [PowerAction::Off, PowerAction::On] {
        let (early, node) = (early.clone(), node.clone());
        orders.spawn(async move { early.chassis_control(&node, action).await });
    }
    let (others, mut reads) = (bmcs.clone(), JoinSet::new());
    let read = node.clone();
    reads.spawn(async move { others.chassis_status(&read, Urgency::User).await });
    wait_until(|| bmc.counters().packets_in > 0).await;
    bmcs.call_off(node.node).await;
    // The BMC is back before anybody looks.
    bmc.set_faults(Faults::default());
    while let Some(ended) = orders.join_next().await {
        let error = ended.unwrap().unwrap_err();
        assert!(matches!(error, BmcError::CalledOff { .. }), "{error}");
        assert_eq!(error.certainty(), Certainty::NotSent);
    }
    let late = early.chassis_control(&node, PowerAction::On).await;
    assert!(matches!(late, Err(BmcError::CalledOff { .. })), "{late:?}");
    // What cannot be called off goes on.
    reads.join_next().await.unwrap().unwrap().unwrap();
    assert_eq!(bmc.counters().controls_received.total(), 0);
    let new = bmcs.revocable();
    new.chassis_control(&node, PowerAction::On).await.unwrap();
    assert_eq!(bmc.counters().controls_received.up, 1);
    bmcs.close_all().await;
}

#[tokio::test]
async fn a_name_and_an_ipv6_address_lead_to_the_bmc_too() {
    let mut config = SimBmcConfig::new("six");
    config.bind = "[::1]:0".parse().unwrap();
    let (_rack, six) = SimRack::one(config);
    let (_other, four) = SimRack::one(SimBmcConfig::new("four"));
    let (bmcs, _tasks) = driver(BmcSettings::default());
    assert!(
        bmcs.chassis_status(&node_of(&six), Urgency::User)
            .await
            .is_ok()
    );
    let mut named = lan(four.address());
    named.address = String::from("localhost");
    // Where `localhost` is ::1 first, nobody is there; then the sentence names both.
    match bmcs.chassis_status(&node(named), Urgency::User).await {
        Ok(_) => {}
        Err(error) => assert!(error.to_string().contains("localhost (["), "{error}"),
    }
    let mut unknown = lan(four.address());
    unknown.address = String::from("bmc.invalid");
    let error = bmcs.chassis_status(&node(unknown), Urgency::User).await;
    assert!(
        matches!(error, Err(BmcError::Unresolvable { .. })),
        "{error:?}"
    );
    bmcs.close_all().await;
}

#[tokio::test]
async fn a_missing_local_device_is_an_error_that_says_so() {
    let (bmcs, _tasks) = driver(BmcSettings::default());
    let bmc = BmcRef {
        node: NodeId::random(),
        config: Arc::new(BmcConfig::Open {
            device: String::from("/dev/ipmi-that-is-not-there"),
        }),
        profile: BmcProfile::default(),
    };
    let error = bmcs.chassis_status(&bmc, Urgency::User).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("there is no /dev/ipmi-that-is-not-there"),
        "{text}"
    );
    assert!(error.is_permanent());
    bmcs.close_all().await;
}

#[tokio::test]
async fn dead_bmcs_do_not_hold_up_the_others() {
    let configs = (0..60).map(|number| {
        let mut config = SimBmcConfig::new(format!("bmc-{number}"));
        config.faults.dead = number % 2 == 0;
        config
    });
    let rack = SimRack::start(configs.collect());
    let (bmcs, _tasks) = driver(BmcSettings {
        // Fewer places than dead ones: they must not sit in them until they are given up.
        max_in_flight: 8,
        ..BmcSettings::default()
    });
    let started = ostler::time::instant();
    let mut reads = JoinSet::new();
    for bmc in rack.bmcs() {
        let bmcs = bmcs.clone();
        let dead = bmc.faults().dead;
        reads.spawn(async move {
            let answer = bmcs.chassis_status(&node_of(&bmc), Urgency::Poll).await;
            (dead, answer.is_ok(), started.elapsed())
        });
    }
    while let Some(read) = reads.join_next().await {
        let (dead, answered, elapsed) = read.unwrap();
        assert_eq!(answered, !dead);
        let limit = Duration::from_secs(if dead { 15 } else { 7 });
        assert!(elapsed < limit, "dead: {dead}, {elapsed:?}");
    }
    bmcs.close_all().await;
    assert!(rack.bmcs().all(|bmc| bmc.counters().sessions_open == 0));
}

#[tokio::test]
async fn somebody_who_waits_goes_before_polling() {
    let configs = (0..12).map(|number| {
        let mut config = SimBmcConfig::new(format!("bmc-{number}"));
        config.delays.reply = Duration::from_millis(10);
        config
    });
    let rack = SimRack::start(configs.collect());
    let (bmcs, _tasks) = driver(BmcSettings {
        max_in_flight: 1,
        ..BmcSettings::default()
    });
    let nodes: Vec<BmcRef> = rack.bmcs().map(|bmc| node_of(&bmc)).collect();
    let mut polls = JoinSet::new();
    for node in nodes.clone() {
        let bmcs = bmcs.clone();
        polls.spawn(async move { bmcs.chassis_status(&node, Urgency::Poll).await });
    }
    // The first poll has been answered, so all of them are queued.
    polls.join_next().await.unwrap().unwrap().unwrap();
    let last = &nodes[nodes.len() - 1];
    bmcs.chassis_status(last, Urgency::User).await.unwrap();
    let mut done = 1;
    while let Some(poll) = polls.try_join_next() {
        poll.unwrap().unwrap();
        done += 1;
    }
    assert!(done < 6, "{done} of 12 polls went first");
    while let Some(poll) = polls.join_next().await {
        poll.unwrap().unwrap();
    }
    bmcs.close_all().await;
}

/// Power on, verify, off, verify, on a network that loses, doubles and reorders, with BMCs that are busy now and then: all
/// end in the true state, and no machine acts on a command twice.
#[tokio::test]
async fn on_a_bad_network_every_power_change_ends_in_the_true_state() {
    let configs = (0..100).map(|number| {
        let mut config = SimBmcConfig::new(format!("bad-{number}"));
        config.seed = number;
        config.suites = vec![[Suite::Sha1, Suite::Sha256][usize::from(number % 2 == 0)]];
        config.session_cap = 15;
        config.delays.power_on = Duration::ZERO;
        config.delays.power_off = Duration::ZERO;
        config.delays.least_off = Duration::ZERO;
        config.faults.loss = 0.10;
        config.faults.duplicate = 0.05;
        config.faults.reorder = 0.10;
        config.faults.truncate = 0.02;
        config.faults.garbage = 0.02;
        config.faults.stale = 0.02;
        config.faults.bad_integrity = 0.02;
        config
    });
    let rack = SimRack::start(configs.collect());
    let (bmcs, _tasks) = driver(BmcSettings {
        timing: impatient(),
        ..BmcSettings::default()
    });
    let mut runs = JoinSet::new();
    for bmc in rack.bmcs() {
        let bmcs = bmcs.clone();
        runs.spawn(async move {
            let node = node_of(&bmc);
            for (action, wanted) in [
                (PowerAction::On, PowerState::On),
                (PowerAction::Off, PowerState::Off),
            ] {
                change(&bmcs, &bmc, &node, action, wanted).await;
            }
        });
    }
    while let Some(run) = runs.join_next().await {
        run.unwrap();
    }
    bmcs.close_all().await;
    let (mut open, mut acted) = (0, 0);
    for bmc in rack.bmcs() {
        let counters = bmc.counters();
        open += counters.sessions_open;
        acted += counters.controls_acted.total();
    }
    assert_eq!(acted, 200, "each was told once on and once off");
    assert!(
        open <= 2,
        "{open} sessions are left: all three attempts at closing were lost"
    );
}

/// A tenth of the usual waiting times, as the simulated BMCs answer in milliseconds.
fn impatient() -> Timing {
    let usual = Timing::default();
    Timing {
        first: usual.first / 10,
        first_rakp: usual.first_rakp / 10,
        least: usual.least / 10,
        least_rakp: usual.least_rakp / 10,
        longest: usual.longest / 10,
        disruptive: usual.disruptive / 10,
        ..usual
    }
}

/// What a worker does: look, tell if needed, look again.
async fn change(bmcs: &Bmcs, bmc: &SimBmc, node: &BmcRef, action: PowerAction, wanted: PowerState) {
    for _ in 0..30 {
        match bmcs.chassis_status(node, Urgency::User).await {
            Ok(status) => assert_eq!(status.power, bmc.power(), "what is read is true"),
            Err(error) => {
                assert!(!error.is_permanent(), "{error}");
                continue;
            }
        }
        if bmc.power() == wanted {
            return;
        }
        if let Err(error) = bmcs.chassis_control(node, action).await {
            assert!(!error.is_permanent(), "{error}");
        }
    }
    panic!("not {wanted} after 30 attempts");
}

async fn wait_until(reached: impl Fn() -> bool) {
    for _ in 0..500 {
        if reached() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not reached within five seconds");
}
