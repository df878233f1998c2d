//! A value that changes while the daemon runs: settings that a reload takes over.
//!
//! Whoever needs one asks for it each time ([`Live::now`]) and keeps it for one piece of work, so that the work is done by one
//! set of settings.

use std::sync::{Arc, PoisonError, RwLock};

/// A value that changes now and then. Cheap to clone; clones are the same value.
#[derive(Debug)]
pub struct Live<T>(Arc<RwLock<Arc<T>>>);

impl<T> Live<T> {
    /// One that begins with this.
    pub fn new(value: T) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(value))))
    }

    /// As it is now.
    pub fn now(&self) -> Arc<T> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// From now on it is this.
    pub fn set(&self, value: T) {
        let value = Arc::new(value);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = value;
    }
}

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}
