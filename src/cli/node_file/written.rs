//! Nodes written as YAML and JSON, the same bytes for the same nodes.

use std::fmt::Write as _;

use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};
use serde_json::{Map, Value};

use super::registered::{BMC_FIELDS, FIELDS};

const HEAD: &str = "\
# Nodes of ostlerd: 'ostler node import' reads this file. Passwords and keys of BMCs are not in it;
# they may be added to bmc as password and kg.
";

/// Words that YAML, or a reader of YAML 1.1, takes for something else than text.
const RESERVED: [&str; 10] = [
    "true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan",
];

/// The order of the fields in what is called so.
fn order(of: &str) -> &'static [&'static str] {
    match of {
        "nodes" => &FIELDS,
        "bmc" => &BMC_FIELDS,
        "properties" => &["cpus", "memory_mb", "local_gb", "cpu_arch", "capabilities"],
        "ports" => &["mac_address", "port_type", "pxe_enabled"],
        _ => &[],
    }
}

fn in_order<'a>(map: &'a Map<String, Value>, of: &str) -> Vec<(&'a str, &'a Value)> {
    let order = order(of);
    let mut fields: Vec<(&str, &Value)> = map
        .iter()
        .map(|(key, value)| (key.as_str(), value))
        .collect();
    fields.sort_by_key(|(key, _)| {
        let rank = order.iter().position(|of| of == key);
        (rank.unwrap_or(order.len()), *key)
    });
    fields
}

/// As JSON, indented.
pub(super) fn json(nodes: &[Map<String, Value>]) -> String {
    let nodes: Vec<Value> = nodes.iter().cloned().map(Value::Object).collect();
    let mut document = Map::new();
    document.insert("nodes".to_owned(), Value::Array(nodes));
    let document = Value::Object(document);
    let ordered = Ordered {
        value: &document,
        of: "",
    };
    // Text into memory cannot fail.
    let mut text = serde_json::to_string_pretty(&ordered).unwrap_or_default();
    text.push('\n');
    text
}

struct Ordered<'a> {
    value: &'a Value,
    of: &'a str,
}

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            Value::Object(map) => {
                let mut out = serializer.serialize_map(Some(map.len()))?;
                for (key, value) in in_order(map, self.of) {
                    out.serialize_entry(key, &Ordered { value, of: key })?;
                }
                out.end()
            }
            Value::Array(values) => {
                let mut out = serializer.serialize_seq(Some(values.len()))?;
                for value in values {
                    out.serialize_element(&Ordered { value, of: self.of })?;
                }
                out.end()
            }
            scalar @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
                scalar.serialize(serializer)
            }
        }
    }
}

/// As YAML.
pub(super) fn yaml(nodes: &[Map<String, Value>]) -> String {
    let mut out = HEAD.to_owned();
    if nodes.is_empty() {
        out.push_str("nodes: []\n");
        return out;
    }
    out.push_str("nodes:\n");
    for node in nodes {
        write_map(&mut out, node, "nodes", "- ", 0);
    }
    out
}

/// A map; `lead` stands before its first key, and two spaces take its place before the others.
fn write_map(out: &mut String, map: &Map<String, Value>, of: &str, lead: &str, depth: usize) {
    let mut lead = lead;
    for (key, value) in in_order(map, of) {
        let indent = "  ".repeat(depth);
        let _ = write!(out, "{indent}{lead}{}:", text(key));
        if lead == "- " {
            lead = "  ";
        }
        let below = depth + lead.len() / 2;
        match value {
            Value::Object(inner) => {
                out.push('\n');
                write_map(out, inner, key, "", below + 1);
            }
            Value::Array(values) => {
                out.push('\n');
                for value in values {
                    if let Value::Object(inner) = value {
                        write_map(out, inner, key, "- ", below);
                    } else {
                        let _ = writeln!(out, "{}- {}", "  ".repeat(below), one(value));
                    }
                }
            }
            scalar @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
                let _ = writeln!(out, " {}", one(scalar));
            }
        }
    }
}

fn one(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), text)
}

/// Text, in quotes where it could be taken for something else.
fn text(text: &str) -> String {
    let usual = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let is_address = text.parse::<std::net::Ipv4Addr>().is_ok();
    let begins_well = text.starts_with(|c: char| c.is_ascii_alphabetic()) || is_address;
    let is_reserved = RESERVED.iter().any(|word| text.eq_ignore_ascii_case(word));
    if begins_well && !is_reserved && text.chars().all(usual) {
        return text.to_owned();
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => quoted.extend(['\\', char]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn nodes() -> Vec<Map<String, Value>> {
        let node = json!({
            "extra": {"b": "yes", "a": "say \"hi\"\n\u{1b}"}, "name": "n1", "min_off_secs": 5,
            "uuid": "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
            "ports": [{"pxe_enabled": false, "mac_address": "52:54:00:12:34:56"}],
            "bmc": {"quirks": ["a_b", "c"], "address": "10.0.0.1", "port": 623},
        });
        vec![node.as_object().cloned().unwrap_or_default()]
    }

    #[test]
    fn yaml_is_in_the_order_that_people_read_and_in_quotes_where_it_must_be() {
        let expected = format!(
            "{HEAD}nodes:
- name: n1
  uuid: 6f9619ff-8b86-d011-b42d-00cf4fc964ff
  bmc:
    address: 10.0.0.1
    port: 623
    quirks:
    - a_b
    - c
  ports:
  - mac_address: \"52:54:00:12:34:56\"
    pxe_enabled: false
  extra:
    a: \"say \\\"hi\\\"\\n\\u001b\"
    b: \"yes\"
  min_off_secs: 5
"
        )
        .replace(
            "uuid: 6f9619ff-8b86-d011-b42d-00cf4fc964ff",
            "uuid: \"6f9619ff-8b86-d011-b42d-00cf4fc964ff\"",
        );
        assert_eq!(yaml(&nodes()), expected);
    }

    #[test]
    fn what_is_written_reads_as_the_same_with_another_reader_of_yaml_and_of_json() {
        let expected = json!({"nodes": nodes()});
        let by_yaml: Value = serde_norway::from_str(&yaml(&nodes())).unwrap();
        assert_eq!(by_yaml, expected);
        let by_json: Value = serde_json::from_str(&json(&nodes())).unwrap();
        assert_eq!(by_json, expected);
        for name in [
            "0x1f", "1e3", "012", "~", "Null", "-", "a: b", "a #b", "ü", "", " a", "y", "é\u{85}",
        ] {
            let written = format!("k: {}", text(name));
            let read: Value = serde_norway::from_str(&written).unwrap();
            assert_eq!(read, json!({"k": name}), "{written}");
        }
    }
}
