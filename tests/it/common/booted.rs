//! A clean Debian that systemd has booted, in a container without a network, to install packages in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use super::skip::skip;
use super::wait::until_within;

/// How long booting may take: seconds, where nothing else runs.
const BOOT: Duration = Duration::from_secs(120);

/// A booted Debian; it is gone when this is dropped.
pub(crate) struct Booted {
    container: Child,
    directory: tempfile::TempDir,
    first_process: u32,
}

/// What a program in the container said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: Option<i32>,
}

impl Booted {
    /// Boots one, which sees the directory as `/packages`. `None` where that is not possible, which only a developer's machine
    /// may be.
    pub(crate) fn boot(packages: &Path) -> Option<Self> {
        let root = ready()?;
        let directory = tempfile::tempdir().unwrap();
        let console = fs::File::create(directory.path().join("console")).unwrap();
        let pid_file = directory.path().join("pid");
        let container = script("boot")
            .args([&root, packages, &pid_file])
            .stdin(Stdio::piped())
            .stdout(console.try_clone().unwrap())
            .stderr(console)
            .spawn()
            .unwrap();
        let mut booted = Self {
            container,
            directory,
            first_process: 0,
        };
        until_within(BOOT, "systemd in the container", || {
            let ended = booted.container.try_wait().unwrap();
            assert_eq!(ended, None, "the container ended: {}", booted.console());
            // While it is being made, its process is another one.
            booted.first_process = only_child(&fs::read_to_string(&pid_file).ok()?)?;
            let state = booted.run("systemctl is-system-running").out;
            ["running", "degraded"]
                .contains(&state.trim())
                .then_some(())
        });
        Some(booted)
    }

    /// Runs a line of shell as root.
    #[track_caller]
    pub(crate) fn run(&self, line: &str) -> Said {
        let output = self.command().args(["sh", "-c", line]).output().unwrap();
        Said::of(output)
    }

    /// The same, and it must end well. Gives what it wrote to standard output, without the last line break.
    #[track_caller]
    pub(crate) fn ok(&self, line: &str) -> String {
        let said = self.run(line);
        assert_eq!(said.code, Some(0), "{line}: {said:?}");
        said.out.trim_end().to_owned()
    }

    /// Runs a line of shell as another user, with his groups.
    #[track_caller]
    pub(crate) fn run_as(&self, user: &str, line: &str) -> Said {
        let output = self
            .command()
            .args(["runuser", "--user", user, "--", "sh", "-c", line])
            .output();
        Said::of(output.unwrap())
    }

    /// What was written to its console.
    fn console(&self) -> String {
        fs::read_to_string(self.directory.path().join("console")).unwrap_or_default()
    }

    /// Something to run in all namespaces of the container, with an environment of its own.
    fn command(&self) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg("--target")
            .arg(self.first_process.to_string())
            .args(["--all", "--"])
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LANG", "C.UTF-8")
            .stdin(Stdio::null());
        command
    }
}

impl Said {
    fn of(output: Output) -> Self {
        Self {
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code(),
        }
    }
}

impl Drop for Booted {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!(
                "--- the container's journal ---\n{}",
                self.run("journalctl --no-pager --lines=60").out
            );
        }
        // It ends with its standard input, and takes everything down that it has put up.
        drop(self.container.stdin.take());
        self.container.wait().ok();
    }
}

/// The child of the process with this number.
fn only_child(pid: &str) -> Option<u32> {
    let pid = pid.trim();
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}

/// Where the Debian is that is booted.
fn ready() -> Option<PathBuf> {
    match script("install").arg("--where").output() {
        Ok(output) if output.status.success() => {
            let ready = String::from_utf8(output.stdout).unwrap();
            Some(Path::new(ready.trim_end()).join("root"))
        }
        Ok(output) => {
            skip(&String::from_utf8_lossy(&output.stderr));
            None
        }
        Err(error) => panic!("tests/packaging/install: {error}"),
    }
}

/// A program in `tests/packaging`.
fn script(name: &str) -> Command {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packaging");
    Command::new(scripts.join(name))
}
