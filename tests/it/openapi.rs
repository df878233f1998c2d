//! The OpenAPI document says what there is: every route, role, field and reference, and nothing else.
//!
//! Whether answers are as it says is for schemathesis (`openapi_schemathesis`).
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};

use ostler::api::routes::{Access, endpoints, public_endpoints};
use ostler::model::event::Event;
use ostler::model::image::Image;
use ostler::model::instance::Instance;
use ostler::model::instance_type::InstanceType;
use ostler::model::limit::Limit;
use ostler::model::network::Network;
use ostler::model::node::Node;
use ostler::model::token::Token;
use ostler::model::webhook::Webhook;
use ostler::view::View;
use ostler::view::health::NodeHealth;
use ostler::view::operation::OperationView;
use ostler::view::task::TaskView;
use serde_json::Value;

use crate::common::daemon::Daemon;

const TEXT: &str = include_str!("../../api-ref/openapi.yaml");

/// Shown once, in the answer of POST.
const SECRET: &str = "token";

fn document() -> Value {
    serde_norway::from_str(TEXT).unwrap()
}

/// Method, path with `{}` for what it names, and the operation.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let methods = ["get", "put", "post", "patch", "delete", "head", "options"];
    let mut found = Vec::new();
    for (path, of) in document["paths"].as_object().unwrap() {
        for (method, operation) in of.as_object().unwrap() {
            if methods.contains(&method.as_str()) {
                found.push((method.to_uppercase(), nameless(path), operation));
            }
        }
    }
    found
}

/// `/v1/tasks/{uuid}` as `/tasks/{}`, and `/v1` itself as `/`.
fn nameless(path: &str) -> String {
    let path = match path.strip_prefix("/v1") {
        Some("") => "/",
        Some(rest) => rest,
        None => path,
    };
    let segment = |segment: &str| {
        if segment.starts_with('{') {
            String::from("{}")
        } else {
            segment.to_owned()
        }
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

fn role(access: Access) -> String {
    match access {
        Access::From(role) => role.as_str().to_owned(),
        Access::Monitoring => "monitoring".to_owned(),
    }
}

#[test]
fn each_route_is_in_the_document_with_its_role_and_nothing_else_is() {
    let mut routed: BTreeMap<(String, String), String> = endpoints()
        .iter()
        .map(|of| {
            let at = (of.method.to_string(), nameless(of.path));
            (at, role(of.access))
        })
        .collect();
    for public in public_endpoints() {
        routed.insert(("GET".into(), nameless(public.path)), "none".into());
    }
    let document = document();
    let written: BTreeMap<(String, String), String> = operations(&document)
        .into_iter()
        .map(|(method, path, operation)| {
            let role = operation["x-ostler-role"].as_str().unwrap_or("").to_owned();
            ((method, path), role)
        })
        .collect();
    assert_eq!(written, routed);
}

#[test]
fn each_call_has_an_id_a_summary_and_an_example_of_each_body_that_it_takes_or_gives() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let at = format!("{method} {path}");
        let id = operation["operationId"].as_str().unwrap_or_default();
        assert!(!id.is_empty() && ids.insert(id), "{at}: operationId {id:?}");
        assert!(operation["summary"].is_string(), "{at}: no summary");
        let body = resolve(&document, &operation["requestBody"]);
        let answers = operation["responses"].as_object().unwrap();
        assert!(
            answers.keys().any(|code| code.starts_with('2')),
            "{at}: no answer that is a success"
        );
        let answers = answers.values().map(|answer| resolve(&document, answer));
        for holder in std::iter::once(body).chain(answers) {
            for (kind, content) in holder["content"].as_object().into_iter().flatten() {
                assert!(!content["example"].is_null(), "{at}: {kind} has no example");
            }
        }
        if operation["x-ostler-role"] != "none" {
            for code in ["401", "403", "429", "500"] {
                assert!(!operation["responses"][code].is_null(), "{at}: no {code}");
            }
        }
    }
}

#[test]
fn the_fields_of_each_thing_are_those_that_are_shown() {
    let document = document();
    let check = |schema: &str, parameter: Option<&str>, fields: &[&str]| {
        let fields: BTreeSet<&str> = fields.iter().copied().collect();
        let properties = &document["components"]["schemas"][schema]["properties"];
        let written: BTreeSet<&str> = properties
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .filter(|field| *field != SECRET || schema != "Token")
            .collect();
        assert_eq!(written, fields, "{schema}");
        if let Some(parameter) = parameter {
            let items = &document["components"]["parameters"][parameter]["schema"]["items"];
            let chosen = items["enum"].as_array().unwrap();
            let chosen: BTreeSet<&str> = chosen.iter().filter_map(Value::as_str).collect();
            assert_eq!(chosen, fields, "{parameter}");
        }
    };
    check("Instance", Some("InstanceFields"), Instance::FIELDS);
    check("ProjectLimit", Some("LimitFields"), Limit::FIELDS);
    check("Type", Some("TypeFields"), InstanceType::FIELDS);
    check("Image", Some("ImageFields"), Image::FIELDS);
    check("Network", Some("NetworkFields"), Network::FIELDS);
    check("Node", Some("NodeFields"), Node::FIELDS);
    check("NodeHealth", Some("HealthFields"), NodeHealth::FIELDS);
    check("Task", Some("TaskFields"), TaskView::FIELDS);
    check("Operation", None, OperationView::FIELDS);
    check("Event", None, Event::FIELDS);
    check("Token", Some("TokenFields"), Token::FIELDS);
    check("Webhook", Some("WebhookFields"), Webhook::FIELDS);
}

#[test]
fn each_reference_leads_somewhere_and_each_component_is_used() {
    let document = document();
    let mut used = BTreeSet::new();
    references(&document, &mut used);
    for reference in &used {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    for kind in [
        "parameters",
        "headers",
        "requestBodies",
        "responses",
        "schemas",
    ] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            let reference = format!("#/components/{kind}/{name}");
            assert!(used.contains(reference.as_str()), "{reference} is not used");
        }
    }
}

#[test]
fn the_daemon_serves_it_without_credentials_and_it_names_this_version() {
    let daemon = Daemon::start();
    let answer = daemon.tcp().get("/openapi.yaml").expect(200);
    assert_eq!(answer.header("content-type"), Some("application/yaml"));
    assert_eq!(String::from_utf8(answer.body).unwrap(), TEXT);
    assert_eq!(document()["info"]["version"], env!("CARGO_PKG_VERSION"));
    // Not 401: nothing here asks for credentials.
    let refused = daemon.tcp().send("DELETE", "/openapi.yaml", None);
    assert_eq!(refused.header("allow"), Some("GET, HEAD"));
    refused.expect(405);
}

fn resolve<'a>(document: &'a Value, of: &'a Value) -> &'a Value {
    match of["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap(),
        None => of,
    }
}

fn references<'a>(of: &'a Value, found: &mut BTreeSet<&'a str>) {
    match of {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                found.insert(reference);
            }
            members.values().for_each(|of| references(of, found));
        }
        Value::Array(items) => items.iter().for_each(|of| references(of, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
