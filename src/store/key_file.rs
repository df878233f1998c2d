//! Files with a key: read, made, and made durable.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::KeyInit;
use chacha20poly1305::{ChaCha20Poly1305, Key};
use zeroize::Zeroizing;

use crate::store::seal::SealError;

const KEY_LEN: usize = 32;

/// Where a new key waits until everything is sealed with it.
pub(super) fn new_key(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

pub(super) fn cipher(key: &[u8]) -> Option<ChaCha20Poly1305> {
    (key.len() == KEY_LEN).then(|| ChaCha20Poly1305::new(Key::from_slice(key)))
}

/// The key in a file; `None` where there is no such file.
pub(super) fn read_key(path: &Path) -> Result<Option<ChaCha20Poly1305>, SealError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            let path = path.to_owned();
            return Err(SealError::KeyFile { path, source });
        }
    };
    let key = cipher(&bytes).ok_or_else(|| SealError::KeyLength {
        path: path.to_owned(),
    })?;
    Ok(Some(key))
}

/// Makes a key, and keeps it in a file.
pub(super) fn make_key(path: &Path) -> Result<ChaCha20Poly1305, SealError> {
    let mut key = Zeroizing::new([0; KEY_LEN]);
    getrandom::fill(key.as_mut()).map_err(|_| SealError::Random)?;
    write(path, key.as_ref()).map_err(|source| SealError::KeyFile {
        path: path.to_owned(),
        source,
    })?;
    Ok(ChaCha20Poly1305::new(Key::from_slice(key.as_ref())))
}

/// The key is on disk, whole, before anything is sealed with it; a crash on the way leaves no half of one.
fn write(path: &Path, key: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(key)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    sync_directory(path)
}

/// A file that has a new name has it on disk too.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(directory) => fs::File::open(directory)?.sync_all(),
        None => Ok(()),
    }
}
