//! Speaking to a node's BMC with the settings that the database has now.

use std::sync::Arc;
use std::time::Duration;

use crate::bmc::{BmcRef, Bmcs};
use crate::ipmi::quirk::Quirk;
use crate::model::bmc::BmcConfig;
use crate::model::ids::NodeId;
use crate::store::bmc::BmcAccess;
use crate::store::seal::SealError;
use crate::store::{self, StoreError};
use crate::time;
use crate::worker::Context;

/// How to reach a node's BMC, as of now.
pub struct Reach {
    /// For [`Reach::bmcs`].
    pub bmc: BmcRef,
    /// What is ordered through this is void once somebody has called it off.
    pub bmcs: Bmcs,
    revision: i64,
    /// The node's name, for the log.
    pub node_name: String,
}

/// Why there is no way to a BMC.
pub enum NoReach {
    /// The node is gone.
    Gone,
    /// Its stored credentials cannot be opened.
    Sealed(SealError),
}

impl Reach {
    /// Which settings of the BMC this is from.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// Where the BMC is, for the log.
    pub fn place(&self) -> String {
        self.bmc.config.place()
    }

    /// How long a power command may take to show, on this BMC.
    pub fn grace(&self, usual: Duration) -> Duration {
        grace(&self.bmc.config, usual)
    }
}

fn grace(config: &BmcConfig, usual: Duration) -> Duration {
    let set = match config {
        BmcConfig::Lan(lan) => lan.quirks.as_slice(),
        BmcConfig::Open { .. } => &[],
    };
    let early = set.iter().any(|name| name == Quirk::EarlySuccess.as_str());
    if early { usual * 2 } else { usual }
}

impl Context {
    /// How to reach a node's BMC.
    pub fn reach(&self, node: NodeId) -> Result<Result<Reach, NoReach>, StoreError> {
        let bmcs = self.bmcs.revocable();
        let found = self
            .store
            .read(|connection| store::bmc::find(connection, self.store.sealer(), node));
        match found {
            Ok(Some(BmcAccess {
                config,
                profile,
                revision,
                node_name,
            })) => {
                let bmc = BmcRef {
                    node,
                    config: Arc::new(config),
                    profile,
                };
                Ok(Ok(Reach {
                    bmc,
                    bmcs,
                    revision,
                    node_name,
                }))
            }
            Ok(None) => Ok(Err(NoReach::Gone)),
            Err(StoreError::Seal(error)) => Ok(Err(NoReach::Sealed(error))),
            Err(error) => Err(error),
        }
    }

    /// Keeps what the last exchange taught about a BMC, if that was anything new.
    pub async fn learn(&self, reach: &Reach) -> Result<(), StoreError> {
        let node = reach.bmc.node;
        let Some(profile) = self.bmcs.profile(node) else {
            return Ok(());
        };
        if profile == reach.bmc.profile {
            return Ok(());
        }
        let revision = reach.revision;
        self.store
            .write(move |connection| {
                store::bmc::update_profile(connection, node, revision, &profile, time::now())
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bmc::{LanConfig, PrivilegeLevel};
    use crate::model::secret::Secret;

    fn with(quirks: &[&str]) -> BmcConfig {
        BmcConfig::Lan(LanConfig {
            address: String::from("10.0.0.7"),
            port: 623,
            username: String::new(),
            password: Secret::new(String::new()),
            kg: None,
            privilege_level: PrivilegeLevel::Operator,
            cipher_suite: None,
            quirks: quirks.iter().map(|name| String::from(*name)).collect(),
        })
    }

    #[test]
    fn a_bmc_that_is_known_to_say_yes_early_has_twice_the_time() {
        let usual = Duration::from_secs(30);
        assert_eq!(grace(&with(&[]), usual), usual);
        assert_eq!(grace(&with(&["no_close_reply"]), usual), usual);
        let early = with(&["no_close_reply", "early_success"]);
        assert_eq!(grace(&early, usual), usual * 2);
    }
}
