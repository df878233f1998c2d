//! Nodes as the API of Ostler takes and shows them, which is what `ostler node export` writes.

use serde_json::json;

use super::draft::{Draft, Read, Row, flag};
use super::tree::{Kind, Member, Tree};
use crate::cli::body::Body;
use crate::cli::node_spec;
use crate::rules::input;

/// The keys of a node. What the API shows besides is passed over, so that a list of nodes can be read as it is.
pub(super) const NODE: &[Row] = &[
    Row("name", Read::Text, &["name"]),
    Row("uuid", Read::By(uuid), &[]),
    Row("availability_zone", Read::Text, &["availability_zone"]),
    Row("instance_type", Read::Text, &["instance_type"]),
    Row("power_policy", Read::Text, &["power_policy"]),
    Row("min_off_secs", Read::Whole, &["min_off_secs"]),
    Row("bmc", Read::Inside(BMC), &[]),
    Row("properties", Read::Inside(PROPERTIES), &[]),
    Row("ports", Read::By(ports), &[]),
    Row("extra", Read::Texts, &["extra"]),
    Row("bmc_learned", Read::Shown, &[]),
    Row("power_state", Read::Shown, &[]),
    Row("target_power_state", Read::Shown, &[]),
    Row("power_state_at", Read::Shown, &[]),
    Row("last_power_state", Read::Shown, &[]),
    Row("last_power_state_at", Read::Shown, &[]),
    Row("health", Read::Shown, &[]),
    Row("last_error", Read::Shown, &[]),
    Row("runs_ostlerd", Read::Shown, &[]),
    Row("maintenance", Read::Shown, &[]),
    Row("maintenance_reason", Read::Shown, &[]),
    Row("instance_uuid", Read::Shown, &[]),
    Row("links", Read::Shown, &[]),
    Row("created_at", Read::Shown, &[]),
    Row("updated_at", Read::Shown, &[]),
];

const BMC: &[Row] = &[
    Row("interface", Read::Text, &["bmc", "interface"]),
    Row("address", Read::Text, &["bmc", "address"]),
    Row("port", Read::Whole, &["bmc", "port"]),
    Row("username", Read::Text, &["bmc", "username"]),
    Row("password", Read::Text, &["bmc", "password"]),
    Row("kg", Read::Text, &["bmc", "kg"]),
    Row("privilege_level", Read::Text, &["bmc", "privilege_level"]),
    Row("cipher_suite", Read::Whole, &["bmc", "cipher_suite"]),
    Row("quirks", Read::List, &["bmc", "quirks"]),
    Row("device", Read::Text, &["bmc", "device"]),
];

const PROPERTIES: &[Row] = &[
    Row("cpus", Read::Whole, &["properties", "cpus"]),
    Row("memory_mb", Read::Whole, &["properties", "memory_mb"]),
    Row("local_gb", Read::Whole, &["properties", "local_gb"]),
    Row("cpu_arch", Read::Text, &["properties", "cpu_arch"]),
    Row("capabilities", Read::Texts, &["properties", "capabilities"]),
];

const NO_MAC_ADDRESS: &str = "must be a MAC address such as 52:54:00:12:34:56";

/// A uuid in any usual spelling, as the API shows it.
pub(super) fn uuid(draft: &mut Draft<'_>, tree: &Tree, source: &str) {
    match tree.text().map(str::trim).map(uuid::Uuid::parse_str) {
        Some(Ok(uuid)) => draft.put(&["uuid"], uuid.to_string(), tree.at),
        _ => draft.wrong(
            tree.at,
            source,
            "must be a uuid; leave it out for a new one",
        ),
    }
}

/// Ports as maps, or in one text each, `MAC[,TYPE][,no-pxe]`.
fn ports(draft: &mut Draft<'_>, tree: &Tree, source: &str) {
    let Kind::List(ports) = &tree.kind else {
        draft.wrong(tree.at, source, "must be a list of ports");
        return;
    };
    for (index, port) in ports.iter().enumerate() {
        let source = format!("{source}[{index}]");
        match &port.kind {
            Kind::Scalar { text, .. } => written(draft, port, text, &source),
            Kind::Map(members) => mapped(draft, port, members, &source),
            Kind::List(_) => draft.wrong(port.at, &source, "must be a map or a text"),
        }
    }
}

/// A port in one text.
pub(super) fn written(draft: &mut Draft<'_>, tree: &Tree, text: &str, source: &str) {
    match node_spec::port(text.trim()) {
        Ok(port) => draft.put_port(port, tree.at),
        // What stands there is not repeated: in a row that slipped it may be a password.
        Err(_) => draft.wrong(
            tree.at,
            source,
            "is no port: write it as MAC[,TYPE][,no-pxe], with a MAC address such as 52:54:00:12:34:56",
        ),
    }
}

fn mapped(draft: &mut Draft<'_>, tree: &Tree, members: &[Member], source: &str) {
    let mut body = Body::default();
    let mut has_address = false;
    for Member { key, at, value } in members {
        let source = format!("{source}.{key}");
        match (key.as_str(), value.text()) {
            // The uuid of a port is the daemon's own: it knows the port by its address.
            ("uuid", _) => {}
            (_, Some(_)) if value.is_null() => {}
            ("mac_address", Some(text)) => {
                has_address = true;
                match input::mac_address(&source, text) {
                    Ok(address) => body = body.with("mac_address", address),
                    Err(_) => draft.wrong(*at, &source, NO_MAC_ADDRESS),
                }
            }
            ("port_type", Some(text)) => body = body.with("port_type", text),
            ("pxe_enabled", Some(_)) => match flag(value) {
                Some(flag) => body = body.with("pxe_enabled", flag),
                None => draft.wrong(*at, &source, "must be true or false"),
            },
            ("mac_address" | "port_type" | "pxe_enabled", None) => {
                draft.wrong(*at, &source, "must not be a list or map");
            }
            _ => draft.wrong(
                *at,
                &source,
                "is no known key: known are mac_address, port_type, pxe_enabled",
            ),
        }
    }
    if has_address {
        let port = body.build();
        if port.get("mac_address").is_some() {
            draft.put_port(port, tree.at);
        }
    } else {
        draft.wrong(tree.at, source, "has no mac_address: add it");
    }
}

/// A port of which only the address is known, and whether the machine boots from it.
pub(super) fn plain_port(
    draft: &mut Draft<'_>,
    address: &Tree,
    pxe_enabled: Option<bool>,
    source: &str,
) {
    let Some(text) = address.text() else {
        draft.wrong(address.at, source, NO_MAC_ADDRESS);
        return;
    };
    match input::mac_address(source, text) {
        Ok(mac) => {
            let mut port = json!({"mac_address": mac});
            if let Some(pxe_enabled) = pxe_enabled {
                port["pxe_enabled"] = pxe_enabled.into();
            }
            draft.put_port(port, address.at);
        }
        Err(_) => draft.wrong(address.at, source, NO_MAC_ADDRESS),
    }
}
