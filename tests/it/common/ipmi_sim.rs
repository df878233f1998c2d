//! OpenIPMI's `ipmi_sim`, a BMC that others wrote: cipher suite 3, not 17.

use std::fs;
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running `ipmi_sim`; stopped when it is dropped.
pub(crate) struct Sim {
    process: Child,
    pub(crate) port: u16,
    directory: tempfile::TempDir,
}

impl Drop for Sim {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Sim {
    /// Starts one. `None` where it is not installed, which only a developer's machine may lack.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(CONTROL)
    }

    /// The same with another `chassis_control` program, which is called as [`CONTROL`] is.
    pub(crate) fn start_with(program: &str) -> Option<Self> {
        let sim = Self::start_behind(&[], program, |_| ())?;
        sim.wait_until_up();
        Some(sim)
    }

    /// The same by a command that becomes `ipmi_sim`, in words, such as one that enters a namespace, with more in its directory.
    /// Whether it is up is not waited for.
    pub(crate) fn start_behind(
        prefix: &[String],
        program: &str,
        furnish: impl FnOnce(&Path),
    ) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        furnish(directory.path());
        let port = free_port();
        let control = directory.path().join("control");
        fs::write(&control, program).unwrap();
        fs::set_permissions(&control, fs::Permissions::from_mode(0o755)).unwrap();
        let state = directory.path().join("power");
        fs::write(&state, "0").unwrap();
        let lan = directory.path().join("lan.conf");
        fs::write(&lan, lan_conf("127.0.0.1", port, &control, &state)).unwrap();
        let commands = directory.path().join("commands");
        fs::write(&commands, COMMANDS).unwrap();
        let mut words = prefix.to_vec();
        words.push("ipmi_sim".to_owned());
        let started = Command::new(&words[0])
            .args(&words[1..])
            .arg("-n")
            .args(["-c".as_ref(), lan.as_os_str()])
            .args(["-f".as_ref(), commands.as_os_str()])
            .args(["-s".as_ref(), directory.path().as_os_str()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let process = match started {
            Ok(process) => process,
            Err(error) => {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "CI says through its environment that it is CI"
                )]
                let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
                assert!(!ci, "ipmi_sim cannot be started: {error}");
                eprintln!("SKIPPED: ipmi_sim cannot be started ({error}); install openipmi");
                return None;
            }
        };
        Some(Self {
            process,
            port,
            directory,
        })
    }

    /// An RMCP presence ping is answered as soon as it is up.
    fn wait_until_up(&self) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket
            .set_read_timeout(Some(Duration::from_millis(50)))
            .unwrap();
        let deadline = ostler::time::instant() + Duration::from_secs(10);
        let ping = [6, 0, 0xFF, 6, 0, 0, 0x11, 0xBE, 0x80, 1, 0, 0];
        while ostler::time::instant() < deadline {
            socket.send_to(&ping, ("127.0.0.1", self.port)).ok();
            if socket.recv(&mut [0; 64]).is_ok() {
                return;
            }
        }
        panic!("ipmi_sim did not come up");
    }

    /// What the machine's power is: `0` or `1`.
    pub(crate) fn power(&self) -> String {
        fs::read_to_string(self.state()).unwrap().trim().to_owned()
    }

    /// The file that is the machine's power; the program's own files stand beside it.
    pub(crate) fn state(&self) -> PathBuf {
        self.directory.path().join("power")
    }

    /// What `set` commands the program was called with.
    pub(crate) fn controls(&self) -> String {
        fs::read_to_string(self.state().with_extension("log")).unwrap_or_default()
    }
}

/// What `ipmi_sim` is told on its console: that there is a BMC.
pub(crate) const COMMANDS: &str = "mc_setbmc 0x20\n\
     mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr\n\
     mc_enable 0x20\n";

/// The settings of an `ipmi_sim` that listens there, whose machine is turned by the program `control`, which keeps its power in
/// `state`.
pub(crate) fn lan_conf(address: &str, port: u16, control: &Path, state: &Path) -> String {
    format!(
        "name \"ostler\"\n\
         set_working_mc 0x20\n\
         startlan 1\n\
         addr {address} {port}\n\
         priv_limit admin\n\
         allowed_auths_callback none md2 md5 straight\n\
         allowed_auths_user none md2 md5 straight\n\
         allowed_auths_operator none md2 md5 straight\n\
         allowed_auths_admin none md2 md5 straight\n\
         guid a123456789abcdefa123456789abcdef\n\
         endlan\n\
         chassis_control \"{} {}\"\n\
         user 2 true \"admin\" \"secret\" admin 10 none md2 md5 straight\n\
         user 3 true \"reader\" \"secret\" user 10 none md2 md5 straight\n",
        control.display(),
        state.display(),
    )
}

/// `control STATEFILE get power|boot` prints a value, `control STATEFILE set power|boot VALUE` changes one.
pub(crate) const CONTROL: &str = r#"#!/bin/sh
state=$1; shift
case "$1 $2" in
"get power") echo "power:$(cat "$state")" ;;
"get boot") echo "boot:$(cat "$state.boot" 2>/dev/null || echo default)" ;;
"set power") echo "$3" > "$state"; echo "power $3" >> "$state.log" ;;
"set shutdown") echo 0 > "$state"; echo "shutdown" >> "$state.log" ;;
"set boot") echo "$3" > "$state.boot"; echo "boot $3" >> "$state.log" ;;
*) echo "$*" >> "$state.log" ;;
esac
"#;

fn free_port() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}
