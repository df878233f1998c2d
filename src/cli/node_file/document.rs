//! The nodes of a file, whatever its format and whoever wrote it.

use std::io::Read as _;
use std::path::Path;
use std::{fs, io};

use clap::ValueEnum;

use super::draft::{Draft, Entry, Ignored};
use super::problem::{Problem, Problems};
use super::tree::{Kind, Tree};
use super::{instackenv, ironic, native, table, tree};
use crate::cli::exit::CliError;

/// The most that is read. Ten thousand nodes are some 6 MB.
const MOST_BYTES: u64 = 64 << 20;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// YAML
    Yaml,
    /// JSON
    Json,
    /// Comma-separated values, the first line has the names of the columns
    Csv,
}

/// What a file says.
#[derive(Default)]
pub(super) struct Document {
    /// Its nodes, in its order.
    pub(super) entries: Vec<Entry>,
    /// Keys that mean nothing here, and of how many nodes.
    pub(super) ignored: Ignored,
}

/// The text of a file, or of standard input for `-`.
///
/// # Errors
///
/// [`CliError::File`] where it cannot be read, is no UTF-8 or is too large.
pub(super) fn text_of(file: &str) -> Result<String, CliError> {
    let read = |from: &mut dyn io::Read| {
        let mut text = String::new();
        from.take(MOST_BYTES + 1).read_to_string(&mut text)?;
        if text.len() as u64 > MOST_BYTES {
            let problem = format!("it is larger than {} MiB: split it", MOST_BYTES >> 20);
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        }
        Ok(text)
    };
    let text = if file == "-" {
        read(&mut io::stdin().lock())
    } else {
        fs::File::open(file).and_then(|mut open| read(&mut open))
    };
    text.map_err(|source| CliError::File {
        path: file.into(),
        source,
    })
}

/// By its name; YAML where that does not tell, which JSON is a part of.
pub(super) fn format_of(file: &str) -> Format {
    let extension = Path::new(file).extension().and_then(|end| end.to_str());
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("csv" | "tsv") => Format::Csv,
        Some("json") => Format::Json,
        _ => Format::Yaml,
    }
}

/// Reads the nodes of a text. What is wrong is added to the problems; the rest is read all the same.
pub(super) fn read(text: &str, format: Format, problems: &mut Problems) -> Document {
    let mut document = Document::default();
    let root = match format {
        Format::Yaml | Format::Json => tree::parse(text),
        Format::Csv => table::parse(text, problems),
    };
    match root {
        Ok(root) => document.take_all(&root, problems),
        Err(problem) => problems.add(problem),
    }
    document
}

impl Document {
    fn take_all(&mut self, root: &Tree, problems: &mut Problems) {
        match &root.kind {
            Kind::List(_) => self.take_list(root, "the file", problems),
            Kind::Map(_) if is_node(root) => self.take(root, problems),
            Kind::Map(members) => {
                for member in members {
                    match member.key.as_str() {
                        "nodes" => self.take_list(&member.value, "nodes", problems),
                        "chassis" => self.take_chassis(&member.value, problems),
                        "nodes_links" => {}
                        anchors if anchors.starts_with("x-") => {}
                        other => {
                            let text = format!(
                                "{other} is no known key: known are nodes and chassis; what only holds anchors begins with x-"
                            );
                            problems.add(Problem::at(member.at, text));
                        }
                    }
                }
            }
            Kind::Scalar { .. } => problems.add(Problem::at(
                root.at,
                "has no nodes in it: write a list of nodes, or one below the key nodes",
            )),
        }
    }

    fn take_list(&mut self, list: &Tree, what: &str, problems: &mut Problems) {
        match &list.kind {
            Kind::List(nodes) => {
                for node in nodes {
                    self.take(node, problems);
                }
            }
            _ if list.is_null() => {}
            Kind::Scalar { .. } | Kind::Map(_) => {
                let text = format!("{what} must be a list of nodes");
                problems.add(Problem::at(list.at, text));
            }
        }
    }

    /// Ironic's create files may have nodes in their chassis.
    fn take_chassis(&mut self, chassis: &Tree, problems: &mut Problems) {
        let Kind::List(all) = &chassis.kind else {
            problems.add(Problem::at(chassis.at, "chassis must be a list"));
            return;
        };
        for one in all {
            *self.ignored.entry("chassis".to_owned()).or_default() += 1;
            if let Some(nodes) = one.member("nodes") {
                self.take_list(nodes, "nodes", problems);
            }
        }
    }

    fn take(&mut self, node: &Tree, problems: &mut Problems) {
        let label = text_at(node, &["name", "Name"])
            .or_else(|| text_at(node, &["uuid", "UUID"]))
            .map_or_else(
                || format!("number {}", self.entries.len() + 1),
                str::to_owned,
            );
        let mut draft = Draft::new(node.at, label, problems, &mut self.ignored);
        if is_ironics(node) {
            ironic::read(&mut draft, node);
        } else if is_instackenvs(node) {
            draft.read(node, instackenv::NODE, "");
        } else {
            draft.read(node, native::NODE, "");
        }
        self.entries.push(draft.finish());
    }
}

fn text_at<'a>(node: &'a Tree, keys: &[&str]) -> Option<&'a str> {
    keys.iter()
        .find_map(|key| node.member(key).and_then(Tree::text))
}

fn has(node: &Tree, is: impl Fn(&str) -> bool) -> bool {
    let members = node.members().unwrap_or_default();
    members.iter().any(|member| is(&member.key))
}

/// Whether a map is one node and not a list of them.
fn is_node(tree: &Tree) -> bool {
    !has(tree, |key| matches!(key, "nodes" | "chassis"))
        && (is_ironics(tree) || is_instackenvs(tree) || has(tree, |key| key == "bmc"))
}

fn is_ironics(node: &Tree) -> bool {
    has(node, |key| {
        matches!(ironic::plain_key(key).as_str(), "driver" | "driver_info")
            // A list without --long has no driver, and says so later on.
            || matches!(key, "UUID" | "Provisioning State")
    })
}

fn is_instackenvs(node: &Tree) -> bool {
    has(node, |key| key.starts_with("pm_"))
}
