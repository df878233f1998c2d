//! The examples of the help as command lines, so that tests can have the program read them.

use clap::Command;

use crate::cli::manual::command::{examples, visible};

/// The command lines in the examples of this command and of those below it.
pub(crate) fn every_command_of(command: &Command) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = examples(command)
        .join("\n")
        .replace("\\\n", " ")
        .lines()
        .flat_map(commands_in)
        .collect();
    all.extend(visible(command).flat_map(every_command_of));
    all
}

/// The commands of ours in a line, without what is around them: pipes, redirections, variables, remarks.
fn commands_in(line: &str) -> Vec<Vec<String>> {
    let words = words(line);
    let commands = words.split(|word| matches!(word.as_str(), "|" | "||" | "&&" | ";" | ")"));
    commands
        .map(|command| {
            let is_variable = |word: &&String| word.contains('=') && !word.starts_with('-');
            let is_word = |word: &&String| !matches!(word.as_str(), ">" | "<" | "&");
            let command = command.iter().skip_while(is_variable);
            command.take_while(is_word).cloned().collect()
        })
        .filter(|command: &Vec<String>| {
            matches!(
                command.first().map(String::as_str),
                Some("ostler" | "ostlerd")
            )
        })
        .collect()
}

/// The words of a line, as far as our examples need a shell. A remark stands behind several spaces.
fn words(line: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut spaces = 0;
    for char in line.trim().chars() {
        match (char, quote) {
            (c, Some(q)) if c == q => quote = None,
            (c, Some(_)) => word.push(c),
            ('\'' | '"', None) => quote = Some(char),
            (' ', None) => {
                spaces += 1;
                if !word.is_empty() {
                    all.push(std::mem::take(&mut word));
                }
                continue;
            }
            // Not where a line goes on: that begins with an option.
            (c, None) if spaces > 2 && c != '-' => return all,
            (';' | '(' | ')', None) => {
                all.extend([std::mem::take(&mut word), char.to_string()]);
                all.retain(|word| !word.is_empty());
            }
            (c, None) => word.push(c),
        }
        spaces = 0;
    }
    if !word.is_empty() {
        all.push(word);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_shell_gives_its_commands() {
        let line = "(umask 077; OSTLER_URL=x ostler -q a 'b c'      --wait > f) || ostlerd demo      see it";
        assert_eq!(
            commands_in(line),
            [
                vec!["ostler", "-q", "a", "b c", "--wait"],
                vec!["ostlerd", "demo"]
            ]
        );
    }
}
