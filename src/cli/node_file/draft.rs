//! One node of a file on its way to what `POST /v1/nodes` takes, by tables of the keys that a kind of file has.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::problem::{Problem, Problems};
use super::tree::{Kind, Place, Tree};
use crate::view::node::HIDDEN;

/// A key of a file, how its value is read, and which field it becomes.
pub(super) struct Row(
    pub(super) &'static str,
    pub(super) Read,
    pub(super) &'static [&'static str],
);

/// How a value is read.
pub(super) enum Read {
    /// Text, as it stands.
    Text,
    /// A whole number, also in quotes.
    Whole,
    /// A list of texts; one alone need not be in a list.
    List,
    /// A map of texts, each a field below this one.
    Texts,
    /// A map with rows of its own.
    Inside(&'static [Row]),
    /// In its own way. The text is where it is, for messages.
    By(fn(&mut Draft<'_>, &Tree, &str)),
    /// The API shows it, and nobody can set it: passed over.
    Shown,
    /// It means something elsewhere and nothing here: passed over, and said so.
    Ignored,
}

/// A node of a file, read.
pub(super) struct Entry {
    /// Where it begins.
    pub(super) at: Place,
    /// What it is called in messages.
    pub(super) label: String,
    /// What it says, as `POST /v1/nodes` takes it. It holds passwords.
    pub(super) body: Map<String, Value>,
    /// Whether something of it could not be read.
    pub(super) is_broken: bool,
    /// Where each field was said, as `bmc.address` or `ports[0]`.
    places: Vec<(String, Place)>,
}

impl Entry {
    /// Where a field was said, or what it is in.
    pub(super) fn place_of(&self, field: &str) -> Place {
        let mut field = field;
        loop {
            if let Some((_, at)) = self.places.iter().find(|(of, _)| of == field) {
                return *at;
            }
            match field.rfind(['.', '[', '/']) {
                Some(end) => field = field.get(..end).unwrap_or_default(),
                None => return self.at,
            }
        }
    }

    /// A problem with a field.
    pub(super) fn problem(&self, field: &str, text: impl Into<String>) -> Problem {
        Problem::at(self.place_of(field), text).of(&self.label)
    }

    /// A text that it says.
    pub(super) fn says(&self, field: &str) -> Option<&str> {
        self.body.get(field).and_then(Value::as_str)
    }
}

/// What was passed over, and of how many nodes.
pub(super) type Ignored = BTreeMap<String, usize>;

/// A node that is being read.
pub(super) struct Draft<'a> {
    entry: Entry,
    problems: &'a mut Problems,
    ignored: &'a mut Ignored,
}

impl<'a> Draft<'a> {
    /// Nothing read yet.
    pub(super) fn new(
        at: Place,
        label: String,
        problems: &'a mut Problems,
        ignored: &'a mut Ignored,
    ) -> Self {
        let entry = Entry {
            at,
            label,
            body: Map::new(),
            is_broken: false,
            places: Vec::new(),
        };
        Self {
            entry,
            problems,
            ignored,
        }
    }

    /// What was read.
    pub(super) fn finish(self) -> Entry {
        self.entry
    }

    /// Something is wrong. `source` is the key in the file.
    pub(super) fn wrong(&mut self, at: Place, source: &str, text: impl AsRef<str>) {
        self.entry.is_broken = true;
        let text = format!("{source} {}", text.as_ref());
        self.problems
            .add(Problem::at(at, text).of(&self.entry.label));
    }

    /// A key that is of no use here.
    pub(super) fn ignore(&mut self, source: &str) {
        *self.ignored.entry(source.to_owned()).or_default() += 1;
    }

    /// Sets a field. What is between is made.
    pub(super) fn put(&mut self, path: &[&str], value: impl Into<Value>, at: Place) {
        let Some((last, parents)) = path.split_last() else {
            return;
        };
        let mut map = &mut self.entry.body;
        for parent in parents {
            let inner = map
                .entry(*parent)
                .or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(inner) = inner else { return };
            map = inner;
        }
        map.insert((*last).to_owned(), value.into());
        self.entry.places.push((path.join("."), at));
    }

    /// Adds a port.
    pub(super) fn put_port(&mut self, port: Value, at: Place) {
        let ports = self
            .entry
            .body
            .entry("ports")
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(ports) = ports {
            let field = format!("ports[{}]", ports.len());
            self.entry.places.push((field, at));
            ports.push(port);
        }
    }

    /// Reads a map by its rows. `source` is where it is in the file, empty for the node itself.
    pub(super) fn read(&mut self, tree: &Tree, rows: &'static [Row], source: &str) {
        let Some(members) = tree.members() else {
            let what = if source.is_empty() { "it" } else { source };
            self.wrong(tree.at, what, "must be a map of keys and values");
            return;
        };
        for member in members {
            let source = join(source, &member.key);
            let Some(Row(_, read, to)) = rows.iter().find(|Row(key, ..)| *key == member.key) else {
                let known: Vec<&str> = rows.iter().filter_map(Row::offered).collect();
                let text = format!("is no known key: known are {}", known.join(", "));
                self.wrong(member.at, &source, text);
                continue;
            };
            if !member.value.is_null() {
                self.read_one(&member.value, read, to, &source);
            }
        }
    }

    fn read_one(&mut self, tree: &Tree, read: &Read, to: &[&str], source: &str) {
        match read {
            Read::Text => self.text(tree, to, source),
            Read::Whole => self.whole(tree, to, source),
            Read::List => self.list(tree, to, source),
            Read::Texts => self.texts(tree, to, source),
            Read::Inside(rows) => self.read(tree, rows, source),
            Read::By(by) => by(self, tree, source),
            Read::Shown => {}
            Read::Ignored => self.ignore(source),
        }
    }

    /// Text. Stars are what stands where a secret is: they say nothing.
    pub(super) fn text(&mut self, tree: &Tree, to: &[&str], source: &str) {
        match tree.text() {
            Some(HIDDEN) => {}
            Some(text) => self.put(to, text, tree.at),
            None => self.wrong(tree.at, source, "must be text"),
        }
    }

    /// A whole number. What stands there is not repeated: in a row that slipped it may be a password.
    pub(super) fn whole(&mut self, tree: &Tree, to: &[&str], source: &str) {
        match tree.text().and_then(|text| text.trim().parse::<u64>().ok()) {
            Some(number) => self.put(to, number, tree.at),
            None => self.wrong(tree.at, source, "must be a whole number"),
        }
    }

    fn list(&mut self, tree: &Tree, to: &[&str], source: &str) {
        let one = std::slice::from_ref(tree);
        let values = match &tree.kind {
            Kind::List(values) => values,
            Kind::Scalar { .. } => one,
            Kind::Map(_) => &[],
        };
        let texts: Option<Vec<&str>> = values.iter().map(Tree::text).collect();
        match (texts, &tree.kind) {
            (Some(texts), Kind::List(_) | Kind::Scalar { .. }) => self.put(to, texts, tree.at),
            _ => self.wrong(tree.at, source, "must be a list of texts"),
        }
    }

    /// A map of texts.
    pub(super) fn texts(&mut self, tree: &Tree, to: &[&str], source: &str) {
        let Some(members) = tree.members() else {
            self.wrong(tree.at, source, "must be a map of texts");
            return;
        };
        for member in members {
            if !member.value.is_null() {
                let to = [to, &[member.key.as_str()]].concat();
                self.text(&member.value, &to, &join(source, &member.key));
            }
        }
    }
}

impl Row {
    /// The key, where it is one to use.
    fn offered(&self) -> Option<&'static str> {
        match self.1 {
            Read::Shown | Read::Ignored => None,
            Read::Text | Read::Whole | Read::List | Read::Texts | Read::Inside(_) | Read::By(_) => {
                Some(self.0)
            }
        }
    }
}

/// A key below another.
pub(super) fn join(source: &str, key: &str) -> String {
    if source.is_empty() {
        key.to_owned()
    } else {
        format!("{source}.{key}")
    }
}

/// True or false, also as Python, spreadsheets and YAML 1.1 write it.
pub(super) fn flag(tree: &Tree) -> Option<bool> {
    let text = tree.text()?;
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(&["true", "yes", "on"]) {
        Some(true)
    } else if is(&["false", "no", "off"]) {
        Some(false)
    } else {
        None
    }
}
