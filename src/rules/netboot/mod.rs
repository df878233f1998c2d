//! Network boot: what is handed to a machine, as pure text.
//!
//! Nothing here knows where the values come from, or over what the text travels.

pub mod deploy;
pub mod dhcp;
pub mod digest;
pub mod location;
pub mod nocloud;
pub mod range;
pub mod script;
pub mod variables;
