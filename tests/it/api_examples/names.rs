//! What the pages call things, and what they are called in the test: UUIDs, versions, numbers of events, and the
//! addresses of BMCs.
//!
//! The first answer in which a documented name stands says what it really is. From then on the one always has to be the other,
//! and requests are sent with the real one.

use std::collections::HashMap;
use std::net::SocketAddr;

use serde_json::{Value, json};

/// The port that BMCs have in the pages.
const BMC_PORT: u16 = 623;

/// Documented and real names.
#[derive(Debug, Default)]
pub(super) struct Names {
    real: HashMap<String, String>,
    documented: HashMap<String, String>,
    versions: HashMap<String, String>,
    bmcs: Vec<(String, SocketAddr)>,
    user: Option<(String, String)>,
}

/// A part of a text that has another value each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// 36 characters with four dashes.
    Uuid,
    /// RFC 3339 with microseconds, or with seconds for people.
    Time,
    /// The number of an event behind `marker=`, which is no part of it.
    Event,
    /// A number before ` s ` or ` % `, as sentences have them.
    Measured,
}

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Fixed(&'a str),
    Varying(Kind, &'a str),
}

impl Names {
    /// Where the BMC at this documented address really is.
    pub(super) fn bmc(&mut self, documented: &str, real: SocketAddr) {
        self.bmcs.push((documented.to_owned(), real));
    }

    /// What the user is called who runs the tests.
    pub(super) fn user(&mut self, documented: &str, real: &str) {
        self.user = Some((documented.to_owned(), real.to_owned()));
    }

    /// Says that the one is the other. False if one of the two is something else already.
    pub(super) fn is(&mut self, documented: &str, real: &str) -> bool {
        match (self.real.get(documented), self.documented.get(real)) {
            (Some(known), _) => known == real,
            (None, Some(_)) => false,
            (None, None) => {
                self.real.insert(documented.to_owned(), real.to_owned());
                self.documented
                    .insert(real.to_owned(), documented.to_owned());
                true
            }
        }
    }

    /// The same of the number of an event.
    pub(super) fn is_event(&mut self, documented: &str, real: &str) -> bool {
        self.is(&format!("event {documented}"), &format!("event {real}"))
    }

    /// A version as it was last seen, for `If-Match`. Which versions are the same is not for the pages to say: power counts.
    pub(super) fn is_version(&mut self, documented: &str, real: &str) {
        self.versions.insert(documented.to_owned(), real.to_owned());
    }

    /// What is really meant by a documented name.
    pub(super) fn real<'a>(&'a self, documented: &'a str) -> &'a str {
        self.real.get(documented).map_or(documented, String::as_str)
    }

    /// Whether something that is really there has a documented name.
    pub(super) fn is_documented(&self, real: &str) -> bool {
        self.documented.contains_key(real)
    }

    /// A documented text with the real names in it.
    pub(super) fn to_real(&self, documented: &str) -> String {
        if let Some(version) = self.versions.get(documented) {
            return version.clone();
        }
        parts(documented)
            .into_iter()
            .map(|part| match part {
                Part::Varying(Kind::Uuid, uuid) => self.real(uuid).to_owned(),
                Part::Varying(Kind::Event, number) => self.real_event(number),
                Part::Varying(Kind::Time | Kind::Measured, text) | Part::Fixed(text) => {
                    text.to_owned()
                }
            })
            .collect()
    }

    /// The real number of an event.
    pub(super) fn real_event(&self, documented: &str) -> String {
        let event = format!("event {documented}");
        self.real(&event).trim_start_matches("event ").to_owned()
    }

    /// A documented body with the real names and places in it.
    pub(super) fn to_real_json(&self, documented: &Value) -> Value {
        let mut real = map_texts(documented, &|text| self.to_real(text));
        each_object(&mut real, &mut |object| {
            for (host, address) in &self.bmcs {
                if object.get("address") == Some(&json!(host)) {
                    object.insert("address".to_owned(), json!(address.ip()));
                    object.insert("port".to_owned(), json!(address.port()));
                }
            }
        });
        real
    }

    /// An answer with the BMCs where the page has them, and the user who is in it.
    pub(super) fn to_documented(&self, real: &Value) -> Value {
        let mut answer = map_texts(real, &|text| {
            self.bmcs
                .iter()
                .fold(text.to_owned(), |text, (host, address)| {
                    text.replace(&address.to_string(), &format!("{host}:{BMC_PORT}"))
                })
        });
        each_object(&mut answer, &mut |object| {
            if let Some((documented, real)) = &self.user
                && object.get("user_id") == Some(&json!(real))
            {
                object.insert("user_id".to_owned(), json!(documented));
            }
            for (host, real) in &self.bmcs {
                let port = object.get("port") == Some(&json!(real.port()));
                if port && object.get("address") == Some(&json!(real.ip())) {
                    object.insert("address".to_owned(), json!(host));
                    object.insert("port".to_owned(), json!(BMC_PORT));
                }
            }
        });
        answer
    }
}

/// Cuts a text into what is always the same and what is not.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut fixed, mut at) = (0, 0);
    while at < text.len() {
        let found = text.get(at..).and_then(|rest| varying(&text[..at], rest));
        match found {
            Some((kind, length)) => {
                parts.push(Part::Fixed(&text[fixed..at]));
                parts.push(Part::Varying(kind, &text[at..at + length]));
                at += length;
                fixed = at;
            }
            None => at += 1,
        }
    }
    parts.push(Part::Fixed(&text[fixed..]));
    parts.retain(|part| *part != Part::Fixed(""));
    parts
}

/// What begins here, and how long it is.
fn varying(before: &str, rest: &str) -> Option<(Kind, usize)> {
    const SHAPES: [(Kind, &str); 3] = [
        (Kind::Uuid, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"),
        (Kind::Time, "0000-00-00T00:00:00.000000+00:00"),
        (Kind::Time, "0000-00-00 00:00:00 UTC"),
    ];
    if before.ends_with("marker=") {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let ends = rest
            .get(digits..)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('&'));
        if digits > 0 && ends {
            return Some((Kind::Event, digits));
        }
    }
    if before.ends_with(' ') {
        let number = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
        let digits = rest.bytes().take_while(number).count();
        let unit = [" s ", " % "]
            .iter()
            .any(|unit| rest[digits..].starts_with(unit));
        if digits > 0 && unit {
            return Some((Kind::Measured, digits));
        }
    }
    SHAPES
        .iter()
        .find(|(_, shape)| has_shape(rest, shape))
        .map(|(kind, shape)| (*kind, shape.len()))
}

/// Whether a text begins so: `0` is any digit, `x` a hexadecimal one.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() >= shape.len()
        && text
            .bytes()
            .zip(shape.bytes())
            .all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                b'x' => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
                _ => byte == shape,
            })
}

fn map_texts(value: &Value, change: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(text)),
        Value::Array(list) => list.iter().map(|value| map_texts(value, change)).collect(),
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| (key.clone(), map_texts(value, change)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn each_object(value: &mut Value, change: &mut impl FnMut(&mut serde_json::Map<String, Value>)) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(|value| each_object(value, change)),
        Value::Object(object) => {
            change(object);
            object
                .values_mut()
                .for_each(|value| each_object(value, change));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
