//! The line that `systemctl status` shows: what the daemon is doing, and what an operator has to know about its settings.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::system::notify;

/// What the line says. Cheap to clone; clones are the same line.
#[derive(Debug, Clone, Default)]
pub struct Status(Arc<Mutex<Parts>>);

#[derive(Debug, Default)]
struct Parts {
    doing: String,
    note: Option<String>,
    /// Before it is ready and after it is no longer, others say what the daemon does.
    is_ready: bool,
}

impl Status {
    /// One that says this.
    pub fn new(doing: &str) -> Self {
        let status = Self::default();
        doing.clone_into(&mut status.lock().doing);
        status
    }

    /// Says what the daemon does now. Where it does that already, systemd is told nothing.
    pub fn set_doing(&self, doing: &str) {
        let mut parts = self.lock();
        if parts.doing != doing {
            doing.clone_into(&mut parts.doing);
            if parts.is_ready {
                notify::status(&parts.text());
            }
        }
    }

    /// Everything is up, or a reload has ended, with this to be known from now on.
    pub fn ready(&self, note: Option<String>) {
        let mut parts = self.lock();
        parts.note = note;
        parts.is_ready = true;
        notify::ready(&parts.text());
    }

    /// The daemon is going down: the line is no longer this one's.
    pub fn stopping(&self) {
        self.lock().is_ready = false;
        notify::stopping("stopping");
    }

    fn lock(&self) -> MutexGuard<'_, Parts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Parts {
    fn text(&self) -> String {
        match &self.note {
            Some(note) => format!("{}; {note}", self.doing),
            None => self.doing.clone(),
        }
    }
}
