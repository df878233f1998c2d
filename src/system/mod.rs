//! What the operating system and systemd give and want: workers that are watched, signals, readiness and watchdog,
//! sockets and credentials handed over, users and groups, how many files may be open, files that other programs read or that
//! the kernel sends, connections to others and whom to trust there.
//!
//! Everything here works the same without systemd: what nobody waits for is not sent. Knows nothing of nodes, tasks or
//! the API. Start with [`supervisor`].

#[cfg(test)]
mod child;
pub mod credentials;
pub mod crew;
pub mod file_body;
pub mod file_set;
pub mod https;
pub mod listen_fds;
pub mod notify;
pub mod open_files;
pub mod owner;
pub mod peer_groups;
pub mod secrecy;
pub mod shutdown;
pub mod status;
pub mod supervisor;
pub mod trust;
pub mod umask;
pub mod users;
