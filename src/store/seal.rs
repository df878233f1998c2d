//! Sealing BMC credentials, so that neither the database file nor a backup of it shows them.
//!
//! ChaCha20-Poly1305 with a random nonce for each value. The owner's id and the column's name are authenticated with it, so
//! a sealed value copied to another row or column does not open.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use zeroize::Zeroizing;

use crate::model::secret::Secret;

const KEY_LEN: usize = 32;
const NONCE_LEN: usize = 12;

/// Why a secret cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The key file cannot be read or made.
    #[error("cannot read or make the key file {}", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The key file has the wrong length.
    #[error("the key file {} must hold exactly 32 bytes: restore it from a backup", path.display())]
    KeyLength {
        /// The file.
        path: PathBuf,
    },
    /// No randomness.
    #[error("the system gives no random bytes")]
    Random,
    /// The value was sealed with another key, or changed.
    #[error(
        "a stored BMC credential cannot be opened with the key in use: set the node's credentials again"
    )]
    WrongKey,
}

/// Seals and opens.
pub struct Sealer {
    cipher: ChaCha20Poly1305,
}

impl Sealer {
    /// Reads the key from a file, and makes one with mode 0600 where there is none.
    pub fn from_key_file(path: &Path) -> Result<Self, SealError> {
        let wrap = |source| SealError::KeyFile {
            path: path.to_owned(),
            source,
        };
        match fs::read(path) {
            Ok(bytes) => {
                Self::from_key(&Zeroizing::new(bytes)).ok_or_else(|| SealError::KeyLength {
                    path: path.to_owned(),
                })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut key = Zeroizing::new([0; KEY_LEN]);
                getrandom::fill(key.as_mut()).map_err(|_| SealError::Random)?;
                write_new_key(path, key.as_ref()).map_err(wrap)?;
                Ok(Self {
                    cipher: ChaCha20Poly1305::new(Key::from_slice(key.as_ref())),
                })
            }
            Err(error) => Err(wrap(error)),
        }
    }

    /// Uses this key; `None` unless it has 32 bytes.
    pub fn from_key(key: &[u8]) -> Option<Self> {
        (key.len() == KEY_LEN).then(|| Self {
            cipher: ChaCha20Poly1305::new(Key::from_slice(key)),
        })
    }

    /// Seals a value for one owner and column.
    pub fn seal(&self, owner: &str, column: &str, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|_| SealError::Random)?;
        let context = context(owner, column);
        let payload = Payload {
            msg: plain,
            aad: &context,
        };
        let sealed = self
            .cipher
            .encrypt(Nonce::from_slice(&nonce), payload)
            .map_err(|_| SealError::WrongKey)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens a value that was sealed for this owner and column.
    pub fn open(
        &self,
        owner: &str,
        column: &str,
        sealed: &[u8],
    ) -> Result<Secret<Vec<u8>>, SealError> {
        let Some((nonce, rest)) = sealed.split_at_checked(NONCE_LEN) else {
            return Err(SealError::WrongKey);
        };
        let context = context(owner, column);
        let payload = Payload {
            msg: rest,
            aad: &context,
        };
        let plain = self
            .cipher
            .decrypt(Nonce::from_slice(nonce), payload)
            .map_err(|_| SealError::WrongKey)?;
        Ok(Secret::new(plain))
    }
}

fn context(owner: &str, column: &str) -> Vec<u8> {
    [owner.as_bytes(), b"/", column.as_bytes()].concat()
}

/// The key is on disk, whole, before anything is sealed with it; a crash on the way leaves no half of one.
fn write_new_key(path: &Path, key: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension("new");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(key)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    match path.parent() {
        Some(directory) => fs::File::open(directory)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_sealed_value_opens_only_for_its_owner_and_column() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        let sealer = Sealer::from_key_file(&path).unwrap();
        let sealed = sealer.seal("node-1", "password", b"calvin").unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"calvin"));

        let same_key = Sealer::from_key_file(&path).unwrap();
        assert_eq!(
            same_key
                .open("node-1", "password", &sealed)
                .unwrap()
                .expose(),
            b"calvin"
        );
        assert!(same_key.open("node-2", "password", &sealed).is_err());
        assert!(same_key.open("node-1", "kg", &sealed).is_err());
        assert!(same_key.open("node-1", "password", &sealed[..5]).is_err());
    }

    #[test]
    fn the_key_file_is_only_the_owners() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        Sealer::from_key_file(&path).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}
