//! What stands behind the options in a command's help: words, examples, and a table that the page makes by itself.

/// The parts of such a text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Behind {
    /// What is said.
    pub(super) paragraphs: Vec<Paragraph>,
    /// The lines of the examples, without the space before them.
    pub(super) examples: Vec<String>,
}

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Paragraph {
    /// Words, on one line.
    Words(String),
    /// Lines that stay as they are, such as a list.
    Lines(Vec<String>),
}

/// What a block of lines is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    Words,
    Examples,
    /// A page has its own.
    ExitCodes,
}

/// Takes the text apart. A block ends with an empty line; its first line may be its title.
pub(super) fn take_apart(text: &str) -> Behind {
    let mut behind = Behind::default();
    let mut block = Block::Words;
    let mut words: Vec<&str> = Vec::new();
    for line in text.lines().chain([""]) {
        match (line, block) {
            ("", Block::Words) => behind.words(&mut words),
            ("", _) => block = Block::Words,
            ("Examples:", _) => block = Block::Examples,
            ("Exit codes:", _) => block = Block::ExitCodes,
            (_, Block::Examples) => {
                let line = line.strip_prefix("  ").unwrap_or(line);
                behind.examples.push(line.to_owned());
            }
            (line, Block::Words) if line.starts_with("  ") => {
                behind.words(&mut words);
                behind.line(line);
            }
            (_, Block::Words) => words.push(line.trim()),
            (_, Block::ExitCodes) => {}
        }
    }
    behind
}

impl Behind {
    /// Ends a paragraph, where one has begun.
    fn words(&mut self, words: &mut Vec<&str>) {
        if !words.is_empty() {
            self.paragraphs.push(Paragraph::Words(words.join(" ")));
            words.clear();
        }
    }

    fn line(&mut self, line: &str) {
        let line = line.trim_start().to_owned();
        match self.paragraphs.last_mut() {
            Some(Paragraph::Lines(lines)) => lines.push(line),
            _ => self.paragraphs.push(Paragraph::Lines(vec![line])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_examples_and_exit_codes_are_told_apart() {
        let text = "One\ntwo:\n  a  1\n  b  2\n\nExamples:\n  a b \\\n      c\n  d\n\nExit codes:\n  0 done\n\nThree.";
        let expected = Behind {
            paragraphs: vec![
                Paragraph::Words("One two:".to_owned()),
                Paragraph::Lines(vec!["a  1".to_owned(), "b  2".to_owned()]),
                Paragraph::Words("Three.".to_owned()),
            ],
            examples: vec!["a b \\".to_owned(), "    c".to_owned(), "d".to_owned()],
        };
        assert_eq!(take_apart(text), expected);
    }
}
