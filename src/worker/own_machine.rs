//! Finds the node that is the machine under the daemon's own feet: the one whose BMC has the GUID of the local BMC.
//!
//! It is the one machine that must not be turned off by mistake, for it takes everything else down with it. Each BMC is
//! asked once, when it answers and nobody else has use for it. Without a GUID to look for nobody is asked, unless machines are
//! booted over the network: the boot service knows by it a machine that asks from a port that nobody has registered.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::beat::Beat;
use crate::bmc::{BmcError, BmcRef, Urgency};
use crate::model::bmc::{BmcConfig, BmcProfile};
use crate::model::ids::NodeId;
use crate::store::{self, StoreError};
use crate::system::shutdown::Shutdown;
use crate::telemetry::Chain;
use crate::time;
use crate::worker::{Context, WorkerError};

/// The kernel's driver for the local BMC.
const DEVICE: &str = "/dev/ipmi0";
/// How often is looked for nodes that were not asked yet.
const EVERY: Duration = Duration::from_secs(10);

/// The same after the database has failed.
const AFTER_FAILURE: Duration = Duration::from_secs(60);
/// A question that has not had its turn by then, because users have a thousand orders, is asked again later.
const TURN: Duration = Duration::from_secs(60);
/// The longest that the loop may stand still before something is wrong.
pub const BEATS_WITHIN: Duration = Duration::from_secs(600);

/// What is known of this machine.
enum Own {
    /// It was not looked for yet.
    Unasked,
    /// Its GUID, if it has one.
    Known(Option<Uuid>),
}

/// Runs until shutdown. `own` is what the settings say the own GUID is; `asks_all` is whether all BMCs are asked in any case.
pub async fn run(
    context: Context,
    own: Option<Uuid>,
    asks_all: bool,
    beat: Beat,
    shutdown: Shutdown,
) -> Result<(), WorkerError> {
    let searching = async {
        let mut known = Own::Unasked;
        loop {
            beat.now(time::instant());
            let pause = match look(&context, own, &mut known, asks_all, &beat).await {
                Ok(()) => EVERY,
                Err(error @ (StoreError::WriterGone | StoreError::Closed)) => {
                    return WorkerError::from(error);
                }
                Err(error) => {
                    tracing::error!(error = %Chain(&error), "this machine's own node cannot be looked for; trying again");
                    AFTER_FAILURE
                }
            };
            tokio::time::sleep(pause).await;
        }
    };
    tokio::select! {
        failed = searching => Err(failed),
        () = shutdown.triggered() => Ok(()),
    }
}

/// Asks the BMCs that were not asked yet.
async fn look(
    context: &Context,
    told: Option<Uuid>,
    known: &mut Own,
    asks_all: bool,
    beat: &Beat,
) -> Result<(), StoreError> {
    if matches!(known, Own::Unasked) {
        context
            .store
            .write(store::own_machine::ask_all_again)
            .await?;
        let own = match told {
            Some(own) => Some(own),
            None => local_guid(context).await,
        };
        match own {
            Some(own) => tracing::info!(%own, "looking for the node of this machine"),
            None => context.store.write(store::own_machine::forget_own).await?,
        }
        *known = Own::Known(own);
    }
    if let Own::Known(own) = known
        && (own.is_some() || asks_all)
    {
        for node in context.store.read(store::own_machine::list_unasked)? {
            beat.now(time::instant());
            ask(context, node, *own).await?;
        }
    }
    Ok(())
}

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
    let asked = tokio::time::timeout(TURN, context.bmcs.guid(&local, Urgency::Poll));
    match asked.await {
        Ok(Ok(guid)) => known(guid),
        Ok(Err(error)) => {
            tracing::warn!(error = %Chain(&error), "the GUID of this machine cannot be read: its own node is not protected");
            None
        }
        Err(_) => {
            tracing::warn!(
                "the BMC of this machine does not say its GUID: its own node is not protected"
            );
            None
        }
    }
}

async fn ask(context: &Context, node: NodeId, own: Option<Uuid>) -> Result<(), StoreError> {
    let Ok(reach) = context.reach(node)? else {
        return Ok(());
    };
    let asked = tokio::time::timeout(TURN, context.bmcs.guid(&reach.bmc, Urgency::Poll));
    let Ok(answer) = asked.await else {
        return Ok(());
    };
    let guid = match answer {
        Ok(guid) => known(guid),
        // It does not have the command, or not for us.
        Err(
            BmcError::Completion { .. } | BmcError::Malformed { .. } | BmcError::Privilege { .. },
        ) => None,
        Err(_) => return Ok(()),
    };
    let is_own = guid.zip(own).is_some_and(|(guid, own)| is_same(guid, own));
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
