//! What the demo says on the terminal: sentences with a tick and the time that each took.
//!
//! On a terminal the sentence stands there while its step goes on; where the output goes elsewhere, it comes once, with
//! its tick. Colours are an extra: nothing is said by colour alone.

use std::io::{self, IsTerminal as _, Write};
use std::time::{Duration, Instant};

use crate::app::demo::truth::Untrue;
use crate::time;

/// The column at which times begin.
const TIME_COLUMN: usize = 82;

/// How long the lines below a step are.
const EVIDENCE_WIDTH: usize = 84;

const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";
const CLEAR_LINE: &str = "\r\x1b[K";

/// Tells the story. Its methods fail where nobody listens any more, as after `| head`.
pub(super) struct Narrator {
    out: Box<dyn Write + Send>,
    live: bool,
    colour: bool,
    begun: Instant,
    under_way: Option<(String, Instant)>,
    steps: u32,
}

impl Narrator {
    /// Speaks on standard output. `plain` is without colours, whatever that is.
    pub(super) fn standard(plain: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        Self::new(Box::new(io::stdout()), terminal, terminal && !plain)
    }

    /// Speaks on `out`, which shows half-finished lines if it is `live`.
    pub(super) fn new(out: Box<dyn Write + Send>, live: bool, colour: bool) -> Self {
        Self {
            out,
            live,
            colour,
            begun: time::instant(),
            under_way: None,
            steps: 0,
        }
    }

    /// How many steps were true so far, and how long everything took.
    pub(super) fn so_far(&self) -> (u32, Duration) {
        (self.steps, time::instant() - self.begun)
    }

    /// A line as it is.
    pub(super) fn say(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.out, "{line}")?;
        self.out.flush()
    }

    /// A line that stands out, after an empty one.
    pub(super) fn heading(&mut self, line: &str) -> io::Result<()> {
        let line = self.painted(BOLD, line);
        self.say(&format!("\n{line}"))
    }

    /// A step begins. It ends with [`Self::done`] or [`Self::untrue`].
    pub(super) fn begin(&mut self, sentence: impl Into<String>) -> io::Result<()> {
        let sentence = sentence.into();
        if self.live {
            write!(self.out, "  … {sentence}")?;
            self.out.flush()?;
        }
        self.under_way = Some((sentence, time::instant()));
        Ok(())
    }

    /// The step that is under way was true. `evidence` says how that is known.
    pub(super) fn done(&mut self, evidence: &[String]) -> io::Result<()> {
        let Some((sentence, at)) = self.under_way.take() else {
            return Ok(());
        };
        self.steps += 1;
        self.verdict(&self.painted(GREEN, "✓"), &sentence, at)?;
        for line in evidence.iter().flat_map(|text| wrapped(text)) {
            let line = self.painted(DIM, &line);
            self.say(&format!("      {line}"))?;
        }
        Ok(())
    }

    /// The step that is under way was not true.
    pub(super) fn untrue(&mut self, what: &[Untrue]) -> io::Result<()> {
        if let Some((sentence, at)) = self.under_way.take() {
            self.verdict(&self.painted(RED, "✗"), &sentence, at)?;
        }
        for untrue in what {
            self.say(&format!("      {}", untrue.what))?;
            self.say(&format!("        expected: {}", untrue.expected))?;
            self.say(&format!("        seen:     {}", untrue.seen))?;
        }
        Ok(())
    }

    /// The step that is under way is dropped.
    pub(super) fn broken_off(&mut self) -> io::Result<()> {
        match (self.under_way.take(), self.live) {
            (Some(_), true) => self.say(""),
            (Some(_), false) | (None, _) => Ok(()),
        }
    }

    fn verdict(&mut self, mark: &str, sentence: &str, begun: Instant) -> io::Result<()> {
        let took = seconds(time::instant() - begun);
        let room = TIME_COLUMN.saturating_sub(4);
        if self.live {
            write!(self.out, "{CLEAR_LINE}")?;
        }
        let took = self.painted(DIM, &format!("{took:>8}"));
        self.say(&format!("  {mark} {sentence:<room$} {took}"))
    }

    fn painted(&self, colour: &str, text: &str) -> String {
        if self.colour {
            format!("{colour}{text}{PLAIN}")
        } else {
            text.to_owned()
        }
    }
}

/// A text in lines that are not longer than those with the steps; a word that is longer has a line of its own.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= EVIDENCE_WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A duration for people.
pub(super) fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Keeps what is said.
    #[derive(Clone, Default)]
    pub(in crate::app::demo) struct Page(Arc<Mutex<Vec<u8>>>);

    impl Page {
        pub(in crate::app::demo) fn narrator(&self, live: bool) -> Narrator {
            Narrator::new(Box::new(self.clone()), live, live)
        }

        pub(in crate::app::demo) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn tell(live: bool) -> String {
        let page = Page::default();
        let mut narrator = page.narrator(live);
        narrator.begin("The lamp is lit").unwrap();
        narrator.done(&["it shines".to_owned()]).unwrap();
        narrator.begin("The door is shut").unwrap();
        let open = Untrue {
            what: "the door".to_owned(),
            expected: "shut".to_owned(),
            seen: "open".to_owned(),
        };
        narrator.untrue(&[open]).unwrap();
        assert_eq!(narrator.so_far().0, 1, "what was not true does not count");
        page.text()
    }

    #[test]
    fn piped_output_has_each_step_once_with_aligned_times_and_no_escape_codes() {
        let text = tell(false);
        assert!(!text.contains('\x1b') && !text.contains('\r'), "{text}");
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("  ✓ The lamp is lit ") && lines[0].ends_with(" s"));
        assert_eq!(lines[1].trim(), "it shines");
        assert!(lines[2].starts_with("  ✗ The door is shut "));
        assert_eq!(lines[0].chars().count(), lines[2].chars().count());
        assert_eq!(lines[4].trim(), "expected: shut");
        assert_eq!(lines[5].trim(), "seen:     open");
    }

    #[test]
    fn long_evidence_is_wrapped_between_words_and_nothing_is_lost() {
        let text = "the BMC does not answer ".repeat(9);
        let lines = wrapped(text.trim());
        assert!(lines.len() == 3 && lines.iter().all(|line| line.len() <= EVIDENCE_WIDTH));
        assert_eq!(lines.join(" "), text.trim());
        let word = "x".repeat(200);
        assert_eq!(wrapped(&word), [word]);
    }

    #[test]
    fn terminal_shows_a_step_while_it_goes_on() {
        let text = tell(true);
        assert!(
            text.starts_with("  … The lamp is lit\r\x1b[K  \x1b[32m✓"),
            "{text:?}"
        );
    }
}
