//! Bytes ⇄ messages, one message a file.
//!
//! Nothing here panics on any input, allocates by a length that the peer claims, or keeps state. A decoder that meets
//! something malformed says [`Malformed`]; what that costs is the session's decision.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

pub mod asf;
pub mod lan;
pub mod open_session;
pub mod rakp1;
pub mod rakp2;
pub mod rakp3;
pub mod rakp4;
pub mod reader;
pub mod rmcp;
pub mod status;
pub mod v15;
pub mod v2;

/// The bytes are not the message that they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The message ends too early.
    #[error("the message is too short")]
    Truncated,
    /// A field has a value that this message cannot have.
    #[error("the message has an invalid field")]
    Invalid,
    /// A checksum, an integrity code or the padding is wrong.
    #[error("the message is damaged")]
    Damaged,
}
