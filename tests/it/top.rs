//! `ostler top` in a terminal: a real one, of which this test is the other end.

#![cfg(test)]

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{LocalFlags, Termios, tcgetattr};
use nix::unistd::Pid;
use ostler::sim::SimBmcConfig;
use serde_json::json;

use crate::common::daemon::{Daemon, register_node};
use crate::common::sim::SimRack;
use crate::common::wait::until;

/// What stands on the screen, as far as `ostler top` writes to one: positions, emptied lines, modes, text.
#[derive(Debug, Default)]
struct Screen {
    lines: Vec<String>,
    row: usize,
    /// On the other screen, where the user's own text is not.
    is_other: bool,
    is_cursor_hidden: bool,
    /// The beginning of a sequence or a letter whose end has not come.
    rest: Vec<u8>,
}

impl Screen {
    fn take(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        let bytes = std::mem::take(&mut self.rest);
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => text,
            Err(cut) => std::str::from_utf8(&bytes[..cut.valid_up_to()]).unwrap(),
        };
        self.rest = bytes[text.len()..].to_vec();
        let mut chars = text.char_indices();
        while let Some((at, char)) = chars.next() {
            if char != '\u{1b}' {
                self.put(char);
                continue;
            }
            let sequence: String = text[at..]
                .chars()
                .skip(2)
                .take_while(|c| !c.is_ascii_alphabetic())
                .collect();
            let length = 2 + sequence.len();
            let Some(name) = text[at..].chars().nth(length) else {
                let mut rest = text.as_bytes()[at..].to_vec();
                rest.append(&mut self.rest);
                self.rest = rest;
                return;
            };
            self.obey(&sequence, name);
            for _ in 0..length {
                chars.next();
            }
        }
    }

    fn put(&mut self, char: char) {
        if char.is_control() {
            return;
        }
        if self.lines.len() <= self.row {
            self.lines.resize(self.row + 1, String::new());
        }
        self.lines[self.row].push(char);
    }

    fn obey(&mut self, sequence: &str, name: char) {
        match (sequence, name) {
            ("?1049", mode) => self.is_other = mode == 'h',
            ("?25", mode) => self.is_cursor_hidden = mode == 'l',
            ("2", 'J') => self.lines.clear(),
            ("2", 'K') => {
                if let Some(line) = self.lines.get_mut(self.row) {
                    line.clear();
                }
            }
            (place, 'H') => {
                self.row = place.split(';').next().unwrap().parse::<usize>().unwrap() - 1
            }
            _ => {}
        }
    }
}

/// `ostler top` in a terminal of 80 columns and 24 rows.
struct Top {
    process: Child,
    keys: File,
    terminal: File,
    before: Termios,
    screen: Arc<Mutex<Screen>>,
}

impl Top {
    fn start(daemon: &Daemon, args: &[&str]) -> Self {
        // A job of its own, as a shell makes one.
        let mut command = Command::new(env!("CARGO_BIN_EXE_ostler"));
        command.process_group(0);
        Self::start_by(command, daemon, args)
    }

    fn start_by(mut command: Command, daemon: &Daemon, args: &[&str]) -> Self {
        let size = Winsize {
            ws_row: 24,
            ws_col: 80,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let ends = openpty(&size, None).unwrap();
        let (keys, terminal) = (File::from(ends.master), File::from(ends.slave));
        let before = tcgetattr(terminal.as_fd()).unwrap();
        let end = || Stdio::from(terminal.try_clone().unwrap());
        let process = command
            .args(["top", "--interval", "200ms"])
            .args(args)
            .env("OSTLER_SOCKET", daemon.directory().join("ostler.sock"))
            .env_remove("OSTLER_URL")
            .env_remove("OSTLER_TOKEN")
            .env_remove("NO_COLOR")
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .unwrap();
        let screen = Arc::new(Mutex::new(Screen::default()));
        let (mut reader, seen) = (keys.try_clone().unwrap(), Arc::clone(&screen));
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // Until the other end is closed.
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                seen.lock().unwrap().take(&bytes[..count]);
            }
        });
        Self {
            process,
            keys,
            terminal,
            before,
            screen,
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.process.id().try_into().unwrap())
    }

    fn text(&self) -> String {
        self.screen.lock().unwrap().lines.join("\n")
    }

    fn wait_for(&self, what: &str, is_so: impl Fn(&str) -> bool) {
        until(&format!("{what} in {:?}", self.text()), || {
            Some(self.text()).filter(|text| is_so(text))
        });
    }

    fn wait_for_text(&self, wanted: &str) {
        self.wait_for(wanted, |text| text.contains(wanted));
    }

    /// Of the terminal itself: whether it reads lines, as a shell wants it.
    fn is_cooked(&self) -> bool {
        let now = tcgetattr(self.terminal.as_fd()).unwrap();
        now.local_flags
            .contains(LocalFlags::ICANON | LocalFlags::ECHO)
    }

    /// Waits for its end; the terminal has to be as it was before.
    fn wait_for_end(mut self) -> i32 {
        let status = until("ostler top to end", || self.process.try_wait().unwrap());
        self.assert_given_back();
        status.code().expect("it ended by itself")
    }

    fn assert_given_back(&self) {
        let now = tcgetattr(self.terminal.as_fd()).unwrap();
        assert_eq!(now.local_flags, self.before.local_flags);
        assert_eq!(now.input_flags, self.before.input_flags);
        assert_eq!(now.output_flags, self.before.output_flags);
        until("the screen to be given back", || {
            let screen = self.screen.lock().unwrap();
            (!screen.is_other && !screen.is_cursor_hidden).then_some(())
        });
    }
}

impl Drop for Top {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// One machine, n1, which is off.
fn rack(daemon: &Daemon) -> SimRack {
    let (rack, bmc) = SimRack::one(SimBmcConfig::new("n1"));
    register_node(&daemon.unix(), "n1", &bmc);
    rack
}

#[test]
fn the_screen_follows_the_rack_and_ends_with_q() {
    let daemon = Daemon::start();
    let _rack = rack(&daemon);
    let mut top = Top::start(&daemon, &[]);
    top.wait_for_text("1 off");
    let order = json!({"target": "on"});
    daemon
        .unix()
        .put("/v1/nodes/n1/states/power", &order)
        .expect(202);
    top.wait_for_text("1 on");
    // A new one, whose BMC is not there, comes first.
    let lost = json!({"name": "z9", "bmc": {"address": "127.0.0.1", "port": 9, "username": "a", "password": "a"}});
    daemon.unix().post("/v1/nodes", &lost).expect(201);
    top.wait_for(
        "z9 above n1",
        |text| matches!((text.find("\nz9"), text.find("\nn1")), (Some(z9), Some(n1)) if z9 < n1),
    );
    top.press("/n1\r");
    top.wait_for("n1 alone", |text| {
        text.contains("/n1  1 to 1 of 1") && !text.contains("z9")
    });
    top.press("\u{1b}");
    top.wait_for_text("z9");
    top.press("s");
    top.wait_for_text("Sorted by name");
    top.press("q");
    assert_eq!(top.wait_for_end(), 0);
}

#[test]
fn a_restart_of_the_daemon_is_told_and_survived() {
    let mut daemon = Daemon::start();
    let _rack = rack(&daemon);
    let mut top = Top::start(&daemon, &[]);
    top.wait_for_text("1 off");
    daemon.crash();
    top.wait_for_text("No answer since ");
    top.wait_for_text("\nn1");
    daemon.start_again();
    top.wait_for("trouble to be over", |text| !text.contains("No answer"));
    let order = json!({"target": "on"});
    daemon
        .unix()
        .put("/v1/nodes/n1/states/power", &order)
        .expect(202);
    top.wait_for_text("1 on");
    top.press("\u{3}");
    assert_eq!(top.wait_for_end(), 0);
}

#[test]
fn the_terminal_is_given_back_when_it_is_stopped_and_when_it_is_ended() {
    let daemon = Daemon::start();
    let _rack = rack(&daemon);
    let mut top = Top::start(&daemon, &[]);
    top.wait_for_text("n1");
    assert!(!top.is_cooked());
    let stat = format!("/proc/{}/stat", top.process.id());
    let is_stopped = || {
        let stat = std::fs::read_to_string(&stat).unwrap();
        stat.rsplit(") ").next().unwrap().starts_with('T')
    };
    for stop in [Some(Signal::SIGTSTP), None] {
        match stop {
            Some(signal) => top.signal(signal),
            None => top.press("\u{1a}"),
        }
        until("it to be stopped", || is_stopped().then_some(()));
        top.assert_given_back();
        top.screen.lock().unwrap().lines.clear();
        top.signal(Signal::SIGCONT);
        top.wait_for_text("n1");
        assert!(!top.is_cooked());
    }
    top.signal(Signal::SIGTERM);
    assert_eq!(top.wait_for_end(), 0);
}

#[test]
fn where_no_shell_would_let_it_go_on_it_is_not_stopped_but_drawn_again() {
    let daemon = Daemon::start();
    let _rack = rack(&daemon);
    // In a session of its own, as sshd starts it.
    let mut setsid = Command::new("setsid");
    setsid.arg(env!("CARGO_BIN_EXE_ostler"));
    let mut top = Top::start_by(setsid, &daemon, &[]);
    top.wait_for_text("n1");
    top.screen.lock().unwrap().lines.clear();
    top.press("\u{1a}");
    // The heads of the columns never change, so they are written only where everything is.
    top.wait_for_text("REASON");
    assert!(!top.is_cooked());
    top.press("q");
    assert_eq!(top.wait_for_end(), 0);
}

#[test]
fn a_terminal_that_gets_smaller_gets_a_smaller_screen() {
    let daemon = Daemon::start();
    let _rack = rack(&daemon);
    let mut top = Top::start(&daemon, &[]);
    top.wait_for_text("page down: move");
    let size = rustix::termios::Winsize {
        ws_row: 10,
        ws_col: 40,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    rustix::termios::tcsetwinsize(&top.terminal, size).unwrap();
    top.signal(Signal::SIGWINCH);
    top.wait_for("a screen of 40 by 10", |text| {
        text.lines().count() == 10
            && text.lines().all(|line| line.chars().count() <= 40)
            && text.contains("n1")
    });
    top.press("q");
    assert_eq!(top.wait_for_end(), 0);
}

#[test]
fn without_a_terminal_there_is_one_plain_text() {
    let daemon = Daemon::start();
    let _rack = rack(&daemon);
    let top = |args: &[&str], socket: &str| {
        Command::new(env!("CARGO_BIN_EXE_ostler"))
            .arg("top")
            .args(args)
            .env("OSTLER_SOCKET", daemon.directory().join(socket))
            .env_remove("OSTLER_URL")
            .output()
            .unwrap()
    };
    let shown = top(&[], "ostler.sock");
    let text = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.status.success() && text.contains("1 node ") && text.contains("\nn1 "),
        "{text}"
    );
    assert!(!text.contains('\u{1b}'), "{text}");
    let nobody = top(&[], "nobody.sock");
    assert_eq!(nobody.status.code(), Some(6), "{nobody:?}");
    assert_eq!(top(&["--json"], "ostler.sock").status.code(), Some(2));
    let filtered = top(&["--filter", "nothing like it"], "ostler.sock");
    assert!(
        !String::from_utf8(filtered.stdout)
            .unwrap()
            .contains("\nn1 ")
    );
}
