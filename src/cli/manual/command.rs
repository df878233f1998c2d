//! A command of clap's as parts of a page: how it is written, what it does, its arguments, options, commands and examples.

use clap::builder::StyledStr;
use clap::{Arg, Command};

use crate::cli::manual::help::{Paragraph, take_apart};
use crate::cli::manual::roff::{Font, Roff, set};

/// The commands of a command that people are told of.
pub(super) fn visible(command: &Command) -> impl Iterator<Item = &Command> {
    command
        .get_subcommands()
        .filter(|of| !of.is_hide_set() && of.get_name() != "help")
}

/// How it is written, marked up: names in bold, what they stand for in italics.
pub(super) fn usage(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.strip_prefix("Usage:").unwrap_or(&usage).trim();
    let words: Vec<String> = usage.split_whitespace().map(usage_word).collect();
    words.join(" ")
}

/// `[OPTIONS]`, `<NAME>...`, `--port`, `<on|off>`: signs stay, names of values lose their angle brackets.
fn usage_word(word: &str) -> String {
    let mut marked = String::new();
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let is_sign = |c: char| "[]<>.|".contains(c);
        let length = rest
            .find(|c: char| is_sign(c) != is_sign(first))
            .unwrap_or(rest.len());
        let (piece, after) = rest.split_at(length);
        rest = after;
        if is_sign(first) {
            let signs: String = piece.chars().filter(|c| !"<>".contains(*c)).collect();
            marked += &set(Font::Roman, &signs);
        } else if piece.chars().any(|c| c.is_ascii_uppercase()) {
            marked += &set(Font::Italic, piece);
        } else {
            marked += &set(Font::Bold, piece);
        }
    }
    marked
}

/// What it does: the long words where there are some.
pub(super) fn description(page: &mut Roff, command: &Command) {
    let about = command.get_long_about().or(command.get_about());
    for paragraph in about.map(plain).unwrap_or_default().split("\n\n") {
        if !paragraph.is_empty() {
            page.paragraph(&sentence(&paragraph.replace('\n', " ")));
        }
    }
    if let Some(behind) = command.get_after_help() {
        for paragraph in take_apart(&plain(behind)).paragraphs {
            match paragraph {
                Paragraph::Words(words) => page.paragraph(&words),
                Paragraph::Lines(lines) => page.verbatim(&lines),
            }
        }
    }
    let aliases: Vec<String> = command
        .get_visible_aliases()
        .map(|alias| set(Font::Bold, alias))
        .collect();
    if !aliases.is_empty() {
        page.marked_lines(&[format!("Also: {}.", aliases.join(", "))]);
    }
}

/// The lines of its examples.
pub(super) fn examples(command: &Command) -> Vec<String> {
    let behind = command.get_after_help().map(plain).unwrap_or_default();
    take_apart(&behind).examples
}

/// Its arguments, then its options. Those of every command are on the page of the program alone.
pub(super) fn arguments(page: &mut Roff, command: &Command, is_program: bool) {
    let mine = |arg: &&Arg| !arg.is_hide_set() && (is_program || !arg.is_global_set());
    let has_own_help = |arg: &&Arg| !matches!(arg.get_id().as_str(), "help" | "version");
    for arg in command.get_positionals().filter(mine) {
        page.tags(&[positional(arg)]);
        explain(page, arg);
    }
    let mut options: Vec<&Arg> = command
        .get_arguments()
        .filter(|arg| !arg.is_positional())
        .filter(mine)
        .filter(|arg| is_program || has_own_help(arg))
        .collect();
    options.sort_by_key(|arg| !has_own_help(arg));
    for arg in options {
        page.tags(&[option(arg)]);
        explain(page, arg);
    }
}

/// Whether [`arguments`] would write anything.
pub(super) fn has_arguments(command: &Command) -> bool {
    let of_all = |arg: &Arg| matches!(arg.get_id().as_str(), "help" | "version");
    command
        .get_arguments()
        .any(|arg| !arg.is_hide_set() && !arg.is_global_set() && !of_all(arg))
}

/// A part of the page for each command, and for the commands of these.
pub(super) fn commands(page: &mut Roff, command: &Command) {
    for of in visible(command) {
        page.part(&usage(of));
        description(page, of);
        arguments(page, of, false);
        let lines = examples(of);
        if !lines.is_empty() {
            page.paragraph(if lines.len() == 1 {
                "For example:"
            } else {
                "Examples:"
            });
            page.verbatim(&lines);
        }
        commands(page, of);
    }
}

fn positional(arg: &Arg) -> String {
    let names: Vec<String> = value_names(arg)
        .iter()
        .map(|name| set(Font::Italic, name))
        .collect();
    let dots = if takes_several(arg) { "..." } else { "" };
    format!("{}{dots}", names.join(" "))
}

fn option(arg: &Arg) -> String {
    let short = arg
        .get_short()
        .map(|short| set(Font::Bold, &format!("-{short}")));
    let long = arg
        .get_long()
        .map(|long| set(Font::Bold, &format!("--{long}")));
    let mut tag = [short, long]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ");
    if takes_a_value(arg) {
        for name in value_names(arg) {
            tag += " ";
            tag += &set(Font::Italic, &name);
        }
    }
    tag
}

/// What it is for, its default, its variable, and what can be said.
fn explain(page: &mut Roff, arg: &Arg) {
    let help = arg.get_long_help().or(arg.get_help()).map(plain);
    let mut words = sentence(&help.unwrap_or_default().replace('\n', " "));
    let defaults: Vec<String> = arg
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy().into_owned())
        .collect();
    if takes_a_value(arg) && !defaults.is_empty() && !arg.is_hide_default_value_set() {
        words += &format!(" Without it: {}.", defaults.join(", "));
    }
    let choices = arg.get_possible_values();
    let choices: Vec<_> = choices
        .iter()
        .filter(|choice| !choice.is_hide_set() && takes_a_value(arg))
        .collect();
    let explained = choices.iter().any(|choice| choice.get_help().is_some());
    if !choices.is_empty() && !explained {
        let names: Vec<&str> = choices.iter().map(|choice| choice.get_name()).collect();
        words += &format!(" One of: {}.", names.join(", "));
    }
    if let Some(variable) = arg.get_env() {
        words += &format!(
            " The variable {} says the same.",
            variable.to_string_lossy()
        );
    }
    page.words(words.trim_start());
    if explained {
        page.indent();
        for choice in choices {
            page.tags(&[set(Font::Bold, choice.get_name())]);
            page.words(&sentence(&choice.get_help().map(plain).unwrap_or_default()));
        }
        page.outdent();
    }
}

fn value_names(arg: &Arg) -> Vec<String> {
    match arg.get_value_names() {
        Some(names) if !names.is_empty() => names.iter().map(ToString::to_string).collect(),
        _ => vec![arg.get_id().as_str().to_uppercase()],
    }
}

fn takes_a_value(arg: &Arg) -> bool {
    arg.get_action().takes_values()
}

fn takes_several(arg: &Arg) -> bool {
    arg.get_num_args()
        .is_some_and(|count| count.max_values() > 1)
}

pub(super) fn plain(text: &StyledStr) -> String {
    text.to_string()
}

/// With the full stop that help does without.
fn sentence(words: &str) -> String {
    let words = words.trim();
    if words.is_empty() || words.ends_with(['.', ':', '!', '?']) {
        words.to_owned()
    } else {
        format!("{words}.")
    }
}
