//! What goes to standard output: tables for people, JSON for programs.
//!
//! Everything is written through a handle whose errors are looked at, so that a full disk is noticed and a reader that
//! left is not. Text from the daemon is shown without its control characters: a BMC's words must not move the cursor.

use std::io::{self, IsTerminal as _, Write as _};

use comfy_table::{
    Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Table, Width, presets,
};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::cli::exit::CliError;
use crate::cli::text::{harmless, plain, shown};

/// How output looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// JSON instead of tables.
    pub(crate) json: bool,
    /// Only identifiers, and no words about progress.
    pub(crate) quiet: bool,
    /// The columns of the terminal, where standard output is one.
    pub(crate) width: Option<u16>,
    /// Colours may be used there.
    pub(crate) color: bool,
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// Its title.
    pub(crate) head: &'static str,
    /// The field that it shows, as a JSON pointer.
    pub(crate) pointer: &'static str,
    /// How it shows it.
    pub(crate) show: fn(&Value) -> String,
    /// Of the columns that do not fit a terminal the one with the highest number goes first; zero stays.
    pub(crate) spare: u8,
}

impl Column {
    /// A column that shows a field as it is.
    pub(crate) const fn new(head: &'static str, pointer: &'static str) -> Self {
        Self {
            head,
            pointer,
            show: plain,
            spare: 0,
        }
    }

    /// The same column, left out of a narrow terminal, the higher `rank` first.
    pub(crate) const fn spare(mut self, rank: u8) -> Self {
        self.spare = rank;
        self
    }

    /// What it shows of an entry: one line, whatever is in it.
    fn text(&self, entry: &Value) -> String {
        let value = entry.pointer(self.pointer).unwrap_or(&Value::Null);
        harmless(&(self.show)(value)).replace('\n', " ")
    }

    /// The columns of the terminal that the longest word takes, of its title or of an entry.
    fn longest_word(&self, entries: &[Value]) -> usize {
        let longest = |text: &str| {
            text.split(' ')
                .map(UnicodeWidthStr::width)
                .max()
                .unwrap_or(0)
        };
        let of_entries = entries.iter().map(|entry| longest(&self.text(entry)));
        of_entries.max().unwrap_or(0).max(longest(self.head))
    }

    /// The same column, shown by `show`.
    pub(crate) const fn shown_by(mut self, show: fn(&Value) -> String) -> Self {
        self.show = show;
        self
    }
}

impl Output {
    /// For standard output as it is.
    pub(crate) fn new(json: bool, quiet: bool, no_color: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        Self {
            json,
            quiet,
            width: terminal.then(|| terminal_width(&Table::new())),
            color: terminal && !no_color,
        }
    }

    /// Whether a table will be shown, so that it is worth looking up names for it.
    pub(crate) fn is_for_people(self) -> bool {
        !self.json && !self.quiet
    }

    /// A sentence for people; programs and `--quiet` do without.
    pub(crate) fn say(self, text: &str) -> Result<(), CliError> {
        if self.is_for_people() {
            self.line(&harmless(text))
        } else {
            Ok(())
        }
    }

    /// A line, whoever reads it.
    pub(crate) fn line(self, text: &str) -> Result<(), CliError> {
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{text}")
            .and_then(|()| stdout.flush())
            .map_err(CliError::Output)
    }

    /// A whole text that ends its last line itself.
    pub(crate) fn text(self, text: &str) -> Result<(), CliError> {
        let mut stdout = io::stdout().lock();
        stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush())
            .map_err(CliError::Output)
    }

    /// JSON, pretty on a terminal.
    pub(crate) fn json(self, value: &Value) -> Result<(), CliError> {
        let text = if self.width.is_some() {
            format!("{value:#}")
        } else {
            value.to_string()
        };
        self.line(&text)
    }

    /// One entry of a list that is not complete yet, on a line of its own: its JSON, or its identifier.
    pub(crate) fn entry(self, entry: &Value) -> Result<(), CliError> {
        if self.json {
            self.line(&entry.to_string())
        } else {
            self.line(&identifier(entry))
        }
    }

    /// A list: the array, the identifiers, or a table.
    pub(crate) fn list(
        self,
        entries: Vec<Value>,
        columns: &[Column],
        plural: &str,
    ) -> Result<(), CliError> {
        if self.json {
            return self.json(&Value::Array(entries));
        }
        if self.quiet {
            let lines: Vec<String> = entries.iter().map(identifier).collect();
            return if lines.is_empty() {
                Ok(())
            } else {
                self.line(&lines.join("\n"))
            };
        }
        if entries.is_empty() {
            complain(&format!("no {plural} found"));
            return Ok(());
        }
        self.line(&self.fitted(&entries, columns).trim_fmt())
    }

    /// The table, as far as the terminal has room.
    fn fitted(self, entries: &[Value], columns: &[Column]) -> Table {
        let mut columns = columns.to_vec();
        let mut table = self.table(entries, &columns);
        while let Some(width) = self.width
            && width_of(&table) > usize::from(width)
            && drop_a_spare(&mut columns)
        {
            table = self.table(entries, &columns);
        }
        if let Some(width) = self.width
            && least_width(entries, &columns) > usize::from(width)
        {
            table = self.cards(entries, &columns);
        }
        table
    }

    /// For a terminal in which no line of a table fits: the columns of an entry below each other, and then the next entry.
    fn cards(self, entries: &[Value], columns: &[Column]) -> Table {
        let mut table = self.empty_table();
        for (index, entry) in entries.iter().enumerate() {
            if index > 0 {
                table.add_row(["", ""]);
            }
            for column in columns {
                let head = Cell::new(column.head).add_attribute(Attribute::Bold);
                table.add_row([head, tinted(&column.text(entry))]);
            }
        }
        for column in table.column_iter_mut() {
            column.set_padding(PADDING);
        }
        // The heads are read first, so they are not broken.
        if let Some(heads) = table.column_mut(0) {
            heads.set_constraint(ColumnConstraint::ContentWidth);
        }
        table
    }

    fn table(self, entries: &[Value], columns: &[Column]) -> Table {
        let mut table = self.empty_table();
        let head = |column: &Column| Cell::new(column.head).add_attribute(Attribute::Bold);
        table.set_header(columns.iter().map(head));
        for entry in entries {
            table.add_row(columns.iter().map(|column| tinted(&column.text(entry))));
        }
        for (index, column) in columns.iter().enumerate() {
            if let Some(shown) = table.column_mut(index) {
                let is_last = index + 1 == columns.len();
                let padding = if is_last { (0, 0) } else { PADDING };
                shown.set_padding(padding);
                shown.set_constraint(if column.pointer == "/uuid" {
                    ColumnConstraint::ContentWidth
                } else {
                    // Lines are broken between words. What is around them counts as well.
                    let least = column.longest_word(entries) + usize::from(padding.0 + padding.1);
                    let least = u16::try_from(least).unwrap_or(u16::MAX);
                    ColumnConstraint::LowerBoundary(Width::Fixed(least))
                });
            }
        }
        table
    }

    /// One thing: its JSON, its identifier, or its fields below each other in this order, then those that are not named.
    pub(crate) fn show(
        self,
        entry: &Value,
        order: &[&str],
        special: fn(&str, &Value) -> Option<String>,
    ) -> Result<(), CliError> {
        if self.json {
            return self.json(entry);
        }
        if self.quiet {
            return self.line(&identifier(entry));
        }
        let mut table = self.empty_table();
        for (field, value) in in_order(entry, order) {
            let text = special(field, value).unwrap_or_else(|| shown(field, value));
            let name = Cell::new(field.replace('_', " ")).add_attribute(Attribute::Bold);
            table.add_row([name, tinted(&harmless(&text))]);
        }
        for column in table.column_iter_mut() {
            column.set_padding(PADDING);
        }
        self.line(&table.trim_fmt())
    }

    fn empty_table(self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        // The width and the colours are decided here and not by what the table finds out by itself.
        table.force_no_tty();
        match self.width {
            Some(width) => {
                table.set_content_arrangement(ContentArrangement::Dynamic);
                table.set_width(width);
            }
            None => {
                table.set_content_arrangement(ContentArrangement::Disabled);
            }
        }
        if self.color {
            table.enforce_styling();
        }
        table
    }
}

/// The space around a column but the last: none before it, two behind.
const PADDING: (u16, u16) = (0, 2);

/// The columns of the terminal that `table` would go to. Some terminals know nothing and say zero.
pub(crate) fn terminal_width(table: &Table) -> u16 {
    match table.width() {
        Some(width) if width > 0 => width.max(40),
        _ => 80,
    }
}

/// How wide a table has to be so that no word is broken.
fn least_width(entries: &[Value], columns: &[Column]) -> usize {
    let padding = usize::from(PADDING.0 + PADDING.1);
    let words = columns.iter().map(|column| column.longest_word(entries));
    words.sum::<usize>() + padding * columns.len().saturating_sub(1)
}

/// How wide the table would like to be.
fn width_of(table: &Table) -> usize {
    let padding = usize::from(PADDING.0 + PADDING.1);
    let columns = table.column_max_content_widths();
    let content: usize = columns.iter().map(|width| usize::from(*width)).sum();
    content + padding * columns.len().saturating_sub(1)
}

fn drop_a_spare(columns: &mut Vec<Column>) -> bool {
    let rank = columns.iter().map(|column| column.spare).max();
    let before = columns.len();
    columns.retain(|column| column.spare == 0 || Some(column.spare) != rank);
    columns.len() < before
}

/// Words for people on standard error. An error there has nowhere to be told.
pub(crate) fn complain(text: &str) {
    writeln!(io::stderr().lock(), "ostler: {}", harmless(text)).ok();
}

/// `links` are for programs.
fn in_order<'a>(entry: &'a Value, order: &[&'a str]) -> Vec<(&'a str, &'a Value)> {
    let Some(fields) = entry.as_object() else {
        return vec![("answer", entry)];
    };
    let named = order
        .iter()
        .filter_map(|name| fields.get_key_value(*name))
        .map(|(name, value)| (name.as_str(), value));
    let others = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value))
        .filter(|(name, _)| *name != "links" && !order.contains(name));
    named.chain(others).collect()
}

fn identifier(entry: &Value) -> String {
    let of = |field: &str| entry.get(field).and_then(Value::as_str);
    of("uuid")
        .or_else(|| of("name"))
        .or_else(|| of("project_id"))
        .map_or_else(|| plain(entry), str::to_owned)
}

/// What a word means to somebody who looks over many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// As it should be.
    Good,
    /// Somebody should look.
    Bad,
    /// On its way, or not known.
    Busy,
}

/// The mood of a state, of whatever kind; most words have none.
pub(crate) fn mood(word: &str) -> Option<Mood> {
    match word {
        "active" | "power on" | "done" | "good" => Some(Mood::Good),
        "error" | "failed" | "unreachable" | "bad credentials" | "locked out" => Some(Mood::Bad),
        "building" | "deleting" | "unknown" | "rebooting" | "queued" | "observing" | "issued"
        | "waiting" | "slow" | "sessions full" => Some(Mood::Busy),
        _ => None,
    }
}

fn tinted(text: &str) -> Cell {
    let cell = Cell::new(text);
    match mood(text) {
        Some(Mood::Good) => cell.fg(Color::DarkGreen),
        Some(Mood::Bad) => cell.fg(Color::DarkRed),
        Some(Mood::Busy) => cell.fg(Color::DarkYellow),
        None => cell,
    }
}

#[cfg(test)]
mod tests;
