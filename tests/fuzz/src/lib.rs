//! What the fuzz targets do with their input. Each module has one `run`: it takes whatever bytes, and panics when a promise
//! is broken. See `doc/fuzzing.md`.

pub mod command;
pub mod device;
pub mod probe;
pub mod request;
pub mod session;
mod tape;
pub mod wire;
