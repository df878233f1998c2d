//! Sends the request of an example and looks at what comes back.

use std::io::BufRead as _;

use hyper::StatusCode;
use serde_json::Value;

use super::comparison::{Comparison, read};
use super::names::Names;
use super::page::Example;
use crate::common::http::{Client, Response};

/// Headers of every answer, which the examples leave out.
const EVERYWHERE: [&str; 6] = [
    "cache-control",
    "connection",
    "content-length",
    "date",
    "transfer-encoding",
    "x-openstack-request-id",
];

const JSON: &str = "application/json";
const OCTETS: &str = "application/octet-stream";
const STREAM: &str = "text/event-stream";

/// Sends an example as this client; gives what differs from the page.
pub(super) fn differences(example: &Example, client: &Client, names: &mut Names) -> Vec<String> {
    let mut client = client.clone();
    for (name, value) in &example.request.headers {
        let value = match name.as_str() {
            "Last-Event-ID" => names.real_event(value),
            _ => names.to_real(value),
        };
        client = client.with(name, &value);
    }
    let path = names.to_real(&example.path);
    if named(example, "Content-Type") == Some(STREAM) {
        return stream(example, &client, &path, names);
    }
    let body = match example.request.body.as_str() {
        "" => None,
        // A file, and no JSON.
        body if sends_file(example) => Some(body.to_owned()),
        body => match serde_json::from_str(body) {
            Ok(body) => Some(names.to_real_json(&body).to_string()),
            Err(error) => return vec![format!("the body of the request is not JSON: {error}")],
        },
    };
    let answer = client.send(&example.method, &path, body.as_deref().map(str::as_bytes));
    let mut comparison = Comparison::new(names);
    status(example, &answer, &mut comparison);
    headers(example, &answer, &mut comparison);
    whole_body(example, &answer, &mut comparison);
    let mut differences = comparison.differences;
    if !differences.is_empty() {
        let body = String::from_utf8_lossy(&answer.body);
        differences.push(format!("all that came: {} {body}", answer.status));
    }
    differences
}

/// Whether the body of the request is a file.
fn sends_file(example: &Example) -> bool {
    let mut headers = example.request.headers.iter();
    headers.any(|(of, value)| of.eq_ignore_ascii_case("content-type") && value == OCTETS)
}

/// A header that the page promises.
fn named<'a>(example: &'a Example, name: &str) -> Option<&'a str> {
    let headers = &example.answer.headers;
    headers
        .iter()
        .find(|(of, _)| of.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

fn status(example: &Example, answer: &Response, comparison: &mut Comparison<'_>) {
    if answer.status != example.status {
        comparison.differs("status", example.status, answer.status);
    }
    let reason = StatusCode::from_u16(example.status)
        .ok()
        .and_then(|status| status.canonical_reason());
    if reason != Some(&example.reason) {
        comparison.differs("reason", &example.reason, reason.unwrap_or("none"));
    }
}

/// Those that the page names, and no others but those of every answer.
fn headers(example: &Example, answer: &Response, comparison: &mut Comparison<'_>) {
    for (name, expected) in &example.answer.headers {
        match answer.header(name) {
            Some(got) => comparison.header(name, expected, got),
            None => comparison.differs(name, expected, "nothing"),
        }
    }
    for (name, got) in &answer.headers {
        let usual = EVERYWHERE.contains(&name.as_str()) || (name == "content-type" && got == JSON);
        if !usual && named(example, name).is_none() {
            comparison.differs(name, "nothing", got);
        }
    }
}

fn whole_body(example: &Example, answer: &Response, comparison: &mut Comparison<'_>) {
    let expected = example.answer.body.as_str();
    let got = String::from_utf8_lossy(&answer.body);
    if expected.is_empty() || got.is_empty() {
        if expected != got {
            comparison.differs("", format!("{expected:?}"), format!("{got:?}"));
        }
    } else if answer.header("content-type") == Some(JSON) {
        json("", expected, &got, comparison);
    } else {
        lines(expected, &got, comparison);
    }
}

fn json(before: &str, expected: &str, got: &str, comparison: &mut Comparison<'_>) {
    match (read(expected), serde_json::from_str::<Value>(got)) {
        (Ok(expected), Ok(got)) => comparison.body(&expected, &got),
        (Err(error), _) => comparison.differs("", "JSON", format!("in the page: {before}{error}")),
        (_, Err(error)) => comparison.differs("", "JSON", format!("{error}: {got}")),
    }
}

/// Compares lines, where a line `…` stands for any number of them.
fn lines(expected: &str, got: &str, comparison: &mut Comparison<'_>) {
    let mut rest = got.lines();
    let mut skips = false;
    for line in expected.lines() {
        if line == "…" {
            skips = true;
            continue;
        }
        let found = match skips {
            true => rest.any(|got| got == line),
            false => rest.next() == Some(line),
        };
        if !found {
            return comparison.differs(
                "the text",
                format!("{line:?}, in this place"),
                "something else",
            );
        }
        skips = false;
    }
    if let Some(more) = rest.next().filter(|_| !skips) {
        comparison.differs("the text", "its end", format!("{more:?}"));
    }
}

/// Reads as much of a stream as the page has of it.
fn stream(example: &Example, client: &Client, path: &str, names: &mut Names) -> Vec<String> {
    let mut got = client.open(path, STREAM).lines();
    let mut comparison = Comparison::new(names);
    for expected in example.answer.body.lines() {
        let line = got.next().unwrap().unwrap();
        match (expected.split_once(": "), line.split_once(": ")) {
            (Some(("data", expected)), Some(("data", got))) => {
                json("data: ", expected, got, &mut comparison)
            }
            (Some(("id", expected)), Some(("id", got))) => comparison.event("id", expected, got),
            _ if expected == line => {}
            _ => comparison.differs("the stream", format!("{expected:?}"), format!("{line:?}")),
        }
    }
    comparison.differences
}
