//! Why a BMC did not do what it was asked for, in sentences that say what to do, and in what follows for the caller.

use std::io;
use std::time::Duration;

use ipmi_rs::connection::CompletionErrorCode;

use super::words;
use crate::ipmi::command::{Effect, ReplyError};
use crate::ipmi::crypto::suite::Suite;
use crate::ipmi::privilege::Privilege;
use crate::ipmi::session::{CredentialsFault, PrivilegeFault, Stage, SuiteRefusal};
use crate::ipmi::wire::status::Status;

/// What is known of a command that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Certainty {
    /// It did not leave; the BMC did not act.
    NotSent,
    /// It left, and no answer came: the BMC may have acted.
    MaybeSent,
    /// The BMC answered that it did not do it.
    Refused,
}

/// Why a BMC did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum BmcError {
    /// The BMC does not answer.
    #[error("{}", words::silent(.at, *.stage, *.sent, .command))]
    Silent {
        /// Address and port.
        at: String,
        /// What it did not answer.
        stage: Stage,
        /// A command that must not be repeated has left.
        sent: bool,
        /// The command.
        command: &'static str,
    },
    /// Polling leaves a BMC alone for a while that did not answer several times.
    #[error("the BMC at {at} did not answer {}; it is asked again in {}", words::times(*.times), words::span(*.remaining))]
    Resting {
        /// Address and port.
        at: String,
        /// How often it did not answer.
        times: u32,
        /// How long it is still left alone.
        remaining: Duration,
    },
    /// No packet can be sent to the BMC.
    #[error(
        "no packet can be sent to the BMC at {at}: check the network of this machine and the node's bmc.address"
    )]
    Unsendable {
        /// Address and port.
        at: String,
        /// What the kernel says.
        source: io::Error,
    },
    /// The host name does not resolve.
    #[error(
        "the BMC's host name {name:?} does not resolve: check the node's bmc.address and the name service"
    )]
    Unresolvable {
        /// The name.
        name: String,
        /// What the resolver says.
        source: io::Error,
    },
    /// The BMC refuses user name, password or K_G.
    #[error("{}; no further login is tried for {}", words::credentials(.at, .username, *.fault), words::span(*.pause))]
    Credentials {
        /// Address and port.
        at: String,
        /// The user name.
        username: String,
        /// What is wrong.
        fault: CredentialsFault,
        /// How long no login is tried.
        pause: Duration,
    },
    /// The BMC refused the login a while ago, and none is tried since.
    #[error("{}; the next login is tried in {}", words::credentials(.at, .username, *.fault), words::span(*.remaining))]
    LockedOut {
        /// Address and port.
        at: String,
        /// The user name.
        username: String,
        /// What was wrong.
        fault: CredentialsFault,
        /// How long no login is tried.
        remaining: Duration,
    },
    /// The account may not do this.
    #[error("{}", words::privilege(.at, .username, .command, *.needed, *.fault))]
    Privilege {
        /// Address and port.
        at: String,
        /// The user name.
        username: String,
        /// The command.
        command: &'static str,
        /// The privilege that it needs.
        needed: Privilege,
        /// Who says that it is missing.
        fault: PrivilegeFault,
    },
    /// No cipher suite in common.
    #[error("the BMC at {at} refused every cipher suite that was tried ({}): enable suite 17 or 3 in the BMC, or set the node's bmc.cipher_suite to one that it has", words::suites(.refusals))]
    SuitesRefused {
        /// Address and port.
        at: String,
        /// What was tried, and why it did not work.
        refusals: Vec<(Suite, SuiteRefusal)>,
    },
    /// The BMC has no free session.
    #[error(
        "the BMC at {at} has no free session (01h): close what other tools hold open, or reset the BMC if it stays so"
    )]
    NoFreeSession {
        /// Address and port.
        at: String,
    },
    /// The BMC refuses the login for a reason of its own.
    #[error("the BMC at {at} refused the login ({}: {status}): check its IPMI over LAN settings and firmware", words::stage_name(*.stage))]
    LoginRefused {
        /// Address and port.
        at: String,
        /// At which message.
        stage: Stage,
        /// The reason.
        status: Status,
    },
    /// The BMC answered with a completion code that is not success.
    #[error("{}", words::completion(.at, .command, *.code, *.class))]
    Completion {
        /// Address and port, or device.
        at: String,
        /// The command.
        command: &'static str,
        /// The completion code.
        code: u8,
        /// What it means for the caller.
        class: CompletionClass,
    },
    /// The BMC says that it did it, but its answer makes no sense.
    #[error(
        "the BMC at {at} answered {command} with something that cannot be understood: its firmware may need an update"
    )]
    Malformed {
        /// Address and port, or device.
        at: String,
        /// The command.
        command: &'static str,
    },
    /// The boot flags name a device that Ostler has no word for.
    #[error(
        "the BMC at {at} boots from a device that Ostler has no name for (selector {selector})"
    )]
    UnknownBootDevice {
        /// Address and port, or device.
        at: String,
        /// The selector in the boot flags.
        selector: u8,
    },
    /// It is not clear which user of the BMC the node logs in as.
    #[error("{}", words::no_such_user(.at, .username, *.count))]
    NoSuchUser {
        /// Address and port, or device.
        at: String,
        /// The user name.
        username: String,
        /// How many users have it.
        count: usize,
    },
    /// A setting of the node is longer than IPMI allows.
    #[error("the node's {field} is too long: it has {length} bytes and IPMI has room for {limit}")]
    TooLong {
        /// The setting.
        field: &'static str,
        /// How long it is.
        length: usize,
        /// How long it may be.
        limit: usize,
    },
    /// The local device cannot be opened.
    #[error("{}", words::unopened(.device, .source))]
    Device {
        /// The device file.
        device: String,
        /// What the kernel says.
        source: io::Error,
    },
    /// The local device failed while a command was under way.
    #[error(
        "the BMC behind {device} did not answer {command}: check the kernel's messages of ipmi_si"
    )]
    DeviceSilent {
        /// The device file.
        device: String,
        /// The command.
        command: &'static str,
        /// A command that must not be repeated was handed to the device.
        sent: bool,
        /// What the kernel says.
        source: io::Error,
    },
    /// Ostler is stopping.
    #[error("Ostler is stopping; the BMC was not asked")]
    Stopping {
        /// A command that must not be repeated has left.
        sent: bool,
    },
    /// Nobody wants the command any more.
    #[error("the order was called off while the BMC was spoken to")]
    CalledOff {
        /// A command that must not be repeated has left.
        sent: bool,
    },
}

/// What a completion code means for whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompletionClass {
    /// Later it may work: C0h, C4h, C5h, CFh, D0h–D3h, D5h.
    Transient,
    /// Later it may work, and the BMC may have acted all the same: C3h, CEh, FFh and what only its maker knows.
    Unsure,
    /// D4h: the account may not.
    Privilege,
    /// The BMC cannot: C1h, C2h, C7h, C9h, CCh, D6h and others.
    Unsupported,
}

impl CompletionClass {
    fn of(code: u8, meaning: CompletionErrorCode) -> Self {
        match meaning {
            CompletionErrorCode::NodeBusy
            | CompletionErrorCode::OutOfSpace
            | CompletionErrorCode::ReservationCancelledOrInvalidId
            | CompletionErrorCode::CannotExecuteDuplicateRequest
            | CompletionErrorCode::DestinationUnavailable
            | CompletionErrorCode::CannotExecuteCommandInCurrentState => Self::Transient,
            // The SDR repository, the firmware or the BMC itself is being set up.
            CompletionErrorCode::ResponseUnavailable { .. } if matches!(code, 0xD0..=0xD2) => {
                Self::Transient
            }
            CompletionErrorCode::ProcessingTimeout
            | CompletionErrorCode::ResponseUnavailable { .. }
            | CompletionErrorCode::Unspecified
            | CompletionErrorCode::Oem(_)
            | CompletionErrorCode::Reserved(_) => Self::Unsure,
            CompletionErrorCode::InsufficientPrivilege => Self::Privilege,
            CompletionErrorCode::InvalidCommand
            | CompletionErrorCode::InvalidCommandForLun
            | CompletionErrorCode::RequestDataTruncated
            | CompletionErrorCode::RequestDataLenInvalid
            | CompletionErrorCode::RequestDataLengthLimitExceeded
            | CompletionErrorCode::ParameterOutOfRange
            | CompletionErrorCode::CannotReturnNumOfRequestedBytes
            | CompletionErrorCode::RequestedDatapointNotPresent
            | CompletionErrorCode::InvalidDataFieldInRequest
            | CompletionErrorCode::CommandIllegalForSensorOrRecord
            | CompletionErrorCode::SubFunctionDisabled
            | CompletionErrorCode::CommandSpecific(_) => Self::Unsupported,
        }
    }
}

impl BmcError {
    /// The error of a response that is not what the command asks for.
    pub(super) fn from_reply(at: String, command: &'static str, error: ReplyError) -> Self {
        match error {
            ReplyError::Completion { code, meaning } => Self::Completion {
                at,
                command,
                code,
                class: CompletionClass::of(code, meaning),
            },
            ReplyError::Malformed => Self::Malformed { at, command },
        }
    }

    /// What is known of the command that failed.
    pub fn certainty(&self) -> Certainty {
        match self {
            Self::Silent { sent, .. }
            | Self::DeviceSilent { sent, .. }
            | Self::Stopping { sent }
            | Self::CalledOff { sent } => {
                if *sent {
                    Certainty::MaybeSent
                } else {
                    Certainty::NotSent
                }
            }
            Self::Completion { class, .. } => match class {
                CompletionClass::Unsure => Certainty::MaybeSent,
                CompletionClass::Transient
                | CompletionClass::Privilege
                | CompletionClass::Unsupported => Certainty::Refused,
            },
            // It said that it did it.
            Self::Malformed { .. } => Certainty::MaybeSent,
            Self::Resting { .. }
            | Self::Unsendable { .. }
            | Self::Unresolvable { .. }
            | Self::Credentials { .. }
            | Self::LockedOut { .. }
            | Self::Privilege { .. }
            | Self::SuitesRefused { .. }
            | Self::NoFreeSession { .. }
            | Self::LoginRefused { .. }
            | Self::UnknownBootDevice { .. }
            | Self::TooLong { .. }
            | Self::NoSuchUser { .. }
            | Self::Device { .. } => Certainty::NotSent,
        }
    }

    /// Whether somebody has to change something before it can work: trying again is of no use.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Credentials { .. }
            | Self::LockedOut { .. }
            | Self::Privilege { .. }
            | Self::SuitesRefused { .. }
            | Self::UnknownBootDevice { .. }
            | Self::TooLong { .. }
            | Self::NoSuchUser { .. } => true,
            Self::Completion { class, .. } => match class {
                CompletionClass::Privilege | CompletionClass::Unsupported => true,
                CompletionClass::Transient | CompletionClass::Unsure => false,
            },
            Self::Device { source, .. } => matches!(
                source.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied
            ),
            Self::Silent { .. }
            | Self::Resting { .. }
            | Self::Unsendable { .. }
            | Self::Unresolvable { .. }
            | Self::NoFreeSession { .. }
            | Self::LoginRefused { .. }
            | Self::Malformed { .. }
            | Self::DeviceSilent { .. }
            | Self::Stopping { .. }
            | Self::CalledOff { .. } => false,
        }
    }

    /// Whether the BMC was left alone for what was known before: nothing new is known of it.
    pub fn was_not_asked(&self) -> bool {
        matches!(
            self,
            Self::Resting { .. }
                | Self::LockedOut { .. }
                | Self::Stopping { .. }
                | Self::CalledOff { .. }
        )
    }

    /// A label for metrics, one of few.
    pub fn metric_label(&self) -> &'static str {
        match self {
            Self::Silent { .. } => "silent",
            Self::Resting { .. } => "resting",
            Self::Unsendable { .. } => "unsendable",
            Self::Unresolvable { .. } => "unresolvable",
            Self::Credentials { .. } => "credentials",
            Self::LockedOut { .. } => "locked_out",
            Self::Privilege { .. } => "privilege",
            Self::SuitesRefused { .. } => "suites_refused",
            Self::NoFreeSession { .. } => "no_free_session",
            Self::LoginRefused { .. } => "login_refused",
            Self::Completion { class, .. } => match class {
                CompletionClass::Transient | CompletionClass::Unsure => "busy",
                CompletionClass::Privilege => "privilege",
                CompletionClass::Unsupported => "unsupported",
            },
            Self::Malformed { .. } | Self::UnknownBootDevice { .. } => "malformed",
            Self::TooLong { .. } | Self::NoSuchUser { .. } => "configuration",
            Self::Device { .. } | Self::DeviceSilent { .. } => "device",
            Self::Stopping { .. } => "stopping",
            Self::CalledOff { .. } => "called_off",
        }
    }
}

/// Whether a command that was handed over may have been acted on without an answer.
pub(super) fn left(effect: Effect) -> bool {
    effect == Effect::Disruptive
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: u8) -> BmcError {
        let meaning = CompletionErrorCode::try_from(code).unwrap();
        let reply = ReplyError::Completion { code, meaning };
        BmcError::from_reply(String::from("10.0.0.7:623"), "chassis control", reply)
    }

    #[test]
    fn what_passes_is_retried_and_what_needs_somebody_is_not() {
        for code in [0xC0, 0xC3, 0xC4, 0xCE, 0xD0, 0xD1, 0xD2, 0xD3, 0xD5, 0xFF] {
            assert!(!error(code).is_permanent(), "{code:02X}h");
        }
        for code in [0xC1, 0xC2, 0xC7, 0xC9, 0xCC, 0xD4, 0xD6, 0x80] {
            assert!(error(code).is_permanent(), "{code:02X}h");
        }
    }

    #[test]
    fn a_refusal_is_certain_unless_the_code_leaves_it_open() {
        for code in [0xC0, 0xC1, 0xD2, 0xD4, 0xD5] {
            assert_eq!(error(code).certainty(), Certainty::Refused, "{code:02X}h");
        }
        for code in [0xC3, 0xCE, 0xFF] {
            assert_eq!(error(code).certainty(), Certainty::MaybeSent, "{code:02X}h");
        }
    }

    #[test]
    fn no_source_is_said_twice() {
        let error = BmcError::Unsendable {
            at: String::from("10.0.0.7:623"),
            source: io::ErrorKind::NetworkUnreachable.into(),
        };
        assert!(!error.to_string().contains("unreachable"), "{error}");
    }
}
