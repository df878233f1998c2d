//! How a command ends: the exit code for scripts and the sentence for people.

use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use hyper::StatusCode;

use crate::cli::answer::Refusal;
use crate::cli::client::ClientError;
use crate::cli::endpoint::Endpoint;
use crate::cli::trust;
use crate::system::trust::TrustError;

/// The exit codes, which scripts rely on. `doc/cli.md` and the help list them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// What was asked for is done.
    Done = 0,
    /// The operation failed: an instance in `error`, a power change that did not happen, a BMC that did not answer.
    Failed = 1,
    /// The command line or its input is wrong, for this program or for the daemon (400, 422, …).
    Usage = 2,
    /// There is no such thing (404).
    NotFound = 3,
    /// Not signed in, or not allowed (401, 403, 429, or a socket that this user may not use).
    Refused = 4,
    /// In conflict with how things are now (409, 412).
    Conflict = 5,
    /// The daemon cannot be reached or does not answer.
    Unreachable = 6,
    /// The time to wait was over; the operation goes on.
    TimedOut = 7,
    /// The daemon failed (5xx), or its answer makes no sense.
    Daemon = 8,
    /// Ctrl-C, as shells spell it.
    Interrupted = 130,
}

impl Exit {
    /// All of them, in order.
    pub const ALL: [Self; 10] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::NotFound,
        Self::Refused,
        Self::Conflict,
        Self::Unreachable,
        Self::TimedOut,
        Self::Daemon,
        Self::Interrupted,
    ];

    /// What it means, in a sentence for the manual.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "Done.",
            Self::Failed => {
                "The operation failed: an instance in error, a BMC that did not turn the machine off or did not answer, output \
                 that could not be written."
            }
            Self::Usage => {
                "A mistake in the command line or its input: an unknown option, an unreadable file, something that the daemon \
                 calls bad input."
            }
            Self::NotFound => "There is no such thing.",
            Self::Refused => {
                "Not signed in, or not allowed; also a socket that only the group ostler may use."
            }
            Self::Conflict => {
                "In conflict with how things are now: no free node, in use, several of that name, another change under way."
            }
            Self::Unreachable => {
                "The daemon cannot be reached, is not ready, or did not answer in time; or its certificate is not believed."
            }
            Self::TimedOut => "The time to wait was over; the change goes on.",
            Self::Daemon => {
                "The daemon failed, or what answered makes no sense and is perhaps no ostlerd."
            }
            Self::Interrupted => "Interrupted (Ctrl-C).",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// No answer, or a refusal.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The command line makes no sense.
    #[error("{0}")]
    Usage(String),
    /// No such thing.
    #[error("no {noun} is called '{name}' (see: ostler {noun} list)")]
    NotFound {
        /// What was looked for.
        noun: &'static str,
        /// Its name.
        name: String,
    },
    /// More than one thing has the name.
    #[error("{count} {noun}s are called '{name}': use the uuid (see: ostler {noun} list)")]
    Ambiguous {
        /// What was looked for.
        noun: &'static str,
        /// Its name.
        name: String,
        /// How many there are.
        count: usize,
    },
    /// The daemon accepted the operation, and it failed.
    #[error("{what}: {reason}")]
    Failed {
        /// What failed.
        what: String,
        /// Why, as the daemon says it.
        reason: String,
    },
    /// The time to wait was over.
    #[error("{what}: not done after {waited_secs} s, stopped waiting; {last}")]
    TimedOut {
        /// What was waited for.
        what: String,
        /// For how long.
        waited_secs: u64,
        /// What was seen last, and where to look.
        last: String,
    },
    /// Some of several operations failed; each was reported when it did.
    #[error("{failed} of {total} failed")]
    Several {
        /// How many failed.
        failed: usize,
        /// Of how many.
        total: usize,
        /// How the first of them failed.
        first: Exit,
    },
    /// Ctrl-C.
    #[error("interrupted; what the daemon has accepted goes on")]
    Interrupted,
    /// Ctrl-C, where nothing goes on without us: how far it came.
    #[error("interrupted: {0}")]
    Stopped(String),
    /// A file that was named cannot be read.
    #[error("cannot read {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file that was named cannot be written.
    #[error("cannot write {path}")]
    WriteFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The authorities that were named cannot be believed in.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The terminal or standard input cannot be read.
    #[error("cannot read the password")]
    Password(#[source] io::Error),
    /// The output cannot be written.
    #[error("cannot write the output")]
    Output(#[source] io::Error),
    /// The answer lacks what the API promises.
    #[error("the answer lacks '{0}': is ostler older than ostlerd?")]
    Answer(&'static str),
}

impl CliError {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Client(error) => exit_of(error),
            Self::Usage(_) | Self::File { .. } | Self::Trust(_) | Self::Password(_) => Exit::Usage,
            Self::NotFound { .. } => Exit::NotFound,
            Self::Ambiguous { .. } => Exit::Conflict,
            Self::Failed { .. } | Self::WriteFile { .. } => Exit::Failed,
            Self::TimedOut { .. } => Exit::TimedOut,
            Self::Several { first, .. } => *first,
            Self::Interrupted | Self::Stopped(_) => Exit::Interrupted,
            // Whoever reads our output has seen enough: `ostler … | head`.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            Self::Output(_) => Exit::Failed,
            Self::Answer(_) => Exit::Daemon,
        }
    }

    /// What is told to the user, without the program's name in front.
    pub fn sentence(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let said = error.to_string();
            if !text.ends_with(&said) {
                let _ = write!(text, ": {said}");
            }
            cause = error.source();
        }
        if let Some(advice) = self.advice() {
            let _ = write!(text, "; {advice}");
        }
        if let Self::Client(ClientError::Refused(refusal)) = self
            && let Some(id) = &refusal.request_id
        {
            let _ = write!(text, " ({id})");
        }
        text
    }

    fn advice(&self) -> Option<&'static str> {
        let Self::Client(error) = self else {
            return None;
        };
        match error {
            ClientError::Connect { endpoint, source } => Some(match endpoint {
                Endpoint::Unix(_) if source.kind() == io::ErrorKind::PermissionDenied => {
                    "join the group ostler (sudo usermod -aG ostler $USER) or use sudo"
                }
                Endpoint::Unix(_) => "is ostlerd running? (systemctl status ostlerd)",
                Endpoint::Http(_) => "is ostlerd running there, and is the address right?",
            }),
            ClientError::Tls { source, .. } => Some(trust::advice(source)),
            ClientError::NotJson { .. } | ClientError::NotAnEvent => {
                Some("is this the address of ostlerd?")
            }
            ClientError::Refused(refusal) if refusal.status == StatusCode::UNAUTHORIZED => Some(
                "give a token with --token-file or OSTLER_TOKEN (ostler token create makes one)",
            ),
            ClientError::Refused(_)
            | ClientError::Url(_)
            | ClientError::Request(_)
            | ClientError::Broken { .. }
            | ClientError::TimedOut { .. }
            | ClientError::TooLarge => None,
        }
    }
}

fn exit_of(error: &ClientError) -> Exit {
    match error {
        ClientError::Url(_) | ClientError::Request(_) | ClientError::TooLarge => Exit::Usage,
        // A socket that this user may not use is there; trying again later would not help.
        ClientError::Connect { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            Exit::Refused
        }
        ClientError::Connect { .. }
        | ClientError::Tls { .. }
        | ClientError::Broken { .. }
        | ClientError::TimedOut { .. } => Exit::Unreachable,
        ClientError::NotJson { .. } | ClientError::NotAnEvent => Exit::Daemon,
        ClientError::Refused(refusal) => exit_of_refusal(refusal),
    }
}

fn exit_of_refusal(refusal: &Refusal) -> Exit {
    match refusal.status.as_u16() {
        401 | 403 | 429 => Exit::Refused,
        404 => Exit::NotFound,
        409 | 412 => Exit::Conflict,
        400..=499 => Exit::Usage,
        // The daemon itself says so about a BMC, a proxy about the daemon.
        502 if refusal.is_explained => Exit::Failed,
        502..=504 => Exit::Unreachable,
        _ => Exit::Daemon,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16) -> CliError {
        CliError::Client(ClientError::Refused(Refusal {
            status: StatusCode::from_u16(status).unwrap(),
            is_explained: true,
            message: "No node is free.".to_owned(),
            request_id: Some("req-7".to_owned()),
        }))
    }

    #[test]
    fn every_status_has_the_exit_code_that_scripts_rely_on() {
        for (status, exit) in [
            (400, Exit::Usage),
            (401, Exit::Refused),
            (403, Exit::Refused),
            (404, Exit::NotFound),
            (405, Exit::Usage),
            (409, Exit::Conflict),
            (412, Exit::Conflict),
            (413, Exit::Usage),
            (422, Exit::Usage),
            (429, Exit::Refused),
            (500, Exit::Daemon),
            (502, Exit::Failed),
            (503, Exit::Unreachable),
            (302, Exit::Daemon),
        ] {
            assert_eq!(refused(status).exit(), exit, "{status}");
        }
    }

    #[test]
    fn a_refusal_is_told_with_the_id_of_its_request() {
        assert_eq!(refused(409).sentence(), "No node is free. (req-7)");
    }

    fn unconnected(endpoint: Endpoint, code: i32) -> (Exit, String) {
        let error = CliError::Client(ClientError::Connect {
            endpoint,
            source: io::Error::from_raw_os_error(code),
        });
        (error.exit(), error.sentence())
    }

    #[test]
    fn a_missing_socket_and_a_forbidden_one_say_what_to_do() {
        let socket = Endpoint::Unix(PathBuf::from("/run/ostler/ostler.sock"));
        let (exit, sentence) = unconnected(socket.clone(), 2);
        assert_eq!(exit, Exit::Unreachable);
        assert_eq!(
            sentence,
            "cannot connect to /run/ostler/ostler.sock: No such file or directory (os error 2); \
             is ostlerd running? (systemctl status ostlerd)"
        );
        let (exit, sentence) = unconnected(socket, 13);
        assert_eq!(exit, Exit::Refused);
        assert_eq!(
            sentence,
            "cannot connect to /run/ostler/ostler.sock: Permission denied (os error 13); \
             join the group ostler (sudo usermod -aG ostler $USER) or use sudo"
        );
    }

    #[test]
    fn a_reader_that_left_is_no_failure() {
        let gone = CliError::Output(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(gone.exit(), Exit::Done);
        let full = CliError::Output(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(full.exit(), Exit::Failed);
    }
}
