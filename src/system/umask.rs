//! What others may not do with the files of the daemon.

use nix::sys::stat::{Mode, umask};

/// From now on this process makes files and directories that only its own user can use. What others may use (the Unix
/// socket) gets its mode by name afterwards.
pub fn private_files() {
    umask(Mode::from_bits_truncate(0o077));
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use crate::system::child;

    #[test]
    fn new_files_are_for_the_own_user_alone() {
        if !child::is_child() {
            return child::run(
                "system::umask::tests::new_files_are_for_the_own_user_alone",
                |_| {},
            );
        }
        super::private_files();
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        std::fs::write(&file, "").unwrap();
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
