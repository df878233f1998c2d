//! Use cases: one write transaction each.
