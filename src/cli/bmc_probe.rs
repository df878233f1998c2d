//! `ostler bmc probe`: what a BMC is, and which logins work.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::{Map, Value, json};

use crate::bmc::{BmcError, BmcRef, BmcSettings, Bmcs, CredentialsFault, Urgency, scan, vendor};
use crate::cli::bmc::entry;
use crate::cli::exit::CliError;
use crate::cli::noun::nothing_special;
use crate::cli::{Context, password};
use crate::model::bmc::{BmcConfig, BmcProfile, CipherSuite, LanConfig, PrivilegeLevel, RMCP_PORT};
use crate::model::ids::NodeId;

/// `ostler bmc probe`
#[derive(Debug, Args)]
pub(crate) struct ProbeArgs {
    /// IPv4 or IPv6 address, or a host name
    address: String,
    /// The UDP port of the BMC
    #[arg(long, default_value_t = RMCP_PORT)]
    port: u16,
    /// Also log in, as this user
    #[arg(long, value_name = "NAME", requires = "password_file")]
    username: Option<String>,
    /// Read the user's password from this file
    #[arg(long, value_name = "FILE", requires = "username")]
    password_file: Option<PathBuf>,
}

const ORDER: &[&str] = &[
    "address",
    "port",
    "presence",
    "ipmi_v2",
    "kg",
    "logins",
    "offered_suites",
    "vendor",
    "manufacturer_id",
    "product_id",
    "firmware",
    "ipmi_version",
    "sessions_possible",
    "sessions_open",
    "power",
    "quirks",
    "results",
];

/// Runs it.
pub(crate) async fn run(context: &Context, args: ProbeArgs) -> Result<(), CliError> {
    let what = format!("BMC {}", args.address);
    let failed = |reason: String| CliError::Failed {
        what: what.clone(),
        reason,
    };
    let at = tokio::net::lookup_host((args.address.as_str(), args.port))
        .await
        .map_err(|error| failed(error.to_string()))?
        .next()
        .ok_or_else(|| failed("the name has no address".to_owned()))?;
    let findings = scan::look(at)
        .await
        .map_err(|error| failed(error.to_string()))?;
    if !findings.is_there() && args.username.is_none() {
        return Err(failed(format!(
            "nothing answers at {at}: check that it has power and network, and that IPMI over LAN is enabled in it"
        )));
    }
    let mut report = entry(at.ip(), at.port(), &findings);
    if let Some(fields) = report.as_object_mut() {
        fields.insert("offered_suites".to_owned(), json!(findings.suites));
        if let (Some(username), Some(file)) = (args.username, args.password_file) {
            let lan = LanConfig {
                address: at.ip().to_string(),
                port: at.port(),
                username,
                password: password::from_file(&file)?,
                kg: None,
                privilege_level: PrivilegeLevel::User,
                cipher_suite: None,
            };
            log_in(&lan, fields).await.map_err(failed)?;
        }
    }
    context.out.show(&report, ORDER, nothing_special)
}

/// Tries suites 17 and 3, each in a session of its own, which is closed. Stops where the account is refused: BMCs lock them.
async fn log_in(lan: &LanConfig, fields: &mut Map<String, Value>) -> Result<(), String> {
    let (bmcs, driver) = Bmcs::new(BmcSettings {
        linger: Duration::from_millis(200),
        ..BmcSettings::default()
    })
    .map_err(|error| format!("cannot open a socket: {error}"))?;
    let work = async {
        let (mut results, mut told) = (Vec::new(), false);
        for suite in [CipherSuite::S17, CipherSuite::S3] {
            let mut lan = lan.clone();
            lan.cipher_suite = Some(suite);
            let bmc = BmcRef {
                node: NodeId::random(),
                config: Arc::new(BmcConfig::Lan(lan)),
                profile: BmcProfile::default(),
            };
            let outcome = bmcs.chassis_status(&bmc, Urgency::User).await;
            let stop = matches!(outcome, Err(BmcError::Credentials { .. }));
            results.push(match &outcome {
                Ok(_) => format!("suite {suite} works"),
                Err(error) => format!("suite {suite} {}", verdict(error)),
            });
            if let (Ok(status), false) = (&outcome, told) {
                told = true;
                fields.insert("power".to_owned(), json!(status.power.as_str()));
                tell(&bmcs, &bmc, fields).await;
            }
            if stop {
                break;
            }
        }
        bmcs.close_all().await;
        results
    };
    let (results, ()) = tokio::join!(work, driver.run());
    fields.insert("results".to_owned(), json!(results));
    Ok(())
}

/// What can be read in a session. What the BMC does not tell is left out.
async fn tell(bmcs: &Bmcs, bmc: &BmcRef, fields: &mut Map<String, Value>) {
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    if let Ok(id) = bmcs.device_id(bmc).await {
        put("vendor", json!(vendor(id.manufacturer_id)));
        put("manufacturer_id", json!(id.manufacturer_id));
        put("product_id", json!(id.product_id));
        // The minor revision is BCD.
        let firmware = format!("{}.{:02x}", id.major_fw_revision, id.minor_fw_revision);
        put("firmware", json!(firmware));
        let version = format!("{}.{}", id.major_version, id.minor_version);
        put("ipmi_version", json!(version));
    }
    if let Ok(sessions) = bmcs.session_info(bmc).await {
        put("sessions_possible", json!(sessions.possible));
        put("sessions_open", json!(sessions.active));
    }
    let quirks = bmcs.profile(bmc.node).map(|profile| profile.quirks);
    put("quirks", json!(quirks.unwrap_or_default()));
}

fn verdict(error: &BmcError) -> String {
    match error {
        BmcError::Credentials { fault, .. } => match fault {
            CredentialsFault::Username(_) => "refuses the user name".to_owned(),
            CredentialsFault::Password | CredentialsFault::PasswordRefused(_) => {
                "refuses the password".to_owned()
            }
            CredentialsFault::Kg => "wants a BMC key (K_G)".to_owned(),
        },
        BmcError::SuitesRefused { .. } => "is refused".to_owned(),
        BmcError::NoFreeSession { .. } => "finds no free session".to_owned(),
        BmcError::Silent { .. }
        | BmcError::Resting { .. }
        | BmcError::Unsendable { .. }
        | BmcError::Unresolvable { .. }
        | BmcError::LockedOut { .. }
        | BmcError::Privilege { .. }
        | BmcError::LoginRefused { .. }
        | BmcError::Completion { .. }
        | BmcError::Malformed { .. }
        | BmcError::UnknownBootDevice { .. }
        | BmcError::TooLong { .. }
        | BmcError::Device { .. }
        | BmcError::DeviceSilent { .. }
        | BmcError::Stopping { .. } => {
            format!("fails: {error}")
        }
    }
}
