//! The journal of systemd.

use std::io;
use std::os::fd::AsFd;

use nix::sys::stat::fstat;
use tracing_journald::{Layer, Priority, PriorityMappings};

use super::Output;

/// Whether standard error is a stream to the journal: systemd says in `JOURNAL_STREAM` which file that is.
pub(super) fn is_standard_error() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is no setting: the service manager says here where it connected standard error to"
    )]
    let stream = std::env::var("JOURNAL_STREAM");
    stream.is_ok_and(|stream| names(&stream, io::stderr()))
}

/// Whether `stream`, device and inode in decimal with a colon between, is this file. After a redirection in a shell the
/// variable is still there, and names another file.
fn names(stream: &str, file: impl AsFd) -> bool {
    fstat(file).is_ok_and(|stat| stream == format!("{}:{}", stat.st_dev, stat.st_ino))
}

/// Lines with fields, at the priorities that `journalctl -p` knows.
///
/// The prefix that the crate puts before fields is left out: our field names are few and fixed, and none of them is one
/// that the journal itself uses.
pub(super) fn layer() -> io::Result<Output> {
    let layer = Layer::new()?
        .with_field_prefix(None)
        .with_syslog_identifier("ostlerd".to_owned())
        .with_priority_mappings(PriorityMappings {
            info: Priority::Informational,
            debug: Priority::Debug,
            ..PriorityMappings::new()
        });
    Ok(Box::new(layer))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn the_journal_is_recognised_by_device_and_inode() {
        let file = tempfile::tempfile().unwrap();
        let metadata = file.metadata().unwrap();
        let (device, inode) = (metadata.dev(), metadata.ino());
        assert!(names(&format!("{device}:{inode}"), &file));
        assert!(!names(&format!("{device}:{}", inode + 1), &file));
        assert!(!names("", &file));
        assert!(!names("8:16:32", &file));
    }
}
