//! Whether a machine has what a type asks for, by the operators of OpenStack Nova's `extra_specs`.
//!
//! A requirement is `[operator] value…`; without an operator the texts must be equal. Keys: `capabilities:x` and bare `x`
//! look at the capability `x`; bare `cpus`, `memory_mb`, `local_gb` and `cpu_arch` at the property of that name; keys of
//! other scopes are not ours and are ignored. What the machine does not have does not fit.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::model::node::Properties;

/// The first requirement that the machine does not meet; `None` if it meets all.
pub fn first_unmet<'a>(
    properties: &Properties,
    extra_specs: &'a BTreeMap<String, String>,
) -> Option<(&'a str, &'a str)> {
    extra_specs
        .iter()
        .map(|(key, requirement)| (key.as_str(), requirement.as_str()))
        .find(|(key, requirement)| !meets(properties, key, requirement))
}

fn meets(properties: &Properties, key: &str, requirement: &str) -> bool {
    let value = match key.split_once(':') {
        Some(("capabilities", name)) => properties.capabilities.get(name).map(Cow::from),
        Some(_) => return true,
        None => property(properties, key),
    };
    value.is_some_and(|value| matches(&value, requirement))
}

fn property<'a>(properties: &'a Properties, name: &str) -> Option<Cow<'a, str>> {
    match name {
        "cpus" => properties.cpus.map(|cpus| cpus.to_string().into()),
        "memory_mb" => properties.memory_mb.map(|mb| mb.to_string().into()),
        "local_gb" => properties.local_gb.map(|gb| gb.to_string().into()),
        "cpu_arch" => properties.cpu_arch.as_deref().map(Cow::from),
        _ => properties.capabilities.get(name).map(Cow::from),
    }
}

/// Whether a value meets a requirement.
pub fn matches(value: &str, requirement: &str) -> bool {
    let mut words = requirement.split_whitespace();
    let Some(operator) = words.next() else {
        return value == requirement;
    };
    let rest = || {
        requirement
            .trim_start()
            .strip_prefix(operator)
            .unwrap_or_default()
            .trim()
    };
    let number = |compare: fn(&f64, &f64) -> bool| match (value.trim().parse(), rest().parse()) {
        (Ok(value), Ok(wanted)) => compare(&value, &wanted),
        _ => false,
    };
    match operator {
        "=" | ">=" => number(f64::ge),
        "==" => number(f64::eq),
        "!=" => number(f64::ne),
        "<=" => number(f64::le),
        "s==" => value == rest(),
        "s!=" => value != rest(),
        "s<" => value < rest(),
        "s<=" => value <= rest(),
        "s>" => value > rest(),
        "s>=" => value >= rest(),
        "<in>" => value.contains(rest()),
        "<all-in>" => words.all(|word| value.contains(word)),
        "<is>" => truth(value) == truth(rest()),
        "<or>" => requirement
            .split("<or>")
            .skip(1)
            .any(|alternative| value == alternative.trim()),
        _ => value == requirement,
    }
}

/// What OpenStack takes for yes.
fn truth(text: &str) -> bool {
    ["1", "t", "true", "on", "y", "yes"].contains(&text.trim().to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_decides_as_novas_does() {
        let table = [
            ("12", "= 11", true),
            ("12", "= 13", false),
            ("12", ">= 12", true),
            ("11", ">= 12", false),
            ("12", "== 12", true),
            ("12", "== 12.0", true),
            ("12", "== 13", false),
            ("12", "!= 13", true),
            ("12", "!= 12", false),
            ("9", "<= 10", true),
            ("11", "<= 10", false),
            ("x", ">= 1", false),
            ("2", ">= x", false),
            ("abc", "s== abc", true),
            ("abc", "s== abd", false),
            ("abc", "s!= abd", true),
            ("abc", "s< abd", true),
            ("abc", "s<= abc", true),
            ("abd", "s> abc", true),
            ("abc", "s> abc", false),
            ("abc", "s>= abd", false),
            ("12311321", "<in> 11", true),
            ("12310321", "<in> 11", false),
            ("aes mmx", "<all-in> aes mmx", true),
            ("aes", "<all-in> aes mmx", false),
            ("true", "<is> True", true),
            ("1", "<is> yes", true),
            ("false", "<is> True", false),
            ("12", "<or> 11 <or> 12", true),
            ("13", "<or> 11 <or> 12", false),
            ("gpu a100", "<or> gpu a100 <or> gpu h100", true),
            ("x86_64", "x86_64", true),
            ("aarch64", "x86_64", false),
            ("", "", true),
        ];
        for (value, requirement, expected) in table {
            assert_eq!(
                matches(value, requirement),
                expected,
                "{value:?} against {requirement:?}"
            );
        }
    }

    #[test]
    fn keys_find_properties_and_capabilities_and_ignore_other_scopes() {
        let properties = Properties {
            cpus: Some(64),
            cpu_arch: Some("x86_64".into()),
            capabilities: BTreeMap::from([("gpu".into(), "a100".into())]),
            ..Properties::default()
        };
        let unmet = |key: &str, requirement: &str| {
            first_unmet(
                &properties,
                &BTreeMap::from([(key.into(), requirement.into())]),
            )
            .is_some()
        };
        assert!(!unmet("cpus", ">= 32") && unmet("cpus", ">= 65"));
        assert!(
            !unmet("capabilities:gpu", "a100") && !unmet("gpu", "a100") && unmet("gpu", "h100")
        );
        assert!(!unmet("cpu_arch", "s== x86_64"));
        assert!(!unmet("hw:numa_nodes", "2"));
        assert!(
            unmet("memory_mb", ">= 1") && unmet("capabilities:fpga", "1"),
            "missing does not fit"
        );
    }
}
