//! Secrets that systemd hands to the service (`LoadCredential=`): files in a directory of its own, found by their names.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// A credential was named, and there are none.
#[derive(Debug, Error)]
#[error(
    "{} is the name of a systemd credential, and this process was given none: write an absolute path, or add LoadCredential= \
     to the unit", .0.display()
)]
pub struct NoCredentials(PathBuf);

/// Where a file is: at its absolute path, or among the service's credentials.
///
/// # Errors
/// [`NoCredentials`]. Whether the file exists is not looked at.
#[expect(
    clippy::disallowed_methods,
    reason = "systemd says through the environment where the credentials are"
)]
pub fn locate(file: &Path) -> Result<PathBuf, NoCredentials> {
    if file.is_absolute() {
        return Ok(file.to_owned());
    }
    match std::env::var("CREDENTIALS_DIRECTORY") {
        // systemd 252 names it to what a reload runs too, where it is not there.
        Ok(directory) if Path::new(&directory).is_dir() => Ok(Path::new(&directory).join(file)),
        Ok(_) | Err(_) => Err(NoCredentials(file.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::child;

    #[test]
    fn a_name_is_looked_for_among_the_credentials_and_a_path_is_left_alone() {
        if !child::is_child() {
            return child::run(
                "system::credentials::tests::a_name_is_looked_for_among_the_credentials_and_a_path_is_left_alone",
                |command| {
                    command.env("CREDENTIALS_DIRECTORY", env!("CARGO_MANIFEST_DIR"));
                },
            );
        }
        let found = |file| locate(Path::new(file)).unwrap();
        assert_eq!(
            found("tls.key"),
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tls.key")
        );
        assert_eq!(found("/etc/key.pem"), Path::new("/etc/key.pem"));
    }

    #[test]
    fn a_name_without_credentials_says_what_to_do() {
        if !child::is_child() {
            return child::run(
                "system::credentials::tests::a_name_without_credentials_says_what_to_do",
                |command| {
                    command.env("CREDENTIALS_DIRECTORY", "/run/credentials/nobody");
                },
            );
        }
        let error = locate(Path::new("tls.key")).unwrap_err().to_string();
        assert!(
            error.contains("tls.key") && error.contains("LoadCredential="),
            "{error}"
        );
    }
}
