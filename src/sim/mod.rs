//! A simulated rack: BMCs that speak real RMCP+ (IPMI v2.0) over UDP, with faults and counters.
//!
//! It derives packets, keys and checksums from the specification by itself and shares nothing with the client in
//! [`crate::ipmi`]: one misreading must not make both sides agree. Other people's tools, ipmitool and ipmipower, judge it.
//!
//! [`Rack::bind`] opens the sockets and gives a handle and a driver; whoever owns the driver's future runs all BMCs with it.
//! Each BMC is a state machine without socket or clock (`device`): a datagram and the time go in, answers and their delays come
//! out. Everything that takes time is settled when somebody looks, so ten thousand idle BMCs cost nothing.
//!
//! Start reading in `device`, then `handshake` and `command`; what goes wrong on demand is in [`Faults`].
#![deny(clippy::indexing_slicing)]

mod accounts;
mod boot;
mod chassis;
mod command;
mod config;
mod counters;
mod crypto;
mod device;
mod driver;
mod faults;
#[cfg(fuzzing)]
pub mod fuzzing;
mod handshake;
mod late;
mod latency;
mod lockout;
mod network;
mod profile;
mod rack;
mod rng;
mod session;
mod socket;
pub mod standalone;
#[cfg(test)]
mod tests;
mod wire;

pub use boot::{Boot, BootSource};
pub use config::{DEFAULT_PASSWORD, DEFAULT_USERNAME, Delays, Privilege, SimBmcConfig, SimUser};
pub use counters::{ControlCounts, Counters};
pub use crypto::{Suite, UnknownSuite};
pub use driver::RackDriver;
pub use faults::{Faults, Flapping, Lockout, Rakp2Length, Refuse, Spell};
pub use latency::Latency;
pub use profile::Profile;
pub use rack::{Rack, SimBmc};
