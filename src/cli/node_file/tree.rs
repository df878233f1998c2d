//! A document as it was written: scalars with their text, everything with its place, so that an error can point at it.
//!
//! YAML is read, and JSON with it, which is a part of YAML. What a scalar means is decided where it is used: the password
//! `0123` stays those four characters, whether it is in quotes or not. Aliases and the merge key `<<` are followed, within a
//! bound.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

use super::problem::Problem;

/// The most values of one document, with aliases written out. Ten thousand nodes have some 300,000.
const MOST_VALUES: usize = 3_000_000;

/// How deep lists and maps may lie in each other.
const DEEPEST: usize = 32;

/// Where something begins in a file. A column of 0 is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Place {
    /// From 1.
    pub(super) line: usize,
    /// From 1, in characters.
    pub(super) column: usize,
}

/// A value and where it begins. It has no `Debug`, because passwords are among them.
#[derive(Clone)]
pub(super) struct Tree {
    pub(super) at: Place,
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Clone)]
pub(super) enum Kind {
    /// Its text; `plain` without quotes.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Tree>),
    Map(Vec<Member>),
}

/// A key of a map and its value.
#[derive(Clone)]
pub(super) struct Member {
    pub(super) key: String,
    pub(super) at: Place,
    pub(super) value: Tree,
}

impl Tree {
    /// Whether it is nothing: `null`, `~` or an empty scalar without quotes.
    pub(super) fn is_null(&self) -> bool {
        let Kind::Scalar { text, plain: true } = &self.kind else {
            return false;
        };
        matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }

    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            Kind::List(_) | Kind::Map(_) => None,
        }
    }

    /// The members of a map.
    pub(super) fn members(&self) -> Option<&[Member]> {
        match &self.kind {
            Kind::Map(members) => Some(members),
            Kind::Scalar { .. } | Kind::List(_) => None,
        }
    }

    /// The value of this key of a map, where it is there and is something.
    pub(super) fn member(&self, key: &str) -> Option<&Self> {
        let found = self.members()?.iter().find(|member| member.key == key);
        found
            .map(|member| &member.value)
            .filter(|value| !value.is_null())
    }

    fn size(&self) -> usize {
        1 + match &self.kind {
            Kind::Scalar { .. } => 0,
            Kind::List(values) => values.iter().map(Self::size).sum(),
            Kind::Map(members) => members.iter().map(|member| member.value.size()).sum(),
        }
    }
}

/// Reads the one document of a text.
///
/// # Errors
///
/// What is wrong and where; nothing of a value is in it.
pub(super) fn parse(text: &str) -> Result<Tree, Problem> {
    let text = without_surrogates(text);
    let mut building = Building::default();
    for event in Parser::new_from_str(&text) {
        let (event, span) = event.map_err(|error| {
            Problem::at(
                place(*error.marker()),
                format!("is not YAML or JSON: {}", error.info()),
            )
        })?;
        building.take(event, place(span.start))?;
    }
    building.root.ok_or_else(|| {
        let empty = Place { line: 1, column: 0 };
        Problem::at(empty, "is empty: there is no node in it")
    })
}

/// JSON writes characters beyond U+FFFF as two escapes, YAML as one: `\ud83d\ude00` is `\U0001f600`.
fn without_surrogates(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains("\\ud8")
        && !text.contains("\\uD8")
        && !text.contains("\\ud9")
        && !text.contains("\\uD9")
        && !text.contains("\\uda")
        && !text.contains("\\uDA")
        && !text.contains("\\udb")
        && !text.contains("\\uDB")
    {
        return text.into();
    }
    let unit = |escape: &str| {
        let digits = escape.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let pair = unit(escape).zip(escape.get(6..).and_then(unit));
        let char = pair.and_then(|(high, low)| {
            char::decode_utf16([high, low])
                .next()?
                .ok()
                .filter(|_| (0xd800..0xdc00).contains(&high))
        });
        let taken = match char {
            Some(char) => {
                out.push_str(&format!("\\U{:08x}", u32::from(char)));
                12
            }
            // The backslash and what it escapes, so that `\\ud83d` stays text.
            None => {
                let length = 1 + escape.chars().nth(1).map_or(0, char::len_utf8);
                out.push_str(escape.get(..length).unwrap_or(escape));
                length
            }
        };
        rest = escape.get(taken..).unwrap_or_default();
    }
    out.push_str(rest);
    out.into()
}

fn place(marker: Marker) -> Place {
    Place {
        line: marker.line(),
        column: marker.col() + 1,
    }
}

/// A document while its events come in.
#[derive(Default)]
struct Building {
    open: Vec<Open>,
    anchors: Vec<(usize, Tree)>,
    values: usize,
    root: Option<Tree>,
}

/// A list or map that has not ended.
struct Open {
    at: Place,
    anchor: usize,
    kind: Kind,
    /// Of a map: the key whose value comes next.
    key: Option<(String, Place)>,
}

impl Building {
    fn take(&mut self, event: Event<'_>, at: Place) -> Result<(), Problem> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) if self.root.is_some() => Err(Problem::at(
                at,
                "begins a second document: put all nodes into one",
            )),
            Event::DocumentStart(_) => Ok(()),
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == ScalarStyle::Plain;
                let text = text.into_owned();
                let kind = Kind::Scalar { text, plain };
                self.value(Tree { at, kind }, anchor)
            }
            Event::SequenceStart(anchor, _) => self.open(at, anchor, Kind::List(Vec::new())),
            Event::MappingStart(anchor, _) => self.open(at, anchor, Kind::Map(Vec::new())),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open {
                    at, anchor, kind, ..
                }) => self.value(Tree { at, kind }, anchor),
                None => Err(Problem::at(at, "ends a list or map that never began")),
            },
            Event::Alias(anchor) => {
                let found = self.anchors.iter().find(|(of, _)| *of == anchor);
                let Some((_, tree)) = found else {
                    return Err(Problem::at(
                        at,
                        "is an alias of something that is not complete",
                    ));
                };
                let tree = tree.clone();
                self.values += tree.size();
                self.value(tree, 0)
            }
        }
    }

    fn open(&mut self, at: Place, anchor: usize, kind: Kind) -> Result<(), Problem> {
        if self.open.len() >= DEEPEST {
            return Err(Problem::at(
                at,
                "lies too deep: no node has that many levels",
            ));
        }
        let key = None;
        self.open.push(Open {
            at,
            anchor,
            kind,
            key,
        });
        Ok(())
    }

    /// A complete value goes where it belongs.
    fn value(&mut self, tree: Tree, anchor: usize) -> Result<(), Problem> {
        self.values += 1;
        if self.values > MOST_VALUES {
            return Err(Problem::at(
                tree.at,
                "makes the document too large: split it",
            ));
        }
        if anchor > 0 {
            self.anchors.push((anchor, tree.clone()));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(tree);
            return Ok(());
        };
        match (&mut open.kind, open.key.take()) {
            (Kind::List(values), _) => values.push(tree),
            (Kind::Map(_), None) => {
                let at = tree.at;
                let Kind::Scalar { text, .. } = tree.kind else {
                    return Err(Problem::at(at, "is a list or map where a key must be"));
                };
                open.key = Some((text, at));
            }
            (Kind::Map(members), Some((key, at))) => insert(members, key, at, tree)?,
            (Kind::Scalar { .. }, _) => unreachable!("only lists and maps are opened"),
        }
        Ok(())
    }
}

/// A member into its map. What `<<` brings gives way to what the map itself says, before or behind it.
fn insert(members: &mut Vec<Member>, key: String, at: Place, value: Tree) -> Result<(), Problem> {
    if key == "<<" {
        let sources = match value.kind {
            Kind::List(sources) => sources,
            Kind::Map(_) | Kind::Scalar { .. } => vec![value],
        };
        for source in sources {
            let Kind::Map(merged) = source.kind else {
                return Err(Problem::at(at, "merges something that is no map"));
            };
            for mut member in merged {
                if members.iter().all(|present| present.key != member.key) {
                    // A place of line 0 says that it was merged and may be replaced.
                    member.at.line = 0;
                    members.push(member);
                }
            }
        }
        return Ok(());
    }
    let new = Member { key, at, value };
    match members.iter_mut().find(|present| present.key == new.key) {
        Some(merged) if merged.at.line == 0 => *merged = new,
        Some(_) => {
            let problem = format!("has the key '{}' twice in one map: keep one", new.key);
            return Err(Problem::at(at, problem));
        }
        None => members.push(new),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree in one line: text in quotes unless it was plain, and a place behind each map's key.
    fn shown(tree: &Tree) -> String {
        match &tree.kind {
            Kind::Scalar { text, plain: true } => text.clone(),
            Kind::Scalar { text, .. } => format!("{text:?}"),
            Kind::List(values) => {
                format!(
                    "[{}]",
                    values.iter().map(shown).collect::<Vec<_>>().join(" ")
                )
            }
            Kind::Map(members) => {
                let member =
                    |of: &Member| format!("{}@{}={}", of.key, of.at.line, shown(&of.value));
                format!(
                    "{{{}}}",
                    members.iter().map(member).collect::<Vec<_>>().join(" ")
                )
            }
        }
    }

    fn problem(text: &str) -> String {
        match parse(text) {
            Ok(tree) => panic!("{text:?} is {}", shown(&tree)),
            Err(problem) => problem.to_string(),
        }
    }

    #[test]
    fn yaml_and_json_are_read_with_texts_as_they_stand_and_places() {
        for (text, expected) in [
            (
                "a: 012\nb: \"012\"\nc: [x, 2.0, ~]",
                "{a@1=012 b@2=\"012\" c@3=[x 2.0 ~]}",
            ),
            (
                "{\"a\":1,\n\t\"b\": [\"\\/\", null]}\n",
                "{\"a\"@1=1 \"b\"@2=[\"/\" null]}",
            ),
            (
                "[\"\\ud83d\\ude00 \\\\ud83d\\u00fc\"]",
                "[\"😀 \\\\ud83dü\"]",
            ),
            ("- a: &x {k: 1}\n- b: *x\n", "[{a@1={k@1=1}} {b@2={k@1=1}}]"),
            (
                "d: &d {u: admin, p: 1}\nn:\n- <<: *d\n  p: 2\n- p: 3\n  <<: [*d]\n",
                "{d@1={u@1=admin p@1=1} n@2=[{u@0=admin p@4=2} {p@5=3 u@0=admin}]}",
            ),
            ("\u{feff}a: 1", "{a@1=1}"),
        ] {
            let expected = expected.replace("\"a\"@", "a@").replace("\"b\"@", "b@");
            match parse(text) {
                Ok(tree) => assert_eq!(shown(&tree), expected, "{text}"),
                Err(problem) => panic!("{text:?}: {problem}"),
            }
        }
    }

    #[test]
    fn what_cannot_be_read_says_where_and_nothing_of_what_stands_there() {
        for (text, expected) in [
            ("", "1: is empty"),
            ("a: 1\na: 2", "2:1: has the key 'a' twice"),
            ("a: [1", "2:1: is not YAML or JSON"),
            ("a: 1\n---\nb: 1", "2:1: begins a second document"),
            ("? [a]\n: 1", "1:3: is a list or map where a key must be"),
            ("<<: 3", "1:1: merges something that is no map"),
            (&"[".repeat(40), "1:33: lies too deep"),
        ] {
            let problem = problem(text);
            assert!(problem.starts_with(expected), "{text}: {problem}");
        }
        let secret = problem("password: 's3cret\nx: y");
        assert!(!secret.contains("s3cret"), "{secret}");
    }

    #[test]
    fn aliases_that_multiply_are_stopped() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let of = format!("*a{}", level - 1);
            text.push_str(&format!(
                "a{level}: &a{level} [{}]\n",
                [of.as_str(); 10].join(", ")
            ));
        }
        assert!(problem(&text).contains("too large"));
    }
}
