//! Writing pages in the `man` macros, which groff and mandoc both read.

use std::fmt::Write as _;

/// A page that grows from its head to its end.
#[derive(Debug)]
pub(super) struct Roff {
    text: String,
    /// A heading was written last: the first paragraph below it needs no request.
    is_headed: bool,
}

/// How many bytes a line of the source has at most, where it can be broken.
const LINE: usize = 79;

/// How a word is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Font {
    /// As the text around it.
    Roman,
    /// What is written as it stands.
    Bold,
    /// What something else is written for.
    Italic,
}

impl Roff {
    /// A page with this head. `date` is a day such as 2026-11-24, or nothing.
    pub(super) fn new(name: &str, section: u8, date: &str) -> Self {
        let mut page = Self {
            text: String::new(),
            is_headed: false,
        };
        let version = env!("CARGO_PKG_VERSION");
        let title = name.to_uppercase();
        page.line(&format!(
            ".TH \"{}\" {section} \"{date}\" \"Ostler {version}\" \"Ostler manual\"",
            escaped(&title)
        ));
        // Not set to both margins, and no words broken: commands stand between the words.
        page.line(".nr HY 0");
        page.line(".nh");
        page.line(".ad l");
        page
    }

    /// A section.
    pub(super) fn section(&mut self, title: &str) {
        self.line(&format!(".SH {}", quoted(&title.to_uppercase())));
        self.is_headed = true;
    }

    /// A part of a section. Its title is marked up already.
    pub(super) fn part(&mut self, title: &str) {
        self.line(&format!(".SS \"{title}\""));
        self.is_headed = true;
    }

    /// A paragraph.
    pub(super) fn paragraph(&mut self, text: &str) {
        self.begin_paragraph();
        self.words(text);
    }

    /// What is explained, already marked up by [`set`] and its like; what explains it follows. Several things may share that.
    pub(super) fn tags(&mut self, tags: &[String]) {
        for (index, tag) in tags.iter().enumerate() {
            self.line(if index == 0 { ".TP" } else { ".TQ" });
            self.line(&guarded(tag.clone()));
        }
    }

    /// A paragraph that belongs to the tag before it.
    pub(super) fn more(&mut self, text: &str) {
        self.line(".IP");
        self.words(text);
    }

    /// The words of a paragraph that has begun.
    pub(super) fn words(&mut self, text: &str) {
        self.marked(&escaped(text));
    }

    /// Words that are marked up already.
    pub(super) fn marked(&mut self, text: &str) {
        let mut line = String::new();
        for word in text.split_whitespace() {
            if !line.is_empty() && line.len() + 1 + word.len() > LINE {
                self.line(&guarded(std::mem::take(&mut line)));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        if !line.is_empty() {
            self.line(&guarded(line));
        }
    }

    /// A paragraph of lines that are marked up already, each on a line of its own.
    pub(super) fn marked_lines(&mut self, lines: &[String]) {
        self.begin_paragraph();
        for (index, line) in lines.iter().enumerate() {
            if index > 0 {
                self.line(".br");
            }
            self.marked(line);
        }
    }

    /// Lines that stay as they are.
    pub(super) fn verbatim(&mut self, lines: &[String]) {
        self.begin_paragraph();
        self.line(".EX");
        for line in lines {
            self.line(&guarded(escaped(line)));
        }
        self.line(".EE");
    }

    /// What follows stands further in, until [`Roff::outdent`].
    pub(super) fn indent(&mut self) {
        self.line(".RS");
    }

    /// Ends [`Roff::indent`].
    pub(super) fn outdent(&mut self) {
        self.line(".RE");
    }

    /// The whole page.
    pub(super) fn finish(self) -> String {
        self.text
    }

    fn begin_paragraph(&mut self) {
        if !self.is_headed {
            self.line(".PP");
        }
    }

    fn line(&mut self, line: &str) {
        self.is_headed = false;
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// Text in a font.
pub(super) fn set(font: Font, text: &str) -> String {
    let text = escaped(text);
    match font {
        Font::Roman => text,
        Font::Bold => format!("\\fB{text}\\fR"),
        Font::Italic => format!("\\fI{text}\\fR"),
    }
}

/// Text in which nothing means anything to roff. A hyphen is one that can be copied into a shell.
pub(super) fn escaped(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\\' => clean.push_str("\\e"),
            '-' => clean.push_str("\\-"),
            '\'' => clean.push_str("\\(aq"),
            '`' => clean.push_str("\\(ga"),
            '^' => clean.push_str("\\(ha"),
            '~' => clean.push_str("\\(ti"),
            '"' => clean.push_str("\\(dq"),
            char if char.is_ascii() => clean.push(char),
            char => {
                // Writing to a String does not fail.
                let _ = write!(clean, "\\[u{:04X}]", u32::from(char));
            }
        }
    }
    clean
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// A line that is no request, whatever it begins with.
fn guarded(line: String) -> String {
    if line.starts_with(['.', '\'']) {
        format!("\\&{line}")
    } else {
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_a_command_to_roff() {
        assert_eq!(
            escaped(r#"a-b \n 'q' "d" …"#),
            r"a\-b \en \(aqq\(aq \(dqd\(dq \[u2026]"
        );
        assert_eq!(guarded(".hidden".to_owned()), "\\&.hidden");
        assert_eq!(set(Font::Bold, "--wait"), "\\fB\\-\\-wait\\fR");
    }
}
