//! How makes of BMCs differ, as data: what is set on top of a healthy one.
//!
//! Each value is from reports about real machines. They are caricatures: enough to meet the habits of a make, not to be one.

mod mixed;

use std::time::Duration;

use crate::sim::config::{Delays, SimBmcConfig};
use crate::sim::crypto::Suite;
use crate::sim::faults::{Faults, Rakp2Length, Spell};
use crate::sim::latency::Latency;

/// A make of BMC, or a rack of many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    /// OpenBMC: suite 17 only, 15 sessions and then ever shorter ones, slow handshakes, FFh around power changes, half a
    /// minute until a machine may be on again.
    Openbmc,
    /// Dell iDRAC: eight sessions, and at first none free; two minutes for a restart.
    Idrac,
    /// HPE iLO 4: suite 3 only, quick.
    Ilo,
    /// Intel M50CYP and M50FCP: suite 17 only and anything else refused as 01h, no presence ping.
    Intel,
    /// Supermicro, X8 to X11: both suites; hashes with the privilege of Open Session; shows the old power state for some
    /// seconds; dislikes handshake messages that come twice.
    Supermicro,
    /// A BMC of the first years of IPMI 2.0, such as an AST2050: suite 3, four sessions, no presence ping, no Get Channel
    /// Cipher Suites, no answer to Close Session, a code in RAKP 2 that is too short, slow in everything.
    Old,
    /// Some of everything, chosen for each BMC by the seed: a rack as it may be found.
    Mixed,
}

impl Profile {
    /// Gives a BMC the habits of this make.
    pub fn apply(self, config: &mut SimBmcConfig) {
        match self {
            Self::Openbmc => openbmc(config),
            Self::Idrac => idrac(config),
            Self::Ilo => ilo(config),
            Self::Intel => intel(config),
            Self::Supermicro => supermicro(config),
            Self::Old => old(config),
            Self::Mixed => mixed::apply(config),
        }
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn openbmc(config: &mut SimBmcConfig) {
    config.suites = vec![Suite::Sha256];
    // phosphor-net-ipmid: 15 sessions for each channel, about 62 handles in all.
    config.session_soft_cap = Some(15);
    config.session_cap = 62;
    config.delays = Delays {
        handshake: Duration::from_millis(200),
        least_off: seconds(25),
        bmc_reset: seconds(90),
        ..config.delays
    };
    let busy = |seconds| {
        let lasts = Duration::from_secs(seconds);
        Some(Spell { code: 0xff, lasts })
    };
    config.faults = Faults {
        service_time: Some(Latency::new(20.0, 600.0, 5000.0)),
        after_control: busy(3),
        waking: busy(20),
        ..config.faults.clone()
    };
}

fn idrac(config: &mut SimBmcConfig) {
    config.session_cap = 8;
    config.delays.bmc_reset = seconds(120);
    config.faults = Faults {
        no_resources: 2,
        service_time: Some(Latency::new(40.0, 600.0, 5000.0)),
        waking: Some(Spell {
            code: 0xd2,
            lasts: seconds(15),
        }),
        ..config.faults.clone()
    };
}

fn ilo(config: &mut SimBmcConfig) {
    config.suites = vec![Suite::Sha1];
    config.delays.bmc_reset = seconds(60);
    config.faults.service_time = Some(Latency::new(10.0, 100.0, 1000.0));
}

fn intel(config: &mut SimBmcConfig) {
    config.suites = vec![Suite::Sha256];
    config.session_cap = 15;
    config.delays.bmc_reset = seconds(60);
    config.faults = Faults {
        suite_refused_as_no_resources: true,
        no_presence_ping: true,
        service_time: Some(Latency::new(20.0, 200.0, 2000.0)),
        ..config.faults.clone()
    };
}

fn supermicro(config: &mut SimBmcConfig) {
    config.delays.least_off = seconds(5);
    config.delays.bmc_reset = seconds(60);
    config.faults = Faults {
        status_lag: seconds(3),
        dislikes_repeated_rakp: true,
        open_session_privilege_and_lookup_keys: true,
        service_time: Some(Latency::new(30.0, 300.0, 5000.0)),
        waking: Some(Spell {
            code: 0xc0,
            lasts: seconds(10),
        }),
        ..config.faults.clone()
    };
}

fn old(config: &mut SimBmcConfig) {
    config.suites = vec![Suite::Sha1];
    config.session_cap = 4;
    config.delays.handshake = Duration::from_millis(300);
    config.delays.bmc_reset = seconds(90);
    config.faults = Faults {
        ignore_cipher_suites: true,
        ignore_close_session: true,
        no_presence_ping: true,
        rakp2_length: Some(Rakp2Length::Short),
        service_time: Some(Latency::new(150.0, 1000.0, 5000.0)),
        waking: Some(Spell {
            code: 0xd2,
            lasts: seconds(20),
        }),
        ..config.faults.clone()
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profile_comes_on_top_of_what_was_set_before() {
        for profile in [
            Profile::Openbmc,
            Profile::Idrac,
            Profile::Ilo,
            Profile::Intel,
            Profile::Supermicro,
            Profile::Old,
            Profile::Mixed,
        ] {
            let mut config = SimBmcConfig::new("node-1");
            config.faults.busy = 7;
            profile.apply(&mut config);
            assert_eq!(config.faults.busy, 7, "{profile:?}");
            assert_eq!(config.problem(), None, "{profile:?}");
        }
    }
}
