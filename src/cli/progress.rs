//! Waiting for the daemon to reach a state, with words about it on standard error.

use std::collections::HashSet;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use comfy_table::Table;

use crate::cli::Context;
use crate::cli::exit::CliError;
use crate::cli::output::terminal_width;
use crate::time;

/// How long to wait where nobody said, for what has no deadlines of its own.
const DEFAULT_PATIENCE: Duration = Duration::from_secs(1800);

/// For what the daemon itself ends, well or not, and which may rightly take hours: no deadline of ours comes before its own.
pub(crate) const NO_LIMIT: Duration = Duration::MAX;

/// How long the daemon may be unreachable in the middle of a wait: a restart loses nothing that was accepted.
const OUTAGE_PATIENCE: Duration = Duration::from_secs(60);

/// The pause after the first look. It grows by half with each look.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause between two looks.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How many characters a bar has.
const BAR: usize = 24;

/// `[############............] 127 of 254 nodes`
pub(crate) fn bar(done: usize, total: usize, things: &str) -> String {
    let full = done
        .saturating_mul(BAR)
        .checked_div(total)
        .map_or(BAR, |full| full.min(BAR));
    format!(
        "[{}{}] {done} of {total} {things}",
        "#".repeat(full),
        ".".repeat(BAR - full),
    )
}

/// What a look found.
pub(crate) enum Look<T> {
    /// It is as it should be.
    Reached(T),
    /// Not yet; these words say what is now.
    NotYet(String),
    /// It is, and these steps were on the way.
    ReachedAfter {
        /// What is.
        value: T,
        /// All steps, in their order.
        steps: Vec<String>,
    },
    /// Not yet; these steps were seen so far, of which the last says what is now.
    Steps(Vec<String>),
    /// Not yet for all of many.
    Partly {
        /// How many have ended, well or not.
        done: usize,
        /// Of how many.
        total: usize,
        /// What is now.
        now: String,
    },
}

/// Looks until the state is reached, the look fails for good, the time is over, or Ctrl-C.
///
/// # Errors
///
/// What a look says, [`CliError::TimedOut`], [`CliError::Interrupted`], and the daemon being away for too long.
pub(crate) async fn until<T>(
    context: &Context,
    what: &str,
    patience: Option<Duration>,
    look: impl AsyncFnMut() -> Result<Look<T>, CliError>,
) -> Result<T, CliError> {
    let mut progress = Progress::new(context.out.quiet);
    let outcome = tokio::select! {
        biased;
        _ = tokio::signal::ctrl_c() => Err(CliError::Interrupted),
        outcome = watch(&mut progress, what, patience.unwrap_or(DEFAULT_PATIENCE), look) => outcome,
    };
    progress.end();
    outcome
}

async fn watch<T>(
    progress: &mut Progress,
    what: &str,
    patience: Duration,
    mut look: impl AsyncFnMut() -> Result<Look<T>, CliError>,
) -> Result<T, CliError> {
    let started = time::instant();
    let mut away_since: Option<Instant> = None;
    let mut pause = FIRST_PAUSE;
    let mut part = None;
    loop {
        let now = match look().await {
            Ok(Look::Reached(value)) => return Ok(value),
            Ok(Look::ReachedAfter { value, steps }) => {
                progress.tell(what, steps, started.elapsed());
                return Ok(value);
            }
            Ok(Look::Steps(steps)) => {
                away_since = None;
                let last = steps.last().cloned().unwrap_or_default();
                progress.tell(what, steps, started.elapsed());
                last
            }
            Ok(Look::NotYet(now)) => {
                away_since = None;
                now
            }
            Ok(Look::Partly { done, total, now }) => {
                away_since = None;
                part = Some((done, total));
                now
            }
            Err(CliError::Client(error)) if error.is_transient() => {
                let since = *away_since.get_or_insert_with(time::instant);
                if since.elapsed() > OUTAGE_PATIENCE {
                    return Err(error.into());
                }
                if error.status().is_some_and(|status| status == 429) {
                    "the daemon has been asked too often, trying again".to_owned()
                } else {
                    "the daemon does not answer, trying again".to_owned()
                }
            }
            Err(error) => return Err(error),
        };
        let elapsed = started.elapsed();
        if elapsed >= patience {
            return Err(CliError::TimedOut {
                what: what.to_owned(),
                waited_secs: patience.as_secs(),
                last: now,
            });
        }
        match part {
            Some((done, total)) if progress.is_on_terminal() => {
                let bar = bar(done, total, "ended");
                progress.show(&format!("{bar}, {what}: {now}"), elapsed);
            }
            _ => progress.show(&format!("{what}: {now}"), elapsed),
        }
        tokio::time::sleep(pause.min(patience.saturating_sub(elapsed))).await;
        pause = (pause + pause / 2).min(LONGEST_PAUSE);
    }
}

/// One line that is rewritten on a terminal, a line for each change elsewhere.
pub(crate) struct Progress {
    style: Style,
    last: String,
    /// Steps that were told.
    told: HashSet<String>,
}

enum Style {
    Rewrite { columns: usize },
    Append,
    Silent,
}

impl Progress {
    fn new(quiet: bool) -> Self {
        let style = if quiet {
            Style::Silent
        } else if io::stderr().is_terminal() {
            let columns = terminal_width(Table::new().use_stderr());
            Style::Rewrite {
                columns: usize::from(columns),
            }
        } else {
            Style::Append
        };
        Self {
            style,
            last: String::new(),
            told: HashSet::new(),
        }
    }

    /// Whether one line is rewritten: a bar has its place there alone.
    fn is_on_terminal(&self) -> bool {
        matches!(self.style, Style::Rewrite { .. })
    }

    /// Nothing where standard error is no terminal: for what changes many times a second.
    pub(crate) fn on_terminal(quiet: bool) -> Self {
        Self::new(quiet || !io::stderr().is_terminal())
    }

    /// Shows each step that was not shown before. A line that is rewritten has room for the last one alone.
    fn tell(&mut self, what: &str, steps: Vec<String>, elapsed: Duration) {
        for step in steps {
            let text = format!("{what}: {step}");
            if self.told.insert(step) && !self.is_on_terminal() {
                self.show(&text, elapsed);
            }
        }
    }

    /// Nothing depends on these words, so an error in writing them is no reason to stop.
    pub(crate) fn show(&mut self, text: &str, elapsed: Duration) {
        let text: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let mut stderr = io::stderr().lock();
        match self.style {
            Style::Silent => {}
            Style::Append => {
                if text != self.last {
                    writeln!(stderr, "{text}").ok();
                }
            }
            Style::Rewrite { columns } => {
                let line = format!("{:>4} s  {text}", elapsed.as_secs());
                let line: String = line.chars().take(columns.saturating_sub(1)).collect();
                write!(stderr, "\r\u{1b}[K{line}")
                    .and_then(|()| stderr.flush())
                    .ok();
            }
        }
        self.last = text;
    }

    /// Takes the line away, until the next [`Progress::show`].
    pub(crate) fn end(&mut self) {
        if let Style::Rewrite { .. } = self.style
            && !self.last.is_empty()
        {
            let mut stderr = io::stderr().lock();
            write!(stderr, "\r\u{1b}[K")
                .and_then(|()| stderr.flush())
                .ok();
        }
    }
}
