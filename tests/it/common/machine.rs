//! Machines that are QEMU processes behind a BMC that others wrote: what a power order does to them is real.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use super::http::Client;
use super::ipmi_sim::Sim;
use super::qemu::script;
use super::wait::until_within;

/// How long a machine may take for a step of its way. Seconds where nothing else runs; QEMU translates each instruction.
pub(crate) const PATIENCE: Duration = Duration::from_secs(150);

/// What a machine is like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Build<'a> {
    /// `bios` or `uefi`.
    pub(crate) firmware: &'a str,
    /// Of its only network card.
    pub(crate) mac: &'a str,
    /// Of its mainboard.
    pub(crate) uuid: &'a str,
    /// QEMU's words for what the card is connected to, but the id.
    pub(crate) network: &'a str,
    /// The words before the command that starts its BMC, such as those that enter a namespace.
    pub(crate) prefix: &'a [String],
}

/// A machine with its BMC. Both are gone when this is dropped.
pub(crate) struct Machine {
    sim: Sim,
    mac: String,
}

impl Machine {
    /// Puts one up that is off. `None` where there is no `ipmi_sim`.
    pub(crate) fn put_up(ready: &Path, build: Build<'_>) -> Option<Self> {
        // The program stands beside what it calls the machine's state, and has the machine's directory from that.
        let program = format!(
            "#!/bin/sh\nstate=$1\nshift\nexec {} \"${{state%/*}}/settings\" \"$@\"\n",
            quoted(&script("machine").display().to_string()),
        );
        let settings = [
            ("ready", &*ready.display().to_string()),
            ("firmware", build.firmware),
            ("mac", build.mac),
            ("uuid", build.uuid),
            ("network", build.network),
            ("owner", &std::process::id().to_string()),
        ];
        let settings: String = settings
            .iter()
            .map(|(name, value)| format!("{name}={}\n", quoted(value)))
            .collect();
        let sim = Sim::start_behind(build.prefix, &program, |directory| {
            fs::write(directory.join("settings"), &settings).unwrap();
        })?;
        Some(Self {
            sim,
            mac: build.mac.to_owned(),
        })
    }

    /// The body that registers its node.
    pub(crate) fn node(&self, name: &str) -> Value {
        json!({
            "name": name,
            "bmc": {
                "address": "127.0.0.1", "port": self.sim.port, "username": "admin", "password": "secret",
            },
            "ports": [{"mac_address": self.mac}],
        })
    }

    /// The process that it is, while it is on.
    pub(crate) fn process(&self) -> Option<Pid> {
        let number = fs::read_to_string(self.file("pid")).ok()?;
        let process = Pid::from_raw(number.trim().parse().ok()?);
        // One that has ended and that nobody has waited for yet is off.
        let state = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        let (_, after_name) = state.rsplit_once(") ")?;
        (!after_name.starts_with('Z')).then_some(process)
    }

    /// What it has written to its serial port so far.
    pub(crate) fn console(&self) -> String {
        let bytes = fs::read(self.file("console")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).replace('\r', "")
    }

    /// Waits until it has written this to its serial port, after what is at `from`; gives where that ended.
    #[track_caller]
    pub(crate) fn wait_says(&self, from: usize, what: &str) -> usize {
        until_within(PATIENCE, &format!("the machine to say {what:?}"), || {
            let console = self.console();
            let at = console.get(from..)?.find(what)?;
            Some(from + at + what.len())
        })
    }

    /// What it printed last between `--- NAME` and `--- end`.
    #[track_caller]
    pub(crate) fn printed(&self, name: &str) -> String {
        let console = self.console();
        let begin = format!("--- {name}\n");
        let found = console.rsplit_once(&begin).and_then(|(_, rest)| {
            let (text, _) = rest.split_once("--- end")?;
            Some(text.trim_end().to_owned())
        });
        found.unwrap_or_else(|| panic!("{name} is not on the console"))
    }

    /// What is on its disk; empty where it was never on.
    pub(crate) fn disk(&self) -> Vec<u8> {
        fs::read(self.file("disk")).unwrap_or_default()
    }

    /// What its BMC was told, a line for each time.
    pub(crate) fn controls(&self) -> Vec<String> {
        let log = fs::read_to_string(self.file("log")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.sim.state().with_file_name(name)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(process) = self.process() {
            kill(process, Signal::SIGKILL).ok();
        }
        if std::thread::panicking() {
            println!(
                "--- {}: its BMC was told ---\n{:?}",
                self.mac,
                self.controls()
            );
            println!("--- {}: its console ---\n{}", self.mac, self.console());
        }
    }
}

/// A word of the shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// Makes an image of this kernel and initrd, whose system (tests/qemu/init-deployed) is told of its task and what follows it. Gives
/// its uuid.
pub(crate) fn make_image(
    admin: &Client,
    body: &Value,
    task: &str,
    (kernel, initrd): (&[u8], &[u8]),
) -> String {
    let mut body = body.clone();
    body["kernel_args"] = json!(format!(
        "console=ttyS0 quiet panic=-1 deploy.data=${{data_url}} deploy.task={task} deploy.name=${{hostname}}"
    ));
    let made = admin.post("/v1/images", &body).expect(201).json();
    let uuid = made["uuid"].as_str().unwrap();
    let octets = admin.with("Content-Type", "application/octet-stream");
    for (part, bytes) in [("kernel", kernel), ("initrd", initrd)] {
        let path = format!("/v1/images/{uuid}/{part}");
        octets.send("PUT", &path, Some(bytes)).expect(200);
    }
    uuid.to_owned()
}

/// Waits until what is at a path has this in a field; gives it. An instance in `error` is not waited for any longer.
#[track_caller]
pub(crate) fn wait_at(client: &Client, path: &str, field: &str, expected: &str) -> Value {
    until_within(
        PATIENCE,
        &format!("{path} to have {field} {expected:?}"),
        || {
            let shown = client.get(path).expect(200).json();
            assert_ne!(shown["status"], "error", "{shown:#}");
            (shown[field] == expected).then_some(shown)
        },
    )
}
