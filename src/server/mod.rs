//! Listeners and peer credentials.
