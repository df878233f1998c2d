//! The columns `bmc_…` of the table `nodes`: how BMCs are reached, with secrets sealed.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::model::bmc::{BmcConfig, BmcProfile, CipherSuite, LanConfig, PrivilegeLevel, lan_place};
use crate::model::ids::NodeId;
use crate::model::secret::Secret;
use crate::store::StoreError;
use crate::store::seal::{SealError, Sealer};
use crate::store::sql_types::Json;
use crate::time::Timestamp;

/// Everything that is needed to talk to a node's BMC.
#[derive(Debug, Clone)]
pub struct BmcAccess {
    /// The node's name.
    pub node_name: String,
    /// How it is reached.
    pub config: BmcConfig,
    /// What was learned about it with these settings.
    pub profile: BmcProfile,
    /// Counts changes of the settings.
    pub revision: i64,
}

/// The settings as columns.
#[derive(Default)]
pub(super) struct Columns<'a> {
    pub(super) interface: &'static str,
    pub(super) address: Option<&'a str>,
    pub(super) port: Option<u16>,
    pub(super) username: Option<&'a str>,
    pub(super) password: Option<Vec<u8>>,
    pub(super) kg: Option<Vec<u8>>,
    pub(super) privilege_level: Option<PrivilegeLevel>,
    pub(super) cipher_suite: Option<u8>,
    pub(super) device: Option<&'a str>,
    pub(super) quirks: &'a [String],
}

impl<'a> Columns<'a> {
    pub(super) fn sealed(
        sealer: &Sealer,
        node: NodeId,
        config: &'a BmcConfig,
    ) -> Result<Self, SealError> {
        let owner = node.to_string();
        match config {
            BmcConfig::Open { device } => Ok(Self {
                interface: "open",
                device: Some(device),
                ..Self::default()
            }),
            BmcConfig::Lan(lan) => Ok(Self {
                interface: "lan",
                address: Some(&lan.address),
                port: Some(lan.port),
                username: Some(&lan.username),
                password: Some(sealer.seal(
                    &owner,
                    "password",
                    lan.password.expose().as_bytes(),
                )?),
                kg: lan
                    .kg
                    .as_ref()
                    .map(|kg| sealer.seal(&owner, "kg", kg.expose()))
                    .transpose()?,
                privilege_level: Some(lan.privilege_level),
                cipher_suite: lan.cipher_suite.map(u8::from),
                device: None,
                quirks: &lan.quirks,
            }),
        }
    }
}

/// How a node's BMC is reached; `None` if the node is gone.
///
/// # Errors
/// Those of SQLite, and [`SealError::WrongKey`] where the key in use is not the one that the secrets were sealed with.
pub fn find(
    connection: &Connection,
    sealer: &Sealer,
    node: NodeId,
) -> Result<Option<BmcAccess>, StoreError> {
    const SQL: &str = "SELECT bmc_interface, bmc_device, bmc_address, bmc_port, bmc_username, bmc_password, bmc_kg, \
         bmc_privilege_level, bmc_cipher_suite, bmc_profile, bmc_revision, bmc_quirks, name FROM nodes WHERE uuid = ?1";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([node])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let config = if row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)? == "open" {
        BmcConfig::Open {
            device: row.get(1)?,
        }
    } else {
        BmcConfig::Lan(lan_from_row(row, sealer, node)?)
    };
    let profile = row.get::<_, Json<BmcProfile>>(9)?.0;
    Ok(Some(BmcAccess {
        config,
        profile,
        revision: row.get(10)?,
        node_name: row.get(12)?,
    }))
}

/// Where a node's BMC is; `None` if the node is gone.
pub fn place(connection: &Connection, node: NodeId) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT bmc_device, bmc_address, bmc_port FROM nodes WHERE uuid = ?1";
    let found = connection.prepare_cached(SQL)?.query_row([node], |row| {
        let device: Option<String> = row.get(0)?;
        let lan = row.get::<_, Option<String>>(1)?.zip(row.get(2)?);
        Ok(device.or_else(|| lan.map(|(address, port)| lan_place(&address, port))))
    });
    Ok(found.optional()?.flatten())
}

/// Writes new settings, forgets what was learned with the old ones, and counts both revisions.
pub fn update(
    connection: &Connection,
    sealer: &Sealer,
    node: NodeId,
    config: &BmcConfig,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE nodes SET bmc_interface = :interface, bmc_address = :address, bmc_port = :port, \
         bmc_username = :username, bmc_password = :password, bmc_kg = :kg, bmc_privilege_level = :privilege_level, \
         bmc_cipher_suite = :cipher_suite, bmc_device = :device, bmc_quirks = :quirks, bmc_profile = '{}', guid = NULL, \
         is_own = 0, \
         bmc_revision = bmc_revision + 1, updated_at = :now, revision = revision + 1 WHERE uuid = :uuid";
    let bmc = Columns::sealed(sealer, node, config)?;
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": node,
        ":interface": bmc.interface,
        ":address": bmc.address,
        ":port": bmc.port,
        ":username": bmc.username,
        ":password": bmc.password,
        ":kg": bmc.kg,
        ":privilege_level": bmc.privilege_level,
        ":cipher_suite": bmc.cipher_suite,
        ":device": bmc.device,
        ":quirks": Json(bmc.quirks),
        ":now": now,
    })?;
    Ok(())
}

/// Keeps what was learned, unless the settings have changed since `revision`. It is shown, so the node's revision counts.
pub fn update_profile(
    connection: &Connection,
    node: NodeId,
    revision: i64,
    profile: &BmcProfile,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE nodes SET bmc_profile = :profile, updated_at = :now, revision = revision + 1 \
         WHERE uuid = :uuid AND bmc_revision = :revision";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": node,
        ":revision": revision,
        ":profile": Json(profile),
        ":now": now,
    })?;
    Ok(())
}

/// The revision of a node's BMC settings; `None` if the node is gone.
pub fn revision(connection: &Connection, node: NodeId) -> Result<Option<i64>, StoreError> {
    const SQL: &str = "SELECT bmc_revision FROM nodes WHERE uuid = ?1";
    Ok(connection
        .prepare_cached(SQL)?
        .query_row([node], |row| row.get(0))
        .optional()?)
}

/// A stored cipher suite number that this program does not know is an error, not a silent change of suite.
pub(super) fn cipher_suite(number: Option<u8>) -> rusqlite::Result<Option<CipherSuite>> {
    let suite = number.map(CipherSuite::try_from).transpose();
    suite.map_err(|error| rusqlite::types::FromSqlError::other(error).into())
}

fn lan_from_row(row: &Row<'_>, sealer: &Sealer, node: NodeId) -> Result<LanConfig, StoreError> {
    let owner = node.to_string();
    let blob = |index| -> Result<Option<&[u8]>, StoreError> {
        Ok(row
            .get_ref(index)?
            .as_blob_or_null()
            .map_err(rusqlite::Error::from)?)
    };
    let password = sealer.open(&owner, "password", blob(5)?.unwrap_or_default())?;
    let password = std::str::from_utf8(password.expose()).map_err(|_| SealError::WrongKey)?;
    Ok(LanConfig {
        address: row.get(2)?,
        port: row.get(3)?,
        username: row.get(4)?,
        password: Secret::new(password.to_owned()),
        kg: blob(6)?
            .map(|kg| sealer.open(&owner, "kg", kg))
            .transpose()?,
        privilege_level: row.get(7)?,
        cipher_suite: cipher_suite(row.get(8)?)?,
        quirks: row.get::<_, Json<_>>(11)?.0,
    })
}
