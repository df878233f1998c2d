//! What one session with a BMC carries: reads, the controls that often follow, and questions.
#![cfg(test)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ostler::bmc::{BmcRef, BmcSettings, Bmcs, ChassisIdentifyRequest, RestorePolicy, Urgency};
use ostler::model::bmc::{BmcConfig, BmcProfile, CipherSuite, LanConfig, PrivilegeLevel};
use ostler::model::ids::NodeId;
use ostler::model::power::{PowerAction, PowerState};
use ostler::model::secret::Secret;
use ostler::sim::{Privilege, SimBmcConfig, SimUser};
use tokio::task::JoinSet;

use crate::common::sim::SimRack;

pub(crate) fn node(at: SocketAddr) -> BmcRef {
    BmcRef {
        node: NodeId::random(),
        config: Arc::new(BmcConfig::Lan(LanConfig {
            address: at.ip().to_string(),
            port: at.port(),
            username: String::from("admin"),
            password: Secret::new(String::from("admin")),
            kg: None,
            privilege_level: PrivilegeLevel::Administrator,
            cipher_suite: Some(CipherSuite::S17),
            quirks: Vec::new(),
        })),
        profile: BmcProfile::default(),
    }
}

#[tokio::test]
async fn reading_controlling_and_reading_again_takes_one_session_of_sixteen_packets() {
    let mut config = SimBmcConfig::new("one");
    config.delays.power_on = Duration::ZERO;
    let (_rack, bmc) = SimRack::one(config);
    let (bmcs, driver) = Bmcs::new(BmcSettings::default()).unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(driver.run());
    let node = node(bmc.address());
    let before = bmcs.chassis_status(&node, Urgency::User).await.unwrap();
    bmcs.chassis_control(&node, PowerAction::On).await.unwrap();
    let after = bmcs.chassis_status(&node, Urgency::User).await.unwrap();
    assert_eq!(
        (before.power, after.power),
        (PowerState::Off, PowerState::On)
    );
    bmcs.close_all().await;
    let counters = bmc.counters();
    assert_eq!(counters.sessions_opened, 1);
    assert_eq!(counters.packets_in + counters.packets_out, 16);
    assert_eq!(
        (counters.sessions_open, counters.privilege_refusals),
        (0, 0)
    );
}

#[tokio::test]
async fn a_reader_of_the_bmc_is_served_and_the_refused_room_is_not_asked_for_again() {
    let mut config = SimBmcConfig::new("one");
    config.users = vec![SimUser::limited("admin", "admin", Privilege::User)];
    let (_rack, bmc) = SimRack::one(config);
    let (bmcs, driver) = Bmcs::new(BmcSettings {
        linger: Duration::ZERO,
        ..BmcSettings::default()
    })
    .unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(driver.run());
    let node = node(bmc.address());
    for _ in 0..3 {
        bmcs.chassis_status(&node, Urgency::User).await.unwrap();
        bmcs.chassis_status(&node, Urgency::Poll).await.unwrap();
    }
    bmcs.close_all().await;
    let counters = bmc.counters();
    assert_eq!(counters.sessions_opened, 6);
    assert_eq!(counters.rakp1_requests, 7, "one refusal in six sessions");
}

#[tokio::test]
async fn sessions_guid_log_light_and_restore_policy_are_asked_in_one_session() {
    let (_rack, bmc) = SimRack::one(SimBmcConfig::new("one"));
    let (bmcs, driver) = Bmcs::new(BmcSettings::default()).unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(driver.run());
    let node = node(bmc.address());
    let sessions = bmcs.session_info(&node).await.unwrap();
    assert_eq!((sessions.possible, sessions.active), (4, 1));
    assert_eq!(sessions.own.map(|own| own.user), Some(2));
    assert_ne!(bmcs.guid(&node, Urgency::User).await.unwrap(), [0; 16]);
    assert!(bmcs.sel_entries(&node, 10).await.unwrap().is_empty());
    bmcs.identify(&node, ChassisIdentifyRequest::Seconds(5))
        .await
        .unwrap();
    for policy in [RestorePolicy::AlwaysOn, RestorePolicy::Previous] {
        let known = bmcs.set_restore_policy(&node, policy).await.unwrap();
        assert!(known.always_off && known.previous && known.always_on);
        let status = bmcs.chassis_status(&node, Urgency::User).await.unwrap();
        assert_eq!(status.response.restore_policy, policy);
    }
    bmcs.close_all().await;
    assert_eq!(bmc.counters().sessions_opened, 1);
}
