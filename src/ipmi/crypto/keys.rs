//! What an account knows before a session, and what a session knows once it is set up.

use std::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::mac::{self, Digest};
use super::suite::{Authentication, Integrity, Suite};

/// A user name, at most 16 bytes (IPMI v2.0 §22.28).
#[derive(Clone, PartialEq, Eq)]
pub struct Username(Vec<u8>);

/// A name or key is longer than IPMI has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too long: {length} bytes, at most {limit} are possible")]
pub struct TooLong {
    /// How long it is.
    pub length: usize,
    /// How long it may be.
    pub limit: usize,
}

impl Username {
    /// Takes the name's bytes; an empty name is a name too.
    pub fn new(name: &[u8]) -> Result<Self, TooLong> {
        if name.len() > 16 {
            return Err(TooLong {
                length: name.len(),
                limit: 16,
            });
        }
        Ok(Self(name.to_vec()))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, padded with zeros to 16.
    pub fn padded(&self) -> [u8; 16] {
        let mut padded = [0; 16];
        for (to, from) in padded.iter_mut().zip(&self.0) {
            *to = *from;
        }
        padded
    }
}

impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

/// A password or K_G: at most 20 bytes, padded with zeros (IPMI v2.0 §13.31). HMAC pads its key with zeros itself, so
/// the padding makes no difference there.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 20]>);

impl Key {
    /// Takes the bytes; an empty password is a password too.
    pub fn new(bytes: &[u8]) -> Result<Self, TooLong> {
        if bytes.len() > 20 {
            return Err(TooLong {
                length: bytes.len(),
                limit: 20,
            });
        }
        let mut key = Zeroizing::new([0; 20]);
        for (to, from) in key.iter_mut().zip(bytes) {
            *to = *from;
        }
        Ok(Self(key))
    }

    /// Whether both are the same, in a time that does not depend on where they differ.
    pub fn same(&self, other: &Self) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }

    /// The padded bytes.
    pub fn expose(&self) -> &[u8; 20] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(******)")
    }
}

/// The keys of an established session (IPMI v2.0 §13.32). Wiped when dropped.
pub struct SessionKeys {
    integrity: Integrity,
    /// K1, or the password for MD5-128.
    integrity_key: Zeroizing<Vec<u8>>,
    /// The first 16 bytes of K2.
    aes: Zeroizing<[u8; 16]>,
}

impl SessionKeys {
    /// Derives K1 and K2 from the session integrity key.
    pub fn derive(suite: Suite, sik: &Digest, password: &Key) -> Self {
        let authentication = suite.authentication();
        let integrity = suite.integrity();
        let integrity_key = match integrity {
            Integrity::Md5 => password.expose().to_vec(),
            Integrity::HmacSha1 | Integrity::HmacMd5 | Integrity::HmacSha256 => {
                additional_key(authentication, sik, 0x01)
                    .as_bytes()
                    .to_vec()
            }
        };
        let k2 = additional_key(authentication, sik, 0x02);
        let mut aes = Zeroizing::new([0; 16]);
        for (to, from) in aes.iter_mut().zip(k2.as_bytes()) {
            *to = *from;
        }
        Self {
            integrity,
            integrity_key: Zeroizing::new(integrity_key),
            aes,
        }
    }

    /// The integrity code of a packet, cut to the length that travels.
    pub fn code(&self, packet: &[u8]) -> Digest {
        let algorithm = match self.integrity {
            Integrity::Md5 => return mac::md5_128(&self.integrity_key, packet),
            Integrity::HmacSha1 => Authentication::HmacSha1,
            Integrity::HmacMd5 => Authentication::HmacMd5,
            Integrity::HmacSha256 => Authentication::HmacSha256,
        };
        mac::hmac(algorithm, &self.integrity_key, &[packet])
    }

    /// How many bytes of the code travel.
    pub fn code_length(&self) -> usize {
        self.integrity.code_length()
    }

    /// The key that payloads are encrypted with.
    pub fn aes(&self) -> &[u8; 16] {
        &self.aes
    }
}

impl fmt::Debug for SessionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKeys(******)")
    }
}

/// K1 and K2: the HMAC of a constant of 20 equal bytes, whatever the length of the digest.
fn additional_key(authentication: Authentication, sik: &Digest, constant: u8) -> Digest {
    mac::hmac(authentication, sik.as_bytes(), &[&[constant; 20]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_keys_at_their_limits_are_taken_and_longer_ones_refused() {
        assert!(Username::new(&[b'a'; 16]).is_ok());
        assert_eq!(
            Username::new(&[b'a'; 17]),
            Err(TooLong {
                length: 17,
                limit: 16
            })
        );
        assert!(Key::new(&[b'p'; 20]).is_ok());
        assert!(Key::new(&[b'p'; 21]).is_err());
        assert!(Username::new(b"").is_ok());
        assert!(Key::new(b"").is_ok());
    }

    #[test]
    fn keys_do_not_show_in_debug_output() {
        let shown = format!("{:?}", Key::new(b"calvin").unwrap());
        assert!(
            !shown.contains("calvin") && !shown.contains("99"),
            "{shown}"
        );
    }
}
