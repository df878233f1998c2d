//! Packages that `packaging/build` has made, and what the linters say of them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::common::skip::skip;

/// The directory with all packages that the tests have made, which the booted Debian sees as `/packages`.
pub(super) fn directory() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages")
}

/// The first and the second package of this version, of one kind. They are made once.
#[track_caller]
pub(super) fn both(kind: &str) -> Option<[PathBuf; 2]> {
    static DEB: OnceLock<Option<[PathBuf; 2]>> = OnceLock::new();
    static RPM: OnceLock<Option<[PathBuf; 2]>> = OnceLock::new();
    let made = if kind == "deb" { &DEB } else { &RPM };
    let make = || {
        Some([
            build(kind, "1", &directory())?,
            build(kind, "2", &directory())?,
        ])
    };
    made.get_or_init(make).clone()
}

/// Makes a package, and gives its path. `None` where this machine has not what that takes.
#[track_caller]
pub(super) fn build(kind: &str, revision: &str, output: &Path) -> Option<PathBuf> {
    // One at a time: cargo would let the second wait anyway, and the processors are few.
    static TURN: Mutex<()> = Mutex::new(());
    let tool = if kind == "deb" {
        "dpkg-shlibdeps"
    } else {
        "rpmbuild"
    };
    if Command::new(tool).arg("--version").output().is_err() {
        skip(&format!("there is no {tool}, which makes a {kind}"));
        return None;
    }
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/build");
    let built = Command::new(script)
        .args([kind, "--fast", "--revision", revision, "--output"])
        .arg(output)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "packaging/build {kind}: {said}");
    let out = String::from_utf8(built.stdout).unwrap();
    Some(PathBuf::from(out.lines().last().unwrap()))
}

/// What a linter says of a file; empty where it says nothing. `None` where it is not installed.
pub(super) fn lint(linter: &mut Command) -> Option<String> {
    let name = linter.get_program().to_string_lossy().into_owned();
    let Ok(output) = linter.output() else {
        skip(&format!("there is no {name}"));
        return None;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut text = text + &String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        text += &format!("{name}: {}", output.status);
    }
    Some(text)
}
