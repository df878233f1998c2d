//! Network namespaces that nobody else sees: a server's side and a client's side of one cable.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use nix::sched::{CloneFlags, setns};

/// A network namespace that is gone, with its interfaces, when this and what runs in it are.
pub(crate) struct NetSpace {
    /// Keeps the namespace alive while nothing else runs in it. It reads from a pipe of this process, and so ends with it.
    holder: Child,
}

/// Two namespaces and a cable between them: `srv` here, with an address, and `cli` there, without one.
pub(crate) struct Cable {
    pub(crate) server: NetSpace,
    pub(crate) client: NetSpace,
}

impl NetSpace {
    /// Makes one with a loopback interface. The error says why that is not possible here.
    pub(crate) fn make() -> Result<Self, String> {
        let mut holder = Command::new("unshare")
            .args(["--net", "sh", "-c"])
            .arg("ip link set lo up && echo up && exec cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("unshare cannot be started: {error}"))?;
        let mut said = String::new();
        let output = holder.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut said).unwrap();
        let space = Self { holder };
        if said == "up\n" {
            Ok(space)
        } else {
            Err("a network namespace cannot be made here: that takes root and iproute2".to_owned())
        }
    }

    /// What a command is put behind to run there.
    pub(crate) fn prefix(&self) -> Vec<String> {
        let target = self.holder.id().to_string();
        ["nsenter", "--net", "--target", &target]
            .map(ToOwned::to_owned)
            .to_vec()
    }

    /// A program that is to run there.
    pub(crate) fn command(&self, program: &str) -> Command {
        let prefix = self.prefix();
        let mut command = Command::new(&prefix[0]);
        command.args(&prefix[1..]).arg(program);
        command
    }

    /// Does something with sockets there, on a thread of its own: a socket stays where it was made.
    pub(crate) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let path = PathBuf::from(format!("/proc/{}/ns/net", self.holder.id()));
        std::thread::scope(|scope| {
            let thread = scope.spawn(move || {
                setns(File::open(path).unwrap(), CloneFlags::CLONE_NEWNET).unwrap();
                work()
            });
            thread.join().unwrap()
        })
    }

    /// Runs `ip` there.
    pub(crate) fn ip(&self, words: &str) -> Result<(), String> {
        let output = self.command("ip").args(words.split(' ')).output();
        let output = output.map_err(|error| format!("ip cannot be started: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("ip {words}: {}", said.trim_end()))
    }
}

impl Cable {
    /// Lays one; the server's end has this address, such as `10.20.0.1/24`.
    pub(crate) fn lay(address: &str) -> Result<Self, String> {
        let (server, client) = (NetSpace::make()?, NetSpace::make()?);
        let other = client.holder.id();
        server.ip(&format!(
            "link add srv type veth peer name cli netns {other}"
        ))?;
        server.ip(&format!("address add {address} dev srv"))?;
        server.ip("link set srv up")?;
        client.ip("link set cli up")?;
        Ok(Self { server, client })
    }
}

impl Drop for NetSpace {
    fn drop(&mut self) {
        self.holder.kill().ok();
        self.holder.wait().ok();
    }
}
