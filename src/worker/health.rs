//! What to think of a BMC after an exchange, written where it is news.

use crate::model::event::{Cause, Origin};
use crate::model::health::HealthState;
use crate::model::ids::NodeId;
use crate::rules::health::{Failure, Seen, Verdict, judge};
use crate::store::seal::SealError;
use crate::store::{self, StoreError};
use crate::time::{self, Timestamp};
use crate::worker::Context;
use crate::worker::exchange::Reach;

impl Context {
    /// Judges a BMC after an exchange with it. Writes only where that changes what is thought of it.
    pub async fn record_health(&self, reach: &Reach) -> Result<(), StoreError> {
        let node = reach.bmc.node;
        let Some(vitals) = self.bmcs.vitals(node).filter(|vitals| !vitals.is_excused) else {
            return Ok(());
        };
        let stored = self
            .store
            .read(|connection| store::health::find(connection, node))?;
        let Some(stored) = stored else { return Ok(()) };
        let failure = vitals.failure.as_ref();
        let verdict = judge(Seen {
            was: stored.health.state,
            numbers: &vitals.numbers,
            failure: failure.map(|failure| Failure {
                kind: failure.kind,
                is_permanent: failure.is_permanent,
                sentence: &failure.sentence,
            }),
            unreachable_after: self.settings().unreachable_after_misses,
            // A suite is learned by a login that worked, and forgotten with the settings.
            worked_before: vitals.numbers.last_success.is_some()
                || reach.bmc.profile.cipher_suite.is_some(),
            last_success: vitals.numbers.last_success.or(stored.last_reading),
        });
        let Some(verdict) = verdict else {
            return Ok(());
        };
        if !store::health::is_news(&stored.health, &verdict) {
            return Ok(());
        }
        let last_contact = vitals.numbers.last_contact;
        self.write_health(node, Some(reach.revision()), verdict, last_contact)
            .await
    }

    /// The node's stored credentials cannot be opened, so its BMC cannot be asked.
    pub async fn record_sealed(&self, node: NodeId, error: &SealError) -> Result<(), StoreError> {
        let verdict = Verdict {
            state: HealthState::BadCredentials,
            message: error.to_string(),
        };
        let stored = self
            .store
            .read(|connection| store::health::find(connection, node))?;
        match stored {
            Some(stored) if store::health::is_news(&stored.health, &verdict) => {
                self.write_health(node, None, verdict, None).await
            }
            Some(_) | None => Ok(()),
        }
    }

    /// When a node's power was last read, if that was since the daemon started.
    pub fn last_reading(&self, node: NodeId) -> Option<Timestamp> {
        self.bmcs.numbers(node)?.last_reading
    }

    async fn write_health(
        &self,
        node: NodeId,
        bmc_revision: Option<i64>,
        verdict: Verdict,
        last_contact: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let written = self.store.write(move |connection| {
            let (origin, now) = (Origin::nobody(Cause::Contact), time::now());
            store::health::record(
                connection,
                node,
                bmc_revision,
                &verdict,
                last_contact,
                &origin,
                now,
            )
        });
        written.await
    }
}
