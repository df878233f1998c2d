//! Tests through the public surface. One binary, so that it is linked once.

mod common;
mod layers;
mod sim_rack;
mod sim_tools;
