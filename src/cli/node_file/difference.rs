//! What a file says of a registered node and the daemon does not, as the patch that makes it so.
//!
//! Only what the file says counts: what it does not mention stays, and nothing is ever removed. Each change first tests that
//! the node still is as it was when the plan was shown.

use serde_json::{Map, Value};

use crate::cli::patch::Patch;
use crate::view::node::HIDDEN;

/// One field that changes. What is secret is in neither value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    /// As `bmc.address`.
    pub(super) field: String,
    /// What it is; null where it is not there.
    pub(super) from: Value,
    /// What it becomes.
    pub(super) to: Value,
}

/// All that changes of a node.
#[derive(Debug, Default)]
pub(super) struct Difference {
    /// For people.
    pub(super) changes: Vec<Change>,
    /// For the daemon.
    pub(super) patch: Patch,
    /// Whether the file has a secret that is not sent, because it cannot be compared.
    pub(super) keeps_secrets: bool,
}

/// Compares. `said` is the file's, `node` the API's; `set_passwords` sends the secrets of the file whatever the node has.
pub(super) fn between(said: &Map<String, Value>, node: &Value, set_passwords: bool) -> Difference {
    let mut found = Difference::default();
    for (field, value) in said {
        match (field.as_str(), value) {
            ("uuid", _) => {}
            ("bmc", Value::Object(bmc)) => found.bmc(bmc, node, set_passwords),
            ("ports", Value::Array(ports)) => found.ports(ports, node),
            ("extra", Value::Object(_)) => found.members(&["extra"], value, node),
            ("properties", Value::Object(properties)) => {
                for (key, value) in properties {
                    if key == "capabilities" {
                        found.members(&["properties", key], value, node);
                    } else {
                        found.field(&["properties", key], value, node);
                    }
                }
            }
            (field, value) => found.field(&[field], value, node),
        }
    }
    found
}

impl Difference {
    /// Whether this field, or one below it, changes.
    pub(super) fn touches(&self, field: &str) -> bool {
        let is_in = |change: &Change| {
            change
                .field
                .strip_prefix(field)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.changes.iter().any(is_in)
    }

    fn changed(&mut self, path: &[&str], from: Value, to: Value) {
        let field = path.join(".");
        self.changes.push(Change { field, from, to });
    }

    fn field(&mut self, path: &[&str], value: &Value, node: &Value) {
        let now = path.iter().try_fold(node, |of, key| of.get(*key));
        if now == Some(value) {
            return;
        }
        if let Some(now) = now {
            self.patch.test(path, now.clone());
        }
        self.patch.set(path, value.clone());
        self.changed(path, now.cloned().unwrap_or_default(), value.clone());
    }

    fn members(&mut self, path: &[&str], values: &Value, node: &Value) {
        for (key, value) in values.as_object().into_iter().flatten() {
            self.field(&[path, &[key.as_str()]].concat(), value, node);
        }
    }

    fn bmc(&mut self, said: &Map<String, Value>, node: &Value, set_passwords: bool) {
        let nothing = Value::Null;
        let now = node.get("bmc").unwrap_or(&nothing);
        let interface = now.get("interface").unwrap_or(&nothing);
        if said.get("interface").is_some_and(|said| said != interface) {
            // Of one interface's settings the other has no use.
            self.patch.test(&["bmc", "interface"], interface.clone());
            self.patch.set(&["bmc"], Value::Object(said.clone()));
            let none = Value::Null;
            for (key, value) in said {
                let is_secret = matches!(key.as_str(), "password" | "kg");
                let to = if is_secret {
                    HIDDEN.into()
                } else {
                    value.clone()
                };
                let from = if key == "interface" { interface } else { &none };
                self.changed(&["bmc", key], from.clone(), to);
            }
            return;
        }
        for (key, value) in said {
            match key.as_str() {
                "password" | "kg" | "interface" => {}
                "quirks" if same_set(value, now.get("quirks")) => {}
                _ => self.field(&["bmc", key], value, node),
            }
        }
        let is_other_account = ["address", "port", "username"]
            .iter()
            .any(|key| self.touches(&format!("bmc.{key}")));
        for key in ["password", "kg"] {
            let Some(secret) = said.get(key) else {
                continue;
            };
            let has_one = now.get(key).is_some_and(|now| !now.is_null());
            if set_passwords || is_other_account || !has_one {
                self.patch.set(&["bmc", key], secret.clone());
                self.changed(&["bmc", key], Value::Null, HIDDEN.into());
            } else {
                self.keeps_secrets = true;
            }
        }
    }

    /// Ports are known by their addresses.
    fn ports(&mut self, said: &[Value], node: &Value) {
        let none = Vec::new();
        let now = node.get("ports").and_then(Value::as_array).unwrap_or(&none);
        for port in said {
            let address = port.get("mac_address");
            let there = now.iter().position(|of| of.get("mac_address") == address);
            let Some((index, there)) = there.and_then(|at| Some((at.to_string(), now.get(at)?)))
            else {
                self.patch.set(&["ports", "-"], port.clone());
                self.changed(&["ports"], Value::Null, port.clone());
                continue;
            };
            for (key, value) in port.as_object().into_iter().flatten() {
                let of_port = there.get(key);
                if of_port == Some(value) {
                    continue;
                }
                let at_port = ["ports", index.as_str()];
                let address = address.cloned().unwrap_or_default();
                self.patch
                    .test(&[&at_port[..], &["mac_address"]].concat(), address.clone());
                self.patch
                    .set(&[&at_port[..], &[key.as_str()]].concat(), value.clone());
                let field = format!("ports[{}].{key}", address.as_str().unwrap_or_default());
                let from = of_port.cloned().unwrap_or_default();
                self.changes.push(Change {
                    field,
                    from,
                    to: value.clone(),
                });
            }
        }
    }
}

fn same_set(one: &Value, other: Option<&Value>) -> bool {
    let names = |of: &Value| {
        let mut names: Vec<String> = of
            .as_array()
            .into_iter()
            .flatten()
            .map(ToString::to_string)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    other.is_some_and(|other| names(one) == names(other))
}
