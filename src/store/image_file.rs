//! The kernels and initrds of images, as files in a directory beside the database.
//!
//! A file is called by the SHA-256 of what it holds, 64 lower-case hexadecimal digits. It gets that name when it is whole, was
//! found right and is on the disk, and does not change from then on. What is not whole yet has another name ([`Unfinished`]),
//! and is gone with whoever was writing it, or with the next start ([`ImageFiles::sweep`]).
//!
//! Which files are needed is a matter of the database. [`ImageFiles::set_aside`] is called in a write transaction, and whoever
//! comes to need a file looks in one whether it is there ([`ImageFiles::size`]): so none is lost in between.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use nix::sys::statvfs::statvfs;
use tempfile::NamedTempFile;

use crate::live::Live;
use crate::store::unfinished::Unfinished;
use crate::time::Timestamp;

/// What a file is called while it is being written, and while it is taken away.
const UNFINISHED: &str = ".unfinished-";
const UNNEEDED: &str = ".unneeded-";

/// What stays free for the database, in bytes.
const RESERVE: u64 = 16 << 20;

/// How much files may take, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Each of them.
    pub file: u64,
    /// All of them.
    pub all: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file: 4 << 30,
            all: 64 << 30,
        }
    }
}

/// Why a file is not kept.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is larger than files may be.
    #[error("the file is larger than {} MiB, which is the most that netboot.max_file_mib allows", most >> 20)]
    TooLarge {
        /// In bytes.
        most: u64,
    },
    /// All files together would be larger than they may be.
    #[error(
        "with this file all images would be larger than {} MiB, which is the most that netboot.max_store_mib allows: delete some \
         that are not needed, or raise it", most >> 20
    )]
    NoPlace {
        /// In bytes.
        most: u64,
    },
    /// The disk would be full.
    #[error(
        "there is no room for the file on the file system of state_dir: make some there, and try again"
    )]
    DiskFull,
    /// It is another one than was meant.
    #[error("the SHA-256 of what came is {found}, and {expected} was expected")]
    Mismatch {
        /// In hexadecimal.
        expected: String,
        /// In hexadecimal.
        found: String,
    },
    /// The file system did not do it.
    #[error("cannot keep files in {}", path.display())]
    Io {
        /// The directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// A file that is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The SHA-256 of it, its name.
    pub sha256: String,
    /// Its size, in bytes.
    pub bytes: u64,
}

/// The directory of the files. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ImageFiles(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    directory: PathBuf,
    limits: Live<Limits>,
    /// The bytes of what has its name, as they were last counted, and of what has none yet.
    named: AtomicU64,
    unnamed: AtomicU64,
    /// Held while a name is given or taken.
    naming: Mutex<()>,
}

impl ImageFiles {
    /// Those of this directory, which is made when there is a first one.
    pub(super) fn new(directory: PathBuf) -> Self {
        Self(Arc::new(Inner {
            directory,
            limits: Live::new(Limits::default()),
            named: AtomicU64::new(0),
            unnamed: AtomicU64::new(0),
            naming: Mutex::new(()),
        }))
    }

    /// From now on these limits hold.
    pub fn set_limits(&self, limits: Limits) {
        self.0.limits.set(limits);
    }

    /// Where a file is, if it is here. `None` also for what is no SHA-256 in lower-case hexadecimal.
    pub fn path(&self, sha256: &str) -> Option<PathBuf> {
        let path = is_name(sha256).then(|| self.0.directory.join(sha256))?;
        path.is_file().then_some(path)
    }

    /// The size of a file in bytes, if it is here.
    pub fn size(&self, sha256: &str) -> Option<u64> {
        let file = fs::metadata(self.path(sha256)?).ok()?;
        file.is_file().then_some(file.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.named().is_ok_and(|named| named.is_empty())
    }

    /// What all of them take, in bytes, those that are not whole yet as well. As it was kept in mind: no disk is asked. What others
    /// have done to the directory shows when the next file begins.
    pub fn bytes(&self) -> u64 {
        let named = self.0.named.load(Ordering::Relaxed);
        named.saturating_add(self.0.unnamed.load(Ordering::Relaxed))
    }

    /// Begins a file, of so many bytes where that is known.
    ///
    /// # Errors
    /// It would be too large, or there is no room for it.
    pub fn begin(&self, announced: Option<u64>) -> Result<Unfinished, FileError> {
        let directory = &self.0.directory;
        fs::create_dir_all(directory).map_err(|source| self.io(source))?;
        self.count().map_err(|source| self.io(source))?;
        let bytes = announced.unwrap_or(0);
        self.check_size(bytes)?;
        self.check_room(bytes)?;
        let file = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempfile_in(directory)
            .map_err(|source| self.io(source))?;
        Ok(Unfinished::new(self.clone(), file))
    }

    /// Takes the names from files that nobody needs and that are older than `since`. Call it in the transaction that has found
    /// out which are needed, and [`ImageFiles::remove`] afterwards: a large file takes a while to go.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn set_aside(&self, needed: &HashSet<String>, since: Timestamp) -> io::Result<Unneeded> {
        let _naming = self.naming();
        let mut paths = Vec::new();
        for (name, entry) in self.named()? {
            let metadata = entry.metadata()?;
            let age = metadata.modified()?.duration_since(UNIX_EPOCH);
            let written = Timestamp::from_micros(0).plus(age.unwrap_or_default());
            if needed.contains(&name) || written > since {
                continue;
            }
            paths.push(self.take_name(&name)?);
        }
        Ok(Unneeded(paths))
    }

    /// The same of one file, however old it is.
    ///
    /// # Errors
    /// It is not here.
    pub fn set_aside_this(&self, sha256: &str) -> io::Result<Unneeded> {
        let _naming = self.naming();
        Ok(Unneeded(vec![self.take_name(sha256)?]))
    }

    fn take_name(&self, sha256: &str) -> io::Result<PathBuf> {
        let aside = self.0.directory.join(format!("{UNNEEDED}{sha256}"));
        fs::rename(self.0.directory.join(sha256), &aside)?;
        let bytes = fs::metadata(&aside).map_or(0, |file| file.len());
        let named = self.0.named.load(Ordering::Relaxed);
        // Whoever changes it is naming.
        let left = named.saturating_sub(bytes);
        self.0.named.store(left, Ordering::Relaxed);
        Ok(aside)
    }

    /// Removes files that were set aside. Says how many.
    ///
    /// # Errors
    /// One cannot be removed; the next start tries again.
    pub fn remove(&self, unneeded: &Unneeded) -> io::Result<usize> {
        for path in &unneeded.0 {
            fs::remove_file(path)?;
        }
        Ok(unneeded.0.len())
    }

    /// Takes away what is left of files that were being written or removed when this program was killed. Nobody else may be
    /// at work there. Then it is known how large all files are.
    ///
    /// # Errors
    /// Something cannot be removed or read.
    pub fn sweep(&self) -> io::Result<()> {
        let mut swept = self.count();
        for entry in self.entries()? {
            let (name, path) = (entry.file_name(), entry.path());
            let name = name.to_string_lossy();
            if name.starts_with(UNFINISHED) || name.starts_with(UNNEEDED) {
                swept = swept.and(fs::remove_file(path));
            }
        }
        swept
    }

    /// All that is there; nothing where there is no directory yet.
    fn entries(&self) -> io::Result<Vec<fs::DirEntry>> {
        match fs::read_dir(&self.0.directory) {
            Ok(entries) => entries.collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// The files that are whole.
    fn named(&self) -> io::Result<Vec<(String, fs::DirEntry)>> {
        let entries = self.entries()?.into_iter().filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            is_name(&name).then_some((name, entry))
        });
        Ok(entries.collect())
    }

    /// Looks how large the files with names are.
    fn count(&self) -> io::Result<()> {
        let _naming = self.naming();
        let mut bytes = 0_u64;
        for (_, entry) in self.named()? {
            bytes = bytes.saturating_add(entry.metadata()?.len());
        }
        self.0.named.store(bytes, Ordering::Relaxed);
        Ok(())
    }

    /// Gives a name to a file of so many bytes. One that is there already is replaced by the same: its age begins anew.
    pub(super) fn name(&self, file: NamedTempFile, sha256: &str, bytes: u64) -> io::Result<()> {
        let _naming = self.naming();
        let path = self.0.directory.join(sha256);
        let replaced = fs::metadata(&path).map_or(0, |file| file.len());
        file.persist(path)?;
        let named = self.0.named.load(Ordering::Relaxed);
        let others = named.saturating_sub(replaced);
        let named = others.saturating_add(bytes);
        self.0.named.store(named, Ordering::Relaxed);
        Ok(())
    }

    /// Whether a file may be so large.
    pub(super) fn check_size(&self, bytes: u64) -> Result<(), FileError> {
        let most = self.0.limits.now().file;
        if bytes > most {
            return Err(FileError::TooLarge { most });
        }
        Ok(())
    }

    /// Where the files are.
    pub(super) fn directory(&self) -> &Path {
        &self.0.directory
    }

    /// How much is written of files that have no name yet, in bytes.
    pub(super) fn unnamed(&self) -> &AtomicU64 {
        &self.0.unnamed
    }

    /// Whether there is room for so many bytes more.
    pub(super) fn check_room(&self, bytes: u64) -> Result<(), FileError> {
        let most = self.0.limits.now().all;
        if self.bytes().saturating_add(bytes) > most {
            return Err(FileError::NoPlace { most });
        }
        // A file system that does not say is asked by writing to it.
        let disk = statvfs(&self.0.directory).ok();
        let free = disk.map(|disk| disk.blocks_available() * disk.fragment_size());
        if free.is_some_and(|free| free < bytes.saturating_add(RESERVE)) {
            return Err(FileError::DiskFull);
        }
        Ok(())
    }

    /// Held while a name is given or taken.
    fn naming(&self) -> std::sync::MutexGuard<'_, ()> {
        let naming = self.0.naming.lock();
        naming.unwrap_or_else(PoisonError::into_inner)
    }

    /// What the file system says, in our words.
    pub(super) fn io(&self, source: io::Error) -> FileError {
        if source.kind() == io::ErrorKind::StorageFull {
            return FileError::DiskFull;
        }
        FileError::Io {
            path: self.0.directory.clone(),
            source,
        }
    }
}

/// Files that have lost their names.
#[derive(Debug)]
pub struct Unneeded(Vec<PathBuf>);

impl Unneeded {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether it is a SHA-256 in lower-case hexadecimal.
fn is_name(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|of| matches!(of, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests;
