//! One match from error to status.

use hyper::StatusCode;
use hyper::header::{CONNECTION, HeaderName, RETRY_AFTER};
use serde::Serialize;

use crate::api::answer::Answer;
use crate::rules::input::InvalidInput;
use crate::rules::patch::PatchError;
use crate::service::{self, Kind};
use crate::store::backup::BackupError;
use crate::store::image_file::FileError;
use crate::store::incoming::IncomingError;
use crate::store::{StoreError, Unwritable};
use crate::telemetry::Chain;

/// When somebody who cannot write may try again, in seconds: a disk is not made free by the second.
const UNWRITABLE_RETRY_SECS: u32 = 10;

/// A refusal, or a failure of ours.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    message: String,
    headers: Vec<(HeaderName, String)>,
    /// For the log; never sent.
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl ApiError {
    /// A refusal with a sentence that says what to do.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            headers: Vec::new(),
            cause: None,
        }
    }

    /// Bad input.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// Plain HTTP from another machine, where TLS is spoken.
    pub fn has_to_use_tls() -> Self {
        let message = "plain HTTP is not served here: use https:// (and replace the token, if one was sent, because it \
                       has crossed the network in clear)";
        Self::bad_request(message).with_header(CONNECTION, "close")
    }

    /// A path that leads nowhere.
    pub fn no_such_path(path: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            format!("there is nothing at {path}: see GET /v1 for what there is"),
        )
    }

    /// A path that knows other methods.
    pub fn method_not_allowed(method: &hyper::Method, path: &str) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            format!("{method} is not possible on {path}: see Allow"),
        )
    }

    /// The same sentence under another status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// With another header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The sentence for the client.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Puts into the log what is ours to know.
    pub fn log(&self, request_id: &str) {
        if let Some(cause) = &self.cause {
            tracing::error!(request_id, error = %Chain(cause.as_ref()), "request failed");
        }
    }

    /// The answer; what is ours to know goes to the log.
    pub fn into_answer(self, request_id: &str) -> Answer {
        self.log(request_id);
        #[derive(Serialize)]
        struct Body<'a> {
            error: Detail<'a>,
        }
        #[derive(Serialize)]
        struct Detail<'a> {
            code: u16,
            title: &'a str,
            message: &'a str,
            request_id: &'a str,
        }
        let error = Detail {
            code: self.status.as_u16(),
            title: self.status.canonical_reason().unwrap_or("Error"),
            message: &self.message,
            request_id,
        };
        let answer = Answer::json(self.status, &Body { error });
        let answer = answer.unwrap_or_else(|_| Answer::empty(self.status));
        self.headers
            .into_iter()
            .fold(answer, |answer, (name, value)| answer.with(name, value))
    }

    fn internal(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        let message =
            "something went wrong here; the log of ostlerd has the cause under this request id";
        let mut error = Self::new(StatusCode::INTERNAL_SERVER_ERROR, message);
        error.cause = Some(Box::new(cause));
        error
    }
}

impl From<service::Error> for ApiError {
    fn from(error: service::Error) -> Self {
        use service::Error as E;
        let status = match &error {
            E::Invalid(_)
            | E::Unknown { .. }
            | E::PowerNotAllowed { .. }
            | E::Patch(
                PatchError::NotChangeable { .. }
                | PatchError::Required { .. }
                | PatchError::Missing { .. }
                | PatchError::IntoItself { .. },
            ) => StatusCode::BAD_REQUEST,
            E::OtherProject { .. } | E::AdminOnly { .. } => StatusCode::FORBIDDEN,
            E::NotFound { .. } | E::NoFile { .. } => StatusCode::NOT_FOUND,
            E::Ambiguous { .. }
            | E::Taken { .. }
            | E::InUse { .. }
            | E::NoNode(_)
            | E::LimitReached { .. }
            | E::NoAddress { .. }
            | E::TaskInTheWay { .. }
            | E::OwnMachine { .. }
            | E::TaskEnded { .. }
            | E::NotCancellable { .. }
            | E::NotDeployable { .. }
            | E::NoScrub { .. }
            | E::NotRetryable { .. }
            | E::NotRebuildable { .. }
            | E::NotRotatable { .. }
            | E::KeyNotOurs(_)
            | E::Deleting { .. }
            | E::Patch(PatchError::TestFailed { .. }) => StatusCode::CONFLICT,
            E::PreconditionFailed { .. } => StatusCode::PRECONDITION_FAILED,
            E::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            E::Bmc(_) => StatusCode::BAD_GATEWAY,
            E::Store(StoreError::Commit {
                unwritable: Some(why),
                ..
            }) => of_unwritable(*why),
            E::BackupUnderWay | E::FileLost => StatusCode::SERVICE_UNAVAILABLE,
            E::File(IncomingError::File(of)) if !matches!(of, FileError::Io { .. }) => {
                file_status(of)
            }
            E::Backup(why) => match of_backup(why) {
                Some(status) => status,
                None => return Self::internal(error),
            },
            E::BackupLost | E::BootFile { .. } | E::File(_) | E::Store(_) => {
                return Self::internal(error);
            }
        };
        let mut answer = Self::new(status, error.to_string());
        if let E::TaskInTheWay {
            retry_after_secs, ..
        } = &error
        {
            answer
                .headers
                .push((RETRY_AFTER, retry_after_secs.to_string()));
        }
        if may_pass(&error, status) {
            let again = (RETRY_AFTER, UNWRITABLE_RETRY_SECS.to_string());
            answer.headers.push(again);
        }
        if let E::Store(cause) | E::Backup(BackupError::Store(cause)) = error {
            answer.message = unwritable(&cause);
            answer
                .headers
                .push((RETRY_AFTER, UNWRITABLE_RETRY_SECS.to_string()));
            answer.cause = Some(Box::new(cause));
        }
        answer
    }
}

/// Whether the same may be accepted after a while.
fn may_pass(error: &service::Error, status: StatusCode) -> bool {
    use service::Error as E;
    let waits = matches!(
        status,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::INSUFFICIENT_STORAGE
    );
    let is_ours = matches!(
        error,
        E::Backup(BackupError::NoRoom { .. }) | E::BackupUnderWay | E::File(_) | E::FileLost
    );
    waits && is_ours
}

/// What became of a file, where somebody else than the daemon can do something about it.
fn file_status(error: &FileError) -> StatusCode {
    match error {
        FileError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        FileError::Mismatch { .. } => StatusCode::BAD_REQUEST,
        FileError::NoPlace { .. } | FileError::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
        FileError::Io { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The status where no backup was made; `None` where only the log says why.
fn of_backup(error: &BackupError) -> Option<StatusCode> {
    match error {
        BackupError::NoRoom { .. } => Some(StatusCode::INSUFFICIENT_STORAGE),
        // The daemon's fault, but only a person can do something about it.
        BackupError::Damaged { .. } => Some(StatusCode::INTERNAL_SERVER_ERROR),
        BackupError::Store(of) => of.unwritable().map(of_unwritable),
        BackupError::Io { .. } => None,
    }
}

fn of_unwritable(why: Unwritable) -> StatusCode {
    match why {
        Unwritable::Full => StatusCode::INSUFFICIENT_STORAGE,
        Unwritable::Failing => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// What a client is told where nothing can be written.
pub fn unwritable(error: &StoreError) -> String {
    match error.unwritable() {
        Some(Unwritable::Full) => {
            "the disk of the daemon's database is full: nothing was changed; make room on it and try again".to_owned()
        }
        Some(Unwritable::Failing) | None => format!(
            "the file system of the daemon's database cannot be written: nothing was changed; look at its mount and its \
             disk, and try again ({error})"
        ),
    }
}

impl From<InvalidInput> for ApiError {
    fn from(error: InvalidInput) -> Self {
        Self::bad_request(error.to_string())
    }
}

impl From<serde_json::Error> for ApiError {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}

/// A thing that is not there, for handlers that look at paths themselves.
pub fn not_found(kind: Kind, ident: &str) -> ApiError {
    service::Error::NotFound {
        kind,
        ident: ident.to_owned(),
    }
    .into()
}
