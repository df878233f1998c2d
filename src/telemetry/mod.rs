//! Logs.

mod chain;

pub use chain::Chain;
