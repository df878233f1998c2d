//! `ostlerd` as people call it beside a daemon that has stopped.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::daemon::Daemon;

/// `ostlerd` with the settings of this daemon.
pub(crate) fn ostlerd(daemon: &Daemon, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ostlerd"));
    command.arg("--config");
    command.arg(daemon.directory().join("ostler.toml"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Everything that a program said.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.clone(), output.stderr.clone()].concat()).into_owned()
}

/// What is in a directory, byte for byte. The index of a log is left out, which is made anew by whoever looks.
pub(crate) fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(directory).unwrap();
    let mut files = BTreeMap::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if !path.to_string_lossy().ends_with("-shm") {
            let bytes = fs::read(&path).unwrap_or_default();
            files.insert(path, bytes);
        }
    }
    files
}
