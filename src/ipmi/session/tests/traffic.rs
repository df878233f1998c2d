//! What is counted of the packets of a session.

use std::time::Duration;

use super::bmc::Bmc;
use super::net::{Fate, Net, Way};
use super::{deliver, power_on, settings, status};
use crate::ipmi::crypto::suite::Suite;

#[test]
fn a_cold_status_is_four_packets_with_as_many_answers_and_one_wait() {
    let mut net = Net::new(settings(), Bmc::new(), deliver);
    net.request(status()).unwrap();
    net.close();
    let traffic = net.session.take_traffic();
    assert_eq!(
        (traffic.sent, traffic.answered, traffic.repeated),
        (4, 4, 0)
    );
    assert_eq!(
        (traffic.waits, traffic.waited),
        (1, Duration::from_millis(20))
    );
    assert!(traffic.heard);
    assert_eq!(net.session.take_traffic(), Default::default());
}

#[test]
fn silence_is_packets_without_answers() {
    let mut net = Net::new(settings(), Bmc::new(), |_, _, _: &[u8]| Fate::Drop);
    net.request(status()).unwrap_err();
    let traffic = net.session.take_traffic();
    assert_eq!(
        (traffic.sent, traffic.answered, traffic.repeated),
        (4, 0, 3)
    );
    assert!(!traffic.heard);
}

/// Each packet of a life lost once: one more is sent, or a whole login begins again.
#[test]
fn what_is_lost_is_missing_among_the_answers() {
    let settings = settings().with_suite(Some(Suite::S3));
    for lost in 0..8 {
        let fate = |index, _: Way, _: &[u8]| match index == lost {
            true => Fate::Drop,
            false => Fate::Deliver,
        };
        let mut net = Net::new(settings.clone(), Bmc::new(), fate);
        net.request(status()).unwrap();
        net.close();
        let traffic = net.session.take_traffic();
        assert_eq!(traffic.sent - traffic.answered, 1, "{lost}: {traffic:?}");
        assert_eq!(traffic.repeated, 1, "{lost}: {traffic:?}");
    }
}

/// The answer to the first transmission comes when the second was answered and the next command is on its way.
#[test]
fn an_answer_that_comes_after_its_command_was_repeated_is_not_lost() {
    let mut held = true;
    let mut net = Net::new(settings(), Bmc::new(), |index, way, _: &[u8]| {
        let is_first_answer = index == 7 && way == Way::ToConsole;
        if is_first_answer && std::mem::take(&mut held) {
            return Fate::Late(Duration::from_secs(3));
        }
        Fate::Deliver
    });
    net.request(status()).unwrap();
    let traffic = net.session.take_traffic();
    assert_eq!(
        (traffic.sent, traffic.answered, traffic.repeated),
        (5, 4, 1)
    );
    net.request(status()).unwrap();
    net.idle();
    let traffic = net.session.take_traffic();
    assert_eq!(
        (traffic.sent, traffic.answered, traffic.repeated),
        (1, 2, 0)
    );
}

#[test]
fn what_leaves_only_once_is_not_counted_because_its_answer_is_known_to_get_lost() {
    let mut net = Net::new(settings(), Bmc::new(), deliver);
    net.request(status()).unwrap();
    net.close();
    net.session.take_traffic();
    net.request(power_on()).unwrap();
    let traffic = net.session.take_traffic();
    // Three of the login, and the privilege.
    assert_eq!((traffic.sent, traffic.answered, traffic.waits), (4, 4, 1));
}
