//! A mount namespace that nobody else sees, for a daemon that needs another file system than this machine's.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A mount namespace that is gone, with what is mounted there, when this is dropped.
pub(crate) struct MountSpace {
    /// Keeps the namespace alive while no daemon runs in it. It reads from a pipe of this process, and so ends with it.
    holder: Child,
}

impl MountSpace {
    /// Makes one where these commands of the shell have been run. The error says why that is not possible here.
    pub(crate) fn make(commands: &str) -> Result<Self, String> {
        let script = format!("{{ {commands}; }} && echo mounted && exec cat");
        let mut holder = Command::new("unshare")
            .args(user_namespace())
            .args(["--mount", "sh", "-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("unshare cannot be started: {error}"))?;
        let mut said = String::new();
        let output = holder.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut said).unwrap();
        let space = Self { holder };
        if said == "mounted\n" {
            Ok(space)
        } else {
            Err("a file system cannot be mounted in a mount namespace here".to_owned())
        }
    }

    /// What a command is put behind to run there.
    pub(crate) fn prefix(&self) -> Vec<String> {
        let mut prefix = vec!["nsenter".to_owned()];
        if !user_namespace().is_empty() {
            prefix.extend(["--user".to_owned(), "--preserve-credentials".to_owned()]);
        }
        let target = self.holder.id().to_string();
        prefix.extend(["--mount".to_owned(), "--target".to_owned(), target]);
        prefix
    }

    /// Its root directory, as it is seen from here.
    pub(crate) fn root(&self) -> PathBuf {
        format!("/proc/{}/root", self.holder.id()).into()
    }
}

impl Drop for MountSpace {
    fn drop(&mut self) {
        self.holder.kill().ok();
        self.holder.wait().ok();
    }
}

/// Who is not root becomes so in a user namespace.
fn user_namespace() -> &'static [&'static str] {
    if nix::unistd::geteuid().is_root() {
        &[]
    } else {
        &["--user", "--map-root-user"]
    }
}
