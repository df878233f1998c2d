//! What an import will do, node by node, decided before the first change.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::difference::{Change, Difference, between};
use super::draft::Entry;
use super::owners::{Claim, check_owners};
use super::problem::Problems;
use super::registered::said_of;
use crate::rules::input::{self, InvalidInput};
use crate::service::node::NewNode;

/// What becomes of one node.
pub(super) struct Step {
    /// The node of the file.
    pub(super) entry: Entry,
    /// What is done.
    pub(super) action: Action,
}

/// What is done to a node.
pub(super) enum Action {
    /// It is registered.
    Create,
    /// It is changed by this patch.
    Change {
        /// The registered node's uuid.
        uuid: String,
        /// For people.
        changes: Vec<Change>,
        /// For the daemon.
        patch: Value,
    },
    /// It is as the file says.
    Nothing,
}

/// What an import will do.
#[derive(Default)]
pub(super) struct Plan {
    /// In the order of the file.
    pub(super) steps: Vec<Step>,
    /// How many nodes have a secret in the file that is not sent.
    pub(super) kept_secrets: usize,
    /// How many nodes have a stored password that will be used for another address, port or user.
    pub(super) reused_passwords: usize,
}

impl Step {
    /// Whether it is to be registered with a BMC on the network that the file has no password for.
    pub(super) fn lacks_password(&self) -> bool {
        let bmc = self.entry.body.get("bmc");
        let of = |key: &str| bmc.and_then(|bmc| bmc.get(key));
        matches!(self.action, Action::Create)
            && of("interface").and_then(Value::as_str) != Some("open")
            && of("password").is_none()
    }
}

/// Plans. What is wrong is added to the problems; the plan is of use only if there are none.
pub(super) fn plan(
    entries: Vec<Entry>,
    nodes: &[Value],
    types: &[Value],
    set_passwords: bool,
    problems: &mut Problems,
) -> Plan {
    let mut planning = Planning {
        by_uuid: by(nodes, "uuid"),
        by_name: by(nodes, "name"),
        types,
        set_passwords,
        problems,
        seen: HashMap::new(),
        claims: Vec::new(),
        plan: Plan::default(),
    };
    for entry in entries {
        planning.take(entry);
    }
    let Planning { claims, plan, .. } = planning;
    check_owners(nodes, &plan.steps, &claims, problems);
    plan
}

struct Planning<'a> {
    by_uuid: HashMap<&'a str, &'a Value>,
    by_name: HashMap<&'a str, &'a Value>,
    types: &'a [Value],
    set_passwords: bool,
    problems: &'a mut Problems,
    /// The names and uuids of the file so far, and the lines where they are.
    seen: HashMap<(&'static str, String), usize>,
    /// What each of the plan's nodes will have.
    claims: Vec<Claim>,
    plan: Plan,
}

impl<'a> Planning<'a> {
    fn take(&mut self, mut entry: Entry) {
        if !self.has_identity(&entry) {
            return;
        }
        self.name_type(&mut entry);
        // What could not be read would be told to be missing.
        if entry.is_broken {
            return;
        }
        let Ok(registered) = self.registered(&entry) else {
            return;
        };
        let planned = match registered {
            Some(node) => self.change(&entry, node),
            None => self.create(&entry),
        };
        if let Some((action, claim)) = planned {
            self.claims.push(claim);
            self.plan.steps.push(Step { entry, action });
        }
    }

    /// A name, and neither it nor the uuid twice.
    fn has_identity(&mut self, entry: &Entry) -> bool {
        let uuid = entry.says("uuid").map(str::to_owned);
        if let (None, None) = (entry.says("name"), &uuid) {
            self.problems
                .add(entry.problem("name", "has no name: add one"));
            return false;
        }
        let name = entry.says("name").map(str::to_owned);
        [("name", name), ("uuid", uuid)]
            .into_iter()
            .all(|(field, ident)| ident.is_none_or(|ident| self.is_first(entry, field, ident)))
    }

    fn is_first(&mut self, entry: &Entry, field: &'static str, ident: String) -> bool {
        let line = entry.place_of(field).line;
        let Some(first) = self.seen.insert((field, ident), line) else {
            return true;
        };
        let text = format!("has the {field} of another in line {first}: keep one of them");
        self.problems.add(entry.problem(field, text));
        false
    }

    /// The uuid of a type is shown as its name.
    fn name_type(&mut self, entry: &mut Entry) {
        let Some(said) = entry.says("instance_type").map(str::to_owned) else {
            return;
        };
        let is = |of: &&Value| {
            let text = |field: &str| of.get(field).and_then(Value::as_str);
            text("name") == Some(&said) || text("uuid") == Some(&said)
        };
        match self.types.iter().find(is).and_then(|of| of.get("name")) {
            Some(name) => {
                entry.body.insert("instance_type".to_owned(), name.clone());
            }
            None => {
                // In a row that slipped it may be a password, so it is not repeated.
                let text =
                    "instance_type: there is no type of this name or uuid: see ostler type list";
                self.problems.add(entry.problem("instance_type", text));
            }
        }
    }

    /// The registered node that an entry is about: that of its uuid, else that of its name.
    fn registered(&mut self, entry: &Entry) -> Result<Option<&'a Value>, ()> {
        let by_uuid = entry.says("uuid").and_then(|uuid| self.by_uuid.get(uuid));
        let by_name = entry.says("name").and_then(|name| self.by_name.get(name));
        let (by_uuid, by_name) = (by_uuid.copied(), by_name.copied());
        if let (Some(_), None) | (None, None) = (by_uuid, by_name) {
            return Ok(by_uuid);
        }
        let of_name = by_name.and_then(|node| text(node, "uuid"));
        let is_other = entry.says("uuid").is_some_and(|uuid| of_name != Some(uuid));
        if is_other {
            let uuid = of_name.unwrap_or_default();
            let problem = format!(
                "has the name of the registered node {uuid}, which is another: take the uuid out of the file to change that one, or choose another name"
            );
            self.problems.add(entry.problem("name", problem));
            return Err(());
        }
        Ok(by_name)
    }

    fn create(&mut self, entry: &Entry) -> Option<(Action, Claim)> {
        if !entry.body.contains_key("bmc") {
            let text = "is not registered and has no BMC here: add bmc with address, username and password";
            self.problems.add(entry.problem("", text));
            return None;
        }
        let mut body = entry.body.clone();
        name_by_uuid(&mut body);
        self.check(entry, body)?;
        let claim = Claim::new(String::new(), &entry.body, |_| true);
        Some((Action::Create, claim))
    }

    fn change(&mut self, entry: &Entry, node: &Value) -> Option<(Action, Claim)> {
        let uuid = text(node, "uuid").unwrap_or_default().to_owned();
        if !self.is_first(entry, "registered node", uuid.clone()) {
            return None;
        }
        let found = between(&entry.body, node, self.set_passwords);
        let merged = merged(said_of(node), &entry.body, &found);
        self.check(entry, merged.clone())?;
        let is_in_use = node
            .get("instance_uuid")
            .is_some_and(|uuid| !uuid.is_null());
        if is_in_use && found.touches("ports") {
            let text = "ports: an instance has the node, so they cannot change until that is deleted: leave them as they are";
            self.problems.add(entry.problem("ports", text));
            return None;
        }
        if found.touches("bmc.interface") && lacks_password(&entry.body) {
            let text = "bmc.password: a BMC that is reached in another way needs its password here";
            self.problems.add(entry.problem("bmc.interface", text));
            return None;
        }
        let claim = Claim::new(uuid.clone(), &merged, |field| found.touches(field));
        self.plan.kept_secrets += usize::from(found.keeps_secrets);
        self.plan.reused_passwords += usize::from(found.reuses_password);
        let Difference { changes, patch, .. } = found;
        let action = match patch.finish() {
            Err(_) => Action::Nothing,
            Ok(patch) => Action::Change {
                uuid,
                changes,
                patch,
            },
        };
        Some((action, claim))
    }

    /// The rules that the daemon will apply.
    fn check(&mut self, entry: &Entry, body: Map<String, Value>) -> Option<()> {
        let read = input::read::<NewNode>(Value::Object(body)).map_err(without_value);
        let checked = read.and_then(NewNode::check);
        match checked {
            Ok(()) => Some(()),
            Err(invalid) => {
                let problem = entry.problem(&invalid.field, invalid.to_string());
                self.problems.add(problem);
                None
            }
        }
    }
}

/// Serde repeats what stands there: in a row that slipped it may be a password.
fn without_value(mut invalid: InvalidInput) -> InvalidInput {
    if let Some((_, expected)) = invalid.problem.rsplit_once(", expected ") {
        invalid.problem = format!("must be {expected}");
    }
    invalid
}

fn text<'a>(node: &'a Value, field: &str) -> Option<&'a str> {
    node.get(field).and_then(Value::as_str)
}

/// Ironic's nodes need no name; here the uuid is one.
pub(super) fn name_by_uuid(body: &mut Map<String, Value>) {
    if let (None, Some(uuid)) = (body.get("name"), body.get("uuid").cloned()) {
        body.insert("name".to_owned(), uuid);
    }
}

fn lacks_password(body: &Map<String, Value>) -> bool {
    let bmc = body.get("bmc");
    let of = |key: &str| bmc.and_then(|bmc| bmc.get(key));
    of("interface").and_then(Value::as_str) == Some("lan") && of("password").is_none()
}

fn by<'a>(nodes: &'a [Value], field: &str) -> HashMap<&'a str, &'a Value> {
    let pairs = nodes
        .iter()
        .filter_map(|node| Some((text(node, field)?, node)));
    pairs.collect()
}

/// A registered node as it will be, for the rules: its stored secrets are good.
fn merged(
    mut node: Map<String, Value>,
    said: &Map<String, Value>,
    found: &Difference,
) -> Map<String, Value> {
    for (field, value) in said {
        let begins_anew = field == "bmc" && found.touches("bmc.interface");
        match (node.get_mut(field), value) {
            (Some(Value::Array(there)), Value::Array(said)) if field == "ports" => {
                let is_said = |port: &Value| {
                    let address = port.get("mac_address");
                    said.iter().any(|said| said.get("mac_address") == address)
                };
                there.retain(|port| !is_said(port));
                // Behind the file's own, whose places messages name.
                let others = std::mem::replace(there, said.clone());
                there.extend(others);
            }
            (Some(Value::Object(there)), Value::Object(said)) if !begins_anew => {
                let capabilities = there.get("capabilities").cloned();
                there.extend(said.clone());
                if let (Some(Value::Object(mut before)), Some(Value::Object(said))) =
                    (capabilities, said.get("capabilities").cloned())
                {
                    before.extend(said);
                    there.insert("capabilities".to_owned(), Value::Object(before));
                }
            }
            _ => {
                node.insert(field.clone(), value.clone());
            }
        }
    }
    node
}
