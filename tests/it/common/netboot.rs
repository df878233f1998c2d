//! Machines that the daemon boots, played by a test: what their firmware and their systems ask the boot service for.

use std::net::SocketAddr;

use ostler::sim::SimBmcConfig;
use serde_json::{Value, json};

use super::bench::{Bench, node};
use super::daemon::{Daemon, Parts, free_port_of, loopback};
use super::http::{Client, Response};
use super::sim::SimRack;
use super::wait::until;

const OCTETS: &str = "application/octet-stream";

/// What the kernel and the initrd of the images hold.
pub(crate) const KERNEL: &[u8] = b"the kernel";
pub(crate) const INITRD: &[u8] = b"the initrd, which is longer";

/// A rack whose machines the daemon boots.
pub(crate) struct Netboot {
    pub(crate) bench: Bench,
    pub(crate) parts: Parts,
    boot: SocketAddr,
}

/// A machine, and what its boot script has told it.
pub(crate) struct Machine {
    client: Client,
    mac: String,
    /// The path of its URLs, such as `/deploys/0f…`; `None` before it has a script.
    place: Option<String>,
}

impl Netboot {
    /// Starts it with these lines below `[power]`, and these below `[netboot]`. The image of its parts phones home.
    pub(crate) fn start(configs: Vec<SimBmcConfig>, power: &str, netboot: &str) -> Self {
        let boot = free_boot_address();
        let settings = format!("{power}\n[netboot]\nlisten = [\"{boot}\"]\n{netboot}\n");
        let bench = Bench::over(SimRack::start(configs), Daemon::with_power(&settings));
        let mut parts = Parts::make(&bench.admin);
        let phones = json!({"name": "debian", "boot": "network", "completion": "phone-home"});
        parts.image = uploaded(&bench.admin, &phones);
        Self { bench, parts, boot }
    }

    /// Starts the daemon again, with settings that boot nothing.
    pub(crate) fn restart_without_netboot(&mut self) {
        let settings = self.bench.daemon.directory().join("ostler.toml");
        let told = std::fs::read_to_string(&settings).unwrap();
        let (before, _) = told.split_once("[netboot]").unwrap();
        std::fs::write(&settings, before).unwrap();
        assert!(self.bench.daemon.stop());
        self.bench.daemon.start_again();
    }

    /// The machine of the node of this name, which has not asked for anything.
    pub(crate) fn machine(&self, name: &str) -> Machine {
        let shown = self.bench.at(&node(name));
        Machine {
            client: Client::tcp(self.boot),
            mac: shown["ports"][0]["mac_address"]
                .as_str()
                .unwrap()
                .to_owned(),
            place: None,
        }
    }

    /// A client of the boot service, as anybody in its network can be one.
    pub(crate) fn boot_service(&self) -> Client {
        Client::tcp(self.boot)
    }

    /// Where the boot service is.
    pub(crate) fn boot_address(&self) -> SocketAddr {
        self.boot
    }

    /// Waits until the newest task of an instance is at a step, and gives it.
    #[track_caller]
    pub(crate) fn wait_step(&self, instance: &str, step: &str) -> Value {
        until(&format!("{instance} to be at {step}"), || {
            let task = self.newest_task(instance);
            (task["step"] == step).then_some(task)
        })
    }

    /// The newest task of an instance or of a node.
    #[track_caller]
    pub(crate) fn newest_task(&self, path: &str) -> Value {
        self.bench.at(&format!("{path}/tasks"))["tasks"][0].clone()
    }

    /// Makes an instance on the node of this name and has its machine boot all the way; gives its path and its machine.
    #[track_caller]
    pub(crate) fn create_booted(&self, name: &str) -> (String, Machine) {
        let instance = self.bench.create(&self.parts, name);
        let mut machine = self.machine(name);
        self.boot(&instance, &mut machine);
        (instance, machine)
    }

    /// Posts to the boot service, as anybody in its network can.
    pub(crate) fn post_to_boot_service(&self, path: &str) -> Response {
        Client::tcp(self.boot).send("POST", path, Some(b""))
    }

    /// Has a machine boot all the way.
    #[track_caller]
    pub(crate) fn boot(&self, instance: &str, machine: &mut Machine) {
        self.wait_step(instance, "await_script");
        self.boot_on(instance, machine);
    }

    /// The same, for one that may have asked for something already.
    #[track_caller]
    pub(crate) fn boot_on(&self, instance: &str, machine: &mut Machine) {
        assert!(machine.script(), "there is a script for it");
        machine.kernel().expect(200);
        machine.data().expect(200);
        machine.phone_home().expect(200);
        self.bench.wait_status(instance, "active");
    }
}

impl Machine {
    /// Its boot script as it is.
    pub(crate) fn boot_script(&self) -> String {
        let answer = self.client.get(&format!("/script?mac={}", self.mac));
        String::from_utf8(answer.expect(200).body).unwrap()
    }

    /// Its firmware asks for its boot script. Whether there was one.
    pub(crate) fn script(&mut self) -> bool {
        self.try_script().unwrap_or_default()
    }

    /// The same, where the daemon may be away.
    pub(crate) fn try_script(&mut self) -> Option<bool> {
        let path = format!("/script?mac={}", self.mac);
        let answer = self.client.try_send("GET", &path, None).ok()?.expect(200);
        let script = String::from_utf8(answer.body).unwrap();
        let Some((_, rest)) = script.split_once("/deploys/") else {
            return Some(false);
        };
        let secret = rest.split_once('/').unwrap().0;
        self.place = Some(format!("/deploys/{secret}"));
        Some(true)
    }

    /// It asks for its kernel.
    pub(crate) fn kernel(&self) -> Response {
        self.client.get(&self.at("kernel"))
    }

    /// Its system asks for its data.
    pub(crate) fn data(&self) -> Response {
        self.client.get(&self.at("meta-data"))
    }

    /// Its system asks for its user data.
    pub(crate) fn user_data(&self) -> String {
        let answer = self.client.get(&self.at("user-data")).expect(200);
        String::from_utf8(answer.body).unwrap()
    }

    /// Its system says that it is up.
    pub(crate) fn phone_home(&self) -> Response {
        self.client.send("POST", &self.at("phone-home"), Some(b""))
    }

    /// Asks for something, where the daemon may be away.
    pub(crate) fn try_ask(&self, method: &str, what: &str) -> Option<Response> {
        self.client.try_send(method, &self.at(what), None).ok()
    }

    /// Whether a script has told it its URLs.
    pub(crate) fn has_place(&self) -> bool {
        self.place.is_some()
    }

    /// The path of its URLs.
    pub(crate) fn place(&self) -> &str {
        self.place.as_deref().expect("a script came before this")
    }

    /// The address of its port.
    pub(crate) fn mac(&self) -> &str {
        &self.mac
    }

    /// What its URLs have in them.
    pub(crate) fn secret(&self) -> &str {
        let place = self.place.as_deref().expect("a script came before this");
        place.trim_start_matches("/deploys/")
    }

    fn at(&self, what: &str) -> String {
        format!("{}/{what}", self.place())
    }
}

/// A port for the boot service that is free now. Its address is its own: the port stays free until the daemon is there, whatever
/// else is started meanwhile.
pub(crate) fn free_boot_address() -> SocketAddr {
    let [net, run, ..] = loopback().octets();
    free_port_of([net, run, 0, 2].into())
}

/// Makes an image with an uploaded kernel and initrd; gives its uuid.
#[track_caller]
pub(crate) fn uploaded(admin: &Client, image: &Value) -> String {
    let made = admin.post("/v1/images", image).expect(201).json();
    let uuid = made["uuid"].as_str().unwrap().to_owned();
    let uploads = admin.with("Content-Type", OCTETS);
    for (part, bytes) in [("kernel", KERNEL), ("initrd", INITRD)] {
        let path = format!("/v1/images/{uuid}/{part}");
        uploads.send("PUT", &path, Some(bytes)).expect(200);
    }
    uuid
}
