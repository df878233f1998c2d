//! The small world that the pages speak of, in its beginning: two nodes of which one has an instance, a type, an image and a
//! network. What more an example needs is in [`super::situations`].
//!
//! Things whose UUID can be given have the one that the pages show. The password of all BMCs is `…`, as the pages show it.

use std::cell::OnceCell;
use std::time::Duration;

use nix::unistd::{User, getuid};
use ostler::model::power::PowerState;
use ostler::sim::{Delays, Faults, SimBmc, SimBmcConfig, SimUser};
use serde_json::{Value, json};

use super::names::Names;
use crate::common::bench::{node, wait_power};
use crate::common::daemon::Daemon;
use crate::common::http::Client;
use crate::common::sim::SimRack;
use crate::common::wait::until_within;

pub(super) const SMALL: &str = "713700dc-1ea1-4928-a79a-46fb1f8b86cd";
pub(super) const DEBIAN: &str = "40d80eb0-2365-492d-a220-8329e7bb0c6e";
pub(super) const LAN: &str = "58949fe9-b01b-4458-a608-da8624cb1654";

/// What the pages call instances, whose UUID cannot be given.
const INSTANCES: [(&str, &str); 2] = [
    ("web1", "3a72149b-2ee1-41e4-ad3c-5e09316a9a29"),
    ("web2", "12a8698e-14ed-40a3-9cc0-d3b0e65d3148"),
];

/// Where the pages' machines are: name, UUID, address of the BMC, MAC address, zone.
const MACHINES: [[&str; 5]; 7] = [
    [
        "n1",
        "5d1a7c0e-8b1f-4a51-9f5e-2f0d6d2c7a11",
        "10.0.0.11",
        "52:54:00:00:00:01",
        "default",
    ],
    [
        "n2",
        "c38c5080-46a1-4afd-a78a-22cf4c2d23fd",
        "10.0.0.12",
        "52:54:00:00:00:02",
        "default",
    ],
    [
        "n3",
        "28c9ca78-b61c-4d6b-ad0e-2736f630aa3f",
        "10.0.0.13",
        "52:54:00:00:00:03",
        "az1",
    ],
    [
        "n4",
        "e7f0f3a2-6d0b-4c1e-9a63-0d5b7f3c9b44",
        "10.0.0.14",
        "52:54:00:00:00:14",
        "default",
    ],
    [
        "r1n0001",
        "114dfbe6-b632-4458-a803-f6283c10441c",
        "10.0.1.1",
        "52:54:00:00:01:01",
        "default",
    ],
    [
        "r1n0002",
        "11d88eab-9c14-40e1-a88c-7898c9ee2dc4",
        "10.0.1.2",
        "52:54:00:00:01:02",
        "default",
    ],
    [
        "r1n0003",
        "7b4d2744-c85e-4a65-a0e0-b60e3c5fefa8",
        "10.0.1.3",
        "52:54:00:00:01:03",
        "default",
    ],
];

const POWER: &str =
    "poll_interval_secs = 1\npoll_session_secs = 30\nunreachable_after_misses = 1\n";

/// How long something may take that has to do with a BMC that does not answer: several exchanges of up to 25 seconds.
const LONG: Duration = Duration::from_secs(120);

/// A daemon, its machines, and what they are called.
pub(super) struct World {
    pub(super) names: Names,
    /// Root, on the socket.
    pub(super) root: Client,
    daemon: Daemon,
    rack: SimRack,
    ci: OnceCell<Client>,
    admin: OnceCell<Client>,
}

impl World {
    /// The world as each page finds it.
    pub(super) fn start() -> Self {
        let (rack, daemon) = (
            SimRack::start(MACHINES.map(machine).to_vec()),
            Daemon::with_power(POWER),
        );
        let mut names = Names::default();
        for [name, _, address, ..] in MACHINES {
            names.bmc(address, rack.by_name(name).unwrap().address());
        }
        for uuid in [SMALL, DEBIAN, LAN] {
            names.is(uuid, uuid);
        }
        if let Some(user) = User::from_uid(getuid()).unwrap() {
            names.user("root", &user.name);
        }
        let mut world = Self {
            names,
            root: daemon.unix(),
            daemon,
            rack,
            ci: OnceCell::new(),
            admin: OnceCell::new(),
        };
        world.furnish();
        world
    }

    fn furnish(&mut self) {
        self.make("/v1/types", &json!({"uuid": SMALL, "name": "small"}));
        let debian = json!({
            "uuid": DEBIAN, "name": "debian",
            "kernel_url": "http://10.0.0.1/vmlinuz", "initrd_url": "http://10.0.0.1/initrd.gz",
        });
        self.make("/v1/images", &debian);
        let lan = json!({
            "uuid": LAN, "name": "lan",
            "subnets": [{"uuid": "bf2eaba1-1ad8-4522-9578-3f6fdfe89770", "cidr": "10.1.0.0/24", "gateway_ip": "10.1.0.1"}],
        });
        self.make("/v1/networks", &lan);
        self.node("n1");
        self.instance(&self.root.clone(), "web1");
        self.node("n2");
    }

    /// Somebody who is a member of the project `web`, on TCP.
    pub(super) fn ci(&self) -> Client {
        self.on_tcp(&self.ci, "ci", "web", "member")
    }

    /// An admin, on TCP.
    pub(super) fn admin(&self) -> Client {
        self.on_tcp(&self.admin, "root", "default", "admin")
    }

    /// Somebody on TCP, at the address that the pages show.
    fn on_tcp(&self, known: &OnceCell<Client>, user: &str, project: &str, role: &str) -> Client {
        let client = || {
            let client = self.daemon.tcp_as(user, project, role);
            client.with("Host", "127.0.0.1:6688")
        };
        known.get_or_init(client).clone()
    }

    /// The BMC of a machine.
    pub(super) fn bmc(&self, name: &str) -> SimBmc {
        self.rack.by_name(name).unwrap()
    }

    /// What root sees at a path.
    pub(super) fn at(&self, path: &str) -> Value {
        self.root.get(path).expect(200).json()
    }

    /// Makes something, as root.
    pub(super) fn make(&self, path: &str, body: &Value) -> Value {
        self.root.post(path, body).expect(201).json()
    }

    /// Registers a machine as a node, and waits until its power is known.
    pub(super) fn node(&mut self, name: &str) {
        self.unseen_node(name);
        wait_power(&self.root, &node(name), self.bmc(name).power());
    }

    /// The same of one whose BMC may not answer.
    pub(super) fn unseen_node(&mut self, name: &str) {
        let [_, uuid, _, mac, zone] = MACHINES.into_iter().find(|[of, ..]| *of == name).unwrap();
        assert!(self.names.is(uuid, uuid));
        let address = self.bmc(name).address();
        let node = json!({
            "uuid": uuid, "name": name, "availability_zone": zone,
            "ports": [{"mac_address": mac, "port_type": "10GE"}],
            "bmc": {"address": address.ip(), "port": address.port(), "username": "admin", "password": "…"},
        });
        self.make("/v1/nodes", &node);
    }

    /// Makes an instance, and waits until it is active.
    pub(super) fn instance(&mut self, client: &Client, name: &str) {
        self.unready_instance(client, name);
        self.wait_for(&format!("/v1/instances/{name}"), "status", "active");
    }

    /// Makes an instance.
    pub(super) fn unready_instance(&mut self, client: &Client, name: &str) {
        let body = json!({
            "name": name, "instance_type_uuid": SMALL, "image_uuid": DEBIAN, "networks": [{"net_id": LAN}],
        });
        let made = client.post("/v1/instances", &body).expect(201).json();
        if let Some((_, documented)) = INSTANCES.iter().find(|(of, _)| *of == name) {
            assert!(self.names.is(documented, made["uuid"].as_str().unwrap()));
        }
    }

    /// Waits until nothing is at a path any more.
    pub(super) fn wait_gone(&self, path: &str) {
        until_within(LONG, &format!("{path} to be gone"), || {
            (self.root.get(path).status == 404).then_some(())
        });
    }

    /// Orders a power change and waits until it is under way; gives its task.
    pub(super) fn order(&self, client: &Client, path: &str, target: &str) -> Value {
        client
            .put(&format!("{path}/states/power"), &json!({"target": target}))
            .expect(202);
        self.at(&format!("{path}/tasks"))["tasks"][0].clone()
    }

    /// Waits until the newest task at a path has ended.
    pub(super) fn wait_ended(&self, path: &str) {
        until_within(LONG, &format!("the tasks of {path} to end"), || {
            let newest = self.at(&format!("{path}/tasks"))["tasks"][0].clone();
            (!newest["finished_at"].is_null()).then_some(())
        });
    }

    /// Waits until the newest task at a path is in this state.
    pub(super) fn wait_task(&self, path: &str, state: &str) {
        until_within(LONG, &format!("the task of {path} to be {state}"), || {
            let tasks = self.at(&format!("{path}/tasks"));
            (tasks["tasks"][0]["state"] == state).then_some(())
        });
    }

    /// The number of the newest event.
    pub(super) fn newest_event(&self) -> u64 {
        let client = self.root.with("Accept", "application/json");
        let newest = client
            .get("/v1/events?sort_dir=desc&limit=1")
            .expect(200)
            .json();
        newest["events"][0]["id"].as_u64().unwrap()
    }

    /// Waits until a member of what is at a path has this value.
    pub(super) fn wait_for(&self, path: &str, member: &str, value: impl Into<Value>) {
        let value = value.into();
        until_within(LONG, &format!("{member} of {path} to be {value}"), || {
            (self.at(path)[member] == value).then_some(())
        });
    }

    /// Has the BMC of a machine answer nothing any more.
    pub(super) fn silence(&self, name: &str) {
        self.bmc(name).set_faults(Faults {
            dead: true,
            ..Faults::default()
        });
    }
}

/// A machine of the pages. The operating system of n2 does not heed a soft off, and r1n0003 does not get off at all, so that
/// orders to them stay under way.
fn machine([name, ..]: [&str; 5]) -> SimBmcConfig {
    let usual = Delays::default();
    let delays = match name {
        "n2" => Delays {
            soft_off: None,
            ..usual
        },
        "r1n0003" => Delays {
            power_off: Duration::from_secs(3600),
            ..usual
        },
        _ => usual,
    };
    SimBmcConfig {
        users: vec![SimUser::administrator("admin", "…")],
        power: if name == "r1n0003" {
            PowerState::On
        } else {
            PowerState::Off
        },
        delays,
        ..SimBmcConfig::new(name)
    }
}
