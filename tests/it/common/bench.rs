//! A rack, a daemon, and nodes for them: where tests of power begin, and what they ask.

use std::collections::HashSet;

use ostler::model::power::PowerState;
use ostler::sim::{ControlCounts, SimBmc, SimBmcConfig};
use serde_json::{Value, json};

use super::daemon::{Daemon, Parts};
use super::http::Client;
use super::sim::SimRack;
use super::wait::until;

/// A daemon with a node for each BMC of a rack. The node has the name of its BMC, and a zone `z-NAME` to itself.
pub(crate) struct Bench {
    pub(crate) rack: SimRack,
    pub(crate) daemon: Daemon,
    pub(crate) admin: Client,
}

impl Bench {
    /// Starts a rack and a daemon with these lines below `[power]`, and waits until each node's power is known.
    pub(crate) fn start(configs: Vec<SimBmcConfig>, power: &str) -> Self {
        Self::over(SimRack::start(configs), Daemon::with_power(power))
    }

    /// The same over a rack and a daemon that are there.
    pub(crate) fn over(rack: SimRack, daemon: Daemon) -> Self {
        let admin = daemon.unix();
        for bmc in rack.bmcs() {
            register(&admin, bmc.name(), bmc_settings(&bmc));
        }
        let bench = Self {
            rack,
            daemon,
            admin,
        };
        for bmc in bench.rack.bmcs() {
            bench.wait_power(&node(bmc.name()), bmc.power());
        }
        bench
    }

    /// The BMC of this name.
    pub(crate) fn bmc(&self, name: &str) -> SimBmc {
        self.rack.by_name(name).unwrap()
    }

    /// What the API says at a path.
    #[track_caller]
    pub(crate) fn at(&self, path: &str) -> Value {
        self.admin.get(path).expect(200).json()
    }

    /// Orders a power change of what is at a path.
    #[track_caller]
    pub(crate) fn order(&self, path: &str, target: &str) {
        order(&self.admin, path, &json!({"target": target}));
    }

    /// The same, with a timeout in seconds.
    #[track_caller]
    pub(crate) fn order_within(&self, path: &str, target: &str, timeout: u32) {
        order(
            &self.admin,
            path,
            &json!({"target": target, "timeout": timeout}),
        );
    }

    /// Orders a change and waits until its task has ended in this state; gives the task.
    #[track_caller]
    pub(crate) fn order_until(&self, path: &str, target: &str, state: &str) -> Value {
        let before = tasks(&self.admin, path);
        self.order(path, target);
        self.wait_task_after(path, &before, state)
    }

    /// Waits until a task that is not among these has ended, in this state; gives the task.
    #[track_caller]
    pub(crate) fn wait_task_after(
        &self,
        path: &str,
        before: &HashSet<String>,
        state: &str,
    ) -> Value {
        let ended = until(&format!("a task of {path} to end"), || {
            let all = self.at(&format!("{path}/tasks"));
            all["tasks"].as_array().unwrap().iter().find_map(|task| {
                let new = !before.contains(task["uuid"].as_str().unwrap());
                (new && !task["finished_at"].is_null()).then(|| task.clone())
            })
        });
        assert_eq!(ended["state"], state, "{ended:#}");
        ended
    }

    /// Waits until the API says this power, and that nothing is under way.
    #[track_caller]
    pub(crate) fn wait_power(&self, path: &str, power: PowerState) {
        wait_power(&self.admin, path, power);
    }

    /// Makes an instance on the node of this name, which must be free; gives its path at once.
    #[track_caller]
    pub(crate) fn create(&self, parts: &Parts, name: &str) -> String {
        let mut body = parts.instance(name);
        body["availability_zone"] = json!(format!("z-{name}"));
        let made = self.admin.post("/v1/instances", &body).expect(201).json();
        format!("/v1/instances/{}", made["uuid"].as_str().unwrap())
    }

    /// The same, and waits until it is active.
    #[track_caller]
    pub(crate) fn create_active(&self, parts: &Parts, name: &str) -> String {
        let path = self.create(parts, name);
        self.wait_status(&path, "active");
        path
    }

    /// Waits until an instance has this status.
    #[track_caller]
    pub(crate) fn wait_status(&self, path: &str, status: &str) {
        until(&format!("{path} to be {status}"), || {
            (self.at(path)["status"] == status).then_some(())
        });
    }

    /// Waits until an instance is gone.
    #[track_caller]
    pub(crate) fn wait_gone(&self, path: &str) {
        until(&format!("{path} to be gone"), || {
            (self.admin.get(path).status == 404).then_some(())
        });
    }
}

/// The path of a node by its name.
pub(crate) fn node(name: &str) -> String {
    format!("/v1/nodes/{name}")
}

/// How a simulated BMC is reached, as user `admin` with password `admin`.
pub(crate) fn bmc_settings(bmc: &SimBmc) -> Value {
    let address = bmc.address();
    json!({
        "address": address.ip().to_string(), "port": address.port(),
        "username": "admin", "password": "admin",
    })
}

/// Registers a node in a zone of its own, with one port.
#[track_caller]
pub(crate) fn register(admin: &Client, name: &str, bmc: Value) {
    let port = bmc["port"].as_u64().unwrap_or_default();
    let node = json!({
        "name": name,
        "availability_zone": format!("z-{name}"),
        "bmc": bmc,
        "ports": [{"mac_address": format!("02:00:00:00:{:02x}:{:02x}", port >> 8, port & 0xff)}],
    });
    admin.post("/v1/nodes", &node).expect(201);
}

/// The uuids of the tasks that there are at a path.
#[track_caller]
pub(crate) fn tasks(admin: &Client, path: &str) -> HashSet<String> {
    let all = admin.get(&format!("{path}/tasks")).expect(200).json();
    let all = all["tasks"].as_array().unwrap();
    all.iter()
        .map(|task| task["uuid"].as_str().unwrap().to_owned())
        .collect()
}

/// Waits until the API says this power, and that nothing is under way.
#[track_caller]
pub(crate) fn wait_power(client: &Client, path: &str, power: PowerState) {
    let power = power.to_string();
    until(&format!("{path} to be {power}"), || {
        let states = client.get(&format!("{path}/states")).expect(200).json();
        (states["power_state"] == *power && states["target_power_state"].is_null()).then_some(())
    });
}

/// What was received since an earlier count, as (off, on, soft).
pub(crate) fn since(bmc: &SimBmc, before: &ControlCounts) -> (u64, u64, u64) {
    let now = bmc.counters().controls_received;
    assert_eq!(
        (now.cycle, now.reset, now.diag),
        (before.cycle, before.reset, before.diag),
        "no cycle, no reset"
    );
    (
        now.down - before.down,
        now.up - before.up,
        now.soft - before.soft,
    )
}

#[track_caller]
fn order(admin: &Client, path: &str, body: &Value) {
    admin.put(&format!("{path}/states/power"), body).expect(202);
}
