//! What one settings file may say. Nothing is checked here but the shape; every value keeps its place in the text.

use serde::Deserialize;
use toml::Spanned;

/// A value, if the file has it, with its place.
pub(super) type Entry<T> = Option<Spanned<T>>;

/// A list whose items have places of their own.
pub(super) type List = Vec<Spanned<String>>;

/// One file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Fragment {
    pub(super) state_dir: Entry<String>,
    pub(super) api: ApiFragment,
    pub(super) auth: AuthFragment,
    pub(super) power: PowerFragment,
    pub(super) netboot: NetbootFragment,
    pub(super) limits: LimitsFragment,
    pub(super) events: EventsFragment,
    pub(super) log: LogFragment,
}

/// The section `[api]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ApiFragment {
    pub(super) unix_socket: Entry<String>,
    pub(super) unix_socket_group: Entry<String>,
    pub(super) unix_socket_mode: Entry<String>,
    pub(super) listen: Entry<List>,
    pub(super) allow_insecure_tcp: Entry<bool>,
    pub(super) tls_certificate: Entry<String>,
    pub(super) tls_key: Entry<String>,
    pub(super) tls_client_ca: Entry<String>,
    pub(super) public_url: Entry<String>,
    pub(super) trusted_proxies: Entry<List>,
    pub(super) max_body_bytes: Entry<i64>,
    pub(super) failed_sign_ins_per_min: Entry<i64>,
    pub(super) max_connections: Entry<i64>,
    pub(super) drain_secs: Entry<i64>,
    pub(super) requests_per_sec: Entry<i64>,
    pub(super) request_burst: Entry<i64>,
}

/// The section `[auth]`, which has nothing but sections.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AuthFragment {
    pub(super) keystone: KeystoneFragment,
}

/// The section `[auth.keystone]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct KeystoneFragment {
    pub(super) url: Entry<String>,
    pub(super) allow_insecure_http: Entry<bool>,
    pub(super) ca_file: Entry<String>,
    pub(super) username: Entry<String>,
    pub(super) user_domain: Entry<String>,
    pub(super) password_file: Entry<String>,
    pub(super) project_name: Entry<String>,
    pub(super) project_domain: Entry<String>,
    pub(super) admin_roles: Entry<List>,
    pub(super) member_roles: Entry<List>,
    pub(super) reader_roles: Entry<List>,
    pub(super) cache_secs: Entry<i64>,
    pub(super) timeout_secs: Entry<i64>,
}

/// The section `[power]`. Numbers are signed here so that a negative one is told its range.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PowerFragment {
    pub(super) poll_interval_secs: Entry<i64>,
    pub(super) max_in_flight: Entry<i64>,
    pub(super) change_deadline_secs: Entry<i64>,
    pub(super) soft_deadline_secs: Entry<i64>,
    pub(super) transition_grace_secs: Entry<i64>,
    pub(super) unreachable_after_misses: Entry<i64>,
    pub(super) backoff_max_secs: Entry<i64>,
    pub(super) packets_per_sec: Entry<i64>,
    pub(super) poll_session_secs: Entry<i64>,
    pub(super) min_off_secs: Entry<i64>,
    pub(super) own_guid: Entry<String>,
    pub(super) budgets: Entry<Vec<BudgetFragment>>,
}

/// An entry of `[[power.budgets]]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct BudgetFragment {
    pub(super) zone: Entry<String>,
    pub(super) power_group: Entry<String>,
    pub(super) max_power_ons: Entry<i64>,
    pub(super) max_watts: Entry<i64>,
    pub(super) per_secs: Entry<i64>,
}

/// The section `[netboot]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct NetbootFragment {
    pub(super) listen: Entry<List>,
    pub(super) url: Entry<String>,
    pub(super) dhcp_dir: Entry<String>,
    pub(super) scrub_image: Entry<String>,
    pub(super) fetch_deadline_secs: Entry<i64>,
    pub(super) script_deadline_secs: Entry<i64>,
    pub(super) kernel_deadline_secs: Entry<i64>,
    pub(super) data_deadline_secs: Entry<i64>,
    pub(super) phone_home_deadline_secs: Entry<i64>,
    pub(super) retries: Entry<i64>,
    pub(super) window_secs: Entry<i64>,
    pub(super) max_file_mib: Entry<i64>,
    pub(super) max_store_mib: Entry<i64>,
    pub(super) keep_unused_hours: Entry<i64>,
}

/// The section `[limits]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LimitsFragment {
    pub(super) instances_per_project: Entry<i64>,
}

/// The section `[events]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct EventsFragment {
    pub(super) keep_hours: Entry<i64>,
}

/// The section `[log]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LogFragment {
    pub(super) level: Entry<String>,
    pub(super) format: Entry<String>,
}
