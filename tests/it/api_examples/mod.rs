//! The examples of `api-ref/` are true: each request, sent to a real daemon in the order of the page, is answered as the page
//! says. And each call has one.
#![cfg(test)]

mod calls;
mod comparison;
mod document;
mod exchange;
mod fields;
mod names;
mod page;
mod situations;
mod world;

use std::collections::BTreeSet;
use std::fs;

use self::page::{Example, directory, examples};
use self::world::World;

/// A test for each page.
macro_rules! pages {
    ($($test:ident $page:literal;)*) => {
        const PAGES: &[&str] = &[$($page),*];

        mod are_true_in {
            $(
                #[test]
                fn $test() {
                    super::run($page);
                }
            )*
        }
    };
}

pages! {
    access "access.md";
    availability_zones "availability-zones.md";
    backup "backup.md";
    conventions "conventions.md";
    events "events.md";
    health "health.md";
    images "images.md";
    instances "instances.md";
    keys "keys.md";
    limits "limits.md";
    metrics "metrics.md";
    netboot "netboot.md";
    networks "networks.md";
    nodes "nodes.md";
    operations "operations.md";
    readme "README.md";
    tasks "tasks.md";
    tokens "tokens.md";
    types "types.md";
    webhooks "webhooks.md";
}

fn run(page: &str) {
    let examples = read(page);
    if examples.is_empty() {
        return;
    }
    let mut world = World::start();
    let mut wrong = Vec::new();
    for example in &examples {
        println!("{}", example.place());
        situations::prepare(&mut world, example);
        let sender = situations::sender(&world, example);
        let differences = exchange::differences(example, &sender, &mut world.names);
        if !differences.is_empty() {
            let (place, line) = (example.place(), example.answer.line);
            wrong.push(format!(
                "{place}: not the answer of line {line}\n  {}",
                differences.join("\n  ")
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn read(page: &str) -> Vec<Example> {
    examples(page).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_page_is_tested() {
    let there: BTreeSet<String> = fs::read_dir(directory())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".md"))
        .collect();
    let tested = PAGES.iter().map(|page| (*page).to_owned()).collect();
    assert_eq!(
        there, tested,
        "the pages, and those in the table of this file"
    );
}

#[test]
fn every_situation_and_sender_is_of_an_example() {
    let all: Vec<Example> = PAGES.iter().flat_map(|page| read(page)).collect();
    for (page, request, status, _) in situations::SITUATIONS {
        let used = |example: &Example| {
            example.page == *page && example.request_line() == *request && example.status == *status
        };
        assert!(
            all.iter().any(used),
            "no example of {page} is {request} with {status}"
        );
    }
    for (page, start, _) in situations::SENDERS {
        let used =
            |example: &Example| example.page == *page && example.request_line().starts_with(start);
        assert!(
            all.iter().any(used),
            "no example of {page} begins with {start}"
        );
    }
}
