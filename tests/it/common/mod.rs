//! Fixtures that several modules use.
#![cfg(test)]

pub(crate) mod bench;
pub(crate) mod daemon;
pub(crate) mod http;
pub(crate) mod ipmi_sim;
pub(crate) mod sim;
pub(crate) mod wait;
