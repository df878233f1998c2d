//! What the pages say that no help says.

/// The variables that `ostler` reads.
pub(super) const ENVIRONMENT: &[(&str, &str)] = &[
    (
        "OSTLER_SOCKET",
        "The daemon's Unix socket, as --socket says it.",
    ),
    (
        "OSTLER_URL",
        "The daemon's URL, as --url says it. It goes before OSTLER_SOCKET.",
    ),
    (
        "OSTLER_CA_FILE",
        "With https, the authorities to believe in, as --ca-file says it.",
    ),
    (
        "OSTLER_CERT",
        "With https, the client certificate to sign in with, as --cert says it.",
    ),
    ("OSTLER_KEY", "Its key, as --key says it."),
    (
        "OSTLER_TOKEN",
        "The token to sign in with. --token-file goes before it. There is no option for it, because everyone on a machine can \
         read the arguments of its processes.",
    ),
    ("NO_COLOR", "If it is not empty, nothing is coloured."),
];

/// The files that `ostler` knows.
pub(super) const FILES: &[(&str, &str)] = &[(
    "/run/ostler/ostler.sock",
    "The daemon's socket. Members of the group ostler may use it, and what they may do there follows from their groups: \
     members of ostler-admin and root are admins.",
)];

/// What signals tell `ostlerd`.
pub(super) const SIGNALS: &[(&str, &str)] = &[
    (
        "SIGHUP",
        "Read the settings and the certificates again. All that can change while the daemon runs takes effect; the log says what \
         waits for the next start. If one of them is not good, nothing changes.",
    ),
    (
        "SIGTERM, SIGINT",
        "Stop: no new requests, requests under way may end (api.drain_secs). Tasks go on at the next start.",
    ),
];

/// How `ostlerd` ends.
pub(super) const DAEMON_EXITS: &[(&str, &str)] = &[
    ("0", "It was stopped, or the command is done."),
    (
        "1",
        "It could not start or go on, or the command failed; standard error or the journal says why.",
    ),
    ("2", "A mistake in the command line."),
];

/// The variables that `ostlerd` reads. systemd sets them.
pub(super) const DAEMON_ENVIRONMENT: &[(&str, &str)] = &[
    (
        "LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES",
        "Sockets that were opened for it (socket activation).",
    ),
    (
        "NOTIFY_SOCKET, WATCHDOG_USEC",
        "Where to say that it is ready and alive, and how often.",
    ),
    (
        "CREDENTIALS_DIRECTORY",
        "Where systemd's credentials are: keys and passwords that the settings name.",
    ),
];

/// The files of `ostlerd`.
pub(super) const DAEMON_FILES: &[(&str, &str)] = &[
    ("/etc/ostler/ostler.toml", "The settings."),
    (
        "/etc/ostler/ostler.toml.d/*.toml",
        "More settings, read after it in the order of their names.",
    ),
    ("/var/lib/ostler/ostler.db", "The database, SQLite."),
    (
        "/var/lib/ostler/credentials.key",
        "The key that seals the passwords of BMCs in the database. A backup of the one is worth nothing without the other.",
    ),
    (
        "/run/ostler/ostler.sock",
        "The Unix socket, for the group ostler.",
    ),
];

/// The files of settings.
pub(super) const SETTINGS_FILES: &[(&str, &str)] = &[
    ("/etc/ostler/ostler.toml", "Read first."),
    (
        "/etc/ostler/ostler.toml.d/*.toml",
        "Read after it in the order of their names; the last one that sets a key wins.",
    ),
];

/// A file of settings that a rack may have.
pub(super) const SETTINGS_EXAMPLE: &str = r#"# /etc/ostler/ostler.toml.d/rack7.toml
[api]
listen = ["0.0.0.0:6688"]
tls_certificate = "/etc/ostler/rack7.pem"
tls_key = "/etc/ostler/rack7.key"

[power]
poll_interval_secs = 30"#;
