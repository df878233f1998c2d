//! What is different between two settings, and from when on that counts.

use std::fmt::Debug;

use super::keys::{self, Number, Other};
use super::settings::{
    ApiSettings, EventSettings, KeystoneSettings, LimitSettings, LogSettings, NetbootSettings,
    PowerSettings, Settings, TlsFiles,
};

/// From when on a change counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// From the reload on.
    Reload,
    /// From the next start on.
    Start,
}

/// The keys whose values are others, by the effect of the change, each in the order of the shipped file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Those that count from the reload on.
    pub at_reload: Vec<&'static str>,
    /// Those that count from the next start on.
    pub at_start: Vec<&'static str>,
}

/// A key, when it counts, and its value in a form that can be compared.
pub(super) type Row = (&'static str, Effect, String);

/// What is different.
pub fn changes(before: &Settings, after: &Settings) -> Changes {
    let mut changes = Changes::default();
    for ((key, effect, was), (_, _, is)) in rows(before).into_iter().zip(rows(after)) {
        match effect {
            _ if was == is || is_told_by_the_url(key, &was, &is) => {}
            Effect::Reload => changes.at_reload.push(key),
            Effect::Start => changes.at_start.push(key),
        }
    }
    changes
}

/// Where there is no Keystone before or after, its other settings say nothing.
fn is_told_by_the_url(key: &str, was: &str, is: &str) -> bool {
    const NONE: &str = "None";
    let is_of_keystone = key.starts_with("auth.keystone.") && key != keys::KEYSTONE_URL.key;
    is_of_keystone && (was == NONE || is == NONE)
}

/// All keys with their values. Each field is named, so that a new one cannot be forgotten.
pub(super) fn rows(settings: &Settings) -> Vec<Row> {
    let Settings {
        state_dir,
        api,
        keystone,
        power,
        netboot,
        limits: LimitSettings {
            instances_per_project,
        },
        events: EventSettings { keep },
        log: LogSettings { level, format },
    } = settings;
    let mut rows = vec![of(&keys::STATE_DIR, Effect::Start, state_dir)];
    rows.extend(api_rows(api));
    rows.extend(keystone_rows(keystone.as_ref()));
    rows.extend(power_rows(power));
    rows.extend(netboot_rows(netboot));
    rows.extend([
        count(
            &keys::INSTANCES_PER_PROJECT,
            Effect::Reload,
            instances_per_project,
        ),
        count(&keys::KEEP_EVENTS, Effect::Reload, keep),
        of(&keys::LOG_LEVEL, Effect::Reload, level),
        of(&keys::LOG_FORMAT, Effect::Start, format),
    ]);
    rows
}

fn api_rows(settings: &ApiSettings) -> Vec<Row> {
    use Effect::{Reload, Start};
    let ApiSettings {
        unix_socket,
        unix_socket_group,
        unix_socket_mode,
        listen,
        allow_insecure_tcp,
        tls,
        public_url,
        trusted_proxies,
        max_body_bytes,
        failed_sign_ins_per_min,
        max_connections,
        drain,
        request_rate,
    } = settings;
    let file = |which: fn(&TlsFiles) -> Option<&std::path::PathBuf>| tls.as_ref().and_then(which);
    vec![
        of(&keys::UNIX_SOCKET, Start, unix_socket),
        of(&keys::UNIX_SOCKET_GROUP, Start, unix_socket_group),
        of(&keys::UNIX_SOCKET_MODE, Start, unix_socket_mode),
        of(&keys::LISTEN, Start, listen),
        of(
            &keys::TLS_CERTIFICATE,
            Start,
            &file(|of| Some(&of.certificate)),
        ),
        of(&keys::TLS_KEY, Start, &file(|of| Some(&of.key))),
        of(
            &keys::TLS_CLIENT_CA,
            Start,
            &file(|of| of.client_ca.as_ref()),
        ),
        of(&keys::ALLOW_INSECURE_TCP, Start, allow_insecure_tcp),
        of(&keys::PUBLIC_URL, Reload, public_url),
        of(&keys::TRUSTED_PROXIES, Reload, trusted_proxies),
        count(&keys::MAX_BODY, Reload, max_body_bytes),
        count(&keys::FAILED_SIGN_INS, Reload, failed_sign_ins_per_min),
        count(&keys::MAX_CONNECTIONS, Start, max_connections),
        count(&keys::DRAIN, Start, drain),
        count(&keys::REQUESTS, Reload, &request_rate.map(|of| of.per_sec)),
        count(
            &keys::REQUEST_BURST,
            Reload,
            &request_rate.map(|of| of.burst),
        ),
    ]
}

fn keystone_rows(settings: Option<&KeystoneSettings>) -> Vec<Row> {
    // Whether http was accepted is no value of its own: the address says it.
    let mut rows = vec![of(&keys::KEYSTONE_INSECURE, Effect::Reload, &())];
    macro_rules! row {
        ($key:ident, $field:ident) => {
            rows.push((
                keys::$key.key,
                Effect::Reload,
                format!("{:?}", settings.map(|of| &of.$field)),
            ))
        };
    }
    row!(KEYSTONE_URL, url);
    row!(KEYSTONE_CA, ca_file);
    row!(KEYSTONE_USER, username);
    row!(KEYSTONE_USER_DOMAIN, user_domain);
    row!(KEYSTONE_PASSWORD, password_file);
    row!(KEYSTONE_PROJECT, project_name);
    row!(KEYSTONE_PROJECT_DOMAIN, project_domain);
    row!(KEYSTONE_ADMINS, admin_roles);
    row!(KEYSTONE_MEMBERS, member_roles);
    row!(KEYSTONE_READERS, reader_roles);
    row!(KEYSTONE_CACHE, cache);
    row!(KEYSTONE_TIMEOUT, timeout);
    rows
}

fn power_rows(settings: &PowerSettings) -> Vec<Row> {
    use Effect::{Reload, Start};
    let PowerSettings {
        poll_interval,
        max_in_flight,
        change_deadline,
        soft_deadline,
        transition_grace,
        unreachable_after_misses,
        backoff_max,
        packets_per_sec,
        poll_session,
        min_off,
        own_guid,
        budgets,
    } = settings;
    vec![
        count(&keys::POLL_INTERVAL, Reload, poll_interval),
        count(&keys::MAX_IN_FLIGHT, Start, max_in_flight),
        count(&keys::CHANGE_DEADLINE, Reload, change_deadline),
        count(&keys::SOFT_DEADLINE, Reload, soft_deadline),
        count(&keys::TRANSITION_GRACE, Reload, transition_grace),
        count(&keys::UNREACHABLE_AFTER, Reload, unreachable_after_misses),
        count(&keys::BACKOFF_MAX, Reload, backoff_max),
        count(&keys::PACKETS, Reload, packets_per_sec),
        count(&keys::POLL_SESSION, Reload, poll_session),
        count(&keys::MIN_OFF, Reload, min_off),
        of(&keys::OWN_GUID, Start, own_guid),
        of(&keys::BUDGETS, Reload, budgets),
    ]
}

fn netboot_rows(settings: &NetbootSettings) -> Vec<Row> {
    use Effect::{Reload, Start};
    let NetbootSettings {
        listen,
        url,
        dhcp_dir,
        scrub_image,
        fetch_deadline,
        script_deadline,
        kernel_deadline,
        data_deadline,
        phone_home_deadline,
        retries,
        window,
        max_file_bytes,
        max_store_bytes,
        keep_unused,
    } = settings;
    vec![
        of(&keys::NETBOOT_LISTEN, Start, listen),
        of(&keys::NETBOOT_URL, Start, url),
        of(&keys::NETBOOT_DHCP_DIR, Start, dhcp_dir),
        of(&keys::NETBOOT_SCRUB_IMAGE, Reload, scrub_image),
        count(&keys::NETBOOT_FETCH, Reload, fetch_deadline),
        count(&keys::NETBOOT_SCRIPT, Reload, script_deadline),
        count(&keys::NETBOOT_KERNEL, Reload, kernel_deadline),
        count(&keys::NETBOOT_DATA, Reload, data_deadline),
        count(&keys::NETBOOT_PHONE_HOME, Reload, phone_home_deadline),
        count(&keys::NETBOOT_RETRIES, Reload, retries),
        count(&keys::NETBOOT_WINDOW, Reload, window),
        count(&keys::NETBOOT_MAX_FILE, Reload, max_file_bytes),
        count(&keys::NETBOOT_MAX_STORE, Reload, max_store_bytes),
        count(&keys::NETBOOT_KEEP, Reload, keep_unused),
    ]
}

fn of(key: &Other, effect: Effect, value: &impl Debug) -> Row {
    (key.key, effect, format!("{value:?}"))
}

fn count(key: &Number, effect: Effect, value: &impl Debug) -> Row {
    (key.key, effect, format!("{value:?}"))
}
