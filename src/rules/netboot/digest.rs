//! SHA-256 of files, as text: 64 hexadecimal digits in images, base64 in the header `Content-Digest` (RFC 9530).

use std::fmt::Write as _;

use crate::rules::input::InvalidInput;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// 64 hexadecimal digits, as lower-case ones.
///
/// # Errors
/// They are none.
pub fn hexadecimal(field: &str, text: &str) -> Result<String, InvalidInput> {
    if text.len() != 64 || !text.bytes().all(|of| of.is_ascii_hexdigit()) {
        let problem = "must be the 64 hexadecimal digits that sha256sum prints";
        return Err(InvalidInput::new(field, problem));
    }
    Ok(text.to_ascii_lowercase())
}

/// The SHA-256 of a header `Content-Digest`, in hexadecimal; `None` where it has only others.
///
/// # Errors
/// What it says of SHA-256 is none.
pub fn of_content_digest(text: &str) -> Result<Option<String>, InvalidInput> {
    let entries = text.split(',').filter_map(|entry| entry.split_once('='));
    let mut ours = entries.filter(|(algorithm, _)| algorithm.trim() == "sha-256");
    // Of a key that is there twice the last counts (RFC 8941 §3.2).
    let Some((_, value)) = ours.next_back() else {
        return Ok(None);
    };
    let value = value.trim();
    let base64 = value
        .strip_prefix(':')
        .and_then(|rest| rest.strip_suffix(':'));
    let bytes = base64.and_then(decode).ok_or_else(|| {
        let problem =
            "must be sha-256=: and the SHA-256 of the body in base64 and :, or be left out";
        InvalidInput::new("Content-Digest", problem)
    })?;
    let mut digits = String::with_capacity(64);
    for byte in bytes {
        write!(digits, "{byte:02x}").ok();
    }
    Ok(Some(digits))
}

/// The header `Content-Digest` of a SHA-256.
pub fn content_digest(sha256: &[u8; 32]) -> String {
    format!("sha-256=:{}:", base64(sha256))
}

/// Bytes in base64 (RFC 4648 §4), with padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    let mut base64 = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        for place in 0..4 {
            let digit = (bits >> (18 - 6 * place)) & 63;
            let digit = usize::try_from(digit).ok().and_then(|at| ALPHABET.get(at));
            let is_padding = place > group.len();
            base64.push(match digit {
                Some(digit) if !is_padding => char::from(*digit),
                Some(_) | None => '=',
            });
        }
    }
    base64
}

/// 32 bytes out of base64, with or without padding.
fn decode(base64: &str) -> Option<[u8; 32]> {
    let digits = base64.strip_suffix('=').unwrap_or(base64);
    if digits.len() != 43 {
        return None;
    }
    let mut bytes = Vec::with_capacity(33);
    for group in digits.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for digit in group {
            let value = ALPHABET.iter().position(|of| of == digit)?;
            bits = bits << 6 | u32::try_from(value).ok()?;
        }
        bits <<= 6 * (4 - group.len());
        let [_, group_bytes @ ..] = bits.to_be_bytes();
        bytes.extend(group_bytes);
    }
    // Three digits are two bytes, and two bits that mean nothing and are zero.
    let [of @ .., 0] = bytes.as_slice() else {
        return None;
    };
    of.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9530, appendix D, `{"hello": "world"}` and a line feed.
    const HEADER: &str = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
    const DIGITS: &str = "44aff4ab2d7c3250525675a08f0cfa9591168cffe51791c5f5bbc417c15a6c38";

    #[test]
    fn bytes_of_any_number_are_padded() {
        for (bytes, expected) in [
            (&b""[..], ""),
            (b"a", "YQ=="),
            (b"ab", "YWI="),
            (b"abc", "YWJj"),
            (b"\xff\xfe\xfd\x00", "//79AA=="),
        ] {
            assert_eq!(base64(bytes), expected);
        }
    }

    #[test]
    fn a_header_of_the_specification_is_read_and_written() {
        let with_others =
            format!("sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4=:, {HEADER}");
        for header in [HEADER, &with_others] {
            assert_eq!(
                of_content_digest(header),
                Ok(Some(DIGITS.to_owned())),
                "{header}"
            );
        }
        let bytes: Vec<u8> = (0..64)
            .step_by(2)
            .map(|at| u8::from_str_radix(&DIGITS[at..at + 2], 16).unwrap())
            .collect();
        assert_eq!(content_digest(&bytes.try_into().unwrap()), HEADER);
    }

    #[test]
    fn what_is_written_is_read() {
        for byte in 0..=255_u8 {
            let bytes = std::array::from_fn(|at| byte.wrapping_mul(u8::try_from(at).unwrap()));
            let digits: String = bytes.iter().map(|of| format!("{of:02x}")).collect();
            assert_eq!(of_content_digest(&content_digest(&bytes)), Ok(Some(digits)));
        }
    }

    #[test]
    fn a_header_that_is_none_is_refused_and_one_of_others_is_passed_over() {
        for bad in [
            "sha-256=RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=",
            "sha-256=::",
            "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDh=:",
            "sha-256=:RK_0qy18MlBSVnWgjwz6lZEWjP_lF5HF9bvEF8FabDg=:",
            "sha-256=:RK/0:",
        ] {
            assert!(of_content_digest(bad).is_err(), "{bad}");
        }
        for other in ["", "sha-512=:AAAA:", "md5"] {
            assert_eq!(of_content_digest(other), Ok(None), "{other}");
        }
    }

    #[test]
    fn a_checksum_is_64_digits_in_any_case() {
        assert_eq!(
            hexadecimal("kernel_sha256", &DIGITS.to_uppercase()).as_deref(),
            Ok(DIGITS)
        );
        for bad in ["", "abc", &format!("{DIGITS}0"), &DIGITS.replace('4', "g")] {
            let error = hexadecimal("kernel_sha256", bad).unwrap_err();
            assert_eq!(error.field, "kernel_sha256");
        }
    }
}
