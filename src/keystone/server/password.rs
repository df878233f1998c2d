//! The password of the daemon's own user: in a file, and in memory only while it is sent.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::Trouble;
use crate::keystone::KeystoneError;
use crate::model::secret::Secret;

/// Whether there is a password that others cannot read.
///
/// # Errors
/// [`KeystoneError::Password`], which says what to do.
pub(in crate::keystone) fn check(path: &Path) -> Result<(), KeystoneError> {
    let wrong = |problem: String| KeystoneError::Password {
        path: path.to_owned(),
        problem,
    };
    let cannot_be_read =
        |error: io::Error| wrong(format!("cannot be read ({error}): put the password there"));
    let mode = fs::metadata(path)
        .map_err(cannot_be_read)?
        .permissions()
        .mode();
    if mode & 0o007 != 0 {
        let mode = mode & 0o7777;
        let problem = format!(
            "has mode {mode:04o}, so that everybody on this machine can read it: give it to the daemon's user alone, with mode 0400"
        );
        return Err(wrong(problem));
    }
    let text = fs::read(path).map(Secret::new).map_err(cannot_be_read)?;
    match password(text) {
        Ok(_) => Ok(()),
        Err(problem) => Err(wrong(problem.to_owned())),
    }
}

/// The password as it is now.
pub(super) async fn read(path: &Path) -> Result<Secret<String>, Trouble> {
    let wrong = |source: io::Error| Trouble::Password {
        path: path.to_owned(),
        source,
    };
    let text = tokio::fs::read(path)
        .await
        .map(Secret::new)
        .map_err(wrong)?;
    password(text).map_err(|problem| wrong(io::Error::other(problem)))
}

/// The text without the line break that editors put at the end.
fn password(text: Secret<Vec<u8>>) -> Result<Secret<String>, &'static str> {
    let text = str::from_utf8(text.expose())
        .map_err(|_| "does not hold text: write the password into it")?;
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        return Err("is empty: write the password into it");
    }
    Ok(Secret::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_a_text_that_others_cannot_read() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("password");
        let checked = |text: Option<&[u8]>, mode: u32| {
            if let Some(text) = text {
                fs::write(&file, text).unwrap();
                fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            }
            check(&file).map_err(|error| error.to_string())
        };
        for (text, mode, says) in [
            (None, 0, "cannot be read"),
            (Some(&b"hunter2"[..]), 0o644, "has mode 0644"),
            (Some(b"hunter2"), 0o602, "has mode 0602"),
            (Some(b"\r\n"), 0o600, "is empty"),
            (Some(b"\xff\xfe"), 0o600, "does not hold text"),
        ] {
            let error = checked(text, mode).unwrap_err();
            assert!(
                error.contains(says) && error.contains("auth.keystone.password_file"),
                "{error}"
            );
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert_eq!(checked(Some(b"hunter2\n"), 0o640), Ok(()));
        let read = password(Secret::new(b" two words \n".to_vec())).unwrap();
        assert_eq!(read.expose(), " two words ");
    }
}
