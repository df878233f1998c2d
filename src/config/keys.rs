//! What each key accepts, in the words that a message uses after "write".

/// A key that takes a whole number.
pub(super) struct Number {
    /// The full name.
    pub(super) key: &'static str,
    /// The smallest value that is accepted.
    pub(super) min: u32,
    /// The largest value that is accepted.
    pub(super) max: u32,
    /// What is counted, in the plural.
    pub(super) unit: &'static str,
}

/// A key that takes something else.
pub(super) struct Other {
    /// The full name.
    pub(super) key: &'static str,
    /// What to write.
    pub(super) write: &'static str,
}

const DAY: u32 = 86_400;

const fn number(key: &'static str, min: u32, max: u32, unit: &'static str) -> Number {
    Number {
        key,
        min,
        max,
        unit,
    }
}

const fn other(key: &'static str, write: &'static str) -> Other {
    Other { key, write }
}

pub(super) const MAX_BODY: Number = number("api.max_body_bytes", 1024, 64 << 20, "bytes");
pub(super) const FAILED_SIGN_INS: Number =
    number("api.failed_sign_ins_per_min", 1, 1_000_000, "sign-ins");
pub(super) const MAX_CONNECTIONS: Number = number("api.max_connections", 1, 65_536, "connections");
pub(super) const DRAIN: Number = number("api.drain_secs", 0, 3600, "seconds");
pub(super) const REQUESTS: Number = number("api.requests_per_sec", 0, 1_000_000, "requests");
pub(super) const REQUEST_BURST: Number = number("api.request_burst", 1, 1_000_000, "requests");
pub(super) const POLL_INTERVAL: Number = number("power.poll_interval_secs", 1, DAY, "seconds");
pub(super) const MAX_IN_FLIGHT: Number = number("power.max_in_flight", 1, 65_536, "BMCs");
pub(super) const CHANGE_DEADLINE: Number = number("power.change_deadline_secs", 1, DAY, "seconds");
pub(super) const SOFT_DEADLINE: Number = number("power.soft_deadline_secs", 1, DAY, "seconds");
pub(super) const TRANSITION_GRACE: Number =
    number("power.transition_grace_secs", 1, 3600, "seconds");
pub(super) const UNREACHABLE_AFTER: Number =
    number("power.unreachable_after_misses", 1, 1000, "misses");
pub(super) const BACKOFF_MAX: Number = number("power.backoff_max_secs", 1, DAY, "seconds");
pub(super) const PACKETS: Number = number("power.packets_per_sec", 10, 1_000_000, "packets");
pub(super) const POLL_SESSION: Number = number("power.poll_session_secs", 0, 3600, "seconds");
pub(super) const MIN_OFF: Number = number("power.min_off_secs", 0, 3600, "seconds");
pub(super) const INSTANCES_PER_PROJECT: Number =
    number("limits.instances_per_project", 0, 1_000_000, "instances");
pub(super) const KEEP_EVENTS: Number = number("events.keep_hours", 1, 87_600, "hours");

pub(super) const BUDGET_POWER_ONS: Number =
    number("power.budgets.max_power_ons", 1, 100_000, "power-ons");
pub(super) const BUDGET_WATTS: Number = number("power.budgets.max_watts", 1, 100_000_000, "watts");
pub(super) const BUDGET_PER: Number = number("power.budgets.per_secs", 1, 3600, "seconds");

pub(super) const KEYSTONE_CACHE: Number = number("auth.keystone.cache_secs", 1, 3600, "seconds");
pub(super) const KEYSTONE_TIMEOUT: Number = number("auth.keystone.timeout_secs", 1, 60, "seconds");

pub(super) const NETBOOT_FETCH: Number = number("netboot.fetch_deadline_secs", 1, DAY, "seconds");
pub(super) const NETBOOT_SCRIPT: Number = number("netboot.script_deadline_secs", 1, DAY, "seconds");
pub(super) const NETBOOT_KERNEL: Number = number("netboot.kernel_deadline_secs", 1, DAY, "seconds");
pub(super) const NETBOOT_DATA: Number = number("netboot.data_deadline_secs", 1, DAY, "seconds");
pub(super) const NETBOOT_PHONE_HOME: Number =
    number("netboot.phone_home_deadline_secs", 1, 7 * DAY, "seconds");
pub(super) const NETBOOT_RETRIES: Number = number("netboot.retries", 0, 10, "retries");
pub(super) const NETBOOT_WINDOW: Number = number("netboot.window_secs", 1, DAY, "seconds");
pub(super) const NETBOOT_MAX_FILE: Number = number("netboot.max_file_mib", 1, 1 << 20, "MiB");
pub(super) const NETBOOT_MAX_STORE: Number = number("netboot.max_store_mib", 1, 1 << 30, "MiB");
pub(super) const NETBOOT_KEEP: Number = number("netboot.keep_unused_hours", 0, 87_600, "hours");

/// All keys with numbers.
pub(super) const NUMBERS: [Number; 33] = [
    MAX_BODY,
    FAILED_SIGN_INS,
    MAX_CONNECTIONS,
    DRAIN,
    REQUESTS,
    REQUEST_BURST,
    POLL_INTERVAL,
    MAX_IN_FLIGHT,
    CHANGE_DEADLINE,
    SOFT_DEADLINE,
    TRANSITION_GRACE,
    UNREACHABLE_AFTER,
    BACKOFF_MAX,
    PACKETS,
    POLL_SESSION,
    MIN_OFF,
    INSTANCES_PER_PROJECT,
    KEEP_EVENTS,
    BUDGET_POWER_ONS,
    BUDGET_WATTS,
    BUDGET_PER,
    KEYSTONE_CACHE,
    KEYSTONE_TIMEOUT,
    NETBOOT_FETCH,
    NETBOOT_SCRIPT,
    NETBOOT_KERNEL,
    NETBOOT_DATA,
    NETBOOT_PHONE_HOME,
    NETBOOT_RETRIES,
    NETBOOT_WINDOW,
    NETBOOT_MAX_FILE,
    NETBOOT_MAX_STORE,
    NETBOOT_KEEP,
];

pub(super) const STATE_DIR: Other = other(
    "state_dir",
    "the absolute path of a directory, such as \"/var/lib/ostler\"",
);
pub(super) const UNIX_SOCKET: Other = other(
    "api.unix_socket",
    "an absolute path of at most 100 bytes, such as \"/run/ostler/ostler.sock\", or \"\" for no Unix socket",
);
pub(super) const UNIX_SOCKET_GROUP: Other = other(
    "api.unix_socket_group",
    "the name of a group, such as \"ostler\"",
);
pub(super) const UNIX_SOCKET_MODE: Other = other(
    "api.unix_socket_mode",
    "an octal mode that lets the owner read and write, as text, such as \"0660\"",
);
pub(super) const LISTEN: Other = other(
    "api.listen",
    "a list of addresses with ports, such as [\"127.0.0.1:6688\", \"[::1]:6688\"], or [] for no TCP",
);
pub(super) const ALLOW_INSECURE_TCP: Other = other("api.allow_insecure_tcp", "true or false");
pub(super) const TLS_CERTIFICATE: Other = other(
    "api.tls_certificate",
    "the absolute path of a PEM file, such as \"/etc/ostler/tls/cert.pem\", or the name of a systemd credential, or \"\" for \
     no TLS",
);
pub(super) const TLS_CLIENT_CA: Other = other(
    "api.tls_client_ca",
    "the absolute path of a PEM file, such as \"/etc/ostler/tls/clients.pem\", or the name of a systemd credential, or \"\" \
     for no client certificates",
);
pub(super) const TLS_KEY: Other = other(
    "api.tls_key",
    "the absolute path of a PEM file, such as \"/etc/ostler/tls/key.pem\", or the name of a systemd credential, or \"\" for \
     no TLS",
);
pub(super) const PUBLIC_URL: Other = other(
    "api.public_url",
    "the URL under which clients see the API, such as \"https://ostler.example.com\", or \"\" for what the client used",
);
pub(super) const TRUSTED_PROXIES: Other = other(
    "api.trusted_proxies",
    "a list of addresses or networks, such as [\"10.0.0.5\", \"fd00::/8\"]",
);
pub(super) const LOG_LEVEL: Other = other(
    "log.level",
    "one of \"trace\", \"debug\", \"info\", \"warn\", \"error\", or a filter such as \"info,ostler::bmc=debug\"",
);
pub(super) const LOG_FORMAT: Other = other(
    "log.format",
    "one of \"auto\", \"plain\", \"json\", \"journal\"",
);

pub(super) const OWN_GUID: Other = other(
    "power.own_guid",
    "a GUID as ostler bmc probe shows it, or \"\" to ask the machine's own BMC",
);
pub(super) const BUDGETS: Other = other(
    "power.budgets",
    "a list of tables, such as [{ zone = \"az1\", max_power_ons = 20, per_secs = 10 }]",
);
pub(super) const BUDGET_ZONE: Other = other(
    "power.budgets.zone",
    "the name of an availability zone, such as \"az1\"",
);
pub(super) const BUDGET_GROUP: Other = other(
    "power.budgets.power_group",
    "a value of the nodes' capability power_group, such as \"feed-a\"",
);

pub(super) const KEYSTONE_URL: Other = other(
    "auth.keystone.url",
    "the URL of Keystone's v3 API, such as \"https://keystone.example.com:5000/v3\", or \"\" for no Keystone",
);
pub(super) const KEYSTONE_INSECURE: Other =
    other("auth.keystone.allow_insecure_http", "true or false");
pub(super) const KEYSTONE_CA: Other = other(
    "auth.keystone.ca_file",
    "the absolute path of a PEM file, such as \"/etc/ostler/keystone-ca.pem\", or the name of a systemd credential, or \"\" for \
     the authorities that this machine trusts",
);
pub(super) const KEYSTONE_USER: Other = other(
    "auth.keystone.username",
    "the name of the user that the daemon signs in as, such as \"ostler\"",
);
pub(super) const KEYSTONE_USER_DOMAIN: Other = other(
    "auth.keystone.user_domain",
    "the name of the domain of that user, such as \"Default\"",
);
pub(super) const KEYSTONE_PASSWORD: Other = other(
    "auth.keystone.password_file",
    "the absolute path of a file with that user's password, such as \"/etc/ostler/keystone-password\", or the name of a \
     systemd credential",
);
pub(super) const KEYSTONE_PROJECT: Other = other(
    "auth.keystone.project_name",
    "the name of the project that the daemon signs in for, such as \"service\"",
);
pub(super) const KEYSTONE_PROJECT_DOMAIN: Other = other(
    "auth.keystone.project_domain",
    "the name of the domain of that project, such as \"Default\"",
);
pub(super) const KEYSTONE_ADMINS: Other = other(
    "auth.keystone.admin_roles",
    "a list of names of Keystone's roles, such as [\"admin\"], or [] for none",
);
pub(super) const KEYSTONE_MEMBERS: Other = other(
    "auth.keystone.member_roles",
    "a list of names of Keystone's roles, such as [\"member\"], or [] for none",
);
pub(super) const KEYSTONE_READERS: Other = other(
    "auth.keystone.reader_roles",
    "a list of names of Keystone's roles, such as [\"reader\"], or [] for none",
);

pub(super) const NETBOOT_LISTEN: Other = other(
    "netboot.listen",
    "a list of addresses with ports, such as [\"10.0.0.1:6680\"], or [] for no network boot",
);
pub(super) const NETBOOT_URL: Other = other(
    "netboot.url",
    "the URL under which machines reach the boot service, such as \"http://10.0.0.1:6680\", or \"\" for the address that is \
     listened on",
);
pub(super) const NETBOOT_DHCP_DIR: Other = other(
    "netboot.dhcp_dir",
    "the absolute path of a directory that dnsmasq watches, such as \"/var/cache/ostler/dhcp\", or \"\" for none",
);
pub(super) const NETBOOT_SCRUB_IMAGE: Other = other(
    "netboot.scrub_image",
    "the name or UUID of an image of kind scrub, or \"\" to free machines as they are",
);

/// All keys that take something other than a number.
pub(super) const OTHERS: [Other; 32] = [
    STATE_DIR,
    UNIX_SOCKET,
    UNIX_SOCKET_GROUP,
    UNIX_SOCKET_MODE,
    LISTEN,
    ALLOW_INSECURE_TCP,
    TLS_CERTIFICATE,
    TLS_KEY,
    TLS_CLIENT_CA,
    PUBLIC_URL,
    TRUSTED_PROXIES,
    LOG_LEVEL,
    LOG_FORMAT,
    OWN_GUID,
    BUDGETS,
    BUDGET_ZONE,
    BUDGET_GROUP,
    KEYSTONE_URL,
    KEYSTONE_INSECURE,
    KEYSTONE_CA,
    KEYSTONE_USER,
    KEYSTONE_USER_DOMAIN,
    KEYSTONE_PASSWORD,
    KEYSTONE_PROJECT,
    KEYSTONE_PROJECT_DOMAIN,
    KEYSTONE_ADMINS,
    KEYSTONE_MEMBERS,
    KEYSTONE_READERS,
    NETBOOT_LISTEN,
    NETBOOT_URL,
    NETBOOT_DHCP_DIR,
    NETBOOT_SCRUB_IMAGE,
];

impl Number {
    /// What to write.
    pub(super) fn advice(&self) -> String {
        format!(
            "a whole number of {} from {} to {}",
            self.unit, self.min, self.max
        )
    }
}

/// What to write for `key`, where it is one that exists.
pub(super) fn advice(key: &str) -> Option<String> {
    let number = NUMBERS.iter().find(|number| number.key == key);
    let other = OTHERS.iter().find(|other| other.key == key);
    number
        .map(Number::advice)
        .or_else(|| other.map(|other| other.write.to_owned()))
}
