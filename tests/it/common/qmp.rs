//! QEMU's machine protocol: JSON, one object a line, over a Unix socket.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::wait::until;

/// How long QEMU may take to say what it is waited for to say.
const PATIENCE: Duration = Duration::from_secs(120);

/// A connection, with all events that have come.
pub(crate) struct Qmp {
    stream: BufReader<UnixStream>,
    events: Vec<Value>,
}

impl Qmp {
    /// Connects as soon as QEMU listens.
    pub(crate) fn connect(path: &Path) -> Self {
        let stream = until("QEMU to listen", || UnixStream::connect(path).ok());
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut qmp = Self {
            stream: BufReader::new(stream),
            events: Vec::new(),
        };
        let greeting = qmp.read();
        assert!(greeting["QMP"].is_object(), "{greeting}");
        qmp.run("qmp_capabilities");
        qmp
    }

    /// Runs a command and gives what it returns. All events from before it have come then.
    #[track_caller]
    pub(crate) fn run(&mut self, command: &str) -> Value {
        let line = format!("{}\n", json!({"execute": command}));
        self.stream.get_mut().write_all(line.as_bytes()).unwrap();
        loop {
            let said = self.read();
            match said.get("return") {
                Some(returned) => return returned.clone(),
                None => self.keep(said),
            }
        }
    }

    /// Waits until an event of this name has come; gives the data of all of that name.
    #[track_caller]
    pub(crate) fn wait_event(&mut self, name: &str) -> Vec<Value> {
        while self.events(name).is_empty() {
            let said = self.read();
            self.keep(said);
        }
        // Another one that followed at once has come as well.
        self.run("query-status");
        self.events(name)
    }

    /// The data of all events of this name that have come.
    pub(crate) fn events(&self, name: &str) -> Vec<Value> {
        let named = self.events.iter().filter(|event| event["event"] == name);
        named.map(|event| event["data"].clone()).collect()
    }

    fn keep(&mut self, event: Value) {
        assert!(event["event"].is_string(), "{event}");
        self.events.push(event);
    }

    #[track_caller]
    fn read(&mut self) -> Value {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }
}
