//! Secrets on their way in: from a file, from standard input, or typed without being shown. Never from an argument,
//! because everyone on the machine can read those.

use std::fs::File;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::os::fd::AsFd;
use std::path::Path;

use clap::Args;
use nix::sys::termios::{self, LocalFlags, SetArg, Termios};
use zeroize::Zeroizing;

use crate::cli::exit::CliError;
use crate::cli::parse;
use crate::model::secret::Secret;

/// The most that is read of a secret; tokens have some 50 bytes, passwords of BMCs at most 20.
const LONGEST: u64 = 4096;

/// Where the password of a BMC comes from.
#[derive(Debug, Clone, Default, Args)]
#[group(multiple = false)]
pub(crate) struct PasswordArgs {
    /// Read the BMC's password from this file
    #[arg(long, value_name = "FILE")]
    pub(crate) bmc_password_file: Option<std::path::PathBuf>,
    /// Read the BMC's password from standard input
    #[arg(long)]
    pub(crate) bmc_password_stdin: bool,
    /// The BMC wants no password
    #[arg(long)]
    pub(crate) bmc_no_password: bool,
    // Refused with a reason instead of "unexpected argument".
    #[arg(long, hide = true, value_parser = parse::secret)]
    bmc_password: Option<Secret<String>>,
}

impl PasswordArgs {
    /// The password that was pointed to, if any was.
    pub(crate) fn given(&self) -> Result<Option<Secret<String>>, CliError> {
        if self.bmc_password.is_some() {
            return Err(CliError::Usage(
                "a password on the command line can be seen by everyone on this machine: \
                 use --bmc-password-file or --bmc-password-stdin"
                    .to_owned(),
            ));
        }
        if let Some(path) = &self.bmc_password_file {
            from_file(path).map(Some)
        } else if self.bmc_password_stdin {
            from_stdin().map(Some)
        } else if self.bmc_no_password {
            Ok(Some(Secret::new(String::new())))
        } else {
            Ok(None)
        }
    }

    /// The password that was pointed to; otherwise it is asked for on the terminal.
    pub(crate) async fn given_or_typed(&self, prompt: String) -> Result<Secret<String>, CliError> {
        if let Some(password) = self.given()? {
            return Ok(password);
        }
        asked(
            prompt,
            "--bmc-password-file, --bmc-password-stdin or --bmc-no-password",
        )
        .await
    }
}

/// Asks on the terminal. `options` are where else the password can come from.
///
/// # Errors
///
/// [`CliError::Usage`] without a terminal.
pub(crate) async fn asked(prompt: String, options: &str) -> Result<Secret<String>, CliError> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(CliError::Usage(format!(
            "say where the BMC's password comes from: {options} (without a terminal it cannot be asked for)"
        )));
    }
    typed(prompt).await
}

/// The first line of standard input, without its line end.
pub(crate) fn from_stdin() -> Result<Secret<String>, CliError> {
    first_line(io::stdin().lock()).map_err(CliError::Password)
}

/// The first line of a file, without its line end.
///
/// # Errors
///
/// [`CliError::File`] where it cannot be read or is not text; what was read is in no error.
pub(crate) fn from_file(path: &Path) -> Result<Secret<String>, CliError> {
    File::open(path)
        .and_then(|file| first_line(io::BufReader::new(file)))
        .map_err(|source| CliError::File {
            path: path.to_owned(),
            source,
        })
}

fn first_line(reader: impl io::BufRead) -> io::Result<Secret<String>> {
    let mut line = Zeroizing::new(Vec::with_capacity(256));
    let mut reader = reader.take(LONGEST);
    reader.read_until(b'\n', &mut line)?;
    if line.len() as u64 == LONGEST {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "its first line is too long for a secret",
        ));
    }
    while line.last().is_some_and(|end| matches!(end, b'\n' | b'\r')) {
        line.pop();
    }
    match std::str::from_utf8(&line) {
        Ok(text) => Ok(Secret::new(text.to_owned())),
        Err(_) => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "its first line is not UTF-8",
        )),
    }
}

/// Asks on the terminal without echo. Ctrl-C gives the terminal back as it was.
async fn typed(prompt: String) -> Result<Secret<String>, CliError> {
    let silence = Silence::begin().map_err(CliError::Password)?;
    let mut stderr = io::stderr();
    write!(stderr, "{prompt}: ")
        .and_then(|()| stderr.flush())
        .map_err(CliError::Password)?;
    let read = tokio::task::spawn_blocking(|| first_line(io::stdin().lock()));
    let outcome = tokio::select! {
        biased;
        _ = tokio::signal::ctrl_c() => Err(CliError::Interrupted),
        read = read => match read {
            Ok(line) => line.map_err(CliError::Password),
            Err(panicked) => Err(CliError::Password(io::Error::other(panicked))),
        },
    };
    drop(silence);
    writeln!(stderr).ok();
    outcome
}

/// While this lives the terminal does not echo.
struct Silence {
    before: Termios,
}

impl Silence {
    fn begin() -> io::Result<Self> {
        let stdin = io::stdin();
        let before = termios::tcgetattr(stdin.as_fd())?;
        let mut silent = before.clone();
        silent.local_flags.remove(LocalFlags::ECHO);
        termios::tcsetattr(stdin.as_fd(), SetArg::TCSAFLUSH, &silent)?;
        Ok(Self { before })
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        termios::tcsetattr(io::stdin().as_fd(), SetArg::TCSAFLUSH, &self.before).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_the_first_line_without_its_end() {
        for text in ["calvin", "calvin\n", "calvin\r\n", "calvin\nmore"] {
            let secret = first_line(text.as_bytes()).unwrap();
            assert_eq!(secret.expose(), "calvin", "{text:?}");
        }
    }

    #[test]
    fn errors_about_a_secret_do_not_hold_it() {
        let long = "s3cret".repeat(1000);
        let error = first_line(long.as_bytes()).unwrap_err();
        assert!(!error.to_string().contains("s3cret"));
        let error = first_line(&b"s3cret\xff"[..]).unwrap_err();
        assert!(!error.to_string().contains("s3cret"));
    }
}
