//! Wrong accounts, refused suites, missing privilege, no free session.

use super::bmc::Bmc;
use super::net::Net;
use super::{deliver, power_on, settings, status};
use crate::ipmi::crypto::suite::Suite;
use crate::ipmi::privilege::Privilege;
use crate::ipmi::session::{
    CredentialsFault, Failure, PrivilegeFault, Settings, Stage, SuiteRefusal,
};
use crate::ipmi::wire::status::Status;

fn with_account(username: &str, password: &str, kg: Option<&[u8]>) -> Settings {
    let limit = Privilege::Administrator;
    Settings::new(username.as_bytes(), password.as_bytes(), kg, limit)
        .unwrap()
        .without_first_contact()
}

#[test]
fn a_wrong_password_ends_after_one_login_and_leaves_nothing_half_open() {
    for suite in Suite::ALL {
        let account = with_account("admin", "wrong", None).with_suite(Some(suite));
        let mut net = Net::new(account, Bmc::new(), deliver);
        assert_eq!(
            net.request(status()),
            Err(Failure::Credentials(CredentialsFault::Password))
        );
        net.close();
        assert_eq!(net.packets, 5, "open, its answer, RAKP 1, 2, and the end");
        assert!(net.bmc.sessions.is_empty());
        assert_eq!(net.bmc.dropped, 1);
    }
}

#[test]
fn an_unknown_user_is_named_as_such() {
    let mut net = Net::new(with_account("root", "secret", None), Bmc::new(), deliver);
    let fault = CredentialsFault::Username(Status::UnauthorizedName);
    assert_eq!(net.request(status()), Err(Failure::Credentials(fault)));
    assert!(net.bmc.sessions.is_empty());
}

#[test]
fn a_wrong_kg_is_told_apart_from_a_wrong_password() {
    for kg in [None, Some(&b"other"[..])] {
        let mut net = Net::new(with_account("admin", "secret", kg), Bmc::new(), deliver);
        net.bmc.kg = Some(b"key");
        let fault = if kg.is_some() {
            CredentialsFault::Kg
        } else {
            CredentialsFault::KgMissing
        };
        assert_eq!(net.request(status()), Err(Failure::Credentials(fault)));
    }
}

#[test]
fn a_refused_suite_17_falls_back_to_3_whatever_the_bmc_calls_it() {
    for refusal in [
        0x01, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x10, 0x11, 0x12,
    ] {
        let mut net = Net::new(settings(), Bmc::new(), deliver);
        net.bmc.suites = vec![Suite::S3];
        net.bmc.refusal = Status::from_wire(refusal);
        assert!(net.request(status()).is_ok(), "{refusal:02X}h");
        assert_eq!(net.suites, [3]);
        assert_eq!(net.session.profile().suite, Some(Suite::S3));
    }
}

#[test]
fn a_bmc_that_answers_with_other_algorithms_gets_those_only_if_they_are_a_suite_we_ask_for() {
    let mut net = Net::new(settings(), Bmc::new(), deliver);
    net.bmc.always_suite_3 = true;
    assert!(net.request(status()).is_ok());
    assert_eq!(net.suites, [3]);
    net.close();
    assert!(net.bmc.sessions.is_empty(), "the first one was dropped");

    let only_17 = settings().with_suite(Some(Suite::S17));
    let mut net = Net::new(only_17, Bmc::new(), deliver);
    net.bmc.always_suite_3 = true;
    let refusals = vec![(Suite::S17, SuiteRefusal::OtherAlgorithms)];
    assert_eq!(net.request(status()), Err(Failure::Suites(refusals)));
}

#[test]
fn a_bmc_that_accepts_none_of_our_suites_is_not_offered_suite_0() {
    let mut net = Net::new(settings(), Bmc::new(), deliver);
    net.bmc.suites = Vec::new();
    let refusal = SuiteRefusal::Status(Status::NoCipherSuiteMatch);
    let refusals = vec![(Suite::S17, refusal), (Suite::S3, refusal)];
    assert_eq!(net.request(status()), Err(Failure::Suites(refusals)));
    assert_eq!(net.packets, 4);
}

#[test]
fn a_bmc_without_a_free_session_is_asked_again_later_and_not_for_ever() {
    let mut net = Net::new(settings(), Bmc::new(), deliver);
    net.bmc.slots = 0;
    assert_eq!(net.request(status()), Err(Failure::NoFreeSession));
    assert!(
        net.elapsed().as_secs() >= 7,
        "1, 2 and 4 seconds of patience"
    );
    assert_eq!(net.packets, 16);
}

#[test]
fn a_user_limit_below_what_the_command_needs_is_a_privilege_failure() {
    let mut net = Net::new(settings(), Bmc::new(), deliver);
    net.bmc.limit = Privilege::User;
    let failure = net.request(power_on()).unwrap_err();
    let Failure::Privilege { needed, fault } = failure else {
        panic!("{failure:?}");
    };
    assert_eq!(needed, Privilege::Operator);
    assert_eq!(fault, PrivilegeFault::Login(Status::UnauthorizedRole));
    assert!(net.bmc.controls.is_empty());
}

#[test]
fn a_bmc_that_is_silent_after_the_proof_is_given_up_at_that_stage() {
    let mut net = Net::new(settings(), Bmc::new(), |_, way, bytes: &[u8]| {
        // RAKP Message 4.
        if way == super::net::Way::ToConsole && bytes[5] == 0x15 {
            super::Fate::Drop
        } else {
            super::Fate::Deliver
        }
    });
    let failure = net.request(status()).unwrap_err();
    let stage = Stage::Rakp3;
    assert_eq!(failure, Failure::Silence { stage, sent: false });
    net.close();
    assert!(net.bmc.sessions.is_empty(), "each was closed on suspicion");
}
