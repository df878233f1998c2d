//! Holds an answer against what a page promises.
//!
//! `…` stands for what is left out: more members of an object, more elements of a list, the rest of a text. Names that differ
//! each time have to be used alike (see [`Names`]), and what is measured only has to be a number. Everything else is equal.

use serde_json::{Map, Value};

use super::names::{Kind, Names, Part, parts};

/// Members whose numbers are measured.
const MEASURED: [&str; 9] = [
    "busy_percent",
    "consecutive_failures",
    "elapsed_ms",
    "exchanges",
    "loss_percent",
    "packets_answered",
    "packets_sent",
    "retransmissions",
    "round_trip_ms",
];

/// Members that are the number of an event.
const EVENTS: [&str; 2] = ["id", "delivered_to"];

/// What stands for `…` where no text is.
const GAP: &str = "\u{e000}";

/// The differences that were found until now, each with its place as a JSON pointer.
#[derive(Debug)]
pub(super) struct Comparison<'a> {
    names: &'a mut Names,
    pub(super) differences: Vec<String>,
}

/// Reads a documented body, in which `…` may stand between members and elements.
pub(super) fn read(documented: &str) -> Result<Value, serde_json::Error> {
    let (mut json, mut inside) = (String::new(), Vec::new());
    let (mut in_text, mut escaped) = (false, false);
    for letter in documented.chars() {
        match letter {
            '"' if !escaped => in_text = !in_text,
            '{' | '[' if !in_text => inside.push(letter),
            '}' | ']' if !in_text => drop(inside.pop()),
            _ => {}
        }
        escaped = in_text && letter == '\\' && !escaped;
        match (letter, inside.last()) {
            ('…', Some('{')) if !in_text => json += &format!("\"{GAP}\": null"),
            ('…', _) if !in_text => json += &format!("\"{GAP}\""),
            (letter, _) => json.push(letter),
        }
    }
    serde_json::from_str(&json)
}

impl<'a> Comparison<'a> {
    /// One in which nothing was compared yet.
    pub(super) fn new(names: &'a mut Names) -> Self {
        let differences = Vec::new();
        Self { names, differences }
    }

    /// Compares two bodies.
    pub(super) fn body(&mut self, expected: &Value, got: &Value) {
        let got = self.names.to_documented(got);
        self.value("", expected, &got);
    }

    fn value(&mut self, at: &str, expected: &Value, got: &Value) {
        let name = at.rsplit('/').next().unwrap_or_default();
        match (expected, got) {
            (Value::Object(expected), Value::Object(got)) => self.object(at, expected, got),
            (Value::Array(expected), Value::Array(got)) => self.list(at, expected, got),
            (Value::String(expected), Value::String(got)) => self.text(at, expected, got),
            (Value::Number(_), Value::Number(_)) if is_measured(at) => {}
            (Value::Number(expected), Value::Number(got)) if EVENTS.contains(&name) => {
                self.event(at, &expected.to_string(), &got.to_string());
            }
            _ if expected == got => {}
            _ => self.differs(at, expected, got),
        }
    }

    fn object(&mut self, at: &str, expected: &Map<String, Value>, got: &Map<String, Value>) {
        let mut known = Vec::new();
        for (key, value) in expected.iter().filter(|(key, _)| *key != GAP) {
            let real = self.real_key(key, got);
            match got.get(&real) {
                Some(got) => self.value(&format!("{at}/{key}"), value, got),
                None => self.differs(&format!("{at}/{key}"), value, "nothing"),
            }
            known.push(real);
        }
        if !expected.contains_key(GAP) {
            for (key, value) in got.iter().filter(|(key, _)| !known.contains(key)) {
                self.differs(&format!("{at}/{key}"), "nothing, and no …", value);
            }
        }
    }

    /// What a documented key is in an answer: a UUID that was not seen yet is the first that has no documented name.
    fn real_key(&mut self, documented: &str, got: &Map<String, Value>) -> String {
        let is_uuid = |key: &str| matches!(parts(key)[..], [Part::Varying(Kind::Uuid, _)]);
        let real = self.names.real(documented).to_owned();
        if real != documented || !is_uuid(documented) || got.contains_key(documented) {
            return real;
        }
        let unknown = got
            .keys()
            .find(|key| is_uuid(key) && !self.names.is_documented(key));
        let Some(unknown) = unknown else { return real };
        self.names.is(documented, unknown);
        unknown.clone()
    }

    fn list(&mut self, at: &str, expected: &[Value], got: &[Value]) {
        let gap = expected.iter().position(|value| value == GAP);
        let (first, last) = match gap {
            Some(gap) => (&expected[..gap], &expected[gap + 1..]),
            None => (expected, &[][..]),
        };
        let least = first.len() + last.len();
        if got.len() < least || (gap.is_none() && got.len() > least) {
            let wanted = if gap.is_some() { "at least " } else { "" };
            return self.differs(at, format!("{wanted}{least} elements"), Value::from(got));
        }
        for (index, (expected, got)) in first.iter().zip(got).enumerate() {
            self.value(&format!("{at}/{index}"), expected, got);
        }
        let start = got.len() - last.len();
        for (index, (expected, got)) in last.iter().zip(&got[start..]).enumerate() {
            self.value(&format!("{at}/{}", start + index), expected, got);
        }
    }

    /// Compares two headers of this name.
    pub(super) fn header(&mut self, name: &str, expected: &str, got: &str) {
        match name {
            "ETag" if is_version(expected) && is_version(got) => {
                self.names.is_version(expected, got)
            }
            "Retry-After" if is_whole(expected) && is_whole(got) => {}
            _ => self.text(name, expected, got),
        }
    }

    /// Compares two numbers of events at a place.
    pub(super) fn event(&mut self, at: &str, expected: &str, got: &str) {
        if !self.names.is_event(expected, got) {
            self.differs(
                at,
                format!("the event {}", self.names.real_event(expected)),
                got,
            );
        }
    }

    fn text(&mut self, at: &str, expected: &str, got: &str) {
        let (head, compared) = match expected.strip_suffix('…') {
            Some(head) => (head, got.get(..head.len()).unwrap_or(got)),
            None => (expected, got),
        };
        let (documented, real) = (parts(head), parts(compared));
        let alike = documented.len() == real.len()
            && documented
                .iter()
                .zip(&real)
                .all(|(documented, real)| self.part(*documented, *real));
        if !alike {
            self.differs(
                at,
                Value::from(self.names.to_real(expected)),
                Value::from(got),
            );
        }
    }

    fn part(&mut self, documented: Part<'_>, real: Part<'_>) -> bool {
        match (documented, real) {
            (Part::Fixed(documented), Part::Fixed(real)) => documented == real,
            (Part::Varying(Kind::Uuid, documented), Part::Varying(Kind::Uuid, real)) => {
                self.names.is(documented, real)
            }
            (Part::Varying(Kind::Time, documented), Part::Varying(Kind::Time, real)) => {
                documented.len() == real.len()
            }
            (Part::Varying(Kind::Event, documented), Part::Varying(Kind::Event, real)) => {
                self.names.is_event(documented, real)
            }
            (Part::Varying(Kind::Measured, _), Part::Varying(Kind::Measured, _)) => true,
            (Part::Fixed(_) | Part::Varying(..), _) => false,
        }
    }

    /// Notes a difference.
    pub(super) fn differs(
        &mut self,
        at: &str,
        expected: impl std::fmt::Display,
        got: impl std::fmt::Display,
    ) {
        let at = if at.is_empty() { "the body" } else { at };
        self.differences
            .push(format!("{at}: expected {expected}, got {got}"));
    }
}

/// Whether a number is measured: by its name, or as one of the failures by kind.
fn is_measured(at: &str) -> bool {
    at.split('/')
        .rev()
        .take(2)
        .any(|name| MEASURED.contains(&name) || name == "failures")
        && !at.ends_with("/failures")
}

/// Whether this is a strong ETag as ours are: hexadecimal numbers with dashes between them.
fn is_version(text: &str) -> bool {
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    inner.is_some_and(|inner| {
        let mut numbers = inner.split('-');
        numbers
            .all(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_hexdigit()))
    })
}

fn is_whole(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What differs between a documented body and a real one.
    fn compared(documented: &str, real: &str) -> Vec<String> {
        let mut names = Names::default();
        let mut comparison = Comparison::new(&mut names);
        let real = serde_json::from_str(real).unwrap();
        comparison.body(&read(documented).unwrap(), &real);
        comparison.differences
    }

    const A: &str = "26ba91ae-9994-48b6-a4ca-e70fa66c0e6d";
    const B: &str = "c38c5080-46a1-4afd-a78a-22cf4c2d23fd";
    const REAL: &str = "00000000-0000-4000-8000-000000000001";
    const OTHER: &str = "00000000-0000-4000-8000-000000000002";

    #[test]
    fn what_is_left_out_named_anew_or_measured_does_not_differ() {
        let pair = format!(r#"["{A}", "{B}", "x {A} y"]"#);
        let renamed = format!(r#"["{REAL}", "{OTHER}", "x {REAL} y"]"#);
        let keyed = format!(r#"{{"{A}": {{"n": "{A}"}}}}"#);
        let key_renamed = format!(r#"{{"{REAL}": {{"n": "{REAL}"}}}}"#);
        for (documented, real) in [
            (
                r#"{"a": 1, …, "z": 2, …}"#,
                r#"{"a": 1, "m": null, "z": 2}"#,
            ),
            ("[1, …, 4]", "[1, 2, 3, 4]"),
            ("[1, …]", "[1]"),
            (r#"{"token": "ostler_…"}"#, r#"{"token": "ostler_abc"}"#),
            (r#"{"elapsed_ms": 1}"#, r#"{"elapsed_ms": 70}"#),
            (
                r#"{"failures": {"silent": 3}}"#,
                r#"{"failures": {"silent": 5}}"#,
            ),
            (
                r#"{"message": "waits 1.3 s for it"}"#,
                r#"{"message": "waits 1.8 s for it"}"#,
            ),
            (&pair, &renamed),
            (&keyed, &key_renamed),
        ] {
            assert_eq!(compared(documented, real), [""; 0], "{documented} {real}");
        }
    }

    #[test]
    fn each_difference_is_told_with_its_place() {
        let pair = format!(r#"["{A}", "{A}"]"#);
        let two = format!(r#"["{REAL}", "{OTHER}"]"#);
        let alias = format!(r#"["{A}", "{B}"]"#);
        let one = format!(r#"["{REAL}", "{REAL}"]"#);
        let time = r#"{"at": "2026-11-24T00:00:56.156023+00:00"}"#;
        for (documented, real, place) in [
            (
                r#"{"a": [{"b": 1}]}"#,
                r#"{"a": [{"b": 2}]}"#,
                "/a/0/b: expected 1, got 2",
            ),
            (
                r#"{"a": 1}"#,
                r#"{"a": 1, "b": 2}"#,
                "/b: expected nothing, and no …, got 2",
            ),
            (
                r#"{"a": 1, "b": null}"#,
                r#"{"a": 1}"#,
                "/b: expected null, got nothing",
            ),
            ("[1, 2]", "[2, 1]", "/0: expected 1, got 2"),
            ("[1, …, 3]", "[1]", "the body: expected at least 2 elements"),
            ("[1]", "[1, 2]", "the body: expected 1 elements"),
            (
                r#"{"elapsed_ms": 1}"#,
                r#"{"elapsed_ms": null}"#,
                "/elapsed_ms",
            ),
            (r#"{"failures": 0}"#, r#"{"failures": 1}"#, "/failures"),
            (r#"{"token": "ostler_…"}"#, r#"{"token": "x"}"#, "/token"),
            (time, r#"{"at": "2026-11-24T00:00:56+00:00"}"#, "/at"),
            (&pair, &two, "/1"),
            (&alias, &one, "/1"),
        ] {
            let told = compared(documented, real);
            assert!(!told.is_empty(), "{documented} {real}");
            assert!(told[0].starts_with(place), "{place}: {told:?}");
        }
    }
}
