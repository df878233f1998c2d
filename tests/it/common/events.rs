//! A client of `GET /v1/events` that remembers what it was told.

use std::io::BufRead;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use super::http::Client;
use super::wait::until;

/// One event as it came: its id, its kind and its data.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) id: u64,
    pub(crate) kind: String,
    pub(crate) data: Value,
}

impl Event {
    /// `power n power off->power on task`: what tests compare.
    pub(crate) fn short(&self) -> String {
        let text = |field: &str| self.data[field].as_str().unwrap_or("-").to_owned();
        format!(
            "{} {}->{} {}",
            self.kind,
            text("old"),
            text("new"),
            text("cause")
        )
    }
}

/// An open stream.
pub(crate) struct Events {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    seen: Vec<Event>,
    comments: usize,
    ended: bool,
}

impl Events {
    /// Opens a stream, such as of `/v1/events?kind=power`.
    #[track_caller]
    pub(crate) fn open(client: &Client, path: &str) -> Self {
        let client = client.with("Accept", "text/event-stream");
        let reader = client.open(path, "text/event-stream");
        let state = Arc::<Mutex<State>>::default();
        let told = state.clone();
        thread::spawn(move || {
            listen(reader, &told);
            told.lock().unwrap().ended = true;
        });
        Self { state }
    }

    /// Everything so far.
    pub(crate) fn seen(&self) -> Vec<Event> {
        self.state.lock().unwrap().seen.clone()
    }

    /// The same, in short.
    pub(crate) fn shorts(&self) -> Vec<String> {
        self.seen().iter().map(Event::short).collect()
    }

    /// Waits for the first event that this holds of.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, holds: impl Fn(&Event) -> bool) -> Event {
        until(what, || {
            let found = self.seen().into_iter().find(|event| holds(event));
            found.or_else(|| {
                assert!(!self.has_ended(), "the stream ended before {what}");
                None
            })
        })
    }

    /// Waits for an event that is this in short.
    #[track_caller]
    pub(crate) fn wait_short(&self, short: &str) -> Event {
        self.wait(short, |event| event.short() == short)
    }

    /// Whether the daemon has ended the stream.
    pub(crate) fn has_ended(&self) -> bool {
        self.state.lock().unwrap().ended
    }
}

fn listen(reader: impl BufRead, told: &Mutex<State>) {
    let (mut id, mut kind, mut data) = (0, String::new(), String::new());
    for line in reader.lines() {
        let Ok(line) = line else { return };
        match line.split_once(": ") {
            Some(("id", value)) => id = value.parse().unwrap(),
            Some(("event", value)) => kind = value.to_owned(),
            Some(("data", value)) => data = value.to_owned(),
            Some(("", _)) => told.lock().unwrap().comments += 1,
            Some(("retry", _)) => {}
            None if line.is_empty() && !data.is_empty() => {
                let data = serde_json::from_str(&std::mem::take(&mut data)).unwrap();
                let kind = std::mem::take(&mut kind);
                told.lock().unwrap().seen.push(Event { id, kind, data });
            }
            None if line.is_empty() => {}
            other => panic!("not a line of an event stream: {line:?} {other:?}"),
        }
    }
}
