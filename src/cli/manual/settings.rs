//! The page of the settings, out of the commented file that is shipped.

use crate::cli::manual::help::Paragraph;
use crate::cli::manual::roff::{Font, Roff, set};

/// A block of the file: a comment, and the keys below it.
#[derive(Debug, Default)]
struct Block<'a> {
    comment: Vec<&'a str>,
    keys: Vec<&'a str>,
}

/// Writes a part for each table of the file, and an entry for each key. Gives back the words at the head of the file, which
/// are about all of it.
pub(super) fn introduction(file: &str) -> Vec<String> {
    let mut all = blocks(file).into_iter();
    let first = all.next().map(|(_, block)| block).unwrap_or_default();
    paragraphs(&first.comment)
        .into_iter()
        .filter_map(|paragraph| match paragraph {
            Paragraph::Words(words) => Some(words),
            Paragraph::Lines(_) => None,
        })
        .collect()
}

/// The keys with their defaults and comments, table by table.
pub(super) fn write(page: &mut Roff, file: &str) {
    let mut shown = None;
    for (table, block) in blocks(file).into_iter().skip(1) {
        if shown != Some(table) {
            let title = if table.is_empty() {
                "Outside of tables"
            } else {
                table
            };
            page.part(&set(Font::Roman, title));
            shown = Some(table);
        }
        let tags: Vec<String> = block.keys.iter().map(|key| tag(key)).collect();
        page.tags(&tags);
        for (index, paragraph) in paragraphs(&block.comment).into_iter().enumerate() {
            match paragraph {
                Paragraph::Words(words) if index == 0 => page.words(&words),
                Paragraph::Words(words) => page.more(&words),
                Paragraph::Lines(lines) => {
                    page.indent();
                    page.verbatim(&lines);
                    page.outdent();
                }
            }
        }
    }
}

/// Each block with the head of its table, such as `[api]`.
fn blocks(file: &str) -> Vec<(&str, Block<'_>)> {
    let mut found = Vec::new();
    let mut table = "";
    let mut block = Block::default();
    for line in file.lines().chain([""]) {
        match line.strip_prefix('#') {
            Some(comment) if comment.is_empty() || comment.starts_with(' ') => {
                block.comment.push(comment.strip_prefix(' ').unwrap_or(""));
            }
            Some(key) => block.keys.push(key),
            None if line.starts_with('[') => table = line,
            None if block.comment.is_empty() && block.keys.is_empty() => {}
            None => found.push((table, std::mem::take(&mut block))),
        }
    }
    found
}

/// Lines that stand further in are shown as they are.
fn paragraphs(comment: &[&str]) -> Vec<Paragraph> {
    let mut all: Vec<Paragraph> = Vec::new();
    let mut is_new = true;
    for line in comment {
        let inside = line.strip_prefix("    ");
        match (line.is_empty(), inside, all.last_mut()) {
            (true, _, _) => {
                is_new = true;
                continue;
            }
            (_, Some(inside), Some(Paragraph::Lines(lines))) => lines.push(inside.to_owned()),
            (_, Some(inside), _) => all.push(Paragraph::Lines(vec![inside.to_owned()])),
            (_, None, Some(Paragraph::Words(words))) if !is_new => {
                words.push(' ');
                words.push_str(line);
            }
            (_, None, _) => all.push(Paragraph::Words((*line).to_owned())),
        }
        is_new = false;
    }
    all
}

fn tag(key: &str) -> String {
    match key.split_once(" = ") {
        Some((name, default)) => {
            format!("{} = {}", set(Font::Bold, name), set(Font::Roman, default))
        }
        None => set(Font::Bold, key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_default_and_what_is_said_above_it() {
        let file = "# About.\n\n# Where.\n#dir = \"/x\"\n\n[a]\n# Two\n# lines:\n#     b = [\n#     ]\n# After.\n#b = []\n#c = 1\n";
        let mut page = Roff::new("x", 5, "");
        write(&mut page, file);
        let text = page.finish();
        let expected = ".SS \"Outside of tables\"\n.TP\n\\fBdir\\fR = \\(dq/x\\(dq\nWhere.\n.SS \"[a]\"\n.TP\n\\fBb\\fR = []\n.TQ\n\\fBc\\fR = 1\nTwo lines:\n.RS\n.PP\n.EX\nb = [\n]\n.EE\n.RE\n.IP\nAfter.\n";
        assert!(text.ends_with(expected), "{text}");
        assert_eq!(introduction(file), ["About."]);
    }
}
