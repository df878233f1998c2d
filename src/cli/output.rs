//! What goes to standard output: tables for people, JSON for programs.
//!
//! Everything is written through a handle whose errors are looked at, so that a full disk is noticed and a reader that
//! left is not. Text from the daemon is shown without its control characters: a BMC's words must not move the cursor.

use std::io::{self, IsTerminal as _, Write as _};

use comfy_table::{
    Attribute, Cell, Color, ColumnConstraint, ContentArrangement, LineStyle, Table, presets,
};
use serde_json::Value;

use crate::cli::exit::CliError;
use crate::cli::text::{NOTHING, harmless, plain, shown};

/// How output looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// JSON instead of tables.
    pub(crate) json: bool,
    /// Only identifiers, and no words about progress.
    pub(crate) quiet: bool,
    /// Standard output is a terminal.
    terminal: bool,
    /// Colours may be used there.
    color: bool,
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
}

impl Column {
    /// A column that shows a field as it is.
    pub(crate) const fn new(head: &'static str, pointer: &'static str) -> Self {
        Self {
            head,
            pointer,
            show: plain,
        }
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
            terminal,
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

    /// JSON, pretty on a terminal.
    pub(crate) fn json(self, value: &Value) -> Result<(), CliError> {
        let text = if self.terminal {
            format!("{value:#}")
        } else {
            value.to_string()
        };
        self.line(&text)
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
            complain(&format!("there are no {plural}"));
            return Ok(());
        }
        self.line(&self.table(&entries, columns).trim_fmt())
    }

    fn table(self, entries: &[Value], columns: &[Column]) -> Table {
        let mut table = self.empty_table();
        if self.terminal {
            let line = LineStyle::none().fill('─').junction('─');
            table.style_mut().header_separator = line;
        }
        let head = |column: &Column| Cell::new(column.head).add_attribute(Attribute::Bold);
        table.set_header(columns.iter().map(head));
        for entry in entries {
            table.add_row(columns.iter().map(|column| {
                let value = entry.pointer(column.pointer).unwrap_or(&Value::Null);
                tinted(&harmless(&(column.show)(value)))
            }));
        }
        for (index, column) in columns.iter().enumerate() {
            if let Some(shown) = table.column_mut(index) {
                shown.set_padding((0, 2));
                if column.pointer == "/uuid" {
                    shown.set_constraint(ColumnConstraint::ContentWidth);
                }
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
            column.set_padding((0, 2));
        }
        self.line(&table.trim_fmt())
    }

    fn empty_table(self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        if self.terminal {
            table.set_content_arrangement(ContentArrangement::Dynamic);
        } else {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
        if self.color {
            table.enforce_styling();
        } else if !self.terminal {
            table.force_no_tty();
        }
        table
    }
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
        .map_or_else(|| plain(entry), str::to_owned)
}

fn tinted(text: &str) -> Cell {
    let cell = Cell::new(text);
    match text {
        "active" | "power on" | "done" => cell.fg(Color::Green),
        "error" | "failed" => cell.fg(Color::Red),
        "building" | "deleting" | "unknown" | "rebooting" | "queued" | "observing" | "issued"
        | "waiting" => cell.fg(Color::Yellow),
        NOTHING | "power off" => cell.fg(Color::DarkGrey),
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::text::power;
    use serde_json::json;

    const PIPED: Output = Output {
        json: false,
        quiet: false,
        terminal: false,
        color: false,
    };

    #[test]
    fn a_piped_table_is_plain_and_aligned() {
        let entries = [
            json!({"name": "a", "power_state": "power on"}),
            json!({"name": "longer", "power_state": null}),
        ];
        let columns = [
            Column::new("NAME", "/name"),
            Column::new("POWER", "/power_state").shown_by(power),
        ];
        assert_eq!(
            PIPED.table(&entries, &columns).trim_fmt(),
            "NAME    POWER\na       power on\nlonger  unknown"
        );
    }

    #[test]
    fn only_a_terminal_that_wants_it_gets_colour() {
        let entries = [json!({"status": "active"})];
        let columns = [Column::new("STATUS", "/status")];
        assert!(
            !PIPED
                .table(&entries, &columns)
                .to_string()
                .contains('\u{1b}')
        );
        let colored = Output {
            terminal: true,
            color: true,
            ..PIPED
        };
        assert!(
            colored
                .table(&entries, &columns)
                .to_string()
                .contains('\u{1b}')
        );
    }

    #[test]
    fn fields_come_in_the_order_that_people_read_and_none_but_links_is_lost() {
        let entry = json!({"uuid": "u", "name": "n", "links": [], "new_field": 1});
        let order: Vec<&str> = in_order(&entry, &["name", "uuid"])
            .into_iter()
            .map(|(field, _)| field)
            .collect();
        assert_eq!(order, ["name", "uuid", "new_field"]);
    }
}
