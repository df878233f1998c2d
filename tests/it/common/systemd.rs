//! systemd's side of `NOTIFY_SOCKET`: what a daemon tells it.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use ostler::time::instant;

use super::daemon::{Daemon, Surroundings};
use super::wait::until;

/// What a daemon has told, oldest first, each with when it came.
pub(crate) struct Systemd(Arc<Mutex<Vec<(Instant, String)>>>);

impl Systemd {
    /// Starts a daemon that tells it, with these lines below `[power]`.
    pub(crate) fn with_daemon(power: &str) -> (Self, Daemon) {
        let mut systemd = None;
        let daemon = Daemon::with_surroundings(power, |directory| {
            let path = directory.join("notify");
            systemd = Some(Self::open(&path));
            let env = (
                "NOTIFY_SOCKET".to_owned(),
                path.to_str().unwrap().to_owned(),
            );
            Ok(Surroundings {
                env: vec![env],
                ..Surroundings::default()
            })
        });
        (systemd.unwrap(), daemon.unwrap())
    }

    fn open(path: &Path) -> Self {
        let socket = UnixDatagram::bind(path).unwrap();
        let messages: Arc<Mutex<Vec<_>>> = Arc::default();
        let kept = messages.clone();
        // It ends with the test's process.
        std::thread::spawn(move || {
            let mut message = [0; 4096];
            while let Ok(length) = socket.recv(&mut message) {
                let message = String::from_utf8(message[..length].to_vec()).unwrap();
                kept.lock().unwrap().push((instant(), message));
            }
        });
        Self(messages)
    }

    /// Everything until now.
    pub(crate) fn heard(&self) -> Vec<(Instant, String)> {
        self.0.lock().unwrap().clone()
    }

    /// The status line as it is now.
    pub(crate) fn status(&self) -> String {
        let heard = self.heard();
        let mut lines = heard.iter().rev().flat_map(|(_, message)| message.lines());
        let status = lines.find_map(|line| line.strip_prefix("STATUS="));
        status.unwrap_or_default().to_owned()
    }

    /// Waits until the status line is this.
    #[track_caller]
    pub(crate) fn wait_status(&self, expected: &str) {
        until(&format!("the status {expected:?}"), || {
            (self.status() == expected).then_some(())
        });
    }
}
