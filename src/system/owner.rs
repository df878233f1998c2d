//! Whose files are.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::Path;

/// Gives a file to whom its directory belongs: what root makes for the daemon has to be the daemon's. Who is not root can make
/// only files of his own, and nothing is changed then.
pub fn give_to_owner_of(directory: &Path, file: &Path) -> io::Result<()> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(());
    }
    let (of, is) = (fs::metadata(directory)?, fs::metadata(file)?);
    if (of.uid(), of.gid()) == (is.uid(), is.gid()) {
        return Ok(());
    }
    chown(file, Some(of.uid()), Some(of.gid()))
}
