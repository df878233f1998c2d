//! Values that go in and do not come out.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use zeroize::Zeroize;

/// A secret: it has no `Display`, no `Serialize` and no `PartialEq`, its `Debug` shows nothing, and its memory is wiped
/// when it is dropped. [`Secret::expose`] is the only way to the value, and easy to search for.
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Never log it, never put it into an error or an answer.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize + Clone> Clone for Secret<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(******)")
    }
}

impl<'de, T: Zeroize + Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Serde's own error would repeat the value.
        let read = T::deserialize(deserializer).map(Self);
        read.map_err(|_| D::Error::custom("is not of the right type"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_of_a_secret_shows_nothing() {
        let shown = format!("{:?}", Secret::new(String::from("calvin")));
        assert!(!shown.contains("calvin"), "{shown}");
    }

    #[test]
    fn a_secret_of_the_wrong_type_is_not_in_the_error() {
        let error = serde_json::from_str::<Secret<String>>("918273").unwrap_err();
        assert!(!error.to_string().contains("918273"), "{error}");
    }
}
