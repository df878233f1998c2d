//! The BMC driver against OpenIPMI's `ipmi_sim`, a BMC that others wrote. It knows cipher suite 3, not 17.

#![cfg(test)]

use std::net::UdpSocket;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ostler::bmc::{BmcError, BmcRef, BmcSettings, Bmcs, Certainty, Urgency};
use ostler::model::bmc::{
    BmcConfig, BmcProfile, BootDevice, BootSetting, CipherSuite, LanConfig, PrivilegeLevel,
};
use ostler::model::ids::NodeId;
use ostler::model::power::{PowerAction, PowerState};
use ostler::model::secret::Secret;
use tokio::task::JoinSet;

use crate::common::ipmi_sim::Sim;

fn bmc(sim: &Sim, username: &str, password: &str, suite: Option<CipherSuite>) -> BmcRef {
    BmcRef {
        node: NodeId::random(),
        config: Arc::new(BmcConfig::Lan(LanConfig {
            address: String::from("127.0.0.1"),
            port: sim.port,
            username: username.to_owned(),
            password: Secret::new(password.to_owned()),
            kg: None,
            privilege_level: PrivilegeLevel::Administrator,
            cipher_suite: suite,
            quirks: Vec::new(),
        })),
        profile: BmcProfile::default(),
    }
}

/// A driver that runs as long as the set is alive.
fn driver(settings: BmcSettings) -> (Bmcs, JoinSet<()>) {
    let (bmcs, driver) = Bmcs::new(settings).unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(driver.run());
    (bmcs, tasks)
}

#[tokio::test]
async fn power_is_read_and_changed_and_a_machine_that_is_told_twice_is_told_twice() {
    let Some(sim) = Sim::start() else { return };
    let (bmcs, _tasks) = driver(BmcSettings::default());
    let bmc = bmc(&sim, "admin", "secret", None);
    let before = bmcs.chassis_status(&bmc, Urgency::User).await.unwrap();
    assert_eq!(before.power, PowerState::Off);
    for (action, state, power) in [
        (PowerAction::On, PowerState::On, "1"),
        (PowerAction::Off, PowerState::Off, "0"),
        (PowerAction::On, PowerState::On, "1"),
    ] {
        bmcs.chassis_control(&bmc, action).await.unwrap();
        let after = bmcs.chassis_status(&bmc, Urgency::User).await.unwrap();
        assert_eq!((after.power, sim.power().as_str()), (state, power));
    }
    assert_eq!(sim.controls(), "power 1\npower 0\npower 1\n");
    let profile = bmcs.profile(bmc.node).unwrap();
    assert_eq!(
        profile.cipher_suite,
        Some(CipherSuite::S3),
        "17 was refused"
    );
    let id = bmcs.device_id(&bmc).await.unwrap();
    assert_eq!((id.manufacturer_id, id.product_id), (0x1291, 0xF02));
    bmcs.close_all().await;
}

#[tokio::test]
async fn a_boot_device_is_set_and_read_back() {
    let Some(sim) = Sim::start() else { return };
    let (bmcs, _tasks) = driver(BmcSettings::default());
    let bmc = bmc(&sim, "admin", "secret", Some(CipherSuite::S3));
    let setting = BootSetting {
        boot_device: BootDevice::Pxe,
        persistent: false,
        uefi: true,
    };
    let back = bmcs.set_boot_device(&bmc, setting).await.unwrap();
    assert!(back.same_device(&setting), "{back:?}");
    assert!(!back.confirms(&setting), "ipmi_sim drops the valid bit");
    bmcs.close_all().await;
}

#[tokio::test]
async fn a_wrong_account_is_named_and_no_further_login_is_tried() {
    let Some(sim) = Sim::start() else { return };
    let (bmcs, _tasks) = driver(BmcSettings::default());
    for (username, password, label) in [
        ("admin", "wrong", "another password for the user \"admin\""),
        ("nobody", "secret", "does not know the user \"nobody\""),
    ] {
        let bmc = bmc(&sim, username, password, None);
        let error = bmcs.chassis_status(&bmc, Urgency::User).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains(label), "{text}");
        assert!(
            text.ends_with("no further login is tried for 5 min"),
            "{text}"
        );
        assert!(error.is_permanent());
        assert_eq!(error.certainty(), Certainty::NotSent);
        let again = bmcs.chassis_control(&bmc, PowerAction::On).await;
        assert!(
            matches!(again, Err(BmcError::LockedOut { .. })),
            "{again:?}"
        );
        bmcs.forget(bmc.node);
        let forgotten = bmcs.chassis_status(&bmc, Urgency::User).await;
        assert!(matches!(forgotten, Err(BmcError::Credentials { .. })));
    }
    bmcs.close_all().await;
}

#[tokio::test]
async fn a_suite_that_the_bmc_refuses_is_named() {
    let Some(sim) = Sim::start() else { return };
    let (bmcs, _tasks) = driver(BmcSettings::default());
    let bmc = bmc(&sim, "admin", "secret", Some(CipherSuite::S17));
    let error = bmcs.chassis_status(&bmc, Urgency::User).await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, BmcError::SuitesRefused { .. }), "{text}");
    assert!(text.contains("17: 04h") && error.is_permanent(), "{text}");
    bmcs.close_all().await;
}

#[tokio::test]
async fn a_node_that_may_only_be_read_is_read_and_control_says_what_to_raise() {
    let Some(sim) = Sim::start() else { return };
    let (bmcs, _tasks) = driver(BmcSettings::default());
    let mut bmc = bmc(&sim, "reader", "secret", Some(CipherSuite::S3));
    let BmcConfig::Lan(mut lan) = (*bmc.config).clone() else {
        unreachable!("it is reached over the network")
    };
    lan.privilege_level = PrivilegeLevel::User;
    bmc.config = Arc::new(BmcConfig::Lan(lan));
    assert!(bmcs.chassis_status(&bmc, Urgency::User).await.is_ok());
    let refused = bmcs.chassis_control(&bmc, PowerAction::On).await;
    let error = refused.unwrap_err();
    assert!(error.to_string().contains("bmc.privilege_level"), "{error}");
    assert!(error.is_permanent());
    assert_eq!(error.certainty(), Certainty::NotSent);
    assert_eq!(sim.controls(), "");
    bmcs.close_all().await;
}

/// `ipmi_sim` has room for 53 sessions and drops idle ones after 30 s: if one leaked per exchange, the 54th would fail.
#[tokio::test]
async fn sessions_are_not_leaked() {
    let Some(sim) = Sim::start() else { return };
    let (bmcs, _tasks) = driver(BmcSettings::default());
    let bmc = bmc(&sim, "admin", "secret", None);
    let started: Instant = ostler::time::instant();
    for round in 0..120 {
        let status = bmcs.chassis_status(&bmc, Urgency::Poll).await;
        assert!(status.is_ok(), "round {round}: {status:?}");
    }
    assert!(
        started.elapsed() < Duration::from_secs(25),
        "or idle ones were dropped"
    );
    bmcs.close_all().await;
}

#[tokio::test]
async fn an_address_without_a_bmc_is_given_up_in_time_and_says_so() {
    let (bmcs, _tasks) = driver(BmcSettings::default());
    let deaf = UdpSocket::bind("127.0.0.1:0").unwrap();
    let bmc = BmcRef {
        node: NodeId::random(),
        config: Arc::new(BmcConfig::Lan(LanConfig {
            address: String::from("127.0.0.1"),
            port: deaf.local_addr().unwrap().port(),
            username: String::from("admin"),
            password: Secret::new(String::from("secret")),
            kg: None,
            privilege_level: PrivilegeLevel::Administrator,
            cipher_suite: None,
            quirks: Vec::new(),
        })),
        profile: BmcProfile::default(),
    };
    let started = ostler::time::instant();
    let error = bmcs.chassis_status(&bmc, Urgency::Poll).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(9));
    assert!(error.to_string().contains("does not answer"), "{error}");
    assert!(!error.is_permanent());
    let again = bmcs.chassis_status(&bmc, Urgency::Poll).await;
    assert!(matches!(again, Err(BmcError::Resting { .. })), "{again:?}");
    bmcs.close_all().await;
}
