//! A journal for one daemon alone: it listens where systemd's would, in a mount namespace, and keeps what it is sent.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::daemon::{Daemon, Surroundings};
use super::mount_space::MountSpace;
use super::wait::until;

/// The fields of a line, in the order in which they came.
#[derive(Debug, Clone)]
pub(crate) struct Line(pub(crate) Vec<(String, String)>);

/// What a daemon has sent to the journal. The namespace is gone when this is dropped.
pub(crate) struct Journal {
    lines: Arc<Mutex<Vec<Line>>>,
    space: MountSpace,
}

impl Line {
    /// The value of a field; empty where there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }
}

impl Journal {
    /// Starts a daemon that logs to it, with these lines below `[power]`; a `[log]` section may follow, without the format.
    /// The error says why that is not possible here.
    pub(crate) fn with_daemon(power: &str) -> Result<(Self, Daemon), String> {
        let mut journal = None;
        let power = if power.contains("[log]") {
            format!("{power}\nformat = \"journal\"\n")
        } else {
            format!("{power}\n[log]\nformat = \"journal\"\n")
        };
        let daemon = Daemon::with_surroundings(&power, |directory| {
            let made = Self::open(directory)?;
            let prefix = made.space.prefix();
            journal = Some(made);
            Ok(Surroundings {
                prefix,
                ..Surroundings::default()
            })
        })?;
        Ok((journal.unwrap(), daemon))
    }

    fn open(directory: &Path) -> Result<Self, String> {
        let at = directory.join("journal");
        std::fs::create_dir(&at).unwrap();
        let socket = UnixDatagram::bind(at.join("socket")).unwrap();
        let space = MountSpace::make(&format!(
            "mount -t tmpfs none /run && mkdir -p /run/systemd/journal && mount --bind '{}' /run/systemd/journal",
            at.display()
        ))?;
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = lines.clone();
        // Senders wait for a journal that does not read. It ends with the test's process.
        std::thread::spawn(move || {
            let mut datagram = vec![0; 256 << 10];
            while let Ok(length) = socket.recv(&mut datagram) {
                if length > 0 {
                    kept.lock().unwrap().push(decode(&datagram[..length]));
                }
            }
        });
        Ok(Self { lines, space })
    }

    /// All lines until now that have this value in this field, as `journalctl NAME=VALUE` finds them.
    pub(crate) fn find(&self, name: &str, value: &str) -> Vec<Line> {
        let lines = self.lines.lock().unwrap();
        let found = lines.iter().filter(|line| line.get(name) == value);
        found.cloned().collect()
    }

    /// Does something while the journal reads nothing, as one does whose disk hangs.
    pub(crate) fn while_it_hangs(&self, act: impl FnOnce()) {
        // The thread that reads stops at its first line.
        let _lines = self.lines.lock().unwrap();
        act();
    }

    /// All lines until now.
    pub(crate) fn all(&self) -> Vec<Line> {
        self.lines.lock().unwrap().clone()
    }

    /// Waits until one of them has this in its message; gives it.
    #[track_caller]
    pub(crate) fn wait(&self, name: &str, value: &str, message: &str) -> Line {
        until(&format!("{name}={value} with {message:?}"), || {
            let found = self.find(name, value);
            found
                .into_iter()
                .find(|line| line.get("MESSAGE").contains(message))
        })
    }
}

/// The native protocol of the journal: `NAME=VALUE`, or the name, the length in eight bytes, and the value.
fn decode(mut datagram: &[u8]) -> Line {
    let mut fields = Vec::new();
    while let Some(end) = datagram.iter().position(|byte| *byte == b'\n') {
        let first = String::from_utf8(datagram[..end].to_vec()).unwrap();
        datagram = &datagram[end + 1..];
        match first.split_once('=') {
            Some((name, value)) => fields.push((name.to_owned(), value.to_owned())),
            None => {
                let length = u64::from_le_bytes(datagram[..8].try_into().unwrap());
                let end = 8 + usize::try_from(length).unwrap();
                let value = String::from_utf8(datagram[8..end].to_vec()).unwrap();
                assert_eq!(datagram[end], b'\n');
                datagram = &datagram[end + 1..];
                fields.push((first, value));
            }
        }
    }
    assert!(datagram.is_empty());
    Line(fields)
}
