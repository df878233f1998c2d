//! The composition root: settings → store → workers → listeners → readiness → shutdown, in this order.
//!
//! [`daemon`] is the daemon as a value, so that the demo runs the very same one; [`command`] is `ostlerd`'s command line.

pub mod command;
pub mod daemon;
pub mod demo;
pub mod generate;
pub mod lock;
mod netboot;
mod offline;
mod parts;
mod reload;
pub mod restore;
mod sockets;
