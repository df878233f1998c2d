//! No two nodes have one BMC, or one port: looked at as things will be when the import is done.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::plan::Step;
use super::problem::Problems;
use super::registered::said_of;

/// What a node of the file will have that no other may have.
pub(super) struct Claim {
    /// The uuid of a registered node, empty for a new one.
    uuid: String,
    things: Vec<Thing>,
}

struct Thing {
    field: &'static str,
    /// In one spelling.
    what: String,
    /// Whether it is this import that sets it.
    is_new: bool,
}

impl Claim {
    /// What the node will be. `is_new` says of a field whether it is this import that sets it.
    pub(super) fn new(
        uuid: String,
        node: &Map<String, Value>,
        is_new: impl Fn(&str) -> bool,
    ) -> Self {
        let mut things = things(node);
        for thing in &mut things {
            let below = ["bmc.address", "bmc.port"];
            thing.is_new = match thing.field {
                "ports" => is_new("ports"),
                _ => below.into_iter().any(&is_new),
            };
        }
        Self { uuid, things }
    }
}

/// Adds a problem for each step that takes what another node has. The claims are in the order of the steps.
pub(super) fn check_owners(
    nodes: &[Value],
    steps: &[Step],
    claims: &[Claim],
    problems: &mut Problems,
) {
    let in_file: HashSet<&str> = claims.iter().map(|claim| claim.uuid.as_str()).collect();
    let mut owners: HashMap<String, &str> = HashMap::new();
    for node in nodes {
        let of = |field: &str| node.get(field).and_then(Value::as_str).unwrap_or_default();
        if !in_file.contains(of("uuid")) {
            for thing in things(&said_of(node)) {
                owners.insert(thing.what, of("name"));
            }
        }
    }
    // What stays as it is has it by right, wherever it stands in the file.
    for is_new in [false, true] {
        for (step, claim) in steps.iter().zip(claims) {
            let mut told = HashSet::new();
            for thing in claim.things.iter().filter(|thing| thing.is_new == is_new) {
                let label = step.entry.label.as_str();
                match owners.get(&thing.what) {
                    Some(owner) if is_new && told.insert(&thing.what) => {
                        let text = format!(
                            "{}: {} is that of the node {owner} already",
                            thing.field, thing.what
                        );
                        problems.add(step.entry.problem(thing.field, text));
                    }
                    Some(_) => {}
                    None => {
                        owners.insert(thing.what.clone(), label);
                    }
                }
            }
        }
    }
}

fn things(node: &Map<String, Value>) -> Vec<Thing> {
    let mut found = Vec::new();
    let text = |of: &Value, field: &str| of.get(field).and_then(Value::as_str).map(str::to_owned);
    if let Some(bmc) = node.get("bmc")
        && let Some(address) = text(bmc, "address")
    {
        let port = bmc.get("port").and_then(Value::as_u64).unwrap_or(623);
        found.push(Thing {
            field: "bmc.address",
            what: format!("the BMC {}:{port}", address.to_ascii_lowercase()),
            is_new: false,
        });
    }
    let ports = node.get("ports").and_then(Value::as_array);
    for port in ports.into_iter().flatten() {
        if let Some(address) = text(port, "mac_address") {
            found.push(Thing {
                field: "ports",
                what: format!("the address {address}"),
                is_new: false,
            });
        }
    }
    found
}
