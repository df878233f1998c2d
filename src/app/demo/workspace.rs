//! The demo's own directory: everything that it writes is in there, and it is gone at the end.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use tempfile::TempDir;

use crate::config::{ApiSettings, PowerSettings, Settings};

/// How often the daemon of the demo reads each machine's power.
pub(super) const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// The longest directory in which a Unix socket has room: its whole path has at most 107 bytes.
const LONGEST_DIRECTORY: usize = 80;
/// Where the directory is made when the usual place has too long a name.
const SHORT_PLACE: &str = "/tmp";
/// How long requests under way may take at the end.
const DRAIN: Duration = Duration::from_secs(1);
/// How long a power change may take; the slowest machine of the rack needs less than two seconds.
const CHANGE_DEADLINE: Duration = Duration::from_secs(10);
/// How long the old state is believed after a chassis command.
const GRACE: Duration = Duration::from_secs(4);
/// How long a machine rests before it is turned on again: nobody watches simulated power supplies discharge.
const MIN_OFF: Duration = Duration::from_millis(500);

/// A directory with mode 0700. Dropping it removes it, also when the demo fails.
pub(super) struct Workspace(TempDir);

impl Workspace {
    /// Makes one where temporary files belong (`TMPDIR`), under a name that nobody else has.
    pub(super) fn make() -> anyhow::Result<Self> {
        let usual = std::env::temp_dir();
        let usual = fs::canonicalize(&usual)
            .with_context(|| format!("there is no directory {}", usual.display()))?;
        let place = if usual.as_os_str().as_bytes().len() > LONGEST_DIRECTORY {
            PathBuf::from(SHORT_PLACE)
        } else {
            usual
        };
        let made = tempfile::Builder::new()
            .prefix("ostler-demo-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(&place);
        Ok(Self(made.with_context(|| {
            format!("cannot make a directory in {}", place.display())
        })?))
    }

    /// The directory.
    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The daemon's Unix socket.
    pub(super) fn socket(&self) -> PathBuf {
        self.path().join("ostler.sock")
    }

    /// The file with the header that signs in over TCP, as `curl -H @FILE` reads it.
    pub(super) fn header_file(&self) -> PathBuf {
        self.path().join("auth-header")
    }

    /// Keeps a token for curl in a file that only this user can read: what stands on a command line, everybody can.
    pub(super) fn keep_token(&self, token: &str) -> io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.header_file())?;
        writeln!(file, "X-Auth-Token: {token}")
    }

    /// The settings of the demo's daemon: all in this directory, on loopback, and quick enough to watch.
    pub(super) fn settings(&self) -> Settings {
        Settings {
            state_dir: self.path().join("state"),
            api: ApiSettings {
                unix_socket: Some(self.socket()),
                listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))],
                drain: DRAIN,
                ..ApiSettings::default()
            },
            power: PowerSettings {
                poll_interval: POLL_INTERVAL,
                change_deadline: CHANGE_DEADLINE,
                transition_grace: GRACE,
                min_off: MIN_OFF,
                ..PowerSettings::default()
            },
            ..Settings::default()
        }
    }

    /// Removes it, and says so if that fails.
    pub(super) fn remove(self) -> anyhow::Result<()> {
        let path = self.path().to_owned();
        self.0
            .close()
            .with_context(|| format!("cannot remove {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directory_and_token_are_private_and_gone_at_the_end() {
        let workspace = Workspace::make().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        workspace.keep_token("secret").unwrap();
        assert_eq!(mode(workspace.path()), 0o700);
        assert_eq!(mode(&workspace.header_file()), 0o600);
        assert!(workspace.socket().as_os_str().len() <= 107);
        let path = workspace.path().to_owned();
        workspace.remove().unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn two_of_them_do_not_meet() {
        let (one, two) = (Workspace::make().unwrap(), Workspace::make().unwrap());
        assert_ne!(one.path(), two.path());
    }
}
