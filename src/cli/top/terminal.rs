//! The terminal that the screen is on: taken over while this lives, given back however it ends.

use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::thread;

use nix::sys::signal::{Signal, killpg};
use nix::sys::termios::{self, SetArg, Termios};
use nix::unistd::{getpgid, getpgrp, getppid, getsid};
use tokio::sync::mpsc;

use crate::cli::top::keys::{self, Key};

/// Another screen, without a cursor, that does not wrap lines.
const ENTER: &str = "\u{1b}[?1049h\u{1b}[?25l\u{1b}[?7l";
const LEAVE: &str = "\u{1b}[?7h\u{1b}[?25h\u{1b}[?1049l";
/// What is drawn between these is shown at once, by terminals that know them.
const BEGIN_FRAME: &str = "\u{1b}[?2026h";
const END_FRAME: &str = "\u{1b}[?2026l";

/// How many keys wait to be looked at. Somebody who leans on one is not waited for.
const KEYS: usize = 64;

/// The terminal, while it is ours.
pub(super) struct Terminal {
    before: Termios,
    /// What stands on the screen, line by line.
    shown: Vec<String>,
}

/// Whether there is one to draw on and to read keys from.
pub(super) fn is_there() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Columns and rows. Some terminals know nothing and say zero.
pub(super) fn size() -> (usize, usize) {
    match rustix::termios::tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => {
            (usize::from(size.ws_col), usize::from(size.ws_row))
        }
        _ => (80, 24),
    }
}

/// Whether a shell with job control has started this: it is in our session, and has given us a process group. Without one
/// (`ssh -t host ostler top`) nobody sends SIGCONT to what has stopped.
fn has_job_control() -> bool {
    let parent = Some(getppid());
    let is_in_session = getsid(parent).is_ok_and(|of| getsid(None) == Ok(of));
    is_in_session && getpgid(parent).is_ok_and(|group| group != getpgrp())
}

impl Terminal {
    /// Takes it over.
    ///
    /// # Errors
    ///
    /// It is no terminal, or cannot be written to.
    pub(super) fn take() -> io::Result<Self> {
        let before = termios::tcgetattr(io::stdin().as_fd())?;
        let mut terminal = Self {
            before,
            shown: Vec::new(),
        };
        terminal.enter()?;
        Ok(terminal)
    }

    fn enter(&mut self) -> io::Result<()> {
        let mut raw = self.before.clone();
        termios::cfmakeraw(&mut raw);
        termios::tcsetattr(io::stdin().as_fd(), SetArg::TCSAFLUSH, &raw)?;
        self.shown.clear();
        write(ENTER)
    }

    fn leave(&self) -> io::Result<()> {
        let left = write(LEAVE);
        termios::tcsetattr(io::stdin().as_fd(), SetArg::TCSAFLUSH, &self.before)?;
        left
    }

    /// Stops the processes of this job as Ctrl-Z does, with the terminal as it was; comes back when somebody lets them go on.
    /// Where nobody would, all of the screen is only drawn again.
    ///
    /// # Errors
    ///
    /// The terminal is gone.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        if !has_job_control() {
            self.forget();
            return Ok(());
        }
        self.leave()?;
        killpg(getpgrp(), Signal::SIGSTOP)?;
        self.enter()
    }

    /// Forgets what stands on the screen, so that all of it is drawn.
    pub(super) fn forget(&mut self) {
        self.shown.clear();
    }

    /// Draws these lines, as far as they are not there already.
    ///
    /// # Errors
    ///
    /// The terminal is gone.
    pub(super) fn draw(&mut self, lines: Vec<String>) -> io::Result<()> {
        let mut text = String::from(BEGIN_FRAME);
        if self.shown.len() != lines.len() {
            text.push_str("\u{1b}[2J");
            self.shown.clear();
        }
        for (index, line) in lines.iter().enumerate() {
            if self.shown.get(index) != Some(line) {
                // Emptied first: behind the last column there is nowhere to stand and empty the rest from.
                text.push_str(&format!("\u{1b}[{};1H\u{1b}[2K{line}", index + 1));
            }
        }
        if text.len() == BEGIN_FRAME.len() {
            return Ok(());
        }
        text.push_str(END_FRAME);
        self.shown = lines;
        write(&text)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.leave().ok();
    }
}

fn write(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// The keys that are pressed from now on, until the terminal is gone. A thread reads them, which ends with the process.
pub(super) fn listen() -> mpsc::Receiver<Key> {
    let (sender, receiver) = mpsc::channel(KEYS);
    thread::spawn(move || {
        let mut bytes = [0; 256];
        loop {
            let read = match io::stdin().lock().read(&mut bytes) {
                Ok(0) => return,
                Ok(count) => bytes.get(..count).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return,
            };
            for key in keys::read(read) {
                if sender.blocking_send(key).is_err() {
                    return;
                }
            }
        }
    });
    receiver
}
