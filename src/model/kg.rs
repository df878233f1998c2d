//! The BMC key K_G, as people write it.

use crate::model::secret::Secret;

/// The longest K_G in bytes (IPMI v2.0 §22.25).
const LONGEST: usize = 20;

/// What cannot be a K_G. Does not hold what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {LONGEST} bytes, as text or as hexadecimal digits behind 0x")]
pub struct InvalidKg;

/// Reads a K_G: text, or hexadecimal digits behind `0x`.
pub fn parse_kg(text: &str) -> Result<Secret<Vec<u8>>, InvalidKg> {
    let bytes = match text.strip_prefix("0x") {
        Some(digits) => from_hex(digits),
        None => Some(text.as_bytes().to_vec()),
    };
    bytes
        .filter(|bytes| (1..=LONGEST).contains(&bytes.len()))
        .map(Secret::new)
        .ok_or(InvalidKg)
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    // `from_str_radix` would take a sign, too.
    if !digits.len().is_multiple_of(2) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let pair = |start| {
        digits
            .get(start..start + 2)
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
    };
    (0..digits.len()).step_by(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_text_or_hexadecimal_digits_and_at_most_twenty_bytes() {
        for (text, bytes) in [
            ("secret", &b"secret"[..]),
            ("0x00ff", &[0x00, 0xFF]),
            ("12345678901234567890", b"12345678901234567890"),
        ] {
            assert_eq!(parse_kg(text).unwrap().expose(), bytes, "{text}");
        }
        for bad in [
            "",
            "0x",
            "0x123",
            "0xgg",
            "0x+f",
            "0xäöü",
            "123456789012345678901",
        ] {
            assert!(parse_kg(bad).is_err(), "{bad}");
        }
    }
}
