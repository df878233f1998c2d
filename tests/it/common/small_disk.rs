//! A small file system of its own for a daemon: a tmpfs in a mount namespace that nobody else sees.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A file system that is gone when this is dropped.
pub(crate) struct SmallDisk {
    /// Keeps the namespace alive while no daemon runs in it.
    holder: Child,
    at: PathBuf,
}

impl SmallDisk {
    /// Mounts one with so many MiB at `at`, which must be there. The error says why that is not possible here.
    pub(crate) fn mount(at: &Path, mib: u32) -> Result<Self, String> {
        let script = format!(
            "mount -t tmpfs -o size={mib}m,mode=0700 none '{}' && echo mounted && exec sleep infinity",
            at.display()
        );
        let mut holder = Command::new("unshare")
            .args(user_namespace())
            .args(["--mount", "sh", "-c", &script])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("unshare cannot be started: {error}"))?;
        let mut said = String::new();
        let output = holder.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut said).unwrap();
        let disk = Self {
            holder,
            at: at.to_owned(),
        };
        if said == "mounted\n" {
            Ok(disk)
        } else {
            Err("a tmpfs cannot be mounted in a mount namespace here".to_owned())
        }
    }

    /// What a command is put behind to see this file system.
    pub(crate) fn prefix(&self) -> Vec<String> {
        let mut prefix = vec!["nsenter".to_owned()];
        if !user_namespace().is_empty() {
            prefix.extend(["--user".to_owned(), "--preserve-credentials".to_owned()]);
        }
        let target = self.holder.id().to_string();
        prefix.extend(["--mount".to_owned(), "--target".to_owned(), target]);
        prefix
    }

    /// Takes all the room that is left.
    pub(crate) fn fill(&self) {
        let mut ballast = File::create(self.inside("ballast")).unwrap();
        for size in [1 << 16, 1 << 12, 1] {
            loop {
                match ballast.write_all(&vec![0; size]) {
                    Ok(()) => {}
                    Err(error) if error.kind() == ErrorKind::StorageFull => break,
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }

    /// Gives the room back.
    pub(crate) fn free(&self) {
        fs::remove_file(self.inside("ballast")).unwrap();
    }

    /// Mounts it anew as `ro` or `rw`; nothing may be open for writing there.
    pub(crate) fn remount(&self, how: &str) {
        let prefix = self.prefix();
        let done = Command::new(&prefix[0])
            .args(&prefix[1..])
            .args(["mount", "-o", &format!("remount,{how}")])
            .arg(&self.at)
            .status();
        assert!(done.unwrap().success());
    }

    fn inside(&self, name: &str) -> PathBuf {
        let root = format!("/proc/{}/root", self.holder.id());
        let at = self.at.strip_prefix("/").unwrap();
        Path::new(&root).join(at).join(name)
    }
}

impl Drop for SmallDisk {
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
