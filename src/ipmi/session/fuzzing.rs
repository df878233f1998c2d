//! What the fuzz targets must see of a session and nobody else; only built with `--cfg fuzzing`.

use super::Session;

impl Session {
    /// How many sessions are being closed beside whatever else goes on.
    pub fn orphans(&self) -> usize {
        self.orphans.len()
    }
}
