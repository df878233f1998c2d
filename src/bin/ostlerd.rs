//! The `ostlerd` binary.

fn main() {}
