//! Whose files are.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::Path;

/// Gives an open file or directory to whom this directory belongs: what root makes for the daemon has to be the daemon's. Who is
/// not root can make only files of his own, and nothing is changed then.
///
/// It takes what is open and not a path, because whoever owns the directory may have put a link there meanwhile.
pub fn give_to_owner_of(directory: &Path, file: &File) -> io::Result<()> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(());
    }
    let (of, is) = (fs::metadata(directory)?, file.metadata()?);
    if (of.uid(), of.gid()) == (is.uid(), is.gid()) {
        return Ok(());
    }
    fchown(file, Some(of.uid()), Some(of.gid()))
}
