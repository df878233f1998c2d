//! A rack with some of everything: each BMC draws its habits from the seed and its name.
//!
//! The ranges are from reports about real machines; how frequent each is in a rack is a guess.

use std::time::Duration;

use crate::sim::config::SimBmcConfig;
use crate::sim::crypto::Suite;
use crate::sim::faults::{Faults, Flapping, Lockout, Rakp2Length, Spell};
use crate::sim::latency::Latency;
use crate::sim::rng::Rng;

/// Keeps this lot apart from others that are drawn by the same seed and name.
const SALT: u64 = 0x6d69_7865_6420_7261;

pub(super) fn apply(config: &mut SimBmcConfig) {
    let mut rng = Rng::for_bmc(config.seed ^ SALT, &config.name);
    limits(config, &mut rng);
    delays(config, &mut rng);
    network(&mut config.faults, &mut rng);
    power(&mut config.faults, &mut rng);
    logins(&mut config.faults, &mut rng);
}

fn limits(config: &mut SimBmcConfig, rng: &mut Rng) {
    config.suites = match rng.below(3) {
        0 => vec![Suite::Sha1],
        1 => vec![Suite::Sha256],
        _ => vec![Suite::Sha1, Suite::Sha256],
    };
    config.session_cap = match rng.below(100) {
        0..25 => 4,
        25..40 => 5,
        _ => 15,
    };
    config.session_idle_limit = Duration::from_secs(60);
}

fn delays(config: &mut SimBmcConfig, rng: &mut Rng) {
    let delays = &mut config.delays;
    delays.handshake = Duration::from_millis(200);
    delays.least_off = match rng.below(3) {
        0 => Duration::ZERO,
        1 => Duration::from_secs(5),
        _ => Duration::from_secs(25),
    };
    delays.soft_off = (!rng.chance(0.10)).then(|| rng.seconds(5..=400));
    delays.bmc_reset = rng.seconds(30..=150);
    config.faults.latency = Some(Latency::new(5.0, 50.0, 1000.0));
    config.faults.service_time = Some(Latency::new(40.0, 600.0, 5000.0));
}

fn network(faults: &mut Faults, rng: &mut Rng) {
    faults.loss = match rng.below(1000) {
        0..5 => 0.50,
        5..25 => 0.05,
        _ => 0.001,
    };
    faults.duplicate = 0.0001;
    faults.no_presence_ping |= rng.chance(0.05);
    match rng.below(1000) {
        0..10 => faults.dead = true,
        10..15 => {
            // Not all in step.
            let (up, down) = (rng.seconds(45..=75), rng.seconds(45..=75));
            faults.flapping = Some(Flapping { up, down });
        }
        _ => {}
    }
}

fn power(faults: &mut Faults, rng: &mut Rng) {
    match rng.below(1000) {
        0..2 => faults.lying_success = true,
        2..7 => faults.status_lag = rng.seconds(1..=30),
        _ => {}
    }
    let code = match rng.below(3) {
        0 => 0xc0,
        1 => 0xd2,
        _ => 0xff,
    };
    let lasts = rng.seconds(5..=30);
    faults.waking = Some(Spell { code, lasts });
    if rng.chance(0.25) {
        let lasts = rng.seconds(1..=5);
        faults.after_control = Some(Spell { code, lasts });
    }
}

fn logins(faults: &mut Faults, rng: &mut Rng) {
    faults.lockout = Some(Lockout {
        after: if rng.chance(0.5) { 3 } else { 5 },
        lasts: rng.seconds(60..=300),
    });
    faults.ignore_cipher_suites |= rng.chance(0.10);
    faults.dislikes_repeated_rakp |= rng.chance(0.05);
    faults.suite_refused_as_no_resources |= rng.chance(0.02);
    faults.ignore_close_session |= rng.chance(0.01);
    match rng.below(1000) {
        0..10 => faults.open_session_privilege_and_lookup_keys = true,
        10..13 => faults.rakp2_length = Some(Rakp2Length::Short),
        13..15 => faults.padded_user_name = true,
        15..20 => faults.exact_privilege = true,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rack(seed: u64) -> Vec<SimBmcConfig> {
        let bmc = |number| {
            let mut config = SimBmcConfig::new(format!("sim-{number}"));
            config.seed = seed;
            apply(&mut config);
            config
        };
        (0..5_000).map(bmc).collect()
    }

    #[test]
    fn same_seed_gives_the_same_rack_and_the_shares_are_about_as_meant() {
        let (one, again, other) = (rack(1), rack(1), rack(2));
        let faults = |rack: &[SimBmcConfig]| -> Vec<Faults> {
            rack.iter().map(|config| config.faults.clone()).collect()
        };
        assert_eq!(faults(&one), faults(&again));
        assert_ne!(faults(&one), faults(&other));
        let count = |what: fn(&SimBmcConfig) -> bool| one.iter().filter(|c| what(c)).count();
        assert!((25..80).contains(&count(|c| c.faults.dead)));
        assert!((10..45).contains(&count(|c| c.faults.flapping.is_some())));
        assert!((1_100..1_400).contains(&count(|c| c.session_cap == 4)));
        assert!((400..600).contains(&count(|c| c.delays.soft_off.is_none())));
        assert!((1_500..1_850).contains(&count(|c| c.suites == [Suite::Sha256])));
    }
}
