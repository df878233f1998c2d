//! The algorithms of cipher suites 3 and 17, and the keys of a session (IPMI v2.0 §13.28 to §13.32).
#![deny(clippy::indexing_slicing)]

use aes::Aes128;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockDecryptMut, BlockEncryptMut, InnerIvInit};
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// A cipher suite that a simulated BMC can offer. In JSON and on the command line it is its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Suite {
    /// RAKP-HMAC-SHA1, HMAC-SHA1-96, AES-CBC-128.
    Sha1,
    /// RAKP-HMAC-SHA256, HMAC-SHA256-128, AES-CBC-128.
    Sha256,
}

impl Suite {
    /// The number in table 22-20 of the specification.
    pub fn number(self) -> u8 {
        match self {
            Self::Sha1 => 3,
            Self::Sha256 => 17,
        }
    }

    /// Authentication, integrity and confidentiality algorithm (tables 13-17 to 13-19).
    pub(super) fn algorithms(self) -> [u8; 3] {
        match self {
            Self::Sha1 => [0x01, 0x01, 0x01],
            Self::Sha256 => [0x03, 0x04, 0x01],
        }
    }

    /// The keyed hash of the suite: 20 or 32 bytes.
    pub(super) fn hmac(self, key: &[u8], parts: &[&[u8]]) -> Digest {
        Keyed::new(self, key).mac(parts)
    }

    /// The shortened hash that stands in RAKP Message 4 and in session trailers: 12 or 16 bytes.
    pub(super) fn check_value(self, key: &[u8], parts: &[&[u8]]) -> Digest {
        self.hmac(key, parts).cut_to(self.check_length())
    }

    /// Bytes of a check value.
    pub(super) fn check_length(self) -> usize {
        match self {
            Self::Sha1 => 12,
            Self::Sha256 => 16,
        }
    }
}

impl From<Suite> for u8 {
    fn from(suite: Suite) -> Self {
        suite.number()
    }
}

impl TryFrom<u8> for Suite {
    type Error = UnknownSuite;

    fn try_from(number: u8) -> Result<Self, UnknownSuite> {
        match number {
            3 => Ok(Self::Sha1),
            17 => Ok(Self::Sha256),
            other => Err(UnknownSuite(other)),
        }
    }
}

/// A cipher suite that the simulator does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a simulated BMC has no cipher suite {0}: use 3 or 17")]
pub struct UnknownSuite(pub u8);

/// A hash, possibly cut short. Reads as its bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Digest {
    bytes: [u8; 32],
    length: usize,
}

impl Digest {
    fn of(hash: &[u8]) -> Self {
        let mut bytes = [0; 32];
        for (byte, hashed) in bytes.iter_mut().zip(hash) {
            *byte = *hashed;
        }
        Self {
            bytes,
            length: hash.len(),
        }
    }

    fn cut_to(self, length: usize) -> Self {
        let length = length.min(self.length);
        Self { length, ..self }
    }
}

impl std::ops::Deref for Digest {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// An HMAC whose key is already taken in, which is two fifths of the work for a short packet.
#[derive(Clone)]
enum Keyed {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
}

impl Keyed {
    fn new(suite: Suite, key: &[u8]) -> Self {
        match suite {
            Suite::Sha1 => Self::Sha1(keyed(key)),
            Suite::Sha256 => Self::Sha256(keyed(key)),
        }
    }

    fn mac(&self, parts: &[&[u8]]) -> Digest {
        match self {
            Self::Sha1(mac) => finish(mac.clone(), parts),
            Self::Sha256(mac) => finish(mac.clone(), parts),
        }
    }
}

fn keyed<M: Mac + KeyInit>(key: &[u8]) -> M {
    let Ok(mac) = <M as Mac>::new_from_slice(key) else {
        unreachable!("HMAC takes keys of every length");
    };
    mac
}

fn finish<M: Mac>(mut mac: M, parts: &[&[u8]]) -> Digest {
    for part in parts {
        mac.update(part);
    }
    Digest::of(&mac.finalize().into_bytes())
}

/// Whether two check values are the same, in a time that does not depend on where they differ.
pub(super) fn same(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

/// The keys of an active session.
#[derive(Clone)]
pub(super) struct SessionKeys {
    suite: Suite,
    /// With K1.
    integrity: Keyed,
    /// With the first 16 bytes of K2.
    confidentiality: Aes128,
}

impl SessionKeys {
    /// Derives K1 and K2 from the session integrity key. The constants are 20 bytes long for every hash.
    pub(super) fn derive(suite: Suite, sik: &[u8]) -> Self {
        let sik = Keyed::new(suite, sik);
        let (k1, k2) = (sik.mac(&[&[0x01; 20]]), sik.mac(&[&[0x02; 20]]));
        let aes_key: [u8; 16] = k2.first_chunk().copied().unwrap_or_default();
        Self {
            suite,
            integrity: Keyed::new(suite, &k1),
            confidentiality: Aes128::new(&aes_key.into()),
        }
    }

    /// The check value over a packet from its authentication type to its next-header byte.
    pub(super) fn sign(&self, covered: &[u8]) -> Digest {
        let whole = self.integrity.mac(&[covered]);
        whole.cut_to(self.suite.check_length())
    }

    /// Whether the check value at the end of `session_bytes` is that of what stands before it.
    pub(super) fn is_genuine(&self, session_bytes: &[u8]) -> bool {
        let at = session_bytes
            .len()
            .checked_sub(self.suite.check_length())
            .and_then(|covered| session_bytes.split_at_checked(covered));
        at.is_some_and(|(covered, check)| same(&self.sign(covered), check))
    }

    /// Encrypts a payload (§13.29): initialisation vector, then data, pad 01h 02h …, pad length in whole blocks.
    pub(super) fn encrypt(&self, iv: [u8; 16], payload: &[u8]) -> Vec<u8> {
        let pad = 15_usize.saturating_sub(payload.len() % 16);
        let mut out = Vec::with_capacity(iv.len() + payload.len() + 16);
        out.extend(iv);
        out.extend(payload);
        out.extend((1_u8..).take(pad));
        out.push(u8::try_from(pad).unwrap_or(u8::MAX));
        let cipher = cbc::Encryptor::inner_iv_init(&self.confidentiality, &iv.into());
        let blocks = out.get_mut(iv.len()..).unwrap_or_default();
        let length = blocks.len();
        let done = cipher.encrypt_padded_mut::<NoPadding>(blocks, length);
        debug_assert!(done.is_ok(), "whole blocks");
        out
    }

    /// Decrypts a payload; `None` where it is no whole number of blocks, or its pad is not as it must be.
    pub(super) fn decrypt(&self, payload: &[u8]) -> Option<Vec<u8>> {
        let (iv, data) = payload.split_first_chunk::<16>()?;
        let cipher = cbc::Decryptor::inner_iv_init(&self.confidentiality, iv.into());
        let mut clear = cipher.decrypt_padded_vec_mut::<NoPadding>(data).ok()?;
        let pad = usize::from(clear.pop()?);
        let length = clear.len().checked_sub(pad)?;
        let good = clear
            .get(length..)?
            .iter()
            .zip(1_u8..)
            .all(|(byte, expected)| *byte == expected);
        clear.truncate(length);
        (good && pad < 16).then_some(clear)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> SessionKeys {
        SessionKeys::derive(Suite::Sha1, &[0xaa; 20])
    }

    /// RFC 2202 case 1 and RFC 4231 case 2: other people's numbers.
    #[test]
    fn hashes_are_those_of_the_rfcs() {
        let sha1 = Suite::Sha1.hmac(&[0x0b; 20], &[b"Hi ", b"There"]);
        assert_eq!(hex(&sha1), "b617318655057264e28bc0b6fb378c8ef146be00");
        let sha256 = Suite::Sha256.hmac(b"Jefe", &[b"what do ya want for nothing?"]);
        assert_eq!(
            hex(&sha256),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn payloads_of_every_length_survive_encryption() {
        for length in 0..50 {
            let payload = vec![0x55; length];
            let sealed = keys().encrypt([0x11; 16], &payload);
            assert_eq!(sealed.len() % 16, 0);
            assert_eq!(keys().decrypt(&sealed), Some(payload));
        }
    }

    #[test]
    fn cipher_text_that_is_no_whole_blocks_is_refused() {
        let sealed = keys().encrypt([0x11; 16], b"chassis");
        for length in 0..sealed.len() {
            assert_eq!(keys().decrypt(&sealed[..length]), None);
        }
    }

    #[test]
    fn check_value_of_another_key_or_of_other_bytes_is_not_genuine() {
        let mut packet = b"covered".to_vec();
        let check = keys().sign(&packet);
        packet.extend(check.iter());
        assert!(keys().is_genuine(&packet));
        assert!(!SessionKeys::derive(Suite::Sha1, &[0x55; 20]).is_genuine(&packet));
        packet[0] ^= 1;
        assert!(!keys().is_genuine(&packet));
        assert!(!keys().is_genuine(&[0; 5]));
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
