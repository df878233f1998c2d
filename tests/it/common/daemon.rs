//! A real `ostlerd` in a directory of its own.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use ostler::sim::SimBmc;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::http::Client;
use super::wait::until;

/// The daemon's settings below `[power]` where a test does not say: quick enough to watch.
const QUICK_POWER: &str =
    "poll_interval_secs = 1\nchange_deadline_secs = 20\ntransition_grace_secs = 5\n";

/// A daemon that is killed when this is dropped, with its directory gone.
pub(crate) struct Daemon {
    process: Child,
    directory: TempDir,
    surroundings: Surroundings,
    tcp: SocketAddr,
}

/// What is put around a daemon's process.
#[derive(Debug, Default)]
pub(crate) struct Surroundings {
    /// A command that it is started by, in words. It has to become the daemon's process in the end.
    pub(crate) prefix: Vec<String>,
    /// More variables of its environment.
    pub(crate) env: Vec<(String, String)>,
    /// More addresses of TCP.
    pub(crate) listen: Vec<SocketAddr>,
    /// More lines below `[api]`.
    pub(crate) api: String,
}

impl Daemon {
    /// Starts one with quick power settings.
    pub(crate) fn start() -> Self {
        Self::with_power(QUICK_POWER)
    }

    /// Starts one with these lines below `[power]`.
    pub(crate) fn with_power(power: &str) -> Self {
        Self::with_settings("", power)
    }

    /// Starts one with quick power settings and these lines below `[api]`.
    pub(crate) fn with_api(api: &str) -> Self {
        Self::with_settings(api, QUICK_POWER)
    }

    fn with_settings(api: &str, power: &str) -> Self {
        let usual = |_: &Path| Ok::<_, String>(Surroundings::default());
        Self::build(api, power, usual).unwrap()
    }

    /// Starts one in surroundings that are made for its directory, or says why they could not be.
    pub(crate) fn with_surroundings(
        power: &str,
        make: impl FnOnce(&Path) -> Result<Surroundings, String>,
    ) -> Result<Self, String> {
        Self::build("", power, make)
    }

    fn build(
        api: &str,
        power: &str,
        make: impl FnOnce(&Path) -> Result<Surroundings, String>,
    ) -> Result<Self, String> {
        let directory = tempfile::tempdir().unwrap();
        let surroundings = make(directory.path())?;
        let socket = directory.path().join("ostler.sock");
        let tcp = free_tcp_address();
        // Machines are turned on again at once, unless the test is about that.
        let min_off = if power.contains("min_off_secs") {
            ""
        } else {
            "min_off_secs = 0\n"
        };
        let listen: Vec<String> = [tcp]
            .iter()
            .chain(&surroundings.listen)
            .map(ToString::to_string)
            .collect();
        let settings = format!(
            "state_dir = \"{0}/state\"\n[api]\nunix_socket = \"{1}\"\nlisten = {listen:?}\n{api}\n{2}\n[power]\n{min_off}{power}",
            directory.path().display(),
            socket.display(),
            surroundings.api,
        );
        fs::write(directory.path().join("ostler.toml"), settings).unwrap();
        let process = surroundings.command(directory.path()).spawn().unwrap();
        let daemon = Self {
            process,
            directory,
            surroundings,
            tcp,
        };
        daemon.wait_ready();
        Ok(daemon)
    }

    /// Kills it (SIGKILL) as a crash would; its directory stays.
    pub(crate) fn crash(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Asks it to stop (SIGTERM) and gives back whether it ended well.
    pub(crate) fn stop(&mut self) -> bool {
        self.signal(Signal::SIGTERM);
        self.process.wait().unwrap().success()
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.pid().try_into().unwrap());
        kill(pid, signal).unwrap();
    }

    /// The number of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Its first address of TCP.
    pub(crate) fn tcp_address(&self) -> SocketAddr {
        self.tcp
    }

    /// Starts it again on the same directory and port, after [`Daemon::crash`] or [`Daemon::stop`].
    pub(crate) fn start_again(&mut self) {
        self.start_again_unready();
        self.wait_ready();
    }

    /// The same, for one that will not say that it is ready.
    pub(crate) fn start_again_unready(&mut self) {
        self.process = self.command().spawn().unwrap();
    }

    /// Starts it again where it cannot; false if it has ended with a failure.
    pub(crate) fn try_to_start(&mut self) -> bool {
        self.start_again_unready();
        self.process.wait().unwrap().success()
    }

    fn command(&self) -> Command {
        self.surroundings.command(self.directory.path())
    }

    /// Starts it again so that it kills itself at a point of [`ostler::crash`], such as `issue.after:3`; perhaps before it is
    /// ready.
    pub(crate) fn start_again_dying_at(&mut self, point: &str) {
        let mut command = self.command();
        self.process = command.env("OSTLER_CRASH_AT", point).spawn().unwrap();
    }

    /// Whether it has killed itself. It may not have ended in another way.
    #[track_caller]
    pub(crate) fn has_crashed(&mut self) -> bool {
        let Some(status) = self.process.try_wait().unwrap() else {
            return false;
        };
        assert_eq!(status.signal(), Some(Signal::SIGKILL as i32), "{status}");
        true
    }

    /// A client on the Unix socket; it is an admin there, because it has the daemon's own uid.
    pub(crate) fn unix(&self) -> Client {
        Client::unix(self.directory.path().join("ostler.sock"))
    }

    /// A client on TCP, without credentials.
    pub(crate) fn tcp(&self) -> Client {
        Client::tcp(self.tcp)
    }

    /// A client on TCP with a new token.
    pub(crate) fn tcp_as(&self, user: &str, project: &str, role: &str) -> Client {
        self.tcp().with_token(&self.token(user, project, role))
    }

    /// A new token.
    pub(crate) fn token(&self, user: &str, project: &str, role: &str) -> String {
        let body = json!({"user_id": user, "project_id": project, "role": role});
        let made = self.unix().post("/v1/tokens", &body).expect(201).json();
        made["token"].as_str().unwrap().to_owned()
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// The directory with settings, socket, `state/` and log.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    fn wait_ready(&self) {
        let client = self.unix();
        until("the daemon to be ready", || {
            client
                .try_send("GET", "/readyz", None)
                .ok()
                .filter(|answer| answer.status == 200)
        });
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
        if std::thread::panicking() {
            let log = self.log();
            println!("--- the daemon's log ---\n{log}");
        }
    }
}

impl Surroundings {
    fn command(&self, directory: &Path) -> Command {
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(directory.join("log"))
            .unwrap();
        let mut words = self.prefix.clone();
        words.push(env!("CARGO_BIN_EXE_ostlerd").to_owned());
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .arg("--config")
            .arg(directory.join("ostler.toml"))
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        command
    }
}

/// The address on which what a test starts listens.
///
/// Not 127.0.0.1: of that, the connections of all tests take ports all the time, and one of them may be the port of a
/// daemon that is about to be started again. Two runs at once have different addresses.
pub(crate) fn loopback() -> Ipv4Addr {
    let run = std::process::id().to_le_bytes()[0];
    Ipv4Addr::new(127, run.max(1), 0, 1)
}

/// A port of [`loopback`] that is free now.
pub(crate) fn free_tcp_address() -> SocketAddr {
    free_port_of(loopback())
}

/// A port of this address that is free now.
pub(crate) fn free_port_of(address: Ipv4Addr) -> SocketAddr {
    std::net::TcpListener::bind((address, 0))
        .unwrap()
        .local_addr()
        .unwrap()
}

/// A port of 127.0.0.1 that is free now, and that nobody gets who asks for any: for what is reached at that address alone, which
/// everything else on this host uses too. Each test process begins to look somewhere else.
pub(crate) fn free_quiet_port() -> SocketAddr {
    static LOOKED_AT: AtomicU32 = AtomicU32::new(0);
    // Below what Linux gives out by itself (ip_local_port_range), above what services are known by.
    const QUIET: std::ops::Range<u32> = 10_240..30_720;
    let count = QUIET.end - QUIET.start;
    let of_run = std::process::id().wrapping_mul(64);
    (0..count)
        .find_map(|_| {
            let step = LOOKED_AT.fetch_add(1, Ordering::Relaxed);
            let port = QUIET.start + of_run.wrapping_add(step) % count;
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, u16::try_from(port).unwrap()));
            std::net::TcpListener::bind(address)
                .is_ok()
                .then_some(address)
        })
        .expect("127.0.0.1 has a free port")
}

/// What instances are made of: a type, an image that leaves the boot device alone, a network.
pub(crate) struct Parts {
    pub(crate) instance_type: String,
    pub(crate) image: String,
    pub(crate) network: String,
}

impl Parts {
    /// Makes them.
    pub(crate) fn make(admin: &Client) -> Self {
        let uuid = |answer: Value| answer["uuid"].as_str().unwrap().to_owned();
        let network = json!({
            "name": "provision", "vlan": 7,
            "subnets": [{"cidr": "10.7.0.0/24", "gateway_ip": "10.7.0.1"}],
        });
        Self {
            instance_type: uuid(
                admin
                    .post("/v1/types", &json!({"name": "any"}))
                    .expect(201)
                    .json(),
            ),
            image: uuid(
                admin
                    .post("/v1/images", &json!({"name": "disk", "boot": "disk"}))
                    .expect(201)
                    .json(),
            ),
            network: uuid(admin.post("/v1/networks", &network).expect(201).json()),
        }
    }

    /// The body of a create.
    pub(crate) fn instance(&self, name: &str) -> Value {
        json!({
            "name": name,
            "instance_type_uuid": self.instance_type,
            "image_uuid": self.image,
            "networks": [{"net_id": self.network}],
        })
    }
}

/// Registers a node behind a simulated BMC (user and password `admin`) with one 10GE port; gives its uuid.
pub(crate) fn register_node(admin: &Client, name: &str, bmc: &SimBmc) -> String {
    let address = bmc.address();
    let mac = format!(
        "02:00:00:00:{:02x}:{:02x}",
        address.port() >> 8,
        address.port() & 0xff
    );
    let node = json!({
        "name": name,
        "bmc": {
            "address": address.ip().to_string(), "port": address.port(),
            "username": "admin", "password": "admin",
        },
        "properties": {"cpus": 8, "memory_mb": 16384, "cpu_arch": "x86_64"},
        "ports": [{"mac_address": mac, "port_type": "10GE"}],
    });
    let made = admin.post("/v1/nodes", &node).expect(201).json();
    made["uuid"].as_str().unwrap().to_owned()
}
