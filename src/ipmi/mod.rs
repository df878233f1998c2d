//! IPMI v2.0 as a library: bytes, messages, keys, commands and the RMCP+ session.
//!
//! Knows no socket, no clock, no random number generator and nothing else of Ostler: time, randomness and identities
//! come in from outside, datagrams go out as values. So every loss, delay, duplicate and reordering is a unit test.
//!
//! - [`wire`]: bytes ⇄ types; never panics on what a peer sends.
//! - [`crypto`]: the algorithms of the cipher suites and the keys of a session.
//! - [`command`]: one file per IPMI command.
//! - [`session`]: the life of a session as a state machine. Start reading there.
//! - [`probe`]: what can be asked before any session.
//! - [`quirk`]: what some BMCs do differently.

pub mod command;
pub mod crypto;
pub mod privilege;
pub mod probe;
pub mod quirk;
pub mod session;
pub mod wire;
