//! Answers to what was asked in another life: they change nothing and cost no retry.

use std::cell::RefCell;
use std::time::Duration;

use super::bmc::Bmc;
use super::net::{Fate, Net, Way};
use super::{deliver, is_on, settings, status, stranger};
use crate::ipmi::session::Settings;

/// A life of its own; gives all that the BMC said in it.
fn recorded(settings: &Settings, bmc: Bmc, seed: u64) -> (Vec<Vec<u8>>, Bmc) {
    let said = RefCell::new(Vec::new());
    let mut net = Net::new(settings.clone(), bmc, |_, way, bytes: &[u8]| {
        if way == Way::ToConsole {
            said.borrow_mut().push(bytes.to_vec());
        }
        Fate::Deliver
    });
    net.entropy.0 = seed;
    net.request(status()).unwrap();
    net.close();
    let bmc = net.bmc;
    (said.take(), bmc)
}

/// All that the BMC said in an older login comes again ahead of each of its answers: Open Session Response, RAKP 2 and 4,
/// replies and Close Session, with old ids and keys, and tags that are in use again.
#[test]
fn answers_of_an_older_login_cost_nothing_in_any_state() {
    for (settings, packets) in [(settings(), 10), (stranger(), 16)] {
        let (strays, bmc) = recorded(&settings, Bmc::new(), 7);
        let mut net = Net::new(settings, bmc, deliver);
        net.strays = strays;
        net.bmc.power = true;
        assert!(is_on(&net.request(status()).unwrap()), "not the old answer");
        net.close();
        assert_eq!(net.packets, packets);
        assert!(net.elapsed() < Duration::from_millis(400));
        assert!(net.bmc.sessions.is_empty());
    }
}

/// The same from another BMC with the same account: a switch that floods, or an address that moved.
#[test]
fn answers_of_another_bmc_cost_nothing_in_any_state() {
    let (strays, _) = recorded(&settings(), Bmc::new(), 7);
    let mut net = Net::new(settings(), Bmc::new(), deliver);
    net.strays = strays;
    net.request(status()).unwrap();
    net.close();
    assert_eq!(net.packets, 10);
}

/// The answer to Close Session comes while the next login is under way, at each of its packets.
#[test]
fn a_late_answer_to_close_session_does_not_disturb_the_next_login() {
    for delay in (0..60).map(|step| Duration::from_millis(step * 5)) {
        let mut net = Net::new(settings(), Bmc::new(), |index, _, _: &[u8]| match index {
            // Close Session's answer; then those to its repetitions do not come.
            9 => Fate::Late(Duration::from_secs(2) + delay),
            _ => Fate::Deliver,
        });
        net.request(status()).unwrap();
        net.session.close(net.now, &mut net.entropy);
        net.bmc.power = true;
        assert!(is_on(&net.request(status()).unwrap()), "{delay:?}");
        net.close();
        assert!(net.bmc.sessions.is_empty(), "{delay:?}");
    }
}

/// A slow BMC answers the first transmission and the second one, each with a session sequence number of its own. The second
/// answer comes when the same is asked again, and is an old one.
#[test]
fn the_second_answer_to_a_repeated_command_is_not_taken_for_the_next_ones() {
    let mut net = Net::new(settings(), Bmc::new(), |index, _, _: &[u8]| match index {
        7 => Fate::Late(Duration::from_millis(1_200)),
        9 => Fate::Late(Duration::from_millis(300)),
        // The next request reaches the BMC only after that.
        10 => Fate::Late(Duration::from_millis(400)),
        _ => Fate::Deliver,
    });
    assert!(!is_on(&net.request(status()).unwrap()));
    assert_eq!(net.packets, 10, "sent twice, answered twice");
    net.bmc.power = true;
    assert!(is_on(&net.request(status()).unwrap()));
    assert_eq!(net.packets, 12);
}
