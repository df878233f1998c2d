//! A small file system of its own for a daemon: a tmpfs in a mount namespace that nobody else sees.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::mount_space::MountSpace;

/// A file system that is gone when this is dropped.
pub(crate) struct SmallDisk {
    space: MountSpace,
    at: PathBuf,
}

impl SmallDisk {
    /// Mounts one with so many MiB at `at`, which must be there. The error says why that is not possible here.
    pub(crate) fn mount(at: &Path, mib: u32) -> Result<Self, String> {
        let script = format!(
            "mount -t tmpfs -o size={mib}m,mode=0700 none '{}'",
            at.display()
        );
        let space = MountSpace::make(&script)?;
        let at = at.to_owned();
        Ok(Self { space, at })
    }

    /// What a command is put behind to see this file system.
    pub(crate) fn prefix(&self) -> Vec<String> {
        self.space.prefix()
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
        let at = self.at.strip_prefix("/").unwrap();
        self.space.root().join(at).join(name)
    }
}
