//! Speaking to a node's BMC with the settings that the database has now.

use std::sync::Arc;

use crate::bmc::BmcRef;
use crate::model::ids::NodeId;
use crate::store::bmc::BmcAccess;
use crate::store::seal::SealError;
use crate::store::{self, StoreError};
use crate::worker::Context;

/// How to reach a node's BMC, as of now.
pub struct Reach {
    /// For [`crate::bmc::Bmcs`].
    pub bmc: BmcRef,
    revision: i64,
}

/// Why there is no way to a BMC.
pub enum NoReach {
    /// The node is gone.
    Gone,
    /// Its stored credentials cannot be opened.
    Sealed(SealError),
}

impl Context {
    /// How to reach a node's BMC.
    pub fn reach(&self, node: NodeId) -> Result<Result<Reach, NoReach>, StoreError> {
        let found = self
            .store
            .read(|connection| store::bmc::find(connection, self.store.sealer(), node));
        match found {
            Ok(Some(BmcAccess {
                config,
                profile,
                revision,
            })) => {
                let bmc = BmcRef {
                    node,
                    config: Arc::new(config),
                    profile,
                };
                Ok(Ok(Reach { bmc, revision }))
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
                store::bmc::update_profile(connection, node, revision, &profile)
            })
            .await
    }
}
