//! Where the tests of the API's contract happen: a daemon with a simulated rack, reached by either transport.
#![cfg(test)]

use std::sync::Arc;

use ostler::sim::{SimBmc, SimBmcConfig};
use rustls::ClientConfig;
use serde_json::{Value, json};

use crate::common::daemon::{Daemon, Parts, register_node};
use crate::common::http::{Client, Response};
use crate::common::sim::SimRack;
use crate::common::tls::Authority;
use crate::common::wait::until;

/// What an instance shows to everybody who may see it.
pub(crate) const INSTANCE_FIELDS: [&str; 17] = [
    "name",
    "description",
    "instance_type_uuid",
    "image_uuid",
    "availability_zone",
    "network_info",
    "links",
    "uuid",
    "status",
    "power_state",
    "project_id",
    "user_id",
    "updated_at",
    "created_at",
    "launched_at",
    "extra",
    "last_error",
];

/// A UUID that nothing has.
pub(crate) const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// How a client comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Via {
    Unix,
    Tcp,
    Tls,
}

/// A daemon, its rack, and what instances are made of.
pub(crate) struct Site {
    pub(crate) daemon: Daemon,
    pub(crate) parts: Parts,
    /// The nodes' uuids, in the order of the BMCs: node `n0`, `n1`, …
    pub(crate) nodes: Vec<String>,
    pub(crate) bmcs: Vec<SimBmc>,
    /// What clients with TLS believe; `None` where there is none.
    tls: Option<Arc<ClientConfig>>,
    _rack: SimRack,
}

/// Runs a scenario on a fresh site for each transport.
pub(crate) fn on_both(nodes: usize, scenario: impl Fn(&Site, Via)) {
    for via in [Via::Unix, Via::Tcp] {
        println!("via {via:?}");
        scenario(&Site::of(nodes), via);
    }
}

impl Site {
    /// With healthy, quick nodes.
    pub(crate) fn of(nodes: usize) -> Self {
        Self::with(healthy(nodes))
    }

    /// With healthy, quick nodes, and where this transport is spoken.
    pub(crate) fn via(via: Via, nodes: usize) -> Self {
        if via != Via::Tls {
            return Self::of(nodes);
        }
        let authority = Authority::new();
        Self {
            tls: Some(authority.trusted(&["http/1.1"])),
            ..Self::at(authority.daemon(Vec::new(), ""), healthy(nodes))
        }
    }

    /// With these nodes.
    pub(crate) fn with(bmcs: Vec<SimBmcConfig>) -> Self {
        Self::at(Daemon::start(), bmcs)
    }

    /// At this daemon.
    pub(crate) fn at(daemon: Daemon, bmcs: Vec<SimBmcConfig>) -> Self {
        let rack = SimRack::start(bmcs);
        let admin = daemon.unix();
        let bmcs: Vec<SimBmc> = rack.bmcs().collect();
        let nodes = bmcs
            .iter()
            .enumerate()
            .map(|(index, bmc)| register_node(&admin, &format!("n{index}"), bmc))
            .collect();
        Self {
            parts: Parts::make(&admin),
            daemon,
            nodes,
            bmcs,
            tls: None,
            _rack: rack,
        }
    }

    /// Without credentials; on the socket the kernel says who it is all the same.
    pub(crate) fn bare(&self, via: Via) -> Client {
        match via {
            Via::Unix => self.daemon.unix(),
            Via::Tcp => self.daemon.tcp(),
            Via::Tls => {
                let believed = self.tls.clone().expect("a site with TLS");
                Client::tls(self.daemon.tcp_address(), believed)
            }
        }
    }

    /// An admin of project `default`: known by the kernel on the socket, by a token on TCP.
    pub(crate) fn admin(&self, via: Via) -> Client {
        match via {
            Via::Unix => self.daemon.unix(),
            Via::Tcp | Via::Tls => {
                let token = self.daemon.token("root", "default", "admin");
                self.bare(via).with_token(&token)
            }
        }
    }

    /// Somebody with a token.
    pub(crate) fn client(&self, via: Via, project: &str, role: &str) -> Client {
        let token = self
            .daemon
            .token(&format!("{project}-{role}"), project, role);
        self.bare(via).with_token(&token)
    }

    /// A new instance, as the answer shows it.
    #[track_caller]
    pub(crate) fn create(&self, client: &Client, name: &str) -> Value {
        let body = self.parts.instance(name);
        client.post("/v1/instances", &body).expect(201).json()
    }

    /// A new instance that is active and has nothing under way; its path.
    #[track_caller]
    pub(crate) fn active(&self, client: &Client, name: &str) -> String {
        let path = path_of(&self.create(client, name));
        until(&format!("{name} to be active"), || {
            let instance = client.get(&path).expect(200).json();
            assert_ne!(instance["status"], "error", "{instance}");
            (instance["status"] == "active").then_some(())
        });
        path
    }

    /// The body of a create with one field set to something else.
    pub(crate) fn instance_with(&self, field: &str, value: Value) -> Value {
        let mut body = self.parts.instance("with");
        body[field] = value;
        body
    }
}

/// So many healthy, quick nodes.
pub(crate) fn healthy(nodes: usize) -> Vec<SimBmcConfig> {
    let named = |index| SimBmcConfig::new(format!("n{index}"));
    (0..nodes).map(named).collect()
}

/// Where an instance is.
pub(crate) fn path_of(instance: &Value) -> String {
    format!("/v1/instances/{}", text(&instance["uuid"]))
}

/// A string.
#[track_caller]
pub(crate) fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("not a string: {value}"))
}

/// The keys of an object, sorted.
#[track_caller]
pub(crate) fn keys(value: &Value) -> Vec<String> {
    let object = value
        .as_object()
        .unwrap_or_else(|| panic!("not an object: {value}"));
    let mut keys: Vec<String> = object.keys().cloned().collect();
    keys.sort_unstable();
    keys
}

/// Names, sorted like [`keys`].
pub(crate) fn sorted(names: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = names.iter().map(ToString::to_string).collect();
    names.sort_unstable();
    names
}

/// One column of a list.
#[track_caller]
pub(crate) fn column(list: &Value, plural: &str, field: &str) -> Vec<String> {
    let entries = list[plural]
        .as_array()
        .unwrap_or_else(|| panic!("no {plural}: {list}"));
    entries
        .iter()
        .map(|entry| text(&entry[field]).to_owned())
        .collect()
}

/// Fails unless this is the documented error and its message names something.
#[track_caller]
pub(crate) fn refused(answer: Response, status: u16, named: &str) {
    let message = answer.expect_error(status);
    assert!(message.contains(named), "{named:?} is not named: {message}");
}

/// Everything that the API lists, without what the daemon changes by itself: to see that nothing was changed.
pub(crate) fn everything(admin: &Client) -> Value {
    let list = |path: &str| admin.get(path).expect(200).json();
    let mut nodes = list("/v1/nodes");
    for node in nodes["nodes"].as_array_mut().unwrap() {
        for field in [
            "power_state",
            "power_state_at",
            "last_power_state",
            "last_power_state_at",
            "health",
            "last_error",
            "updated_at",
            "bmc_learned",
        ] {
            node[field] = Value::Null;
        }
    }
    let mut tokens = list("/v1/tokens");
    for token in tokens["tokens"].as_array_mut().unwrap() {
        for field in ["last_used_at", "last_used_from"] {
            token[field] = Value::Null;
        }
    }
    json!({
        "instances": list("/v1/instances/detail?all_tenants=1"),
        "types": list("/v1/types"),
        "images": list("/v1/images"),
        "networks": list("/v1/networks"),
        "zones": list("/v1/availability_zones"),
        "nodes": nodes,
        "tokens": tokens,
    })
}
