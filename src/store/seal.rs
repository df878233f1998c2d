//! Sealing BMC credentials, so that neither the database file nor a backup of it shows them.
//!
//! ChaCha20-Poly1305 with a random nonce for each value. The owner's id and the column's name are authenticated with it, so
//! a sealed value copied to another row or column does not open.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};

use crate::model::secret::Secret;
use crate::store::key_file::{cipher, make_key, new_key, read_key, sync_directory};

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
    /// The database's secrets are sealed with another key.
    #[error(
        "the key {} is not the one that the secrets in the database are sealed with: restore the key that belongs to the \
         database; if it is lost, run \"ostlerd forget-key\" and set the BMCs' passwords again", path.display()
    )]
    OtherKey {
        /// The key in use.
        path: PathBuf,
    },
    /// The database's secrets are sealed with a key that is not there.
    #[error(
        "there is no key {}, and the secrets in the database are sealed with one: restore it; if it is lost, run \
         \"ostlerd forget-key\" and set the BMCs' passwords again", path.display()
    )]
    KeyMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The key comes from somebody else, who has to change it.
    #[error(
        "the key {} is a credential of the service, which ostlerd cannot change: give the service a new one as \
         credentials.key.new beside it, and start it again", path.display()
    )]
    GivenKey {
        /// The key in use.
        path: PathBuf,
    },
    /// The key is in memory only.
    #[error("the key is in no file: there is nothing to put a new one into")]
    NoKeyFile,
    /// No randomness.
    #[error("the system gives no random bytes")]
    Random,
    /// The value was sealed with another key, or changed.
    #[error(
        "a stored BMC credential cannot be opened with the key in use: set the node's credentials again"
    )]
    WrongKey,
}

/// Where the key is.
#[derive(Debug)]
enum Place {
    /// A file of our own.
    File(PathBuf),
    /// A file that somebody else gives us, such as systemd: it is not ours to change.
    Given(PathBuf),
    /// Nowhere but here.
    Memory,
}

/// A text that was opened.
pub(super) fn text(opened: &Secret<Vec<u8>>) -> Result<String, SealError> {
    let text = std::str::from_utf8(opened.expose()).map_err(|_| SealError::WrongKey)?;
    Ok(text.to_owned())
}

/// The keys that are in use: one, but for the time in which the other one takes its place.
struct Keys {
    /// Seals.
    sealing: ChaCha20Poly1305,
    /// Opens as well.
    before: Option<ChaCha20Poly1305>,
}

/// Seals and opens. A key is wiped from memory when it is dropped.
pub struct Sealer {
    keys: RwLock<Keys>,
    place: Place,
    /// The key was made just now: nothing was ever sealed with it.
    is_new: bool,
}

/// Which key a value opens with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opens {
    /// The one that seals.
    Sealing,
    /// The one before it.
    Before,
    /// Neither.
    Never,
}

impl Sealer {
    /// Reads the key from a file, and makes one with mode 0600 where there is none. A new key beside it (`….new`) is left from a
    /// rotation that did not end, and goes on: it seals, and both open.
    pub fn from_key_file(path: &Path) -> Result<Self, SealError> {
        let before = read_key(path)?;
        let after = read_key(&new_key(path))?;
        let is_new = before.is_none() && after.is_none();
        let keys = match (after, before) {
            (Some(sealing), before) => Keys { sealing, before },
            (None, Some(sealing)) => Keys {
                sealing,
                before: None,
            },
            (None, None) => Keys {
                sealing: make_key(path)?,
                before: None,
            },
        };
        Ok(Self {
            keys: RwLock::new(keys),
            place: Place::File(path.to_owned()),
            is_new,
        })
    }

    /// Reads the key from a file as it is, and makes none; `None` where there is none. The file does not change.
    pub fn from_present_file(path: &Path) -> Result<Option<Self>, SealError> {
        match read_key(path)?.is_some() || read_key(&new_key(path))?.is_some() {
            true => Self::from_key_file(path).map(Some),
            false => Ok(None),
        }
    }

    /// Uses a key that somebody else gives us, as a file; `None` where there is none. One beside it (`….new`) takes its place.
    pub fn from_given_file(path: &Path) -> Result<Option<Self>, SealError> {
        let Some(before) = read_key(path)? else {
            return Ok(None);
        };
        let keys = match read_key(&new_key(path))? {
            Some(sealing) => Keys {
                sealing,
                before: Some(before),
            },
            None => Keys {
                sealing: before,
                before: None,
            },
        };
        Ok(Some(Self {
            keys: RwLock::new(keys),
            place: Place::Given(path.to_owned()),
            is_new: false,
        }))
    }

    /// Uses this key; `None` unless it has 32 bytes.
    pub fn from_key(key: &[u8]) -> Option<Self> {
        Some(Self {
            keys: RwLock::new(Keys {
                sealing: cipher(key)?,
                before: None,
            }),
            place: Place::Memory,
            is_new: false,
        })
    }

    /// Makes a new key, on disk beside the old one, and seals with it from now on; both open. Where that has happened before and
    /// did not end, it goes on with the key of then.
    ///
    /// # Errors
    /// [`SealError::GivenKey`] where the key is not ours to change; [`SealError::KeyFile`].
    pub fn begin_rotation(&self) -> Result<(), SealError> {
        let path = match &self.place {
            Place::File(path) => path,
            Place::Given(path) => return Err(SealError::GivenKey { path: path.clone() }),
            Place::Memory => return Err(SealError::NoKeyFile),
        };
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        if keys.before.is_none() {
            let new = make_key(&new_key(path))?;
            keys.before = Some(std::mem::replace(&mut keys.sealing, new));
        }
        Ok(())
    }

    /// Everything is sealed with the new key, and that is on disk: it takes the old one's place there. The old one opens still,
    /// until [`Sealer::forget_old_key`].
    pub fn end_rotation(&self) -> Result<(), SealError> {
        let Place::File(path) = &self.place else {
            return Ok(());
        };
        let new = new_key(path);
        if !new.exists() {
            return Ok(());
        }
        let wrap = |source| SealError::KeyFile {
            path: path.clone(),
            source,
        };
        fs::rename(&new, path).map_err(wrap)?;
        sync_directory(path).map_err(wrap)
    }

    /// Wipes the old key from memory. Call it when nobody reads any more what was sealed with it.
    pub fn forget_old_key(&self) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.before = None;
    }

    /// Whether there is an old key, and the path of the new one where somebody else has to put it in the old one's place.
    pub fn to_replace(&self) -> Option<PathBuf> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        match (&self.place, &keys.before) {
            (Place::Given(path), Some(_)) => Some(new_key(path)),
            (Place::Given(_) | Place::File(_) | Place::Memory, _) => None,
        }
    }

    /// The error of a key that is not the one of this database. A key that was made just now is taken away again, so that it is
    /// not mistaken for the one that is missing.
    pub fn is_wrong(&self) -> SealError {
        match &self.place {
            Place::File(path) if self.is_new => {
                fs::remove_file(path).ok();
                SealError::KeyMissing { path: path.clone() }
            }
            Place::File(path) | Place::Given(path) => SealError::OtherKey { path: path.clone() },
            Place::Memory => SealError::WrongKey,
        }
    }

    /// Which key a value opens with.
    pub fn opens(&self, owner: &str, column: &str, sealed: &[u8]) -> Opens {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        if open_with(&keys.sealing, owner, column, sealed).is_some() {
            return Opens::Sealing;
        }
        let before = keys.before.as_ref();
        match before.and_then(|before| open_with(before, owner, column, sealed)) {
            Some(_) => Opens::Before,
            None => Opens::Never,
        }
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
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let sealed = keys
            .sealing
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
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let with = |key| open_with(key, owner, column, sealed);
        let plain = with(&keys.sealing).or_else(|| keys.before.as_ref().and_then(with));
        plain.ok_or(SealError::WrongKey)
    }
}

fn open_with(
    key: &ChaCha20Poly1305,
    owner: &str,
    column: &str,
    sealed: &[u8],
) -> Option<Secret<Vec<u8>>> {
    let (nonce, rest) = sealed.split_at_checked(NONCE_LEN)?;
    let context = context(owner, column);
    let payload = Payload {
        msg: rest,
        aad: &context,
    };
    let plain = key.decrypt(Nonce::from_slice(nonce), payload).ok()?;
    Some(Secret::new(plain))
}

fn context(owner: &str, column: &str) -> Vec<u8> {
    [owner.as_bytes(), b"/", column.as_bytes()].concat()
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
    fn while_the_key_changes_both_open_and_the_new_one_seals() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        let sealer = Sealer::from_key_file(&path).unwrap();
        let old = sealer.seal("n", "password", b"calvin").unwrap();
        sealer.begin_rotation().unwrap();
        let new = sealer.seal("n", "password", b"calvin").unwrap();
        let after_a_crash = Sealer::from_key_file(&path).unwrap();
        for sealer in [&sealer, &after_a_crash] {
            assert_eq!(sealer.opens("n", "password", &old), Opens::Before);
            assert_eq!(sealer.opens("n", "password", &new), Opens::Sealing);
            assert_eq!(sealer.opens("n", "kg", &new), Opens::Never);
            assert_eq!(
                sealer.open("n", "password", &old).unwrap().expose(),
                b"calvin"
            );
        }
        // A second beginning goes on with the same key.
        sealer.begin_rotation().unwrap();
        assert_eq!(sealer.opens("n", "password", &new), Opens::Sealing);
        sealer.end_rotation().unwrap();
        sealer.forget_old_key();
        let next = Sealer::from_key_file(&path).unwrap();
        for sealer in [&sealer, &next] {
            assert_eq!(sealer.opens("n", "password", &old), Opens::Never);
            assert_eq!(sealer.opens("n", "password", &new), Opens::Sealing);
        }
        let left: Vec<_> = fs::read_dir(dir.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    #[test]
    fn a_key_that_is_given_is_replaced_by_who_gives_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        assert!(Sealer::from_given_file(&path).unwrap().is_none());
        fs::write(&path, [1; 32]).unwrap();
        let one = Sealer::from_given_file(&path).unwrap().unwrap();
        assert!(matches!(
            one.begin_rotation(),
            Err(SealError::GivenKey { .. })
        ));
        assert_eq!(one.to_replace(), None);
        let sealed = one.seal("n", "password", b"calvin").unwrap();
        fs::write(dir.path().join("key.new"), [2; 32]).unwrap();
        let two = Sealer::from_given_file(&path).unwrap().unwrap();
        assert_eq!(two.opens("n", "password", &sealed), Opens::Before);
        assert_eq!(two.to_replace(), Some(dir.path().join("key.new")));
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
