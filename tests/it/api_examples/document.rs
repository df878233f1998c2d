//! The OpenAPI document knows the answers that the pages show: their status, headers and media type.

use std::fs;

use ostler::api::routes::Router;
use serde_json::Value;

use super::page::{Example, directory};
use super::{PAGES, read};

#[test]
fn every_answer_is_one_that_the_document_knows() {
    let text = fs::read_to_string(directory().join("openapi.yaml")).unwrap();
    let document: Value = serde_norway::from_str(&text).unwrap();
    let router = Router::new();
    let examples = PAGES.iter().flat_map(|page| read(page));
    let unknown: Vec<String> = examples
        .flat_map(|example| {
            let unknown = unknown(&document, &router, &example);
            unknown
                .into_iter()
                .map(move |what| format!("{}: {what}", example.place()))
        })
        .collect();
    assert!(
        unknown.is_empty(),
        "not in api-ref/openapi.yaml:\n{}",
        unknown.join("\n")
    );
}

/// What of an example's answer is not in the document.
fn unknown(document: &Value, router: &Router, example: &Example) -> Vec<String> {
    let status = example.status.to_string();
    let Some(operation) = operation(document, router, example) else {
        return vec!["the call".to_owned()];
    };
    let Some(response) = operation["responses"].get(&status) else {
        return vec![format!("the status {status}")];
    };
    let response = followed(document, response);
    let mut unknown = Vec::new();
    for (name, value) in &example.answer.headers {
        let is_there = match name.as_str() {
            "Content-Type" => has_key(
                &response["content"],
                value.split(';').next().unwrap_or_default(),
            ),
            name => has_key(&response["headers"], name),
        };
        if !is_there {
            unknown.push(format!("{name}: {value}, of {status}"));
        }
    }
    let has_content = response["content"].is_object();
    if has_content == example.answer.body.is_empty() {
        unknown.push(format!("whether {status} has a body"));
    }
    unknown
}

fn operation<'a>(document: &'a Value, router: &Router, example: &Example) -> Option<&'a Value> {
    let asked = example.path.split('?').next()?;
    let method = example.method.parse().ok()?;
    let route = |path: &str| {
        let found = router.find(path)?;
        let pattern = found.endpoint(&method).map(|endpoint| endpoint.path);
        Some(pattern.unwrap_or(path).to_owned())
    };
    let paths = document["paths"].as_object()?;
    let (_, operations) = paths.iter().find(|(path, _)| route(path) == route(asked))?;
    operations.get(example.method.to_ascii_lowercase())
}

/// What a reference leads to.
fn followed<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let pointer = value["$ref"].as_str().and_then(|to| to.strip_prefix('#'));
    pointer.map_or(value, |pointer| document.pointer(pointer).unwrap())
}

fn has_key(object: &Value, name: &str) -> bool {
    let keys = object.as_object().into_iter().flatten();
    keys.into_iter()
        .any(|(key, _)| key.eq_ignore_ascii_case(name))
}
