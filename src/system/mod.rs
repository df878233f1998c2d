//! systemd, signals and the supervisor.
