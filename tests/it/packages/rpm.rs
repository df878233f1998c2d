//! The rpm by itself.
