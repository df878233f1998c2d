//! Which key the secrets of the file are sealed with, and sealing all of them with another one.
//!
//! The table `sealing_key` holds a known value, sealed: the proof that a key is the right one. It changes in the transaction in
//! which everything is sealed anew, so it says which key all the rest opens with.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::crash;
use crate::store::seal::{Opens, Sealer};
use crate::store::{StoreError, instance, netboot, rotation};

/// What the proof is sealed for, and what it holds.
const PROOF: (&str, &str, &[u8]) = ("sealing_key", "proof", b"the key of this database");

/// Where there are sealed values: table, column of the owner, column of the value, and for which column it is sealed.
const SEALED: [(&str, &str, &str, &str); 7] = [
    ("nodes", "uuid", "bmc_password", "password"),
    ("nodes", "uuid", "bmc_kg", "kg"),
    ("staged_passwords", "node_id", "password", rotation::COLUMN),
    ("webhooks", "uuid", "secret", "secret"),
    ("netboots", "task_id", "secret", netboot::COLUMN),
    (
        "netboots",
        "task_id",
        "user_data",
        netboot::USER_DATA_COLUMN,
    ),
    ("instances", "uuid", "user_data", instance::USER_DATA_COLUMN),
];

/// What was sealed anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Values that the new key opens now.
    pub secrets: u32,
    /// Values that no key opened before: they are as they were, and have to be set again.
    pub unreadable: u32,
}

/// Sees at the start that the key is the one of this file, and ends a rotation that was cut short.
///
/// # Errors
/// [`SealError::OtherKey`](crate::store::seal::SealError::OtherKey) and
/// [`KeyMissing`](crate::store::seal::SealError::KeyMissing); nothing is changed then.
pub fn settle(connection: &mut Connection, sealer: &Sealer) -> Result<(), StoreError> {
    const FIND: &str = "SELECT proof FROM sealing_key";
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let proof: Option<Vec<u8>> = tx.query_row(FIND, [], |row| row.get(0)).optional()?;
    let (owner, column, _) = PROOF;
    match proof.map(|proof| sealer.opens(owner, column, &proof)) {
        Some(Opens::Sealing) => {}
        // Files of earlier versions have no proof.
        Some(Opens::Before) | None => {
            let resealed = reseal(&tx, sealer)?;
            tracing::info!(
                secrets = resealed.secrets,
                unreadable = resealed.unreadable,
                "secrets sealed with the key in use"
            );
            crash::commit("reseal_start");
        }
        Some(Opens::Never) => return Err(sealer.is_wrong().into()),
    }
    tx.commit()?;
    crash::committed();
    sealer.end_rotation()?;
    if let Some(new) = sealer.to_replace() {
        tracing::warn!(
            new = %new.display(),
            "everything is sealed with the new key: put it in the old one's place, and take the old one away"
        );
    }
    sealer.forget_old_key();
    Ok(())
}

/// What a key opens of what is in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Survey {
    /// Whether the file's proof opens; `None` where it has none, as files of earlier versions and those whose key was forgotten.
    pub is_proven: Option<bool>,
    /// Values that open.
    pub secrets: u32,
    /// Values that do not.
    pub unreadable: u32,
}

impl Survey {
    /// Whether this is the key of the file, as far as it can be known.
    pub fn is_its_key(&self) -> bool {
        self.is_proven.unwrap_or(self.unreadable == 0)
    }
}

/// Looks what a key opens; without a key nothing.
pub fn survey(connection: &Connection, sealer: Option<&Sealer>) -> Result<Survey, StoreError> {
    let opens = |owner: &str, column: &str, sealed: &[u8]| {
        sealer.is_some_and(|of| of.opens(owner, column, sealed) != Opens::Never)
    };
    let mut survey = Survey::default();
    let (owner, column, _) = PROOF;
    let proof = connection.query_row("SELECT proof FROM sealing_key", [], |row| row.get(0));
    let proof: Option<Vec<u8>> = proof.optional()?;
    survey.is_proven = proof.map(|proof| opens(owner, column, &proof));
    for (table, owner, value, column) in SEALED {
        let all = format!("SELECT {owner}, {value} FROM {table} WHERE {value} IS NOT NULL");
        let mut statement = connection.prepare(&all)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for row in rows {
            let (owner, sealed): (String, Vec<u8>) = row?;
            match opens(&owner, column, &sealed) {
                true => survey.secrets += 1,
                false => survey.unreadable += 1,
            }
        }
    }
    Ok(survey)
}

/// Seals everything with the key that seals now.
pub fn reseal(connection: &Connection, sealer: &Sealer) -> Result<Resealed, StoreError> {
    const PROVE: &str = "INSERT INTO sealing_key (id, proof) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET proof = ?1";
    let mut resealed = Resealed::default();
    for (table, owner, value, column) in SEALED {
        let all = format!("SELECT {owner}, {value} FROM {table} WHERE {value} IS NOT NULL");
        let update = format!("UPDATE {table} SET {value} = ?2 WHERE {owner} = ?1");
        let mut statement = connection.prepare(&all)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let rows: Vec<(String, Vec<u8>)> = rows.collect::<Result<_, _>>()?;
        let mut statement = connection.prepare(&update)?;
        for (owner, sealed) in rows {
            let Ok(plain) = sealer.open(&owner, column, &sealed) else {
                resealed.unreadable += 1;
                continue;
            };
            let anew = sealer.seal(&owner, column, plain.expose())?;
            statement.execute(rusqlite::params![owner, anew])?;
            resealed.secrets += 1;
        }
    }
    let (owner, column, text) = PROOF;
    let proof = sealer.seal(owner, column, text)?;
    connection.execute(PROVE, [proof])?;
    Ok(resealed)
}

/// Forgets which key the secrets are sealed with, because it is lost. They stay as they are, and no key opens them.
pub fn forget(connection: &Connection) -> Result<(), StoreError> {
    connection.execute("DELETE FROM sealing_key", [])?;
    Ok(())
}
