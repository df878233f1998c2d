//! Clients that others wrote, in their Python environment (tests/clients).

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::skip::skip;

/// Where the programs are; skips the test where they are not.
#[track_caller]
pub(crate) fn programs() -> Option<PathBuf> {
    let found = Command::new(root().join("tests/clients/install"))
        .arg("--where")
        .output()
        .unwrap();
    if found.status.success() {
        let place = String::from_utf8(found.stdout).unwrap();
        return Some(Path::new(place.trim_end()).join("bin"));
    }
    skip(&String::from_utf8_lossy(&found.stderr));
    None
}

/// The top of the source tree, where these programs are run.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Shows what a program said, and fails unless it ended well.
#[track_caller]
pub(crate) fn expect_success(name: &str, output: &Output) {
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    println!("{}\n{}", said(&output.stdout), said(&output.stderr));
    assert!(
        output.status.success(),
        "{name} ended with {}",
        output.status
    );
}
