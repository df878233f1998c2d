//! A directory whose files another program reads as they come: it sees each file whole or not at all.
//!
//! The other program is another user, so what is made here is for all to read. New content is written under a name that begins
//! with a dot, which the other program does not look at, and takes its place at once.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// What a file is called until it is whole.
const UNFINISHED: &str = ".ostler-";

/// Why the files are not what they ought to be.
#[derive(Debug, thiserror::Error)]
pub enum FileSetError {
    /// The directory is not there, and cannot be made.
    #[error("cannot make the directory {}", path.display())]
    Make {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The directory cannot be read.
    #[error("cannot read the directory {}", path.display())]
    List {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be taken away.
    #[error("cannot remove {}", path.display())]
    Remove {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Makes the directory where it is not there. What is above it has to be.
///
/// # Errors
/// [`FileSetError::Make`].
pub fn make_directory(path: &Path) -> Result<(), FileSetError> {
    let made = match fs::create_dir(path) {
        // The umask says nothing here.
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(0o755)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    };
    made.map_err(|source| FileSetError::Make {
        path: path.to_owned(),
        source,
    })
}

/// Makes the files of the directory, as far as they are ours, what they ought to be. One that is right already is not touched;
/// what goes, goes before what comes. Says whether anything changed.
///
/// # Errors
/// The first failure; all else is done all the same.
pub fn make_equal(
    directory: &Path,
    wanted: &BTreeMap<String, String>,
    is_ours: impl Fn(&str) -> bool,
) -> Result<bool, FileSetError> {
    let mut outcome = Outcome::default();
    for name in names(directory)? {
        let goes = name.starts_with(UNFINISHED) || is_ours(&name);
        if goes && !wanted.contains_key(&name) {
            let path = directory.join(&name);
            let removed = fs::remove_file(&path);
            outcome.note(removed.map_err(|source| FileSetError::Remove { path, source }));
        }
    }
    for (name, text) in wanted {
        let path = directory.join(name);
        if fs::read(&path).is_ok_and(|there| there == text.as_bytes()) {
            continue;
        }
        let written = write(&path, &directory.join(format!("{UNFINISHED}{name}")), text);
        outcome.note(written.map_err(|source| FileSetError::Write { path, source }));
    }
    outcome.end()
}

#[derive(Default)]
struct Outcome {
    changed: bool,
    failed: Option<FileSetError>,
}

impl Outcome {
    fn note(&mut self, done: Result<(), FileSetError>) {
        match done {
            Ok(()) => self.changed = true,
            Err(error) => self.failed = self.failed.take().or(Some(error)),
        }
    }

    fn end(self) -> Result<bool, FileSetError> {
        self.failed.map_or(Ok(self.changed), Err)
    }
}

/// The names of all files there; one that is no text is none of ours.
fn names(directory: &Path) -> Result<Vec<String>, FileSetError> {
    let list = || -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(directory)? {
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    };
    list().map_err(|source| FileSetError::List {
        path: directory.to_owned(),
        source,
    })
}

/// Not synced: what a power failure leaves is compared and written again at the next start.
fn write(path: &Path, unfinished: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o644)
        .open(unfinished)?;
    file.set_permissions(Permissions::from_mode(0o644))?;
    file.write_all(text.as_bytes())?;
    drop(file);
    fs::rename(unfinished, path).inspect_err(|_| {
        fs::remove_file(unfinished).ok();
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(files: &[(&str, &str)]) -> BTreeMap<String, String> {
        let all = files
            .iter()
            .map(|(name, text)| ((*name).into(), (*text).into()));
        all.collect()
    }

    fn ours(name: &str) -> bool {
        name.starts_with("port")
    }

    fn found(directory: &Path) -> Vec<(String, String)> {
        let mut all: Vec<_> = names(directory)
            .unwrap()
            .into_iter()
            .map(|name| {
                let text = fs::read_to_string(directory.join(&name)).unwrap();
                (name, text)
            })
            .collect();
        all.sort();
        all
    }

    #[test]
    fn what_is_there_becomes_what_is_wanted_and_files_of_others_stay() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("hosts");
        make_directory(&directory).unwrap();
        make_directory(&directory).unwrap();
        for (name, text) in [
            ("port1", "old"),
            ("port2", "kept"),
            ("port3", "gone"),
            ("printers", "theirs"),
            (".ostler-port9", "half of it"),
        ] {
            fs::write(directory.join(name), text).unwrap();
        }
        let kept = fs::metadata(directory.join("port2")).unwrap();
        let files = wanted(&[("port1", "new"), ("port2", "kept"), ("port4", "more")]);
        assert!(make_equal(&directory, &files, ours).unwrap());
        let now = [
            ("port1", "new"),
            ("port2", "kept"),
            ("port4", "more"),
            ("printers", "theirs"),
        ];
        let now = now.map(|(name, text)| (name.to_owned(), text.to_owned()));
        assert_eq!(found(&directory), now);
        let still = fs::metadata(directory.join("port2")).unwrap();
        assert_eq!(kept.modified().unwrap(), still.modified().unwrap());
        assert!(
            !make_equal(&directory, &files, ours).unwrap(),
            "nothing to do"
        );
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&directory.join("port4")), 0o644);
        assert_eq!(mode(&directory), 0o755);
    }

    #[test]
    fn one_file_that_cannot_be_written_holds_up_no_other_and_is_named() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path();
        fs::create_dir(directory.join("port1")).unwrap();
        let files = wanted(&[("port1", "a"), ("port2", "b")]);
        let error = make_equal(directory, &files, ours).unwrap_err();
        assert!(error.to_string().ends_with("/port1"), "{error}");
        assert_eq!(fs::read(directory.join("port2")).unwrap(), b"b");
        assert!(!directory.join(".ostler-port1").exists());
        let gone = make_equal(&directory.join("nowhere"), &files, ours);
        assert!(matches!(gone, Err(FileSetError::List { .. })), "{gone:?}");
    }
}
