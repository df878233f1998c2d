//! Fixtures that several modules use.
#![cfg(test)]

pub(crate) mod sim;
