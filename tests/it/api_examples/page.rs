//! Reads the examples out of a page: requests, each with its answer.
//!
//! Every block of code that names no language is an example. A request is a line `METHOD /path`, its headers, and its body; an
//! answer a line `NNN Reason`, its headers, and its body. Both may stand in one block, or in two that follow each other. An
//! empty line between head and body may be left out.

use std::fs;
use std::path::PathBuf;

const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// A request with the answer that the page promises.
#[derive(Debug)]
pub(super) struct Example {
    /// The page's file name.
    pub(super) page: String,
    pub(super) method: String,
    /// With the query.
    pub(super) path: String,
    pub(super) request: Message,
    pub(super) status: u16,
    pub(super) reason: String,
    pub(super) answer: Message,
}

/// What follows a request line or a status line.
#[derive(Debug, Default)]
pub(super) struct Message {
    /// Where its first line is in the page, from 1.
    pub(super) line: usize,
    pub(super) headers: Vec<(String, String)>,
    /// Without empty lines around it; empty where there is none.
    pub(super) body: String,
}

impl Example {
    /// `GET /v1/nodes`, as the page has it.
    pub(super) fn request_line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Where it is, for people.
    pub(super) fn place(&self) -> String {
        let (page, line) = (&self.page, self.request.line);
        let request = self.request_line();
        format!("api-ref/{page}:{line}: {request}")
    }
}

/// Where the pages are.
pub(super) fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("api-ref")
}

/// The examples of a page, in their order, or what is wrong with one: its line and why.
pub(super) fn examples(page: &str) -> Result<Vec<Example>, String> {
    let text = fs::read_to_string(directory().join(page)).unwrap();
    parse(page, &text)
}

/// The same of the text of a page.
pub(super) fn parse(page: &str, text: &str) -> Result<Vec<Example>, String> {
    let mut examples = Vec::new();
    let mut asked: Option<(String, String, Message)> = None;
    for (start, message) in blocks(text).into_iter().flat_map(messages) {
        let line = message.line;
        let at = |what: &str| format!("api-ref/{page}:{line}: {what}");
        match (start, asked.take()) {
            (Start::Request(method, path), None) => asked = Some((method, path, message)),
            (Start::Answer(status, reason), Some((method, path, request))) => {
                examples.push(Example {
                    page: page.to_owned(),
                    method,
                    path,
                    request,
                    status,
                    reason,
                    answer: message,
                });
            }
            (Start::Request(..), Some((_, _, request))) => {
                let of = request.line;
                return Err(at(&format!("the request of line {of} has no answer")));
            }
            (Start::Answer(..), None) => {
                return Err(at("an answer without its request: each has its own"));
            }
            (Start::Neither(first), _) => {
                return Err(at(&format!(
                    "{first:?} begins neither a request nor an answer: give the block a language if it is no example"
                )));
            }
        }
    }
    match asked {
        None => Ok(examples),
        Some((_, _, request)) => Err(format!(
            "api-ref/{page}:{}: a request without an answer",
            request.line
        )),
    }
}

enum Start {
    Request(String, String),
    Answer(u16, String),
    Neither(String),
}

/// The lines of the blocks that name no language, with their numbers.
fn blocks(text: &str) -> Vec<Vec<(usize, &str)>> {
    let mut blocks = Vec::new();
    let mut open: Option<(bool, Vec<(usize, &str)>)> = None;
    for (index, line) in text.lines().enumerate() {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(language), None) => open = Some((language.is_empty(), Vec::new())),
            (Some(_), Some(_)) => {
                blocks.extend(
                    open.take()
                        .filter(|(is_example, _)| *is_example)
                        .map(|(_, lines)| lines),
                );
            }
            (None, Some((_, lines))) => lines.push((index + 1, line)),
            (None, None) => {}
        }
    }
    blocks
}

/// Cuts a block at each request line and status line.
fn messages(block: Vec<(usize, &str)>) -> Vec<(Start, Message)> {
    let mut messages: Vec<(Start, Message)> = Vec::new();
    let mut in_head = false;
    for (number, line) in block {
        let header = line
            .split_once(": ")
            .filter(|(name, _)| is_header_name(name));
        if let Some(start) = start(line) {
            messages.push((
                start,
                Message {
                    line: number,
                    ..Message::default()
                },
            ));
            in_head = true;
        } else if let Some((_, message)) = messages.last_mut() {
            match header {
                Some((name, value)) if in_head => {
                    message.headers.push((name.to_owned(), value.to_owned()))
                }
                Some(_) | None => {
                    in_head = false;
                    message.body += line;
                    message.body.push('\n');
                }
            }
        } else if !line.is_empty() {
            messages.push((
                Start::Neither(line.to_owned()),
                Message {
                    line: number,
                    ..Message::default()
                },
            ));
        }
    }
    for (_, message) in &mut messages {
        message.body = message.body.trim().to_owned();
    }
    messages
}

fn start(line: &str) -> Option<Start> {
    let (first, rest) = line.split_once(' ')?;
    if METHODS.contains(&first) && rest.starts_with('/') && !rest.contains(' ') {
        return Some(Start::Request(first.to_owned(), rest.to_owned()));
    }
    let status = (first.len() == 3).then(|| first.parse().ok()).flatten()?;
    rest.starts_with(|letter: char| letter.is_ascii_uppercase())
        .then(|| Start::Answer(status, rest.to_owned()))
}

fn is_header_name(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_uppercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_and_answer_in_one_block_or_two_are_one_example() {
        let one = "x\n```\nPUT /v1/a?b=c\nIf-Match: \"1\"\n\n{\"k\":\n 1}\n\n204 No Content\n```\n";
        let two = one.replace("\n\n204", "\n```\nThen:\n```\n204");
        for text in [one, &two] {
            let [example] = &parse("p.md", text).unwrap()[..] else {
                panic!("{text}")
            };
            assert_eq!(example.place(), "api-ref/p.md:3: PUT /v1/a?b=c");
            assert_eq!(
                example.request.headers,
                [("If-Match".to_owned(), "\"1\"".to_owned())]
            );
            assert_eq!(example.request.body, "{\"k\":\n 1}");
            assert_eq!(
                (example.status, example.reason.as_str()),
                (204, "No Content")
            );
            assert_eq!(example.answer.body, "");
        }
    }

    #[test]
    fn block_that_is_no_example_and_says_so_is_left_out() {
        let text = "```json\n{}\n```\n```text\nGET /v1/a\n```\n";
        assert!(parse("p.md", text).unwrap().is_empty());
    }

    #[test]
    fn what_is_wrong_with_a_page_is_told_with_its_line() {
        for (text, told) in [
            (
                "```\nGET /a\n```",
                "api-ref/p.md:2: a request without an answer",
            ),
            (
                "```\n200 OK\n```",
                "api-ref/p.md:2: an answer without its request",
            ),
            (
                "```\nGET /a\n\nGET /b\n```",
                "api-ref/p.md:4: the request of line 2 has no answer",
            ),
            (
                "```\nGTE /a\n\n200 OK\n```",
                "api-ref/p.md:2: \"GTE /a\" begins neither",
            ),
        ] {
            let error = parse("p.md", text).unwrap_err();
            assert!(error.starts_with(told), "{text}: {error}");
        }
    }
}
