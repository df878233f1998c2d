//! A command at a terminal: what it shows there is read, and what is typed is what a person would.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use nix::pty::{Winsize, openpty};

use super::wait::until;

/// A process whose three streams are one terminal of 80 columns. It is killed when this is dropped.
pub(crate) struct AtTerminal {
    process: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    seen: String,
}

impl AtTerminal {
    /// Starts it.
    pub(crate) fn start(command: &mut Command) -> Self {
        let size = Winsize {
            ws_row: 24,
            ws_col: 80,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let pty = openpty(&size, None).unwrap();
        let end = |file: &File| Stdio::from(file.try_clone().unwrap());
        let theirs = File::from(pty.slave);
        let process = command
            .env("TERM", "xterm")
            .stdin(end(&theirs))
            .stdout(end(&theirs))
            .stderr(end(&theirs))
            .spawn()
            .unwrap();
        let keyboard = File::from(pty.master);
        let mut screen = keyboard.try_clone().unwrap();
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // A terminal whose last process is gone is an error, not an end.
            while let Ok(length @ 1..) = screen.read(&mut buffer) {
                if sender.send(buffer[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            process,
            keyboard,
            screen: receiver,
            seen: String::new(),
        }
    }

    /// Waits until these words are on the screen, and gives all that was there so far.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, words: &str) -> &str {
        until(&format!("{words:?} at the terminal"), || {
            self.look();
            self.seen.contains(words).then_some(())
        });
        &self.seen
    }

    /// Types a line.
    pub(crate) fn type_line(&mut self, line: &str) {
        writeln!(self.keyboard, "{line}").unwrap();
    }

    /// Waits for its end; gives the exit code and all that was on the screen.
    #[track_caller]
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let status = until("the command to end", || self.process.try_wait().unwrap());
        while self.look() {}
        (status.code(), std::mem::take(&mut self.seen))
    }

    /// Takes what has come meanwhile; false where there was nothing for a while.
    fn look(&mut self) -> bool {
        match self.screen.recv_timeout(Duration::from_millis(50)) {
            Ok(bytes) => {
                self.seen.push_str(&String::from_utf8_lossy(&bytes));
                true
            }
            Err(_) => false,
        }
    }
}

impl Drop for AtTerminal {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
