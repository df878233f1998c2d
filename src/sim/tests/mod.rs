//! A whole BMC under virtual time: datagrams in, datagrams out.

mod captures;
mod console;
mod faults;
mod malformed;
mod quirks;
mod sessions;
mod spells;
