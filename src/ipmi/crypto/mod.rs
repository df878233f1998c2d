//! The algorithms of the cipher suites, and the keys of a session.
//!
//! Secrets are wiped when they are dropped and have no `Debug` that shows them; codes are compared in constant time.
//! [`suite`] names the algorithms, [`mac`] computes codes, [`cipher`] encrypts payloads, [`keys`] holds what an account
//! and a session know, [`rakp`] is the login's arithmetic.

pub mod cipher;
pub mod keys;
pub mod mac;
pub mod rakp;
pub mod suite;
