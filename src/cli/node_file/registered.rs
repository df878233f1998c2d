//! A registered node in the words of a file: what the API shows of it, without what is of the moment and without secrets.

use serde_json::{Map, Value};

/// The fields of a node that a file has, in its order.
pub(super) const FIELDS: [&str; 10] = [
    "name",
    "uuid",
    "availability_zone",
    "instance_type",
    "bmc",
    "properties",
    "ports",
    "extra",
    "power_policy",
    "min_off_secs",
];

/// The fields of its BMC, without secrets.
pub(super) const BMC_FIELDS: [&str; 8] = [
    "interface",
    "address",
    "port",
    "username",
    "privilege_level",
    "cipher_suite",
    "quirks",
    "device",
];

/// What a file says of a node that the API shows.
pub(super) fn said_of(node: &Value) -> Map<String, Value> {
    let mut said = picked(node, &FIELDS);
    if let Some(bmc) = said.get_mut("bmc") {
        *bmc = Value::Object(picked(bmc, &BMC_FIELDS));
    }
    if let Some(properties) = said.get_mut("properties") {
        let fields = ["cpus", "memory_mb", "local_gb", "cpu_arch", "capabilities"];
        *properties = Value::Object(picked(properties, &fields));
    }
    if let Some(Value::Array(ports)) = said.get_mut("ports") {
        for port in ports {
            *port = Value::Object(picked(port, &["mac_address", "port_type", "pxe_enabled"]));
        }
    }
    said.retain(|_, value| !is_nothing(value));
    said
}

/// These fields, where they are something.
fn picked(of: &Value, fields: &[&str]) -> Map<String, Value> {
    let present = fields.iter().filter_map(|field| {
        let value = of.get(*field).filter(|value| !is_nothing(value))?;
        Some(((*field).to_owned(), value.clone()))
    });
    present.collect()
}

/// Whether a value is as good as not there.
pub(super) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
