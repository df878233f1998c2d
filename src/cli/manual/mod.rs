//! The manual: pages for `man`, made from the same source as `--help`, and from the commented file of settings.
//!
//! A page for the program and one for each of its commands; in each what the commands have to say for themselves, and the
//! codes, variables and files that hold for all of them. `ostlerd generate` writes them.

mod command;
#[cfg(test)]
pub(crate) mod examples;
mod help;
mod roff;
mod settings;
mod words;

use clap::{Command, CommandFactory as _};

use crate::cli::Cli;
use crate::cli::exit::Exit;
use crate::cli::manual::command::{
    arguments, commands, description, examples, has_arguments, plain, usage, visible,
};
use crate::cli::manual::roff::{Font, Roff, set};
use crate::cli::manual::words::{
    DAEMON_ENVIRONMENT, DAEMON_EXITS, DAEMON_FILES, ENVIRONMENT, FILES, SETTINGS_FILES, SIGNALS,
};

/// A page, as roff.
#[derive(Debug)]
pub struct Page {
    /// The name of its file: `ostler-node.1`.
    pub file: String,
    /// What is in it.
    pub text: String,
}

/// The shipped file of settings, in which every key stands with its default and what it is for.
const SETTINGS: &str = include_str!("../../../packaging/ostler.toml");

/// The pages of `ostler`, `ostlerd` and `ostler.toml`. `daemon` is the command line of `ostlerd`, `date` the day that they are
/// of, such as 2026-11-24, or nothing.
pub fn pages(daemon: Command, date: &str) -> Vec<Page> {
    let mut ostler = Cli::command();
    ostler.build();
    let mut pages = vec![program(&ostler, date)];
    pages.extend(visible(&ostler).map(|of| one_command(&ostler, of, date)));
    pages.push(daemon_page(daemon, date));
    pages.push(settings_page(date));
    pages
}

fn program(ostler: &Command, date: &str) -> Page {
    let mut page = begin("ostler", 1, ostler, date);
    page.section("description");
    description(&mut page, ostler);
    page.section("commands");
    for of in visible(ostler) {
        page.tags(&[format!(
            "{} {}",
            set(Font::Bold, "ostler"),
            set(Font::Bold, of.get_name())
        )]);
        let names: Vec<&str> = visible(of).map(Command::get_name).collect();
        let about = of.get_about().map(plain).unwrap_or_default();
        page.words(&match names.as_slice() {
            [] => format!("{about}."),
            [name] => format!("{about}. Its command: {name}."),
            names => format!("{about}. Its commands: {}.", names.join(", ")),
        });
        page.marked(&format!("See {}.", page_of(ostler, of)));
    }
    page.section("options of every command");
    arguments(&mut page, ostler, true);
    show_examples(&mut page, ostler);
    exit_status(&mut page);
    listed(&mut page, "environment", ENVIRONMENT);
    listed(&mut page, "files", FILES);
    let others = visible(ostler).map(|of| page_of(ostler, of));
    see_also(&mut page, others.chain(daemon_pages()));
    Page {
        file: "ostler.1".to_owned(),
        text: page.finish(),
    }
}

/// The page of `ostler node`, with all that begins so.
fn one_command(ostler: &Command, of: &Command, date: &str) -> Page {
    let name = format!("{}-{}", ostler.get_name(), of.get_name());
    let mut page = begin(&name, 1, of, date);
    page.section("description");
    description(&mut page, of);
    if has_arguments(of) {
        page.section("options");
        arguments(&mut page, of, false);
    }
    page.marked_lines(&[format!(
        "The options of every command, such as {} and {}, are in {}.",
        set(Font::Bold, "--json"),
        set(Font::Bold, "--url"),
        reference("ostler", 1)
    )]);
    if visible(of).next().is_some() {
        page.section("commands");
        commands(&mut page, of);
    }
    show_examples(&mut page, of);
    exit_status(&mut page);
    listed(&mut page, "environment", ENVIRONMENT);
    see_also(
        &mut page,
        [reference("ostler", 1)].into_iter().chain(daemon_pages()),
    );
    Page {
        file: format!("{name}.1"),
        text: page.finish(),
    }
}

fn daemon_page(mut daemon: Command, date: &str) -> Page {
    daemon.build();
    let mut page = begin("ostlerd", 8, &daemon, date);
    page.section("description");
    description(&mut page, &daemon);
    page.section("options");
    arguments(&mut page, &daemon, true);
    page.section("commands");
    commands(&mut page, &daemon);
    show_examples(&mut page, &daemon);
    listed(&mut page, "signals", SIGNALS);
    listed(&mut page, "exit status", DAEMON_EXITS);
    listed(&mut page, "environment", DAEMON_ENVIRONMENT);
    listed(&mut page, "files", DAEMON_FILES);
    see_also(
        &mut page,
        [
            reference("ostler", 1),
            reference("ostler.toml", 5),
            reference("systemd.service", 5),
            reference("journalctl", 1),
        ],
    );
    Page {
        file: "ostlerd.8".to_owned(),
        text: page.finish(),
    }
}

fn settings_page(date: &str) -> Page {
    let mut page = Roff::new("ostler.toml", 5, date);
    page.section("name");
    page.words("ostler.toml - settings of ostlerd");
    page.section("synopsis");
    let files: Vec<String> = SETTINGS_FILES
        .iter()
        .map(|(file, _)| set(Font::Roman, file))
        .collect();
    page.marked_lines(&files);
    page.section("description");
    for paragraph in settings::introduction(SETTINGS) {
        page.paragraph(&paragraph);
    }
    page.section("keys");
    settings::write(&mut page, SETTINGS);
    page.section("examples");
    page.paragraph("Serve TLS to other machines, and read the power every half minute:");
    let lines = words::SETTINGS_EXAMPLE
        .lines()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    page.verbatim(&lines);
    listed(&mut page, "files", SETTINGS_FILES);
    see_also(&mut page, [reference("ostlerd", 8), reference("ostler", 1)]);
    Page {
        file: "ostler.toml.5".to_owned(),
        text: page.finish(),
    }
}

/// The head, the name and how it is written.
fn begin(name: &str, section: u8, command: &Command, date: &str) -> Roff {
    let mut page = Roff::new(name, section, date);
    page.section("name");
    let about = command.get_about().map(plain).unwrap_or_default();
    let about = about.trim_end_matches('.');
    page.words(&format!("{name} - {}", in_a_sentence(about)));
    page.section("synopsis");
    let mut ways: Vec<String> = visible(command)
        .filter(|_| command.is_subcommand_required_set())
        .filter(|_| section == 1 && name != "ostler")
        .map(usage)
        .collect();
    if ways.is_empty() {
        ways.push(usage(command));
    }
    page.marked_lines(&ways);
    page
}

/// Small, as inside of a sentence, unless it is an abbreviation.
fn in_a_sentence(words: &str) -> String {
    let mut chars = words.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => words.to_owned(),
    }
}

fn show_examples(page: &mut Roff, command: &Command) {
    let lines = examples(command);
    if !lines.is_empty() {
        page.section("examples");
        page.verbatim(&lines);
    }
}

fn exit_status(page: &mut Roff) {
    page.section("exit status");
    for exit in Exit::ALL {
        page.tags(&[set(Font::Bold, &(exit as u8).to_string())]);
        page.words(exit.meaning());
    }
}

fn listed(page: &mut Roff, title: &str, entries: &[(&str, &str)]) {
    page.section(title);
    for (name, words) in entries {
        page.tags(&[set(Font::Bold, name)]);
        page.words(words);
    }
}

fn see_also(page: &mut Roff, pages: impl IntoIterator<Item = String>) {
    page.section("see also");
    let pages: Vec<String> = pages.into_iter().collect();
    page.marked(&pages.join(", "));
    page.paragraph(
        "The HTTP API and the daily work with Ostler are described in /usr/share/doc/ostler.",
    );
}

fn daemon_pages() -> [String; 2] {
    [reference("ostlerd", 8), reference("ostler.toml", 5)]
}

fn page_of(ostler: &Command, of: &Command) -> String {
    let name = format!("{}-{}", ostler.get_name(), of.get_name());
    reference(&name, 1)
}

fn reference(name: &str, section: u8) -> String {
    format!("{}({section})", set(Font::Bold, name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::Parser as _;

    use super::*;
    use crate::cli::manual::examples::every_command_of;

    #[test]
    fn every_variable_that_is_read_is_explained() {
        let ostler = Cli::command();
        let read: BTreeSet<&str> = ostler
            .get_arguments()
            .filter_map(|arg| arg.get_env()?.to_str())
            .collect();
        let explained: BTreeSet<&str> = ENVIRONMENT.iter().map(|(name, _)| *name).collect();
        assert_eq!(read, explained);
    }

    #[test]
    fn every_example_is_understood_by_the_program() {
        let all = every_command_of(&Cli::command());
        assert!(all.len() > 40, "{all:?}");
        for args in all {
            let parsed = Cli::try_parse_from(&args);
            assert!(parsed.is_ok(), "{args:?}: {}", parsed.unwrap_err());
        }
    }

    /// Words are wrapped by clap; an example that is would be another command. In a page it stands five columns further in.
    #[test]
    fn examples_fit_a_terminal_of_eighty_columns() {
        fn look(command: &Command) {
            let behind = command.get_after_help().map(plain).unwrap_or_default();
            for line in examples(command) {
                assert!(line.len() <= 73, "{}: {line}", command.get_name());
            }
            for line in behind.lines().filter(|line| line.starts_with(' ')) {
                assert!(line.len() <= 80, "{}: {line}", command.get_name());
            }
            command.get_subcommands().for_each(look);
        }
        look(&Cli::command());
    }

    #[test]
    fn abbreviations_stay_large_inside_a_sentence() {
        assert_eq!(in_a_sentence("Nodes: the machines"), "nodes: the machines");
        assert_eq!(in_a_sentence("BMCs: look"), "BMCs: look");
    }
}
