//! What text from outside may look like.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::rules::shape::Shaped;

/// The longest name, description, zone and `extra` key or value, in characters.
pub const MAX_TEXT: usize = 255;

/// The longest user data, in bytes: what EC2 and OpenStack allow.
pub const MAX_USER_DATA: usize = 65_535;

/// Input that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct InvalidInput {
    /// The field, as a client spells it.
    pub field: String,
    /// What is wrong and what to send instead.
    pub problem: String,
}

impl InvalidInput {
    /// A problem with a field.
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            problem: problem.into(),
        }
    }
}

/// Reads a value whose form serde knows, and names the field that does not fit.
pub fn read<T: DeserializeOwned>(value: Value) -> Result<T, InvalidInput> {
    serde_path_to_error::deserialize(Shaped(value)).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { "body".to_owned() } else { path };
        InvalidInput::new(field, error.inner().to_string())
    })
}

/// A name: 1 to 255 characters, not blank, no control characters.
pub fn name(field: &str, value: &str) -> Result<(), InvalidInput> {
    text(field, value)?;
    if value.trim().is_empty() {
        return Err(InvalidInput::new(field, "must not be blank"));
    }
    if value.chars().any(char::is_control) {
        return Err(InvalidInput::new(field, "must not hold control characters"));
    }
    Ok(())
}

/// A text: 1 to 255 characters.
pub fn text(field: &str, value: &str) -> Result<(), InvalidInput> {
    let length = value.chars().count();
    if length == 0 {
        return Err(InvalidInput::new(field, "must not be empty"));
    }
    if length > MAX_TEXT {
        let problem = format!("is {length} characters long; at most {MAX_TEXT} are allowed");
        return Err(InvalidInput::new(field, problem));
    }
    Ok(())
}

/// The `extra` of an instance or node: keys of letters, digits, `-`, `_`, `:`, `.` and space, values up to 255 characters.
pub fn extra(field: &str, extra: &BTreeMap<String, String>) -> Result<(), InvalidInput> {
    for (key, value) in extra {
        let allowed =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.' | ' ');
        if key.is_empty() || key.chars().count() > MAX_TEXT || !key.chars().all(allowed) {
            let shown: String = key.chars().take(40).collect();
            let problem = format!(
                "the key {shown:?} must be 1 to {MAX_TEXT} letters, digits, spaces or any of -_:."
            );
            return Err(InvalidInput::new(field, problem));
        }
        if value.chars().count() > MAX_TEXT {
            let problem = format!("the value is longer than {MAX_TEXT} characters");
            return Err(InvalidInput::new(format!("{field}/{key}"), problem));
        }
    }
    Ok(())
}

/// Checks cloud-init user data, or what else a machine is given as it is.
///
/// # Errors
/// It is longer than [`MAX_USER_DATA`].
pub fn user_data(field: &str, value: &str) -> Result<(), InvalidInput> {
    if value.len() > MAX_USER_DATA {
        let problem = format!("is longer than {MAX_USER_DATA} bytes");
        return Err(InvalidInput::new(field, problem));
    }
    Ok(())
}

/// A MAC address in any usual spelling, as `aa:bb:cc:dd:ee:ff`.
pub fn mac_address(field: &str, value: &str) -> Result<String, InvalidInput> {
    let digits: String = value
        .chars()
        .filter(|c| !matches!(c, ':' | '-' | '.'))
        .collect();
    if digits.len() != 12 || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
        let problem = format!("{value:?} is not a MAC address: write it as aa:bb:cc:dd:ee:ff");
        return Err(InvalidInput::new(field, problem));
    }
    let lower = digits.to_ascii_lowercase();
    let pairs: Vec<&str> = (0..6)
        .filter_map(|pair| lower.get(pair * 2..pair * 2 + 2))
        .collect();
    Ok(pairs.join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_count_characters_not_bytes() {
        assert!(name("name", &"ü".repeat(255)).is_ok());
        assert!(name("name", &"ü".repeat(256)).is_err());
    }

    #[test]
    fn names_are_not_blank_and_hold_no_control_characters() {
        for bad in ["", "   ", "a\nb", "a\0b", "\u{7f}"] {
            assert!(name("name", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn mac_addresses_are_shown_one_way() {
        for spelling in [
            "AA-BB-CC-00-11-22",
            "aabb.cc00.1122",
            "aa:bb:cc:00:11:22",
            "AABBCC001122",
        ] {
            assert_eq!(
                mac_address("mac_address", spelling).unwrap(),
                "aa:bb:cc:00:11:22"
            );
        }
        for bad in [
            "",
            "aa:bb:cc:00:11",
            "aa:bb:cc:00:11:2g",
            "aa:bb:cc:00:11:22:33",
        ] {
            assert!(mac_address("mac_address", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn extra_keys_are_of_the_allowed_characters() {
        let one = |key: &str| BTreeMap::from([(key.to_owned(), "v".to_owned())]);
        assert!(extra("extra", &one("a-b_c:d.e f9")).is_ok());
        for bad in ["", "a/b", "ä", &"k".repeat(256)] {
            assert!(extra("extra", &one(bad)).is_err(), "{bad}");
        }
    }
}
