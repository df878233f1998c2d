//! Finds the node that is the machine under the daemon's own feet: the one whose BMC has the GUID of the local BMC.
//!
//! It is the one machine that must not be turned off by mistake, for it takes everything else down with it. Each BMC is
//! asked once, when it answers and nobody else has use for it; without a GUID to look for nobody is asked.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::bmc::{BmcError, BmcRef, Urgency};
use crate::model::bmc::{BmcConfig, BmcProfile};
use crate::model::ids::NodeId;
use crate::store::{self, StoreError};
use crate::system::shutdown::Shutdown;
use crate::telemetry::Chain;
use crate::worker::{Context, WorkerError};

/// The kernel's driver for the local BMC.
const DEVICE: &str = "/dev/ipmi0";
/// How often is looked for nodes that were not asked yet.
const EVERY: Duration = Duration::from_secs(10);

/// Runs until shutdown. `own` is what the settings say the own GUID is.
pub async fn run(
    context: Context,
    own: Option<Uuid>,
    shutdown: Shutdown,
) -> Result<(), WorkerError> {
    let searching = async {
        context.store.write(store::own_machine::forget_all).await?;
        let own = match own {
            Some(own) => Some(own),
            None => local_guid(&context).await,
        };
        let Some(own) = own else {
            return std::future::pending().await;
        };
        tracing::info!(%own, "looking for the node of this machine");
        loop {
            for node in context.store.read(store::own_machine::list_unasked)? {
                ask(&context, node, own).await?;
            }
            tokio::time::sleep(EVERY).await;
        }
    };
    tokio::select! {
        failed = searching => match failed {
            Ok(()) => Ok(()),
            Err(error @ (StoreError::WriterGone | StoreError::Closed)) => Err(WorkerError::from(error)),
            Err(error) => {
                tracing::error!(error = %Chain(&error), "this machine's own node is not looked for any more");
                shutdown.triggered().await;
                Ok(())
            }
        },
        () = shutdown.triggered() => Ok(()),
    }
}

/// The GUID of the local BMC, where there is one that may be spoken to.
async fn local_guid(context: &Context) -> Option<Uuid> {
    if !Path::new(DEVICE).exists() {
        return None;
    }
    let local = BmcRef {
        node: NodeId::random(),
        config: Arc::new(BmcConfig::Open {
            device: DEVICE.to_owned(),
        }),
        profile: BmcProfile::default(),
    };
    match context.bmcs.guid(&local, Urgency::Poll).await {
        Ok(guid) => known(guid),
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "the GUID of this machine cannot be read: its own node is not protected");
            None
        }
    }
}

async fn ask(context: &Context, node: NodeId, own: Uuid) -> Result<(), StoreError> {
    let Ok(reach) = context.reach(node)? else {
        return Ok(());
    };
    let guid = match context.bmcs.guid(&reach.bmc, Urgency::Poll).await {
        Ok(guid) => known(guid),
        // It does not have the command, or not for us.
        Err(
            BmcError::Completion { .. } | BmcError::Malformed { .. } | BmcError::Privilege { .. },
        ) => None,
        Err(_) => return Ok(()),
    };
    let is_own = guid.is_some_and(|guid| is_same(guid, own));
    if is_own {
        let (name, bmc) = (&reach.node_name, reach.place());
        tracing::warn!(
            node = name,
            node_uuid = %node,
            bmc,
            "{name} is the machine that ostlerd runs on: it is turned off only with force"
        );
    }
    let text = guid.map_or_else(String::new, |guid| guid.simple().to_string());
    let revision = reach.revision();
    context
        .store
        .write(move |connection| {
            store::own_machine::set_guid(connection, node, revision, &text, is_own)
        })
        .await
}

/// `None` for the values that BMCs send which were never given a GUID.
fn known(guid: [u8; 16]) -> Option<Uuid> {
    let blank = guid.iter().all(|byte| *byte == 0) || guid.iter().all(|byte| *byte == 0xff);
    (!blank).then(|| Uuid::from_bytes(guid))
}

/// The bytes are compared in the order of IPMI (v2.0 §20.8), of SMBIOS, and as they came: BMCs and tools differ.
fn is_same(guid: Uuid, own: Uuid) -> bool {
    let mut reversed = *own.as_bytes();
    reversed.reverse();
    let own = [*own.as_bytes(), own.to_bytes_le(), reversed];
    own.contains(guid.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_known_in_each_order_of_its_bytes_and_a_blank_one_in_none() {
        let own = Uuid::from_u128(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);
        let mut reversed = *own.as_bytes();
        reversed.reverse();
        for bytes in [*own.as_bytes(), own.to_bytes_le(), reversed] {
            assert!(is_same(known(bytes).unwrap(), own), "{bytes:02x?}");
        }
        assert!(!is_same(Uuid::from_u128(1), own));
        assert_eq!(known([0; 16]).or(known([0xff; 16])), None);
    }
}
