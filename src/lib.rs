//! Ostler: a bare metal instance agent. One daemon, one SQLite file, one rack of machines.
//!
//! The modules stand in layers; a file imports only from lower rows, and `tests/it/layers.rs` checks it.
//!
//! | row | modules |
//! |---|---|
//! | 6 | [`app`] |
//! | 5 | [`server`], [`cli`] |
//! | 4 | [`api`] |
//! | 3 | [`service`], [`worker`], [`keystone`] |
//! | 2 | [`store`], [`bmc`], [`sim`], [`config`], [`telemetry`], [`system`] |
//! | 1 | [`rules`], [`view`], [`ipmi`], [`processors`] |
//! | 0 | [`model`], [`wake`], [`beat`], [`live`], [`meter`], [`time`], [`crash`] |
//!
//! To follow one request down: [`server`] names the caller, [`api`] turns HTTP into a use case, [`service`] decides and
//! writes in one transaction, [`worker`] finds the task in the database and drives the BMC.

pub mod api;
pub mod app;
pub mod beat;
pub mod bmc;
pub mod cli;
pub mod config;
pub mod crash;
pub mod ipmi;
pub mod keystone;
pub mod live;
pub mod meter;
pub mod model;
pub mod processors;
pub mod rules;
pub mod server;
pub mod service;
pub mod sim;
pub mod store;
pub mod system;
pub mod telemetry;
pub mod time;
pub mod view;
pub mod wake;
pub mod worker;
