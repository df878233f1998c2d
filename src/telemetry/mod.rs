//! What the daemon tells its operators: log lines, to the journal with fields or to standard error, and numbers about its
//! own work ([`Meters`]), which others count and show.
//!
//! Fields keep the names that the code gives them; in the journal they stand in capitals (`node` is `NODE=`,
//! `request_id` is `REQUEST_ID=`), so that `journalctl NODE=…` finds everything about one machine. [`start`] is called
//! once; the rest of the program uses `tracing` and [`Chain`]. Knows nothing of what is logged.

mod chain;
pub mod http;
mod journal;
pub mod keystone;
mod meters;
pub mod netboot;
pub mod process;
pub mod work;

use std::io;

use thiserror::Error;
use tracing::Subscriber;
use tracing::subscriber::SetGlobalDefaultError;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

pub use chain::Chain;
pub use meters::Meters;

/// Where log lines go and in what form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The journal where standard error leads there, else plain lines.
    Auto,
    /// Lines for people, on standard error.
    Plain,
    /// A JSON object a line, on standard error.
    Json,
    /// The journal, with fields.
    Journal,
}

/// Why nothing can be logged.
#[derive(Debug, Error)]
pub enum TelemetryError {
    /// The level is neither a level nor a list of filter directives.
    #[error("cannot use the log level {level:?}; write trace, debug, info, warn or error")]
    Level {
        /// What was given.
        level: String,
        /// What is wrong with it.
        source: ParseError,
    },
    /// The journal was asked for and is not there.
    #[error("cannot reach the journal; is this machine running systemd-journald?")]
    Journal(#[source] io::Error),
    /// Something in this process logs already.
    #[error("logging was started before")]
    Twice(#[source] SetGlobalDefaultError),
    /// The level cannot be changed any more.
    #[error("cannot change the log level")]
    Reload(#[source] reload::Error),
}

/// Started logging; with it the level can be changed while the daemon runs.
#[derive(Debug, Clone)]
pub struct Telemetry {
    filter: reload::Handle<EnvFilter, Registry>,
}

/// Starts logging for the whole process, once.
///
/// `level` is a level (`info`) or a list of directives (`info,ostler::bmc=debug`).
///
/// # Errors
/// [`TelemetryError`].
pub fn start(level: &str, format: Format) -> Result<Telemetry, TelemetryError> {
    let output: Output = match format {
        Format::Plain => plain(io::stderr, is_terminal()),
        Format::Json => json(io::stderr),
        Format::Journal => journal::layer().map_err(TelemetryError::Journal)?,
        Format::Auto if journal::is_standard_error() => {
            journal::layer().unwrap_or_else(|_| plain(io::stderr, false))
        }
        Format::Auto => plain(io::stderr, is_terminal()),
    };
    let (telemetry, subscriber) = Telemetry::new(level, output)?;
    tracing::subscriber::set_global_default(subscriber).map_err(TelemetryError::Twice)?;
    Ok(telemetry)
}

impl Telemetry {
    /// What [`start`] makes global.
    fn new(
        level: &str,
        output: Output,
    ) -> Result<(Self, impl Subscriber + Send + Sync), TelemetryError> {
        let (filter, handle) = reload::Layer::new(parse(level)?);
        let subscriber = tracing_subscriber::registry().with(filter).with(output);
        Ok((Self { filter: handle }, subscriber))
    }

    /// Changes the level from now on.
    ///
    /// # Errors
    /// [`TelemetryError::Level`], and then the level stays as it was.
    pub fn set_level(&self, level: &str) -> Result<(), TelemetryError> {
        self.filter
            .reload(parse(level)?)
            .map_err(TelemetryError::Reload)
    }
}

fn parse(level: &str) -> Result<EnvFilter, TelemetryError> {
    EnvFilter::builder()
        .parse(level)
        .map_err(|source| TelemetryError::Level {
            level: level.to_owned(),
            source,
        })
}

fn is_terminal() -> bool {
    io::IsTerminal::is_terminal(&io::stderr())
}

/// A form of output, on top of the filter.
type Output = Box<dyn Layer<Filtered> + Send + Sync>;
type Filtered = tracing_subscriber::layer::Layered<reload::Layer<EnvFilter, Registry>, Registry>;

fn plain<W>(writer: W, colours: bool) -> Output
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = fmt::layer()
        .with_writer(writer)
        .with_ansi(colours)
        .with_target(false)
        .with_timer(Clock);
    Box::new(layer)
}

fn json<W>(writer: W) -> Output
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = fmt::layer()
        .json()
        .flatten_event(true)
        .with_writer(writer)
        .with_timer(Clock)
        .with_span_list(false);
    Box::new(layer)
}

/// Log lines have the times that the API shows.
struct Clock;

impl FormatTime for Clock {
    fn format_time(&self, to: &mut Writer<'_>) -> std::fmt::Result {
        write!(to, "{}", crate::time::now())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        /// Everything that was logged until now.
        fn take(&self) -> String {
            String::from_utf8(std::mem::take(&mut self.0.lock().unwrap())).unwrap()
        }

        fn writer(&self) -> impl Fn() -> Self + Send + Sync + 'static {
            let lines = self.clone();
            move || lines.clone()
        }
    }

    #[test]
    fn plain_lines_have_time_level_message_and_fields() {
        let lines = Lines::default();
        let (_telemetry, subscriber) =
            Telemetry::new("info", plain(lines.writer(), false)).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(node = "n1", attempt = 2, "power step failed");
        });
        let line = lines.take();
        let (time, rest) = line.split_once(' ').unwrap();
        assert!(crate::time::Timestamp::parse(time).is_some(), "{line}");
        assert_eq!(rest.trim(), "INFO power step failed node=\"n1\" attempt=2");
    }

    #[test]
    fn json_lines_are_json_with_the_fields_and_the_request() {
        let lines = Lines::default();
        let (_telemetry, subscriber) = Telemetry::new("info", json(lines.writer())).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            let _request = tracing::info_span!("request", request_id = "req-1").entered();
            tracing::warn!(node = "n1", "power step failed");
        });
        let line: serde_json::Value = serde_json::from_str(&lines.take()).unwrap();
        assert_eq!(line["level"], "WARN");
        assert_eq!(line["message"], "power step failed");
        assert_eq!(line["node"], "n1");
        assert_eq!(line["span"]["request_id"], "req-1");
    }

    #[test]
    fn the_level_filters_and_can_be_changed_while_running() {
        let lines = Lines::default();
        let (telemetry, subscriber) = Telemetry::new("warn", plain(lines.writer(), false)).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!("one");
            assert_eq!(lines.take(), "");
            telemetry.set_level("off,ostler::telemetry=info").unwrap();
            tracing::info!("two");
            tracing::info!(target: "hyper", "three");
            assert_eq!(lines.take().lines().count(), 1);
            let error = telemetry.set_level("ostler=loud").unwrap_err();
            assert!(error.to_string().contains("\"ostler=loud\""), "{error}");
            tracing::info!("four");
            assert_eq!(lines.take().lines().count(), 1);
        });
    }
}
