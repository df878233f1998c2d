//! The calls that there are, held against the pages: each is in the table of `README.md` with its role, and has an example.

use std::collections::BTreeSet;
use std::fs;

use ostler::api::routes::{Access, Endpoint, Router, endpoints, public_endpoints};

use super::page::directory;
use super::{PAGES, read};

#[test]
fn every_call_has_an_example_that_succeeds() {
    let router = Router::new();
    let mut shown = BTreeSet::new();
    for example in PAGES.iter().flat_map(|page| read(page)) {
        let path = example.path.split('?').next().unwrap_or_default();
        let method = example.method.parse().unwrap();
        let Some(found) = router.find(path) else {
            panic!("{}: there is no such path", example.place());
        };
        let pattern = found
            .endpoint(&method)
            .map_or(path, |endpoint| endpoint.path);
        if example.status < 300 {
            shown.insert(format!("{method} {pattern}"));
        }
    }
    let calls = endpoints().into_iter().map(|endpoint| call(&endpoint));
    let public = public_endpoints()
        .into_iter()
        .map(|endpoint| format!("GET {}", endpoint.path));
    let without: Vec<String> = calls
        .chain(public)
        .filter(|call| !shown.contains(call))
        .collect();
    assert!(
        without.is_empty(),
        "calls without an example in api-ref:\n{}",
        without.join("\n")
    );
}

#[test]
fn the_table_of_calls_has_each_with_its_role() {
    let text = fs::read_to_string(directory().join("README.md")).unwrap();
    let (_, table) = text.split_once("## All calls").unwrap();
    let mut rows = BTreeSet::new();
    for row in table.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, method, paths, role, ..] = cells[..] else {
            panic!("{row}");
        };
        // What is said of a role behind a semicolon is for people.
        let role = role.split(';').next().unwrap_or_default();
        for path in paths.split('`').filter(|path| path.starts_with('/')) {
            rows.insert(format!("{method} {} {role}", anonymous(path)));
        }
    }
    let calls = endpoints().into_iter().map(|endpoint| {
        let role = match endpoint.access {
            Access::From(role) => role.to_string(),
            Access::Monitoring => "monitor or admin".to_owned(),
        };
        format!("{} {role}", anonymous(&call(&endpoint)))
    });
    let public = public_endpoints()
        .into_iter()
        .map(|endpoint| format!("GET {} none", endpoint.path));
    let calls: BTreeSet<String> = calls.chain(public).collect();
    let missing: Vec<_> = calls.difference(&rows).collect();
    let wrong: Vec<_> = rows.difference(&calls).collect();
    assert!(
        missing.is_empty() && wrong.is_empty(),
        "api-ref/README.md: missing in the table: {missing:#?}, wrong in it: {wrong:#?}"
    );
}

fn call(endpoint: &Endpoint) -> String {
    format!("{} {}", endpoint.method, endpoint.path)
}

/// A path whose parameters have no names: `/tasks/{uuid}` and `/tasks/{ident}` are the same call.
fn anonymous(path: &str) -> String {
    let part = |part: &str| {
        if part.starts_with('{') {
            "{}".to_owned()
        } else {
            part.to_owned()
        }
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}
