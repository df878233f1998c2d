//! "Is it on? Turn it off": BMCs over LAN or through `/dev/ipmi0`.
//!
//! [`Bmcs`] is what the rest of the daemon talks to. Behind it one [`Driver`] serves all BMCs over a few UDP sockets: it gives
//! each datagram to the session that it belongs to, keeps the timers, and lets one exchange at a time run per BMC, users'
//! before polling. What a session is and how it behaves is in [`crate::ipmi::session`]; nothing here looks into a packet.
//!
//! Invariants:
//! - At most one session per BMC address, closed on every path that leaves the process time to do so.
//! - A BMC that does not answer holds up nobody but those who asked for it.
//! - A command that must not be repeated is sent once; [`BmcError::certainty`] says what is known about it.
//! - After a refused login none is tried for a while ([`BmcSettings::auth_failure_pause`]).
//!
//! What each exchange says about its BMC is counted in `health`.
//!
//! Start reading in `fleet`, then `engine`.

mod account;
mod boot;
mod convert;
mod driver;
mod engine;
mod entropy;
mod error;
mod fleet;
mod health;
mod inquiry;
mod lane;
mod memory;
mod meter;
mod open;
mod pacer;
mod peer;
mod resolve;
pub mod scan;
mod schedule;
mod settings;
mod socket;
mod survey;
mod sweep;
mod vendor;
mod words;

pub use boot::BootReadBack;
pub use driver::Driver;
pub use error::{BmcError, Certainty, CompletionClass};
pub use fleet::{Bmcs, ChassisStatus};
pub use health::{LastFailure, Vitals};
pub use meter::Meters;
pub use settings::{BmcRef, BmcSettings, Urgency};
pub use survey::{Facts, Survey, Trial};
pub use vendor::vendor;

pub use crate::ipmi::command::chassis_identify::ChassisIdentifyRequest;
pub use crate::ipmi::command::chassis_status::{
    ChassisStatusResponse, LastPowerEvent, RestorePolicy,
};
pub use crate::ipmi::command::device_id::DeviceId;
pub use crate::ipmi::command::sel_info::SelInfo;
pub use crate::ipmi::command::session_info::SessionInfoResponse;
pub use crate::ipmi::probe::Findings;
pub use crate::ipmi::session::{CredentialsFault, PrivilegeFault, Stage};
