//! The room that the database takes, and what is left.

use std::fs;
use std::path::Path;

use nix::sys::statvfs::statvfs;

/// Sizes in bytes; `None` where the file system does not say.
#[derive(Debug, Clone, Copy)]
pub struct Files {
    /// The database file.
    pub database: Option<u64>,
    /// The write-ahead log; zero where there is none.
    pub wal: u64,
    /// The file system that both lie on.
    pub disk: Option<u64>,
    /// What is left on it for the daemon.
    pub disk_available: Option<u64>,
}

impl Files {
    /// As they are now.
    pub(super) fn of(path: &Path) -> Self {
        let size = |path: &Path| fs::metadata(path).ok().map(|file| file.len());
        let mut wal = path.as_os_str().to_owned();
        wal.push("-wal");
        let disk = statvfs(path).ok();
        Self {
            database: size(path),
            wal: size(Path::new(&wal)).unwrap_or(0),
            disk: disk.map(|disk| disk.blocks() * disk.fragment_size()),
            disk_available: disk.map(|disk| disk.blocks_available() * disk.fragment_size()),
        }
    }
}
