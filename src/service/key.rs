//! The key that seals the secrets in the database.

use std::time::Duration;

use crate::crash;
use crate::service::{Error, Service};
use crate::store::StoreError;
use crate::store::seal::SealError;
use crate::store::sealing::{self, Resealed};
use crate::time;

/// The old key is kept in memory for whoever still reads what was sealed with it: microseconds, and never longer than this.
const READERS_END: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

impl Service {
    /// Makes a new key and seals everything with it, while all goes on. Killed anywhere on the way, the next start goes on where
    /// it was; a failure leaves both keys in use, and the next call goes on.
    ///
    /// # Errors
    /// [`Error::KeyNotOurs`] where somebody else gives us the key; [`Error::Store`] where a key cannot be written.
    pub async fn rotate_key(&self) -> Result<Resealed, Error> {
        let _one_at_a_time = self.rotating_key.lock().await;
        let sealer = self.store.sealer();
        match sealer.begin_rotation() {
            Ok(()) => {}
            Err(error @ (SealError::GivenKey { .. } | SealError::NoKeyFile)) => {
                return Err(Error::KeyNotOurs(error));
            }
            Err(error) => return Err(StoreError::from(error).into()),
        }
        crash::point("key_written");
        let store = self.store.clone();
        let sealed = self.store.write(move |connection| {
            let resealed = sealing::reseal(connection, store.sealer())?;
            crash::commit("reseal");
            Ok::<_, Error>(resealed)
        });
        let resealed = sealed.await?;
        sealer.end_rotation().map_err(StoreError::from)?;
        crash::point("key_replaced");
        self.wait_for_readers().await;
        sealer.forget_old_key();
        tracing::info!(
            secrets = resealed.secrets,
            unreadable = resealed.unreadable,
            "secrets sealed with a new key"
        );
        Ok(resealed)
    }

    /// Waits for a moment in which nobody reads: then nobody sees any more what was there before the last commit.
    async fn wait_for_readers(&self) {
        let until = time::instant() + READERS_END;
        while self.store.connections().reading > 0 && time::instant() < until {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}
