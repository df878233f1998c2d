//! Pure decisions: what fits, what is allowed, what to do next.
//!
//! No I/O, no clock, no randomness: everything comes in as an argument, so every rule is a table of examples away from being
//! tested. Services and workers call these inside their transactions.

pub mod addresses;
pub mod deploy;
pub mod event;
pub mod extra_specs;
pub mod health;
pub mod host_range;
pub mod input;
pub mod netboot;
pub mod patch;
pub mod placement;
pub mod power;
pub mod rotation;
pub mod shape;
pub mod source;
pub mod subject;
pub mod subnets;
pub mod telling;
pub mod trail;
