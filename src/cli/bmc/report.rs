//! What was found of a BMC, as JSON under names that stay.

use std::net::SocketAddr;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::bmc::{
    BmcError, ChassisStatusResponse, CompletionClass, CredentialsFault, Facts, Findings,
    LastPowerEvent, RestorePolicy, Stage, Survey, Trial, vendor,
};
use crate::cli::text::lines;

/// The order in which people read it.
pub(super) const ORDER: &[&str] = &[
    "name",
    "address",
    "port",
    "presence",
    "ipmi_v2",
    "kg",
    "logins",
    "offered_suites",
    "username",
    "suites",
    "privilege",
    "power_control",
    "vendor",
    "manufacturer_id",
    "product_id",
    "firmware",
    "ipmi_version",
    "guid",
    "power_state",
    "restore_policy",
    "last_power_event",
    "faults",
    "sel_entries",
    "sel_bytes_free",
    "sel_overflow",
    "sessions_possible",
    "sessions_open",
    "quirks",
];

/// What was found without a session. `name` is what `--quiet` prints.
pub(super) fn of_findings(name: &str, at: SocketAddr, findings: &Findings) -> Value {
    let capabilities = findings.capabilities.as_ref();
    let logins = capabilities.map(|c| {
        names(&[
            ("named", c.non_null_usernames_enabled),
            ("null", c.null_usernames_enabled),
            ("anonymous", c.anonymous_login_enabled),
        ])
    });
    json!({
        "name": name,
        "address": at.ip().to_string(),
        "port": at.port(),
        "presence": findings.presence.is_some(),
        "ipmi_v2": capabilities.map(|c| c.ipmi2_connections_supported),
        "kg": capabilities.map(|c| c.kg_status),
        "logins": logins,
        "per_message_authentication": capabilities.map(|c| c.per_message_authentication_enabled),
        "user_level_authentication": capabilities.map(|c| c.user_level_authentication_enabled),
        "offered_suites": findings.suites,
        "quirks": quirks(findings, None),
    })
}

/// What came of the logins. All fields are there, null where nothing is known.
pub(super) fn of_survey(
    username: &str,
    findings: &Findings,
    survey: &Survey,
) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("username", json!(username));
    put("suites", survey.trials.iter().map(of_trial).collect());
    let facts = survey.facts.as_ref();
    let control = facts.and_then(|facts| may_control(&facts.control));
    put("power_control", json!(control));
    let privilege = control.map(|may| if may { "operator" } else { "user" });
    put("privilege", json!(privilege));
    let device = facts.and_then(|facts| facts.device.as_ref());
    put(
        "vendor",
        json!(device.and_then(|id| vendor(id.manufacturer_id))),
    );
    put(
        "manufacturer_id",
        json!(device.map(|id| id.manufacturer_id)),
    );
    put("product_id", json!(device.map(|id| id.product_id)));
    // The minor revision is BCD.
    let firmware =
        device.map(|id| format!("{}.{:02x}", id.major_fw_revision, id.minor_fw_revision));
    put("firmware", json!(firmware));
    let version = device.map(|id| format!("{}.{}", id.major_version, id.minor_version));
    put("ipmi_version", json!(version));
    let guid = facts.and_then(|facts| facts.guid);
    put(
        "guid",
        json!(guid.map(|guid| Uuid::from_bytes(guid).to_string())),
    );
    put(
        "power_state",
        json!(facts.map(|facts| facts.chassis.power.as_str())),
    );
    let chassis = facts.map(|facts| &facts.chassis.response);
    put(
        "restore_policy",
        json!(chassis.map(|c| restore_policy(c.restore_policy))),
    );
    put(
        "last_power_event",
        json!(chassis.map(|c| last_event(&c.last_event))),
    );
    put("faults", json!(chassis.map(faults)));
    let sel = facts.and_then(|facts| facts.sel.as_ref());
    put("sel_entries", json!(sel.map(|sel| sel.entries)));
    put("sel_bytes_free", json!(sel.map(|sel| sel.bytes_free)));
    put("sel_overflow", json!(sel.map(|sel| sel.overflow)));
    let sessions = facts.and_then(|facts| facts.sessions);
    put("sessions_possible", json!(sessions.map(|s| s.possible)));
    put("sessions_open", json!(sessions.map(|s| s.active)));
    put("quirks", json!(quirks(findings, facts)));
    fields
}

/// What the BMC does differently: what it showed to anybody, and in a session.
fn quirks(findings: &Findings, facts: Option<&Facts>) -> Vec<String> {
    let in_session = facts.into_iter().flat_map(|facts| facts.quirks.clone());
    let to_anybody = findings.quirks();
    let mut names: Vec<String> = to_anybody.iter().map(|q| q.as_str().to_owned()).collect();
    names.extend(in_session);
    names
}

/// Whether the account may change the power, where that is known.
pub(super) fn may_control(asked: &Result<(), BmcError>) -> Option<bool> {
    match asked {
        Ok(()) => Some(true),
        Err(
            BmcError::Privilege { .. }
            | BmcError::Completion {
                class: CompletionClass::Privilege,
                ..
            },
        ) => Some(false),
        Err(_) => None,
    }
}

/// The suites of the text, a line each.
pub(super) fn special(field: &str, value: &Value) -> Option<String> {
    let suites = value.as_array().filter(|_| field == "suites")?;
    Some(lines(suites, |trial| {
        let text = |name: &str| trial.get(name).and_then(Value::as_str).unwrap_or_default();
        let number = trial
            .get("suite")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        match text("error") {
            "" => format!("{number} {}", text("outcome")),
            error => format!("{number} {}: {error}", text("outcome")),
        }
    }))
}

fn of_trial(trial: &Trial) -> Value {
    let (outcome, error) = match &trial.outcome {
        Ok(()) => ("works", None),
        Err(error) => (outcome(error), told(error)),
    };
    json!({
        "suite": u8::from(trial.suite),
        "works": trial.outcome.is_ok(),
        "outcome": outcome,
        "error": error,
    })
}

fn outcome(error: &BmcError) -> &'static str {
    match error {
        BmcError::Credentials { fault, .. } => match fault {
            CredentialsFault::Username(_) => "refuses the user name",
            CredentialsFault::Password | CredentialsFault::PasswordRefused(_) => {
                "refuses the password"
            }
            CredentialsFault::Kg => "wants another BMC key (K_G)",
            CredentialsFault::KgMissing => "wants a BMC key (K_G)",
        },
        BmcError::SuitesRefused { .. } => "is refused",
        BmcError::NoFreeSession { .. } => "finds no free session",
        BmcError::Privilege { .. } => "refuses the privilege",
        BmcError::Silent {
            stage: Stage::OpenSession | Stage::FirstLogin,
            ..
        } => "gets no answer",
        BmcError::Silent { .. }
        | BmcError::Resting { .. }
        | BmcError::Unsendable { .. }
        | BmcError::Unresolvable { .. }
        | BmcError::LockedOut { .. }
        | BmcError::LoginRefused { .. }
        | BmcError::Completion { .. }
        | BmcError::Malformed { .. }
        | BmcError::UnknownBootDevice { .. }
        | BmcError::TooLong { .. }
        | BmcError::NoSuchUser { .. }
        | BmcError::Device { .. }
        | BmcError::DeviceSilent { .. }
        | BmcError::Stopping { .. }
        | BmcError::CalledOff { .. } => "fails",
    }
}

/// The daemon's sentence, where the outcome does not say it all. It speaks of a node's settings.
fn told(error: &BmcError) -> Option<String> {
    (outcome(error) == "fails").then(|| error.to_string())
}

fn restore_policy(policy: RestorePolicy) -> Option<&'static str> {
    match policy {
        RestorePolicy::AlwaysOff => Some("always-off"),
        RestorePolicy::Previous => Some("previous"),
        RestorePolicy::AlwaysOn => Some("always-on"),
        RestorePolicy::Unknown => None,
    }
}

fn last_event(event: &LastPowerEvent) -> Vec<&'static str> {
    names(&[
        ("AC failed", event.ac_failed),
        ("overload", event.overload),
        ("interlock", event.interlock),
        ("power fault", event.power_fault),
        ("turned on by command", event.on_by_command),
    ])
}

fn faults(chassis: &ChassisStatusResponse) -> Vec<&'static str> {
    names(&[
        ("overload", chassis.overload),
        ("interlock", chassis.interlock),
        ("power fault", chassis.power_fault),
        ("power control fault", chassis.control_fault),
        ("fan fault", chassis.fan_fault),
        ("drive fault", chassis.drive_fault),
        ("front panel locked", chassis.front_panel_lockout),
        ("chassis open", chassis.intrusion),
    ])
}

fn names(flags: &[(&'static str, bool)]) -> Vec<&'static str> {
    let set = flags.iter().filter(|(_, set)| *set);
    set.map(|(name, _)| *name).collect()
}
