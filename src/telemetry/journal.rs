//! The journal of systemd: its native protocol, with fields.
//!
//! `journalctl` shows `MESSAGE` and hides the fields, so a line has to say all that matters in there too: what is wrong at the
//! end of `error`, and the other fields in parentheses. No field stands in a line twice, whatever spans it is in.

use std::fmt::{self, Debug, Write as _};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixDatagram;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use nix::libc;
use nix::sys::stat::fstat;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::Output;
use crate::time;

/// Where the journal listens (systemd's "Native Journal Protocol").
const SOCKET: &str = "/run/systemd/journal/socket";
/// The lines of these targets are sentences that say all: their fields are there to search by.
const SENTENCES: [&str; 2] = ["ostler::events", "ostler::audit"];
/// Fields that say nothing to a reader.
const TO_SEARCH_BY: [&str; 2] = ["node_uuid", "request_id"];
/// A value is cut after so many bytes.
const LONGEST_VALUE: usize = 32 << 10;
/// The same where a line does not fit into a datagram.
const SHORT_VALUE: usize = 1 << 10;
/// A journal that does not read holds nobody up for longer.
const PATIENCE: Duration = Duration::from_secs(2);
/// A wait as long as this is one too many: the journal is not well, even if it took the line in the end.
const LONG: Duration = Duration::from_millis(200);
/// For so long after one nobody waits, and lines for which the journal has no room are lost.
const HASTE: Duration = Duration::from_secs(30);

/// Whether standard error is a stream to the journal: systemd says in `JOURNAL_STREAM` which file that is.
pub(super) fn is_standard_error() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is no setting: the service manager says here where it connected standard error to"
    )]
    let stream = std::env::var("JOURNAL_STREAM");
    stream.is_ok_and(|stream| names(&stream, io::stderr()))
}

/// Whether `stream`, device and inode in decimal with a colon between, is this file. After a redirection in a shell the
/// variable is still there, and names another file.
fn names(stream: &str, file: impl AsFd) -> bool {
    fstat(file).is_ok_and(|stat| stream == format!("{}:{}", stat.st_dev, stat.st_ino))
}

/// Lines with fields, at the priorities that `journalctl -p` knows.
///
/// Field names are those of the code in capitals: they are few and fixed, and none of them is one that the journal itself
/// uses.
pub(super) fn layer() -> io::Result<Output> {
    let (patient, hasty) = (UnixDatagram::unbound()?, UnixDatagram::unbound()?);
    patient.set_write_timeout(Some(PATIENCE))?;
    hasty.set_nonblocking(true)?;
    // Nothing is no line: this only asks whether somebody listens.
    patient.send_to(&[], SOCKET)?;
    Ok(Box::new(Journal {
        patient,
        hasty,
        hasty_until: AtomicU64::new(0),
    }))
}

struct Journal {
    /// Waits for room in the journal's queue.
    patient: UnixDatagram,
    /// Does not.
    hasty: UnixDatagram,
    /// In milliseconds since the start.
    hasty_until: AtomicU64,
}

impl Journal {
    fn send(&self, line: &[(String, String)]) {
        let sent = self.send_datagram(&encode(line, LONGEST_VALUE));
        if sent.is_err_and(|error| error.raw_os_error() == Some(libc::EMSGSIZE)) {
            // Where the log cannot be written there is nobody to tell.
            self.send_datagram(&encode(line, SHORT_VALUE)).ok();
        }
    }

    fn send_datagram(&self, datagram: &[u8]) -> io::Result<usize> {
        let begun = time::instant();
        if millis(begun) < self.hasty_until.load(Ordering::Relaxed) {
            return self.hasty.send_to(datagram, SOCKET);
        }
        let sent = self.patient.send_to(datagram, SOCKET);
        let ended = time::instant();
        if ended.duration_since(begun) > LONG {
            let until = millis(ended + HASTE);
            self.hasty_until.store(until, Ordering::Relaxed);
        }
        sent
    }
}

fn millis(at: Instant) -> u64 {
    u64::try_from(time::instant_since_start(at).as_millis()).unwrap_or(u64::MAX)
}

impl<S> Layer<S> for Journal
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        let scope = context.event_scope(event).into_iter();
        for span in scope.flat_map(|scope| scope.from_root()) {
            if let Some(of_span) = span.extensions().get::<Fields>() {
                for (name, value) in &of_span.values {
                    fields.set(name, value.clone());
                }
            }
        }
        event.record(&mut fields);
        self.send(&line(event.metadata(), fields));
    }
}

/// The fields of a span or of a line, each once.
#[derive(Default)]
struct Fields {
    message: String,
    values: Vec<(&'static str, String)>,
}

impl Fields {
    fn set(&mut self, name: &'static str, value: String) {
        match self.values.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None if name == "message" => self.message = value,
            None => self.values.push((name, value)),
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.set(field.name(), format!("{value:?}"));
    }
}

/// A line as the journal has it.
fn line(metadata: &Metadata<'_>, fields: Fields) -> Vec<(String, String)> {
    let own = |name: &str, value: &dyn fmt::Display| (name.to_owned(), value.to_string());
    let mut line = vec![
        own(
            "MESSAGE",
            &readable(&fields, SENTENCES.contains(&metadata.target())),
        ),
        own("PRIORITY", &priority(*metadata.level())),
        own("SYSLOG_IDENTIFIER", &"ostlerd"),
        own("TARGET", &metadata.target()),
    ];
    line.extend(metadata.file().map(|file| own("CODE_FILE", &file)));
    line.extend(metadata.line().map(|line| own("CODE_LINE", &line)));
    let values = fields.values.into_iter();
    line.extend(values.map(|(name, value)| (in_capitals(name), value)));
    line
}

/// What `journalctl` shows.
fn readable(fields: &Fields, is_sentence: bool) -> String {
    let mut text = fields.message.clone();
    if is_sentence {
        return text;
    }
    let error = fields.values.iter().find(|(name, _)| *name == "error");
    if let Some((_, error)) = error.filter(|(_, error)| !text.contains(error.as_str())) {
        text = format!("{text}: {error}");
    }
    let others = fields.values.iter().filter(|(name, value)| {
        *name != "error" && !TO_SEARCH_BY.contains(name) && !text.contains(value.as_str())
    });
    let others: Vec<String> = others
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if !others.is_empty() {
        write!(text, " ({})", others.join(", ")).ok();
    }
    text
}

fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}

fn in_capitals(name: &str) -> String {
    let letters = name.chars().map(|c| c.to_ascii_uppercase());
    letters
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect()
}

/// `NAME=VALUE` and a newline; a value with a newline in it has its length before it, as eight bytes, the lowest first.
fn encode(line: &[(String, String)], longest: usize) -> Vec<u8> {
    let mut datagram = Vec::with_capacity(512);
    for (name, value) in line {
        let value = cut(value, longest);
        datagram.extend_from_slice(name.as_bytes());
        if value.contains('\n') {
            datagram.push(b'\n');
            let length = u64::try_from(value.len()).unwrap_or(u64::MAX);
            datagram.extend_from_slice(&length.to_le_bytes());
        } else {
            datagram.push(b'=');
        }
        datagram.extend_from_slice(value.as_bytes());
        datagram.push(b'\n');
    }
    datagram
}

/// The beginning of a text, at most so many bytes of it.
fn cut(text: &str, longest: usize) -> &str {
    let fits = |end: &usize| text.is_char_boundary(*end);
    let end = (0..=longest.min(text.len())).rev().find(fits);
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn the_journal_is_recognised_by_device_and_inode() {
        let file = tempfile::tempfile().unwrap();
        let metadata = file.metadata().unwrap();
        let (device, inode) = (metadata.dev(), metadata.ino());
        assert!(names(&format!("{device}:{inode}"), &file));
        assert!(!names(&format!("{device}:{}", inode + 1), &file));
        assert!(!names("", &file));
        assert!(!names("8:16:32", &file));
    }

    #[test]
    fn what_the_fields_say_is_in_the_message_once() {
        let said = |message: &str, values: &[(&'static str, &str)]| {
            let mut fields = Fields::default();
            fields.set("message", message.to_owned());
            for (name, value) in values {
                fields.set(name, (*value).to_owned());
            }
            readable(&fields, false)
        };
        assert_eq!(said("ready", &[]), "ready");
        assert_eq!(
            said(
                "cannot accept",
                &[("listener", "tcp"), ("error", "no room")]
            ),
            "cannot accept: no room (listener=tcp)"
        );
        assert_eq!(
            said("n1: gone", &[("node", "n1"), ("request_id", "req-1")]),
            "n1: gone"
        );
        assert_eq!(said("a", &[("x", "1"), ("x", "2")]), "a (x=2)");
    }

    #[test]
    fn a_datagram_is_in_the_native_protocol_and_never_too_long() {
        let line = [("MESSAGE", "a\nb"), ("NODE", "n1")];
        let line = line.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let expected = b"MESSAGE\n\x03\0\0\0\0\0\0\0a\nb\nNODE=n1\n";
        assert_eq!(encode(&line, 100), expected);
        let long = [("A".to_owned(), "ä".repeat(100))];
        assert_eq!(encode(&long, 7), "A=äää\n".as_bytes());
    }
}
