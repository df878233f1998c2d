//! A file of an image that is being written.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::Ordering;

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::crash;
use crate::store::image_file::{FileError, ImageFiles, Kept};

/// A file that is being written. It is gone when this is dropped.
#[derive(Debug)]
pub struct Unfinished {
    file: NamedTempFile,
    bytes: Counted,
    digest: Sha256,
}

/// Bytes that count while this is there.
#[derive(Debug)]
struct Counted {
    of: ImageFiles,
    bytes: u64,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.of.unnamed().fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Unfinished {
    /// A file that is empty yet.
    pub(super) fn new(of: ImageFiles, file: NamedTempFile) -> Self {
        Self {
            file,
            bytes: Counted { of, bytes: 0 },
            digest: Sha256::new(),
        }
    }

    /// So many bytes were written.
    pub fn bytes(&self) -> u64 {
        self.bytes.bytes
    }

    /// Goes on with these bytes. It waits for the disk.
    ///
    /// # Errors
    /// The file becomes too large, or there is no room for it.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        let more = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let files = self.bytes.of.clone();
        files.check_size(self.bytes.bytes.saturating_add(more))?;
        files.check_room(more)?;
        self.file
            .write_all(bytes)
            .map_err(|source| files.io(source))?;
        self.digest.update(bytes);
        files.unnamed().fetch_add(more, Ordering::Relaxed);
        self.bytes.bytes += more;
        crash::point("image_part");
        Ok(())
    }

    /// Puts it on the disk and gives it its name, if it is what was expected. It waits for the disk.
    ///
    /// # Errors
    /// It is not what was expected, or the disk did not take it.
    pub fn finish(self, expected: &[String]) -> Result<Kept, FileError> {
        let Self {
            file,
            bytes,
            digest,
        } = self;
        let found = hexadecimal(&digest.finalize());
        if let Some(expected) = expected.iter().find(|of| **of != found) {
            let expected = expected.clone();
            return Err(FileError::Mismatch { expected, found });
        }
        let files = bytes.of.clone();
        let io = |source| files.io(source);
        file.as_file().sync_all().map_err(io)?;
        files.name(file, &found, bytes.bytes).map_err(io)?;
        let kept = Kept {
            sha256: found,
            bytes: bytes.bytes,
        };
        drop(bytes);
        sync_directory(files.directory()).map_err(io)?;
        crash::point("image_named");
        Ok(kept)
    }
}

fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Bytes in lower-case hexadecimal.
fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
