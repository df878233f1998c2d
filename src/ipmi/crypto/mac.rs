//! Message authentication codes.

use std::fmt;

use hmac::Hmac;
use md5::{Digest as _, Md5};
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroize;

use super::suite::Authentication;

/// A digest of 16, 20 or 32 bytes. Wiped when dropped.
#[derive(Clone)]
pub struct Digest {
    bytes: [u8; 32],
    length: usize,
}

impl Digest {
    fn new(digest: &[u8]) -> Self {
        let mut bytes = [0; 32];
        let length = digest.len().min(bytes.len());
        for (to, from) in bytes.iter_mut().zip(digest) {
            *to = *from;
        }
        Self { bytes, length }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// The first `length` bytes.
    pub fn truncated(&self, length: usize) -> &[u8] {
        let bytes = self.as_bytes();
        bytes.get(..length).unwrap_or(bytes)
    }

    /// Whether `code` is the first `length` bytes of this, no more and no less, in a time that does not depend on where
    /// they differ.
    pub fn matches(&self, code: &[u8], length: usize) -> bool {
        self.truncated(length).ct_eq(code).into()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(******)")
    }
}

impl Drop for Digest {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

/// The HMAC of the authentication algorithm's hash over all `parts`.
pub fn hmac(algorithm: Authentication, key: &[u8], parts: &[&[u8]]) -> Digest {
    match algorithm {
        Authentication::HmacSha1 => keyed::<Hmac<Sha1>>(key, parts),
        Authentication::HmacMd5 => keyed::<Hmac<Md5>>(key, parts),
        Authentication::HmacSha256 => keyed::<Hmac<Sha256>>(key, parts),
    }
}

/// MD5-128 (IPMI v2.0 §13.28.5): the digest of password, packet, password; the password padded with zeros.
pub fn md5_128(password: &[u8], packet: &[u8]) -> Digest {
    let mut hash = Md5::new();
    for part in [password, packet, password] {
        hash.update(part);
    }
    Digest::new(&hash.finalize())
}

fn keyed<M: hmac::Mac + hmac::digest::KeyInit>(key: &[u8], parts: &[&[u8]]) -> Digest {
    let Ok(mut mac) = <M as hmac::Mac>::new_from_slice(key) else {
        unreachable!("HMAC takes keys of every length");
    };
    for part in parts {
        mac.update(part);
    }
    Digest::new(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 2202 and RFC 4231, test case 2: key "Jefe", data "what do ya want for nothing?".
    #[test]
    fn hmac_agrees_with_the_rfcs() {
        let parts: &[&[u8]] = &[b"what do ya ", b"want for nothing?"];
        let cases: [(Authentication, &[u8]); 3] = [
            (
                Authentication::HmacMd5,
                &[
                    0x75, 0x0C, 0x78, 0x3E, 0x6A, 0xB0, 0xB5, 0x03, 0xEA, 0xA8, 0x6E, 0x31, 0x0A,
                    0x5D, 0xB7, 0x38,
                ],
            ),
            (
                Authentication::HmacSha1,
                &[
                    0xEF, 0xFC, 0xDF, 0x6A, 0xE5, 0xEB, 0x2F, 0xA2, 0xD2, 0x74, 0x16, 0xD5, 0xF1,
                    0x84, 0xDF, 0x9C, 0x25, 0x9A, 0x7C, 0x79,
                ],
            ),
            (
                Authentication::HmacSha256,
                &[
                    0x5B, 0xDC, 0xC1, 0x46, 0xBF, 0x60, 0x75, 0x4E, 0x6A, 0x04, 0x24, 0x26, 0x08,
                    0x95, 0x75, 0xC7, 0x5A, 0x00, 0x3F, 0x08, 0x9D, 0x27, 0x39, 0x83, 0x9D, 0xEC,
                    0x58, 0xB9, 0x64, 0xEC, 0x38, 0x43,
                ],
            ),
        ];
        for (algorithm, expected) in cases {
            assert_eq!(hmac(algorithm, b"Jefe", parts).as_bytes(), expected);
        }
    }

    #[test]
    fn a_code_matches_only_at_its_full_length() {
        let digest = hmac(Authentication::HmacSha1, b"key", &[b"data"]);
        let code = digest.as_bytes().to_vec();
        assert!(digest.matches(&code[..12], 12));
        assert!(!digest.matches(&code[..11], 12));
        assert!(!digest.matches(&code[..13], 12));
        assert!(!digest.matches(&[], 12));
        assert!(!digest.matches(&[0; 12], 12));
    }
}
