//! How makes of BMCs differ, as data: what is set on top of a healthy one.
//!
//! Each value is from reports about real machines. They are caricatures: enough to meet the habits of a make, not to be one.

use std::time::Duration;

use crate::sim::config::{Delays, SimBmcConfig};
use crate::sim::crypto::Suite;

/// A make of BMC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    /// OpenBMC: suite 17 only, 15 sessions, slow handshakes, half a minute until a machine may be on again.
    Openbmc,
    /// Dell iDRAC: eight sessions, and at first none free.
    Idrac,
    /// HPE iLO 4: suite 3 only.
    Ilo,
    /// Supermicro: both suites; shows the old power state for some seconds; dislikes handshake messages that come twice.
    Supermicro,
    /// A BMC of the first years of IPMI 2.0: suite 3, one session, no Get Channel Cipher Suites, slow in everything.
    Old,
}

impl Profile {
    /// Gives a BMC the habits of this make.
    pub fn apply(self, config: &mut SimBmcConfig) {
        let delays = config.delays;
        match self {
            Self::Openbmc => {
                config.suites = vec![Suite::Sha256];
                config.session_cap = 15;
                config.delays = Delays {
                    handshake: Duration::from_millis(200),
                    reply: Duration::from_millis(20),
                    least_off: Duration::from_secs(25),
                    ..delays
                };
            }
            Self::Idrac => {
                config.session_cap = 8;
                config.faults.no_resources = 2;
                config.delays = Delays {
                    reply: Duration::from_millis(40),
                    ..delays
                };
            }
            Self::Ilo => {
                config.suites = vec![Suite::Sha1];
                config.delays = Delays {
                    reply: Duration::from_millis(10),
                    ..delays
                };
            }
            Self::Supermicro => {
                config.faults.status_lag = Duration::from_secs(3);
                config.faults.dislikes_repeated_rakp = true;
                config.delays = Delays {
                    reply: Duration::from_millis(30),
                    ..delays
                };
            }
            Self::Old => {
                config.suites = vec![Suite::Sha1];
                config.session_cap = 1;
                config.faults.ignore_cipher_suites = true;
                config.delays = Delays {
                    reply: Duration::from_millis(150),
                    handshake: Duration::from_millis(300),
                    ..delays
                };
            }
        }
    }
}
