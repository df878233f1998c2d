//! The settings as the program uses them, with their defaults.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use uuid::Uuid;

/// All settings, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where the database is. Absolute.
    pub state_dir: PathBuf,
    /// How the API is offered.
    pub api: ApiSettings,
    /// Whose tokens count besides the daemon's own; `None` for nobody's.
    pub keystone: Option<KeystoneSettings>,
    /// How machines are watched and changed.
    pub power: PowerSettings,
    /// How machines are booted over the network.
    pub netboot: NetbootSettings,
    /// How much each project may have.
    pub limits: LimitSettings,
    /// What is kept of what happened.
    pub events: EventSettings,
    /// How the daemon logs.
    pub log: LogSettings,
}

/// How the API is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiSettings {
    /// The path of the Unix socket, absolute and at most 100 bytes; `None` for no Unix socket.
    pub unix_socket: Option<PathBuf>,
    /// The group that may connect to the Unix socket.
    pub unix_socket_group: String,
    /// The mode of the Unix socket, such as `0o660`.
    pub unix_socket_mode: u32,
    /// Where TCP is served; empty for no TCP. Without [`ApiSettings::tls`] and [`ApiSettings::allow_insecure_tcp`] only
    /// loopback addresses.
    pub listen: Vec<SocketAddr>,
    /// Whether TCP without TLS may leave this machine.
    pub allow_insecure_tcp: bool,
    /// What makes all of [`ApiSettings::listen`] speak TLS; `None` for no TLS.
    pub tls: Option<TlsFiles>,
    /// The base of links, without a slash at its end; `None` for the one that the client used.
    pub public_url: Option<String>,
    /// Whose `X-Forwarded-*` headers count.
    pub trusted_proxies: Vec<IpNet>,
    /// The largest request body, in bytes.
    pub max_body_bytes: usize,
    /// How many failed sign-ins a minute one address may have before it has to wait.
    pub failed_sign_ins_per_min: u32,
    /// How many connections each listener has at a time; one more takes the place of an idle one.
    pub max_connections: usize,
    /// How long requests under way may take when the daemon stops.
    pub drain: Duration,
    /// How many requests each client may send in a second; `None` for any number.
    pub request_rate: Option<RequestRate>,
}

/// How many requests a client may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestRate {
    /// In a second, for as long as it likes.
    pub per_sec: u32,
    /// At once, after it was quiet for a while.
    pub burst: u32,
}

/// Where the certificate and its key are: absolute paths, or names of the service's credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, followed by those that it was signed with, in PEM.
    pub certificate: PathBuf,
    /// Its private key, in PEM.
    pub key: PathBuf,
    /// The authorities whose certificates clients may sign in with, in PEM; `None` for no client certificates.
    pub client_ca: Option<PathBuf>,
}

/// The Keystone whose tokens count, and what they may do here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeystoneSettings {
    /// Its v3 API, without a slash at its end. `https`, or `http` on loopback or where the settings accept that.
    pub url: String,
    /// Whom to trust that it is Keystone: the absolute path of a PEM file, or the name of a credential of the service; `None`
    /// for the authorities that this machine trusts.
    pub ca_file: Option<PathBuf>,
    /// The user that the daemon signs in as.
    pub username: String,
    /// The name of its domain.
    pub user_domain: String,
    /// Where its password is: an absolute path, or the name of a credential of the service.
    pub password_file: PathBuf,
    /// The project that the daemon signs in for.
    pub project_name: String,
    /// The name of its domain.
    pub project_domain: String,
    /// Which of Keystone's roles make an admin here.
    pub admin_roles: Vec<String>,
    /// Which make a member.
    pub member_roles: Vec<String>,
    /// Which make a reader.
    pub reader_roles: Vec<String>,
    /// How long what Keystone said of a token is believed. At least a second.
    pub cache: Duration,
    /// How long Keystone may take.
    pub timeout: Duration,
}

/// How machines are watched and changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PowerSettings {
    /// How often each machine's power is read.
    pub poll_interval: Duration,
    /// How many BMCs are spoken to at a time.
    pub max_in_flight: usize,
    /// How long a power change may take, unless the client says.
    pub change_deadline: Duration,
    /// How long a soft power change may take, unless the client says.
    pub soft_deadline: Duration,
    /// How long the old state is believed after a chassis command before the command is sent again.
    pub transition_grace: Duration,
    /// After how many reads without an answer the power of a machine is unknown.
    pub unreachable_after_misses: u32,
    /// The longest pause between reads of a BMC that does not answer.
    pub backoff_max: Duration,
    /// How many packets leave to all BMCs together in a second.
    pub packets_per_sec: u32,
    /// How long a session is kept open after a read; zero closes it at once.
    pub poll_session: Duration,
    /// How long a machine is off before it is turned on again, unless its node says.
    pub min_off: Duration,
    /// The GUID of the machine that the daemon runs on; `None` to ask its own BMC.
    pub own_guid: Option<Uuid>,
    /// How many machines may be turned on at a time; each that covers a machine holds for it.
    pub budgets: Vec<PowerOnBudget>,
}

/// So many power-ons, or so many watts, in a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PowerOnBudget {
    /// Only machines in this availability zone count; `None` for all zones.
    pub zone: Option<String>,
    /// Only machines with this value of the capability `power_group` count; `None` for all.
    pub power_group: Option<String>,
    /// At most so many machines are turned on within [`PowerOnBudget::per`].
    pub power_ons: Option<u32>,
    /// At most so many watts, by the machines' capability `watts`, are turned on within [`PowerOnBudget::per`].
    pub watts: Option<u32>,
    /// The time.
    pub per: Duration,
}

impl PowerOnBudget {
    /// Whether a machine in this zone and this group counts.
    pub fn covers(&self, zone: &str, power_group: Option<&str>) -> bool {
        self.zone.as_deref().is_none_or(|of| of == zone)
            && (self.power_group.is_none() || self.power_group.as_deref() == power_group)
    }
}

/// How machines are booted over the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetbootSettings {
    /// Where the boot service is, in plain HTTP; empty for no network boot.
    pub listen: Vec<SocketAddr>,
    /// The base of the URLs that machines are given, without a slash at its end; `None` for the one address of `listen`.
    pub url: Option<String>,
    /// Where dnsmasq's files are written; `None` for nowhere. Absolute.
    pub dhcp_dir: Option<PathBuf>,
    /// The name or id of the image that wipes machines of deleted instances; `None` to free them as they are.
    pub scrub_image: Option<String>,
    /// How long getting kernel and initrd may take.
    pub fetch_deadline: Duration,
    /// How long a machine may take from its power-on to asking for its boot script.
    pub script_deadline: Duration,
    /// From there to asking for its kernel.
    pub kernel_deadline: Duration,
    /// From there to asking for its data.
    pub data_deadline: Duration,
    /// From there to phoning home.
    pub phone_home_deadline: Duration,
    /// How often a machine is set up again that asks for no boot script.
    pub retries: u32,
    /// How long a machine is served on whose deploy was done at its power-on.
    pub window: Duration,
    /// The largest kernel or initrd, in bytes.
    pub max_file_bytes: u64,
    /// The size of all of them together, in bytes.
    pub max_store_bytes: u64,
    /// How long files are kept that nothing uses.
    pub keep_unused: Duration,
}

impl Default for NetbootSettings {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            url: None,
            dhcp_dir: None,
            scrub_image: None,
            fetch_deadline: Duration::from_secs(1800),
            script_deadline: Duration::from_secs(900),
            kernel_deadline: Duration::from_secs(600),
            data_deadline: Duration::from_secs(900),
            phone_home_deadline: Duration::from_secs(3600),
            retries: 1,
            window: Duration::from_secs(3600),
            max_file_bytes: 4 << 30,
            max_store_bytes: 64 << 30,
            keep_unused: Duration::from_secs(7 * 24 * 60 * 60),
        }
    }
}

/// How much each project may have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LimitSettings {
    /// How many instances a project may have that has no limit of its own; `None` for any number.
    pub instances_per_project: Option<u32>,
}

/// What is kept of what happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSettings {
    /// How long events are kept.
    pub keep: Duration,
}

/// How the daemon logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// A level or a list of filter directives that `tracing_subscriber::EnvFilter` accepts.
    pub level: String,
    /// Where to and in what form.
    pub format: LogFormat,
}

/// Where log lines go and in what form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// The journal where standard error leads there, else plain lines.
    Auto,
    /// Lines for people, on standard error.
    Plain,
    /// A JSON object a line, on standard error.
    Json,
    /// The journal, with fields.
    Journal,
}

impl RequestRate {
    /// The burst where the settings say none.
    pub(super) const USUAL_BURST: u32 = 100;
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            state_dir: PathBuf::from("/var/lib/ostler"),
            api: ApiSettings::default(),
            keystone: None,
            power: PowerSettings::default(),
            netboot: NetbootSettings::default(),
            limits: LimitSettings::default(),
            events: EventSettings::default(),
            log: LogSettings::default(),
        }
    }
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            unix_socket: Some(PathBuf::from("/run/ostler/ostler.sock")),
            unix_socket_group: "ostler".to_owned(),
            unix_socket_mode: 0o660,
            listen: vec![SocketAddr::from(([127, 0, 0, 1], 6688))],
            allow_insecure_tcp: false,
            tls: None,
            public_url: None,
            trusted_proxies: Vec::new(),
            max_body_bytes: 1 << 20,
            failed_sign_ins_per_min: 10,
            max_connections: 4096,
            drain: Duration::from_secs(10),
            request_rate: None,
        }
    }
}

impl Default for PowerSettings {
    fn default() -> Self {
        Self {
            poll_interval: Duration::from_secs(60),
            max_in_flight: 512,
            change_deadline: Duration::from_secs(180),
            soft_deadline: Duration::from_secs(600),
            transition_grace: Duration::from_secs(30),
            unreachable_after_misses: 3,
            backoff_max: Duration::from_secs(300),
            packets_per_sec: 50_000,
            poll_session: Duration::ZERO,
            min_off: Duration::from_secs(5),
            own_guid: None,
            budgets: Vec::new(),
        }
    }
}

impl Default for EventSettings {
    fn default() -> Self {
        Self {
            keep: Duration::from_secs(7 * 24 * 60 * 60),
        }
    }
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Auto,
        }
    }
}
