//! IPMI commands, one file each, on the types of `ipmi-rs`.
//!
//! A command is an [`IpmiCommand`]: it becomes a [`Message`], and reads its response's data. [`Command`] adds what a session
//! must know to carry it: the privilege that it needs, and whether it may be sent twice.

pub mod boot_options;
pub mod channel_auth;
pub mod chassis_control;
pub mod chassis_identify;
pub mod chassis_status;
pub mod cipher_suites;
pub mod close_session;
pub mod device_guid;
pub mod device_id;
pub mod power_restore_policy;
pub mod sdr;
pub mod sel_entry;
pub mod sel_info;
pub mod sensor_reading;
pub mod session_info;
pub mod session_privilege;
pub mod user_access;
pub mod user_name;
pub mod user_password;

use std::fmt;

use ipmi_rs::connection::{CompletionErrorCode, IpmiCommand, Message};

use super::privilege::Privilege;

/// What sending a command twice does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing more than sending it once.
    Idempotent,
    /// It may be done twice. A retransmission has a session sequence number of its own, and real BMCs act on both: such
    /// a command leaves once.
    Disruptive,
}

/// An IPMI command that a session can carry.
pub trait Command: IpmiCommand {
    /// Its name in messages to people: "the BMC refused *chassis control*".
    const NAME: &'static str;
    /// The privilege that it needs (IPMI v2.0 appendix G).
    const PRIVILEGE: Privilege;
    /// What sending it twice does.
    const EFFECT: Effect = Effect::Idempotent;
}

/// A command, ready for any transport. Its `Debug` does not show the data, which may be a password.
#[derive(Clone)]
pub struct Request {
    /// Its name in messages to people.
    pub name: &'static str,
    /// Network function, command and data.
    pub message: Message,
    /// The privilege that it needs.
    pub privilege: Privilege,
    /// The highest privilege that a session which is opened for it asks for, as far as the account allows: more than it needs
    /// itself where other commands are likely to follow.
    pub room: Privilege,
    /// What sending it twice does.
    pub effect: Effect,
}

impl Request {
    /// Makes the request of a command.
    pub fn new<C: Command>(command: C) -> Self {
        Self {
            name: C::NAME,
            message: command.into(),
            privilege: C::PRIVILEGE,
            room: C::PRIVILEGE,
            effect: C::EFFECT,
        }
    }

    /// The same; a session that is opened for it can rise to `room` later.
    #[must_use]
    pub fn with_room(mut self, room: Privilege) -> Self {
        self.room = self.privilege.max(room);
        self
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("name", &self.name)
            .field("bytes", &self.message.data().len())
            .field("privilege", &self.privilege)
            .finish_non_exhaustive()
    }
}

/// A BMC's response: completion code and data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// 00h for success.
    pub completion: u8,
    /// What follows the completion code.
    pub data: Vec<u8>,
}

/// Why a response is not what the command asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ReplyError {
    /// The BMC says that it did not do it.
    Completion {
        /// The byte.
        code: u8,
        /// Its meaning.
        meaning: CompletionErrorCode,
    },
    /// It says that it did, but its data is too short or makes no sense.
    Malformed,
}

impl Reply {
    /// Reads the response of a command.
    pub fn parse<C: Command>(&self) -> Result<C::Output, ReplyError> {
        match CompletionErrorCode::try_from(self.completion) {
            Ok(meaning) => Err(ReplyError::Completion {
                code: self.completion,
                meaning,
            }),
            Err(()) => C::parse_success_response(&self.data).map_err(|_| ReplyError::Malformed),
        }
    }
}
