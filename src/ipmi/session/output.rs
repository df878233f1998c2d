//! What a session gives out.

use std::time::Instant;

use crate::ipmi::command::Reply;
use crate::ipmi::crypto::suite::Suite;
use crate::ipmi::privilege::Privilege;
use crate::ipmi::wire::status::Status;

/// The next thing to do.
#[derive(Debug)]
pub enum Output {
    /// Send this to the BMC.
    Transmit(Vec<u8>),
    /// Something happened.
    Event(Event),
    /// Nothing more now; call `on_timeout` then, or never if there is no deadline.
    Timeout(Option<Instant>),
}

/// Something happened.
#[derive(Debug)]
pub enum Event {
    /// A session is open.
    Opened {
        /// Its cipher suite.
        suite: Suite,
    },
    /// The request was answered, with whatever completion code.
    Replied(Reply),
    /// The request was not answered.
    Failed(Failure),
    /// Nothing is open any more.
    Closed,
}

/// How far a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Open Session Request, and nothing was heard of the BMC.
    OpenSession,
    /// Open Session Request of the first login: the BMC answered the questions before it.
    FirstLogin,
    /// RAKP Message 1 was sent, 2 is awaited.
    Rakp1,
    /// RAKP Message 3 was sent, 4 is awaited.
    Rakp3,
    /// Set Session Privilege Level.
    Privilege,
    /// The command itself.
    Command,
}

/// Why a request was not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The BMC did not answer.
    Silence {
        /// What it did not answer.
        stage: Stage,
        /// A command that must not be repeated has left; the BMC may have acted on it.
        sent: bool,
    },
    /// The session was closed by our side before the answer came.
    Aborted {
        /// A command that must not be repeated has left; the BMC may have acted on it.
        sent: bool,
    },
    /// User name, password or K_G is wrong.
    Credentials(CredentialsFault),
    /// The account may not do this.
    Privilege {
        /// The privilege that the command needs.
        needed: Privilege,
        /// Who says so.
        fault: PrivilegeFault,
    },
    /// None of the cipher suites was accepted.
    Suites(Vec<(Suite, SuiteRefusal)>),
    /// The BMC has no free session, also after waiting.
    NoFreeSession,
    /// The BMC refused the login for another reason.
    Refused {
        /// At which message.
        stage: Stage,
        /// The reason.
        status: Status,
    },
}

/// What is wrong with the credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialsFault {
    /// The BMC does not know the user name (RAKP Message 2).
    Username(Status),
    /// The BMC's proof in RAKP Message 2 was made with another password than ours.
    Password,
    /// The BMC says that our proof in RAKP Message 3 is wrong.
    PasswordRefused(Status),
    /// The password is right, but RAKP Message 4 was made with another K_G than ours.
    Kg,
    /// The password is right, but RAKP Message 4 was made with a K_G, and we have none.
    KgMissing,
}

/// Who says that the account may not do this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivilegeFault {
    /// Our own settings: the session may not ask for that much.
    Limit,
    /// The BMC, while logging in.
    Login(Status),
    /// The BMC, with a completion code to Set Session Privilege Level.
    Level(u8),
}

/// Why a cipher suite is out of the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuiteRefusal {
    /// The BMC says so.
    Status(Status),
    /// The BMC accepts, but with other algorithms than it was asked for.
    OtherAlgorithms,
}
