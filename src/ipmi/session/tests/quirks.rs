//! BMCs with known faults: found by themselves, and set beforehand.

use std::time::Duration;

use super::bmc::Bmc;
use super::net::Net;
use super::{deliver, power_on, settings, status};
use crate::ipmi::crypto::suite::Suite;
use crate::ipmi::quirk::{Quirk, Quirks};
use crate::ipmi::session::{Failure, Settings};
use crate::ipmi::wire::status::Status;

const CLOSE_SESSION: u8 = 0x3C;
const CHASSIS_CONTROL: u8 = 0x02;

fn set_of(quirks: &[Quirk]) -> Quirks {
    quirks.iter().copied().collect()
}

fn knowing(quirk: Quirk) -> Settings {
    settings().with_quirks(set_of(&[quirk]))
}

fn learned(net: &Net<'_>) -> Quirks {
    net.session.profile().quirks
}

#[test]
fn a_bmc_that_wants_the_users_exact_limit_gets_it() {
    for known in [settings(), knowing(Quirk::ExactPrivilege)] {
        let is_set = known.same_account(&knowing(Quirk::ExactPrivilege));
        let mut net = Net::new(known, Bmc::new(), deliver);
        net.bmc.exact_privilege = true;
        assert_eq!(net.request(status()).unwrap().completion, 0);
        assert_eq!(learned(&net).has(Quirk::ExactPrivilege), !is_set);
        assert_eq!(net.request(power_on()).unwrap().completion, 0);
        assert_eq!(net.bmc.controls, [1]);
        assert_eq!(net.bmc.opened, if is_set { 1 } else { 2 });
        net.close();
        assert!(net.bmc.sessions.is_empty());
    }
}

#[test]
fn faults_in_the_key_derivation_are_found_and_remembered() {
    use Quirk::{OpenSessionPrivilegeKeys, PaddedUserName, Rakp2Length};
    for quirks in [
        &[Rakp2Length][..],
        &[OpenSessionPrivilegeKeys],
        &[PaddedUserName],
        &[Rakp2Length, OpenSessionPrivilegeKeys],
        &[Rakp2Length, OpenSessionPrivilegeKeys, PaddedUserName],
    ] {
        let quirks = set_of(quirks);
        let mut net = Net::new(settings(), Bmc::new(), deliver);
        net.bmc.quirks = quirks;
        assert!(net.request(status()).is_ok(), "{quirks:?}");
        assert_eq!(learned(&net), quirks);
        // What is set beforehand is not learned.
        net.close();
        let mut net = Net::new(settings().with_quirks(quirks), net.bmc, deliver);
        assert!(net.request(status()).is_ok(), "{quirks:?}");
        assert_eq!(learned(&net), Quirks::default());
    }
}

/// A firmware update mends the BMC, or somebody set the wrong quirk: that must not look like a wrong password.
#[test]
fn a_fault_in_the_key_derivation_that_is_not_there_does_no_harm() {
    for quirk in [
        Quirk::Rakp2Length,
        Quirk::OpenSessionPrivilegeKeys,
        Quirk::PaddedUserName,
    ] {
        let mut net = Net::new(knowing(quirk), Bmc::new(), deliver);
        assert!(net.request(status()).is_ok(), "{quirk:?}");
        net.close();
        assert!(net.bmc.sessions.is_empty());
    }
}

#[test]
fn where_01h_means_a_disabled_suite_the_one_that_works_is_waited_for_alone() {
    let mut net = Net::new(settings(), Bmc::new(), deliver);
    net.bmc.suites = vec![Suite::S3];
    net.bmc.refusal = Status::InsufficientResources;
    net.request(status()).unwrap();
    net.close();
    assert_eq!(learned(&net), set_of(&[Quirk::SuiteRefusedAsFull]));
    assert_eq!(net.bmc.asked, [Suite::S17, Suite::S3]);
    // Now it is really full.
    net.bmc.asked.clear();
    net.bmc.slots = 0;
    assert_eq!(net.request(status()), Err(Failure::NoFreeSession));
    assert_eq!(net.bmc.asked, [Suite::S3; 4], "17 is not asked for in vain");
    // Another suite works: what was thought of 01h was wrong, or is no longer right.
    net.bmc.slots = 4;
    net.bmc.suites = vec![Suite::S17];
    net.bmc.refusal = Status::NoCipherSuiteMatch;
    net.request(status()).unwrap();
    assert_eq!(learned(&net), Quirks::default());
}

#[test]
fn a_bmc_that_was_full_for_a_moment_is_not_taken_for_one_that_says_so_of_suites() {
    let mut net = Net::new(settings(), Bmc::new(), deliver);
    net.bmc.slots = 0;
    assert!(net.request(status()).is_err());
    net.bmc.slots = 4;
    net.request(status()).unwrap();
    assert_eq!(learned(&net), Quirks::default());
}

/// The first thing that a Dell iDRAC with too many sessions said was 01h; suite 3 found a free one, and was used for ever.
#[test]
fn a_moment_without_a_free_session_does_not_cost_the_better_suite() {
    let mut net = Net::new(settings(), Bmc::new(), deliver);
    net.request(status()).unwrap();
    net.close();
    net.bmc.full_for = 1;
    net.request(status()).unwrap();
    net.close();
    assert_eq!(net.suites, [17, 3], "not even a wait");
    net.request(status()).unwrap();
    assert_eq!(net.suites, [17, 3, 17]);
    assert_eq!(learned(&net), Quirks::default());
}

#[test]
fn an_unanswered_close_is_learned_sent_once_from_then_on_and_unlearned() {
    let mut net = Net::new(settings(), Bmc::new(), deliver);
    net.bmc.deaf_to = vec![CLOSE_SESSION];
    for known in [set_of(&[]), set_of(&[Quirk::NoCloseReply])] {
        let packets = net.packets;
        net.request(status()).unwrap();
        net.close();
        assert_eq!(net.packets - packets, 8 + 3, "three times in vain");
        assert_eq!(learned(&net), known);
    }
    net.restart(settings());
    let (packets, begun) = (net.packets, net.now);
    net.request(status()).unwrap();
    net.close();
    assert_eq!(net.packets - packets, 8 + 1);
    assert!(net.now - begun < Duration::from_secs(1));
    net.bmc.deaf_to.clear();
    net.request(status()).unwrap();
    net.close();
    assert_eq!(learned(&net), Quirks::default(), "it has learned to answer");
}

#[test]
fn a_bmc_that_dies_before_the_close_is_not_taken_for_one_that_never_answers_it() {
    let mut net = Net::new(settings(), Bmc::new(), deliver);
    net.request(status()).unwrap();
    // The request that is under way when the session is closed is not answered either.
    net.bmc.deaf_to = vec![0x01, CLOSE_SESSION];
    net.submit(status());
    net.close();
    assert_eq!(learned(&net), Quirks::default());
}

#[test]
fn a_control_whose_answer_gets_lost_is_waited_for_half_as_long_the_next_time() {
    let mut net = Net::new(settings(), Bmc::new(), deliver);
    net.bmc.deaf_to = vec![CHASSIS_CONTROL];
    let waits: Vec<u64> = (0..2)
        .map(|_| {
            net.request(status()).unwrap();
            let begun = net.now;
            net.request(power_on()).unwrap_err();
            (net.now - begun).as_secs()
        })
        .collect();
    assert_eq!(waits, [6, 3]);
    assert_eq!(learned(&net), set_of(&[Quirk::ReplyLostWithNic]));
    net.bmc.deaf_to.clear();
    net.request(power_on()).unwrap();
    assert_eq!(learned(&net), Quirks::default());
}

/// What is set beforehand works without being shown, and is not reported as learned.
#[test]
fn a_quirk_that_is_set_works_from_the_first_packet() {
    let mut net = Net::new(knowing(Quirk::NoCloseReply), Bmc::new(), deliver);
    net.bmc.deaf_to = vec![CLOSE_SESSION];
    net.request(status()).unwrap();
    net.close();
    assert_eq!(net.packets, 9);
    assert_eq!(learned(&net), Quirks::default());

    let mut net = Net::new(knowing(Quirk::ReplyLostWithNic), Bmc::new(), deliver);
    net.bmc.deaf_to = vec![CHASSIS_CONTROL];
    net.request(power_on()).unwrap_err();
    assert!(net.elapsed() < Duration::from_secs(4));
    assert_eq!(learned(&net), Quirks::default());
}
