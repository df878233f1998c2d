//! Sessions under virtual time.

mod bmc;
mod contact;
mod credentials;
mod loss;
mod net;
mod privilege;
mod quirks;
mod strays;
mod traffic;

use std::time::Duration;

use bmc::Bmc;
use net::{Fate, Net};

use crate::ipmi::command::chassis_control::ChassisControlRequest;
use crate::ipmi::command::chassis_status::ChassisStatusRequest;
use crate::ipmi::command::{Reply, Request};
use crate::ipmi::crypto::suite::Suite;
use crate::ipmi::privilege::Privilege;
use crate::ipmi::session::{Failure, Settings};

/// Of a BMC that was asked before.
fn settings() -> Settings {
    stranger().without_first_contact()
}

/// Of a BMC of which nothing is known.
fn stranger() -> Settings {
    Settings::new(b"admin", b"secret", None, Privilege::Administrator).unwrap()
}

fn status() -> Request {
    Request::new(ChassisStatusRequest)
}

fn power_on() -> Request {
    Request::new(ChassisControlRequest::PowerUp)
}

fn is_on(reply: &Reply) -> bool {
    reply.parse::<ChassisStatusRequest>().unwrap().power_on
}

/// Every packet arrives.
fn deliver(_: usize, _: net::Way, _: &[u8]) -> Fate {
    Fate::Deliver
}

#[test]
fn a_cold_status_takes_ten_packets_with_every_suite_and_leaves_nothing_open() {
    for suite in Suite::ALL {
        let mut net = Net::new(settings().with_suite(Some(suite)), Bmc::new(), deliver);
        net.bmc.power = true;
        let reply = net.request(status()).unwrap();
        assert!(is_on(&reply));
        net.close();
        assert_eq!(net.packets, 10, "suite {suite}");
        assert_eq!(net.suites, [suite.number()]);
        assert!(net.bmc.sessions.is_empty());
        assert!(net.elapsed() < Duration::from_millis(200));
    }
}

#[test]
fn a_kept_session_answers_in_one_round_trip() {
    let mut net = Net::new(settings(), Bmc::new(), deliver);
    net.request(status()).unwrap();
    let before = net.packets;
    net.request(status()).unwrap();
    assert_eq!(net.packets - before, 2);
    assert_eq!(net.bmc.opened, 1);
}

#[test]
fn chassis_control_asks_for_operator_and_acts_once() {
    let mut net = Net::new(settings(), Bmc::new(), deliver);
    net.bmc.limit = Privilege::Operator;
    let reply = net.request(power_on()).unwrap();
    assert_eq!(reply.completion, 0);
    assert_eq!(net.bmc.controls, [1]);
}

#[test]
fn a_session_that_was_opened_for_reading_is_opened_again_for_control() {
    let mut net = Net::new(settings(), Bmc::new(), deliver);
    net.request(status()).unwrap();
    net.request(power_on()).unwrap();
    assert_eq!((net.bmc.opened, net.bmc.sessions.len()), (2, 1));
    assert!(is_on(&net.request(status()).unwrap()));
}

#[test]
fn an_account_with_and_without_name_and_password_at_their_limits_logs_in() {
    for (username, password, kg) in [
        ("", "", None),
        ("sixteen-bytes-xx", "twenty-bytes-of-text", None),
        ("admin", "secret", Some(&b"twenty-bytes-of-keys"[..])),
    ] {
        for suite in Suite::ALL {
            let limit = Privilege::Administrator;
            let settings =
                Settings::new(username.as_bytes(), password.as_bytes(), kg, limit).unwrap();
            let mut net = Net::new(settings.with_suite(Some(suite)), Bmc::new(), deliver);
            net.bmc.username = username;
            net.bmc.password = password;
            net.bmc.kg = kg;
            assert!(net.request(status()).is_ok(), "{username:?}, suite {suite}");
        }
    }
}

#[test]
fn an_unreachable_bmc_is_given_up_after_eight_seconds_and_four_packets() {
    let mut net = Net::new(settings(), Bmc::new(), |_, _, _: &[u8]| Fate::Drop);
    let failure = net.request(status()).unwrap_err();
    assert!(matches!(failure, Failure::Silence { sent: false, .. }));
    assert_eq!(net.packets, 4);
    assert_eq!(net.elapsed(), Duration::from_secs(8));
}

#[test]
fn a_control_that_the_settings_forbid_never_leaves() {
    let settings = Settings::new(b"admin", b"secret", None, Privilege::User).unwrap();
    let mut net = Net::new(settings, Bmc::new(), deliver);
    assert!(matches!(
        net.request(power_on()),
        Err(Failure::Privilege { .. })
    ));
    assert_eq!(net.packets, 0);
}

#[test]
fn closing_while_a_login_is_under_way_drops_what_the_bmc_holds_half_open() {
    for steps in 1..9 {
        let mut net = Net::new(settings(), Bmc::new(), move |index, _, _: &[u8]| {
            if index < steps {
                Fate::Deliver
            } else {
                Fate::Drop
            }
        });
        net.request(status()).ok();
        net.close();
        // What arrives later is what was sent to let go; deliver it all now.
        let left = net.bmc.sessions.len();
        assert!(left <= 1, "{steps}: {left}");
    }
}
