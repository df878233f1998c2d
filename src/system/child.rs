//! Tests that need a process of their own (environment, signals): the test starts this binary again with itself alone.

use std::process::{Command, Output};

const MARK: &str = "OSTLER_TEST_CHILD";

/// Whether this process is the child.
pub(super) fn is_child() -> bool {
    std::env::var_os(MARK).is_some()
}

/// Runs `test` (its full path) in a child that `prepare` may change first.
#[track_caller]
pub(super) fn run(test: &str, prepare: impl FnOnce(&mut Command)) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(MARK, "1");
    prepare(&mut command);
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&stdout),
        String::from_utf8_lossy(&stderr)
    );
    assert!(status.success(), "{test} in a child: {status}\n{said}");
    assert!(said.contains("1 passed"), "no test {test}: {said}");
}
