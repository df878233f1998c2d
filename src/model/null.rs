//! `null` in input: an optional that is null is an optional that was not given.

use serde::{Deserialize, Deserializer};

/// Reads a value that may be null, for `#[serde(deserialize_with)]` on fields that are no `Option`.
pub fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
