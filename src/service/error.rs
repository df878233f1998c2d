//! Why a use case was refused. The text is for the client: one sentence that says what to do.

use std::fmt;
use std::io;

use crate::bmc::BmcError;
use crate::model::ids::TaskId;
use crate::model::image::ImagePart;
use crate::model::task::TaskState;
use crate::rules::input::InvalidInput;
use crate::rules::patch::PatchError;
use crate::rules::placement::NoNode;
use crate::store::backup::BackupError;
use crate::store::incoming::IncomingError;
use crate::store::seal::SealError;
use crate::store::{StoreError, WriteError};

/// The kinds of things that clients name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An instance.
    Instance,
    /// A node.
    Node,
    /// An instance type.
    Type,
    /// An image.
    Image,
    /// A network.
    Network,
    /// An availability zone.
    Zone,
    /// A task.
    Task,
    /// An operation.
    Operation,
    /// A token.
    Token,
    /// A webhook.
    Webhook,
    /// An extra spec of a type.
    ExtraSpec,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Instance => "instance",
            Self::Node => "node",
            Self::Type => "type",
            Self::Image => "image",
            Self::Network => "network",
            Self::Zone => "availability zone",
            Self::Task => "task",
            Self::Operation => "operation",
            Self::Token => "token",
            Self::Webhook => "webhook",
            Self::ExtraSpec => "extra spec",
        })
    }
}

/// Why a use case was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is another project's.
    #[error("{kind} {ident} belongs to another project")]
    OtherProject {
        /// What.
        kind: Kind,
        /// As the client named it.
        ident: String,
    },
    /// Only admins may ask for this.
    #[error("only an admin may {what}")]
    AdminOnly {
        /// What was asked for.
        what: &'static str,
    },
    /// It is not there.
    #[error("there is no {kind} {ident}")]
    NotFound {
        /// What.
        kind: Kind,
        /// As the client named it.
        ident: String,
    },
    /// Several have this name.
    #[error("{count} {kind}s are named {ident}: use the UUID")]
    Ambiguous {
        /// What.
        kind: Kind,
        /// The name.
        ident: String,
        /// How many.
        count: usize,
    },
    /// A body names something that is not there.
    #[error("{field}: there is no {kind} {ident}")]
    Unknown {
        /// The field of the body.
        field: String,
        /// What.
        kind: Kind,
        /// As the client named it.
        ident: String,
    },
    /// A kernel or initrd is not here any more.
    #[error("the {part} of this machine is not on the daemon's disk any more")]
    BootFile {
        /// Which.
        part: ImagePart,
        /// What the system said.
        source: io::Error,
    },
    /// Input that breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidInput),
    /// A patch that cannot be applied.
    #[error(transparent)]
    Patch(#[from] PatchError),
    /// The name or id is taken.
    #[error("there is already a {kind} with the {what} {value}: choose another")]
    Taken {
        /// What kind of thing has it.
        kind: Kind,
        /// `name`, `uuid`, `MAC address` or `certificate subject`.
        what: &'static str,
        /// The value.
        value: String,
    },
    /// It is in use.
    #[error("{kind} {ident} is in use by {by}")]
    InUse {
        /// What.
        kind: Kind,
        /// Its name.
        ident: String,
        /// By whom.
        by: String,
    },
    /// No node fits.
    #[error("{0}")]
    NoNode(NoNode),
    /// The project has as many instances as it may.
    #[error(
        "the project {project} has {in_use} of {most} instances: delete one, or ask an admin to raise the limit"
    )]
    LimitReached {
        /// The project.
        project: String,
        /// How many it has.
        in_use: u32,
        /// How many it may have.
        most: u32,
    },
    /// A subnet is full.
    #[error(
        "network {network} has no free address left in {cidr}: add an allocation pool or delete instances"
    )]
    NoAddress {
        /// The network's name.
        network: String,
        /// The subnet.
        cidr: String,
    },
    /// The instance's life does not allow a power order now.
    #[error("the power of instance {name} cannot be changed while it is {status}")]
    PowerNotAllowed {
        /// The instance.
        name: String,
        /// Its status.
        status: &'static str,
    },
    /// Another task has the node.
    #[error("{what} is under way (task {task}): wait for it and try again")]
    TaskInTheWay {
        /// The task.
        task: TaskId,
        /// What it does.
        what: String,
        /// When a retry makes sense, in seconds.
        retry_after_secs: u64,
    },
    /// It is the machine that the daemon runs on.
    #[error(
        "node {node} is the machine that ostlerd itself runs on: turning it off ends ostlerd; send \"force\": true if that is meant"
    )]
    OwnMachine {
        /// The node's name.
        node: String,
    },
    /// The task has ended.
    #[error("task {task} is {state} already: there is nothing left to cancel")]
    TaskEnded {
        /// The task.
        task: TaskId,
        /// How it ended.
        state: TaskState,
    },
    /// The task belongs to the life of an instance.
    #[error("{why}")]
    NotCancellable {
        /// Why not, and what to do.
        why: &'static str,
    },
    /// No instance can be made of the image as the settings are.
    #[error("image {image} cannot be deployed: {why}")]
    NotDeployable {
        /// The image.
        image: String,
        /// Why not, and what to do.
        why: String,
    },
    /// The settings ask for machines to be wiped, with what cannot do that.
    #[error(
        "the machine cannot be wiped as the setting netboot.scrub_image asks, {image}: {why}; ask an admin to mend that"
    )]
    NoScrub {
        /// What the setting names.
        image: String,
        /// What is wrong with it.
        why: String,
    },
    /// The deploy of an instance is not one that can be tried again.
    #[error("the deploy of instance {name} cannot be tried again: {why}")]
    NotRetryable {
        /// The instance.
        name: String,
        /// Why not.
        why: &'static str,
    },
    /// The instance cannot be rebuilt as it is.
    #[error("instance {name} cannot be rebuilt: {why}")]
    NotRebuildable {
        /// The instance.
        name: String,
        /// Why not, and what to do.
        why: &'static str,
    },
    /// The password of a node's BMC cannot be changed as the node is now.
    #[error("the password of the BMC of node {node} cannot be changed: {why}")]
    NotRotatable {
        /// The node's name.
        node: String,
        /// What is in the way, and what to do.
        why: String,
    },
    /// The instance is being deleted.
    #[error("instance {name} is being deleted and can no longer be changed")]
    Deleting {
        /// The instance.
        name: String,
    },
    /// The thing has changed since the client read it.
    #[error(
        "{kind} {ident} has changed since it was read: read it again and retry with its new ETag"
    )]
    PreconditionFailed {
        /// What.
        kind: Kind,
        /// Its name.
        ident: String,
    },
    /// The same Idempotency-Key came with another request.
    #[error("this Idempotency-Key was used for another request: use a new key")]
    KeyReused,
    /// The key that seals secrets is somebody else's to change.
    #[error(transparent)]
    KeyNotOurs(SealError),
    /// An image has no such file.
    #[error("image {image} has no uploaded {part}")]
    NoFile {
        /// As the client named it.
        image: String,
        /// Which file.
        part: ImagePart,
    },
    /// A file of an image is not kept.
    #[error(transparent)]
    File(#[from] IncomingError),
    /// A file of an image was removed before it was the image's.
    #[error("the file was removed while it was uploaded: send it again")]
    FileLost,
    /// There is no backup.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The last backup is still being made, or sent.
    #[error("another backup is being made, or sent to who asked for it: try again when it is done")]
    BackupUnderWay,
    /// What made the backup has ended without a word.
    #[error("the copy of the database was not ended")]
    BackupLost,
    /// The BMC did not do it.
    #[error(transparent)]
    Bmc(#[from] BmcError),
    /// The database did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    /// Turns the violation of a unique name or id into a refusal.
    pub fn taken(
        error: StoreError,
        kind: Kind,
        name_column: &str,
        name: &str,
        id_column: &str,
        id: &str,
    ) -> Self {
        if error.violates_unique(name_column) {
            return Self::Taken {
                kind,
                what: "name",
                value: name.to_owned(),
            };
        }
        if error.violates_unique(id_column) {
            return Self::Taken {
                kind,
                what: "uuid",
                value: id.to_owned(),
            };
        }
        error.into()
    }
}

impl WriteError for Error {
    fn store_error(&self) -> Option<&StoreError> {
        let Self::Store(error) = self else {
            return None;
        };
        Some(error)
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}
