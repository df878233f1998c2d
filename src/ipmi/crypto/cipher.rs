//! AES-CBC-128 payloads (IPMI v2.0 §13.29): a random IV, then the encrypted payload with its pad.
//!
//! The pad is 01h, 02h, 03h … and then its own length, so that everything after the IV is whole blocks.

use aes::Aes128;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockDecryptMut as _, BlockEncryptMut as _, KeyIvInit as _};

use crate::ipmi::wire::Malformed;

const BLOCK: usize = 16;

/// Encrypts a payload; `iv` must be fresh and unpredictable.
pub fn encrypt(key: &[u8; 16], iv: [u8; 16], payload: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(payload.len() + BLOCK + 1);
    plain.extend_from_slice(payload);
    let mut pad: u8 = 0;
    while (plain.len() + 1) % BLOCK != 0 {
        pad += 1;
        plain.push(pad);
    }
    plain.push(pad);
    let body = cbc::Encryptor::<Aes128>::new(key.into(), &iv.into())
        .encrypt_padded_vec_mut::<NoPadding>(&plain);
    let mut out = Vec::with_capacity(BLOCK + body.len());
    out.extend_from_slice(&iv);
    out.extend_from_slice(&body);
    out
}

/// Decrypts a payload and takes its pad away.
///
/// Only the pad's length is believed: some BMCs fill the pad with something else, and the integrity code, which is
/// checked before this is called, covers it anyway.
pub fn decrypt(key: &[u8; 16], payload: &[u8]) -> Result<Vec<u8>, Malformed> {
    let (iv, body) = payload
        .split_first_chunk::<BLOCK>()
        .ok_or(Malformed::Truncated)?;
    let mut plain = cbc::Decryptor::<Aes128>::new(key.into(), iv.into())
        .decrypt_padded_vec_mut::<NoPadding>(body)
        .map_err(|_| Malformed::Damaged)?;
    let pad = plain.pop().ok_or(Malformed::Truncated)?;
    let length = plain
        .len()
        .checked_sub(usize::from(pad))
        .filter(|_| usize::from(pad) < BLOCK)
        .ok_or(Malformed::Damaged)?;
    plain.truncate(length);
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_comes_back() {
        for length in 0..50 {
            let payload = vec![0xA5; length];
            let sealed = encrypt(&[7; 16], [9; 16], &payload);
            assert_eq!(sealed.len() % BLOCK, 0);
            assert_eq!(decrypt(&[7; 16], &sealed), Ok(payload));
        }
    }

    /// Made with OpenSSL: `openssl enc -aes-128-cbc -nopad -K 000102…0f -iv 101112…1f` over 20 18 c8 81 04 01 7a,
    /// the pad 01…08 and its length 08.
    #[test]
    fn a_payload_is_encrypted_as_openssl_does_it() {
        let key: [u8; 16] = std::array::from_fn(|index| u8::try_from(index).unwrap());
        let iv: [u8; 16] = std::array::from_fn(|index| u8::try_from(index + 16).unwrap());
        let sealed = encrypt(&key, iv, &[0x20, 0x18, 0xC8, 0x81, 0x04, 0x01, 0x7A]);
        assert_eq!(sealed[..16], iv);
        assert_eq!(sealed[16..], OPENSSL);
    }

    const OPENSSL: [u8; 16] = [
        0x50, 0xE3, 0x10, 0xE2, 0xD4, 0xDA, 0x6C, 0x98, 0x75, 0x3C, 0x19, 0x7C, 0x28, 0xD4, 0xA8,
        0x19,
    ];

    #[test]
    fn truncations_and_garbage_are_refused_without_a_panic() {
        let sealed = encrypt(&[7; 16], [9; 16], &[0xA5; 20]);
        for length in 0..sealed.len() {
            // Where the cut leaves whole blocks, the last byte is what it is; the code before it decides.
            let _ = decrypt(&[7; 16], &sealed[..length]);
        }
        assert_eq!(decrypt(&[7; 16], &sealed[..16]), Err(Malformed::Truncated));
        assert_eq!(decrypt(&[7; 16], &sealed[..17]), Err(Malformed::Damaged));
    }
}
