//! The first contact with a BMC of which nothing is known.

use std::time::Duration;

use super::bmc::Bmc;
use super::net::{Fate, Net, Way};
use super::{deliver, status, stranger};
use crate::ipmi::crypto::suite::Suite;
use crate::ipmi::quirk::{Quirk, Quirks};
use crate::ipmi::session::{Failure, Stage, SuiteSet};

const CAPABILITIES: u8 = 0x38;
const SUITES: u8 = 0x54;

#[test]
fn a_stranger_is_asked_once_and_then_a_cold_status_takes_ten_packets() {
    let mut net = Net::new(stranger(), Bmc::new(), deliver);
    net.bmc.suites = vec![Suite::S3];
    net.request(status()).unwrap();
    net.close();
    assert_eq!(net.packets, 14, "two questions, and no suite in vain");
    assert_eq!(net.bmc.asked, [Suite::S3]);
    let offered = net.session.profile().offered;
    assert_eq!(offered, Some(SuiteSet::from_numbers(&[3])));
    net.restart(stranger());
    let before = net.packets;
    net.request(status()).unwrap();
    net.close();
    assert_eq!(net.packets - before, 10);
    assert_eq!(net.bmc.questions, [CAPABILITIES, SUITES]);
}

#[test]
fn what_is_listed_orders_the_suites_and_a_list_that_lies_costs_one_login() {
    for (listed, has, asked) in [
        (vec![Suite::S3, Suite::S17], Suite::S17, vec![Suite::S17]),
        (vec![Suite::S12], Suite::S12, vec![Suite::S12]),
        (vec![Suite::S3], Suite::S17, vec![Suite::S3, Suite::S17]),
        (
            vec![Suite::S8],
            Suite::S3,
            vec![Suite::S8, Suite::S17, Suite::S3],
        ),
    ] {
        let mut net = Net::new(stranger(), Bmc::new(), deliver);
        net.bmc.lists = Some(listed);
        net.bmc.suites = vec![has];
        net.request(status()).unwrap();
        assert_eq!(net.bmc.asked, asked);
        assert_eq!(net.session.profile().suite, Some(has));
    }
}

#[test]
fn a_bmc_that_ignores_a_question_is_asked_twice_once_in_its_life() {
    for (deaf_to, questions, quirks) in [
        // Of the list nothing is known then, so nothing is said.
        (CAPABILITIES, vec![CAPABILITIES, CAPABILITIES], vec![]),
        (
            SUITES,
            vec![CAPABILITIES, SUITES, SUITES],
            vec![Quirk::NoCipherSuiteList],
        ),
    ] {
        let mut net = Net::new(stranger(), Bmc::new(), deliver);
        net.bmc.deaf_to = vec![deaf_to];
        net.request(status()).unwrap();
        assert!(net.elapsed() < Duration::from_secs(2));
        net.close();
        let profile = net.session.profile();
        assert_eq!(profile.offered, Some(SuiteSet::default()));
        assert_eq!(profile.quirks, quirks.into_iter().collect());
        net.restart(stranger());
        net.request(status()).unwrap();
        assert_eq!(net.bmc.questions, questions);
    }
}

#[test]
fn a_bmc_that_is_known_to_have_no_list_is_not_asked_for_it() {
    let quirks = Quirks::from_iter([Quirk::NoCipherSuiteList]);
    let mut net = Net::new(stranger().with_quirks(quirks), Bmc::new(), deliver);
    net.request(status()).unwrap();
    assert_eq!(net.bmc.questions, [CAPABILITIES]);
    assert_eq!(net.session.profile().quirks, Quirks::default());
}

#[test]
fn a_configured_suite_leaves_nothing_to_ask() {
    let only_3 = stranger().with_suite(Some(Suite::S3));
    let mut net = Net::new(only_3, Bmc::new(), deliver);
    net.request(status()).unwrap();
    assert!(net.bmc.questions.is_empty());
}

#[test]
fn a_stranger_that_is_not_there_is_given_up_after_eight_seconds_and_asked_anew_the_next_time() {
    let mut net = Net::new(stranger(), Bmc::new(), |_, _, _: &[u8]| Fate::Drop);
    let stage = Stage::OpenSession;
    let failure = Failure::Silence { stage, sent: false };
    assert_eq!(net.request(status()), Err(failure));
    assert_eq!(net.packets, 5, "a question twice, Open Session three times");
    assert_eq!(net.elapsed(), Duration::from_secs(8));
    assert_eq!(net.session.profile().offered, None);
}

/// It answers Get Channel Authentication Capabilities, and RMCP+ is off: each time it is told as that, not as silence.
#[test]
fn a_bmc_that_answers_questions_and_no_login_is_told_apart_from_a_dead_one() {
    let mut net = Net::new(stranger(), Bmc::new(), |_, way, bytes: &[u8]| {
        if way == Way::ToBmc && bytes[4] == 0x06 {
            Fate::Drop
        } else {
            Fate::Deliver
        }
    });
    for _ in 0..2 {
        let stage = Stage::FirstLogin;
        let failure = Failure::Silence { stage, sent: false };
        assert_eq!(net.request(status()), Err(failure));
        net.restart(stranger());
    }
}

#[test]
fn a_bmc_that_refuses_all_its_suites_is_asked_again_what_it_has() {
    let mut net = Net::new(stranger(), Bmc::new(), deliver);
    net.bmc.suites = Vec::new();
    assert!(matches!(net.request(status()), Err(Failure::Suites(_))));
    net.bmc.suites = vec![Suite::S12];
    net.request(status()).unwrap();
    assert_eq!(net.session.profile().suite, Some(Suite::S12));
}

#[test]
fn closing_between_the_questions_leaves_nothing() {
    let mut net = Net::new(stranger(), Bmc::new(), deliver);
    net.submit(status());
    net.close();
    assert_eq!(net.packets, 2, "the question and its answer");
    assert!(net.session.is_closed() && net.bmc.sessions.is_empty());
}
