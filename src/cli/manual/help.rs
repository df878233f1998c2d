//! What stands behind the options in a command's help: words, examples, and a table that the page makes by itself.

/// The parts of such a text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Behind {
    /// Paragraphs, each on one line.
    pub(super) paragraphs: Vec<String>,
    /// The lines of the examples, without the space before them.
    pub(super) examples: Vec<String>,
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
            ("", Block::Words) if !words.is_empty() => {
                behind.paragraphs.push(words.join(" "));
                words.clear();
            }
            ("", _) => block = Block::Words,
            ("Examples:", _) => block = Block::Examples,
            ("Exit codes:", _) => block = Block::ExitCodes,
            (_, Block::Examples) => {
                let line = line.strip_prefix("  ").unwrap_or(line);
                behind.examples.push(line.to_owned());
            }
            (_, Block::Words) => words.push(line.trim()),
            (_, Block::ExitCodes) => {}
        }
    }
    behind
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_examples_and_exit_codes_are_told_apart() {
        let text =
            "One\ntwo.\n\nExamples:\n  a b \\\n      c\n  d\n\nExit codes:\n  0 done\n\nThree.";
        let expected = Behind {
            paragraphs: vec!["One two.".to_owned(), "Three.".to_owned()],
            examples: vec!["a b \\".to_owned(), "    c".to_owned(), "d".to_owned()],
        };
        assert_eq!(take_apart(text), expected);
    }
}
