//! What a file says of a registered node and the daemon does not, as the patch that makes it so.
//!
//! Only what the file says counts, and what it does not mention stays. Only the settings of a BMC go that is reached by another
//! interface from now on. Each change first tests that the node still is as it was when the plan was shown.

use serde_json::{Map, Value};

use super::registered::is_nothing;
use crate::cli::patch::Patch;
use crate::view::node::HIDDEN;

/// What says which BMC it is, and who asks it: a secret is for these alone.
const ACCOUNT: [&str; 3] = ["address", "port", "username"];

/// One field that changes. What is secret is in neither value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    /// As `bmc.address`.
    pub(super) field: String,
    /// What it is; null where it is not there.
    pub(super) from: Value,
    /// What it becomes; null where it goes.
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
    /// Whether the stored password will be used for another address, port or user, because the file has none.
    pub(super) reuses_password: bool,
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
        let now = path.iter().try_fold(node, |of, key| of.get(*key));
        let mut keys = values.as_object().into_iter().flatten().map(|(key, _)| key);
        // That a member is not there can be tested of the whole alone.
        if let Some(now) = now
            && keys.any(|key| now.get(key).is_none())
        {
            self.patch.test(path, now.clone());
        }
        for (key, value) in values.as_object().into_iter().flatten() {
            self.field(&[path, &[key.as_str()]].concat(), value, node);
        }
    }

    fn bmc(&mut self, said: &Map<String, Value>, node: &Value, set_passwords: bool) {
        let nothing = Value::Null;
        let now = node.get("bmc").unwrap_or(&nothing);
        let interface = now.get("interface").unwrap_or(&nothing);
        if said.get("interface").is_some_and(|said| said != interface) {
            self.other_interface(said, now);
            return;
        }
        for (key, value) in said {
            match key.as_str() {
                "password" | "kg" | "interface" => {}
                "quirks" if same_set(value, now.get("quirks")) => {}
                _ => self.field(&["bmc", key], value, node),
            }
        }
        let is_other = |key: &&str| self.touches(&format!("bmc.{key}"));
        let (changed, same): (Vec<&str>, Vec<&str>) = ACCOUNT.iter().partition(|key| is_other(key));
        let is_other_account = !changed.is_empty();
        self.reuses_password = is_other_account && !said.contains_key("password");
        let mut sends_secrets = false;
        for key in ["password", "kg"] {
            let Some(secret) = said.get(key) else {
                continue;
            };
            let has_one = now.get(key).is_some_and(|now| !now.is_null());
            if set_passwords || is_other_account || !has_one {
                if !std::mem::replace(&mut sends_secrets, true) {
                    self.test_members(&["bmc"], &same, now);
                }
                self.patch.set(&["bmc", key], secret.clone());
                self.changed(&["bmc", key], Value::Null, HIDDEN.into());
            } else {
                self.keeps_secrets = true;
            }
        }
    }

    /// Of one interface's settings the other has no use.
    fn other_interface(&mut self, said: &Map<String, Value>, now: &Value) {
        self.patch.test(&["bmc"], now.clone());
        self.patch.set(&["bmc"], Value::Object(said.clone()));
        for (key, value) in said {
            let is_secret = matches!(key.as_str(), "password" | "kg");
            let to = if is_secret {
                HIDDEN.into()
            } else {
                value.clone()
            };
            let from = now.get(key).cloned().unwrap_or_default();
            self.changed(&["bmc", key], from, to);
        }
        for (key, value) in now.as_object().into_iter().flatten() {
            if !said.contains_key(key) && !is_nothing(value) {
                self.changed(&["bmc", key], value.clone(), Value::Null);
            }
        }
    }

    /// Tests that these members of `now` are as they are there.
    fn test_members(&mut self, path: &[&str], keys: &[&str], now: &Value) {
        for key in keys {
            if let Some(now) = now.get(key) {
                self.patch.test(&[path, &[key]].concat(), now.clone());
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
                self.test_members(&at_port, &[key], there);
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn node() -> Value {
        json!({
            "bmc": {"interface": "lan", "address": "10.0.0.1", "port": 623, "username": "admin", "password": HIDDEN,
                    "kg": null, "privilege_level": "operator", "cipher_suite": 17, "quirks": []},
            "ports": [{"mac_address": "52:54:00:12:34:01", "port_type": "10GE", "pxe_enabled": true}],
            "extra": {"rack": "1"}, "properties": {"cpus": 4, "capabilities": {"gpu": "a100"}},
        })
    }

    fn found(said: Value, set_passwords: bool) -> Difference {
        between(said.as_object().unwrap(), &node(), set_passwords)
    }

    /// The changes as `test PATH VALUE` and `add PATH VALUE`.
    #[track_caller]
    fn patch(said: Value) -> Vec<String> {
        let patch = found(said, true).patch.finish().unwrap();
        let one = |change: &Value| {
            let text = |key: &str| change[key].as_str().unwrap().to_owned();
            format!("{} {} {}", text("op"), text("path"), change["value"])
        };
        patch.as_array().unwrap().iter().map(one).collect()
    }

    #[test]
    fn a_secret_is_set_only_where_the_bmc_and_its_user_still_are_those_of_the_plan() {
        assert_eq!(
            patch(json!({"bmc": {"password": "s3cret", "kg": "k"}})),
            [
                "test /bmc/address \"10.0.0.1\"",
                "test /bmc/port 623",
                "test /bmc/username \"admin\"",
                "add /bmc/password \"s3cret\"",
                "add /bmc/kg \"k\"",
            ]
        );
        assert_eq!(
            patch(json!({"bmc": {"port": 624, "password": "s3cret"}})),
            [
                "test /bmc/port 623",
                "add /bmc/port 624",
                "test /bmc/address \"10.0.0.1\"",
                "test /bmc/username \"admin\"",
                "add /bmc/password \"s3cret\"",
            ]
        );
    }

    #[test]
    fn what_is_added_is_added_only_where_it_still_is_not_there() {
        assert_eq!(
            patch(json!({"extra": {"row": "2"}, "properties": {"capabilities": {"slots": "2"}}})),
            [
                "test /extra {\"rack\":\"1\"}",
                "add /extra/row \"2\"",
                "test /properties/capabilities {\"gpu\":\"a100\"}",
                "add /properties/capabilities/slots \"2\"",
            ]
        );
    }

    #[test]
    fn a_port_changes_only_where_it_still_is_as_the_plan_showed_it() {
        assert_eq!(
            patch(json!({"ports": [{"mac_address": "52:54:00:12:34:01", "port_type": "40GE"}]})),
            [
                "test /ports/0/mac_address \"52:54:00:12:34:01\"",
                "test /ports/0/port_type \"10GE\"",
                "add /ports/0/port_type \"40GE\"",
            ]
        );
    }

    #[test]
    fn another_interface_shows_what_goes_and_tests_all_of_it() {
        let found = found(json!({"bmc": {"interface": "open"}}), false);
        let gone: Vec<&str> = found
            .changes
            .iter()
            .filter(|change| change.to.is_null())
            .map(|change| change.field.as_str())
            .collect();
        let mut expected = [
            "bmc.address",
            "bmc.port",
            "bmc.username",
            "bmc.password",
            "bmc.privilege_level",
            "bmc.cipher_suite",
        ];
        expected.sort_unstable();
        let mut sorted = gone.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, expected);
        let patch = found.patch.finish().unwrap();
        assert_eq!(patch[0]["value"], node()["bmc"]);
    }

    #[test]
    fn a_password_that_will_be_used_elsewhere_is_known() {
        let is_reused = |bmc: Value| found(json!({"bmc": bmc}), false).reuses_password;
        assert!(is_reused(json!({"address": "10.0.0.2"})));
        assert!(!is_reused(json!({"address": "10.0.0.2", "password": "x"})));
        assert!(!is_reused(
            json!({"address": "10.0.0.1", "cipher_suite": 3})
        ));
    }
}
