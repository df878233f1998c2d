//! The nouns of Ostler: what the database stores, what the API shows, what the workers act on.
//!
//! Pure data with the small decisions that belong to one value alone (parsing, spelling, redaction). Knows no SQL, no
//! HTTP, no BMC and no clock. Start with [`instance`], [`node`] and [`task`].

pub mod bmc;
pub mod caller;
pub mod etag;
pub mod event;
pub mod health;
pub mod ids;
pub mod image;
pub mod instance;
pub mod instance_type;
pub mod kg;
pub mod limit;
pub mod netboot;
pub mod network;
pub mod node;
pub mod null;
pub mod operation;
pub mod page;
pub mod placement;
pub mod power;
pub mod secret;
pub mod task;
pub mod token;
pub mod webhook;
