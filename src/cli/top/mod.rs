//! `ostler top`: a live view of the rack.
//!
//! `feed` listens to the daemon, `rack` is what it said, `draw` makes lines of it, `terminal` is where they are shown, `keys`
//! what comes back. Only this file knows them all.

mod draw;
mod feed;
mod keys;
mod rack;
mod terminal;
#[cfg(test)]
mod tests;

use std::io;
use std::time::Duration;

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};

use crate::cli::Context;
use crate::cli::exit::CliError;
use crate::cli::top::draw::{Paper, View, draw, page};
use crate::cli::top::feed::{Feed, News};
use crate::cli::top::keys::Key;
use crate::cli::top::rack::Order;
use crate::cli::top::terminal::Terminal;
use crate::time;

/// The help behind the options.
pub(crate) const EXAMPLES: &str = "\
What needs a person stands first: BMCs that cannot be used, then what has failed, what is slow and what is not \
known, then machines that something is done to, those in maintenance, and the others. SINCE is how long the power \
has been as it is, SEEN how long ago the BMC answered last.

Keys: q or Ctrl-C quit, / filter (esc clears it), s sort by need, name or last change, p pause, arrows, page up, \
page down, home and end move, Ctrl-Z suspends.

Examples:
  ostler top
  ostler top --interval 500ms --filter unreachable
  ostler top --once | grep -v ' good '";

/// `ostler top …`
#[derive(Debug, Args)]
pub(crate) struct TopArgs {
    /// How often to look, such as 500ms, 2s or 1m (200ms to 1h)
    #[arg(long, short, value_name = "SPAN", default_value = "2s", value_parser = interval)]
    interval: Duration,
    /// Show the rack once, as plain text; so it is without a terminal
    #[arg(long)]
    once: bool,
    /// Only machines of which a word holds this
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    filter: String,
}

/// Reads `500ms`, `2s`, `2`, `1m`.
fn interval(text: &str) -> Result<Duration, String> {
    let wrong = || "write a span from 200ms to 1h, such as 500ms, 2s or 1m".to_owned();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let count: u64 = digits.parse().map_err(|_| wrong())?;
    let millis = match text.strip_prefix(digits) {
        Some("ms") => Some(count),
        Some("s" | "") => count.checked_mul(1_000),
        Some("m") => count.checked_mul(60_000),
        Some("h") => count.checked_mul(3_600_000),
        _ => None,
    };
    millis
        .filter(|millis| (200..=3_600_000).contains(millis))
        .map(Duration::from_millis)
        .ok_or_else(wrong)
}

/// Runs it.
pub(crate) async fn run(context: &Context, args: TopArgs) -> Result<(), CliError> {
    if !context.out.is_for_people() {
        return Err(CliError::Usage(
            "ostler top is for people: use ostler --json node list".to_owned(),
        ));
    }
    let mut feed = Feed::new(context);
    // Before the terminal is taken: what is wrong from the beginning is told as by every command.
    let rack = feed.look().await?.unwrap_or_default();
    let news = News {
        rack,
        trouble: None,
    };
    let place = context.client.endpoint().to_string();
    let mut screen = Screen::new(args.filter, place, context.out.color);
    if args.once || !terminal::is_there() {
        let width = context.out.width.map(usize::from);
        let paper = Paper {
            width,
            height: None,
            color: context.out.color,
        };
        return context.out.line(&screen.lines(&news, paper).join("\n"));
    }
    let (tell, told) = watch::channel(news);
    let (want, is_wanted) = watch::channel(true);
    tokio::select! {
        ended = feed.run(args.interval, is_wanted, &tell) => ended,
        ended = show(&mut screen, told, &want) => ended,
    }
}

/// What the user has chosen, and where they are.
struct Screen {
    place: String,
    color: bool,
    order: Order,
    filter: String,
    is_typing: bool,
    is_paused: bool,
    above: usize,
}

/// What a key leads to.
#[derive(Debug, PartialEq, Eq)]
enum Turn {
    Stay,
    Redraw,
    Suspend,
    Leave,
}

impl Screen {
    fn new(filter: String, place: String, color: bool) -> Self {
        Self {
            place,
            color,
            order: Order::default(),
            filter,
            is_typing: false,
            is_paused: false,
            above: 0,
        }
    }

    fn lines(&self, news: &News, paper: Paper) -> Vec<String> {
        let trouble = news.trouble.as_ref();
        let view = View {
            rack: &news.rack,
            place: &self.place,
            now: time::now(),
            order: self.order,
            filter: &self.filter,
            is_typing: self.is_typing,
            is_paused: self.is_paused,
            trouble: trouble.map(|(since, why)| (*since, why.as_str())),
            above: self.above,
        };
        draw(&view, paper)
    }

    fn press(&mut self, key: Key, total: usize, page: usize) -> Turn {
        let end = total.saturating_sub(page);
        // What was on the screen before may have gone.
        self.above = self.above.min(end);
        match (key, self.is_typing) {
            (Key::Interrupt, _) | (Key::Char('q' | 'Q'), false) => return Turn::Leave,
            (Key::Suspend, _) => return Turn::Suspend,
            (Key::Redraw, _) => return Turn::Redraw,
            (Key::Enter, _) => self.is_typing = false,
            (Key::Escape, _) => {
                self.is_typing = false;
                self.filter.clear();
            }
            (Key::Backspace, true) => {
                self.filter.pop();
            }
            (Key::Char(letter), true) => {
                self.filter.push(letter);
                self.above = 0;
            }
            (Key::Char('/'), false) => self.is_typing = true,
            (Key::Char('s'), false) => self.order = self.order.next(),
            (Key::Char('p'), false) => self.is_paused = !self.is_paused,
            (Key::Up | Key::Char('k'), _) => self.above = self.above.saturating_sub(1),
            (Key::Down | Key::Char('j'), _) => self.above = (self.above + 1).min(end),
            (Key::PageUp, _) => self.above = self.above.saturating_sub(page),
            (Key::PageDown | Key::Char(' '), _) => self.above = (self.above + page).min(end),
            (Key::Home, _) => self.above = 0,
            (Key::End, _) => self.above = end,
            (Key::Char(_) | Key::Backspace, false) => {}
        }
        Turn::Stay
    }
}

/// The signals that a screen has to know.
struct Signals {
    terminate: Signal,
    hangup: Signal,
    interrupt: Signal,
    stop: Signal,
    resize: Signal,
}

impl Signals {
    fn register() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            stop: signal(SignalKind::from_raw(nix::libc::SIGTSTP))?,
            resize: signal(SignalKind::window_change())?,
        })
    }
}

/// The screen, until the user has seen enough. The terminal is given back in every case.
async fn show(
    screen: &mut Screen,
    mut told: watch::Receiver<News>,
    want: &watch::Sender<bool>,
) -> Result<(), CliError> {
    let mut signals = Signals::register().map_err(CliError::Output)?;
    let mut terminal = Terminal::take().map_err(CliError::Output)?;
    let mut keys: mpsc::Receiver<Key> = terminal::listen();
    let mut second = tokio::time::interval(Duration::from_secs(1));
    loop {
        let (width, height) = terminal::size();
        let paper = Paper {
            width: Some(width),
            height: Some(height),
            color: screen.color,
        };
        let total = {
            let news = told.borrow_and_update();
            terminal
                .draw(screen.lines(&news, paper))
                .map_err(CliError::Output)?;
            news.rack.sorted(screen.order, &screen.filter).len()
        };
        let turn = tokio::select! {
            biased;
            _ = signals.terminate.recv() => Turn::Leave,
            _ = signals.hangup.recv() => Turn::Leave,
            _ = signals.interrupt.recv() => Turn::Leave,
            _ = signals.stop.recv() => Turn::Suspend,
            _ = signals.resize.recv() => Turn::Redraw,
            key = keys.recv() => match key {
                Some(key) => screen.press(key, total, page(height)),
                // The terminal is gone.
                None => Turn::Leave,
            },
            _ = told.changed() => Turn::Stay,
            // Ages grow.
            _ = second.tick() => Turn::Stay,
        };
        want.send_if_modified(|wanted| {
            std::mem::replace(wanted, !screen.is_paused) == screen.is_paused
        });
        match turn {
            Turn::Stay => {}
            Turn::Redraw => terminal.forget(),
            Turn::Suspend => terminal.suspend().map_err(CliError::Output)?,
            Turn::Leave => return Ok(()),
        }
    }
}
