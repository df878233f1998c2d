//! `/metrics`: the page is what Prometheus reads, has each node once, and is for those who watch.
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::{Faults, SimBmcConfig};
use serde_json::json;

use crate::common::bench::{Bench, node};
use crate::common::wait::until_within;

const POWER: &str = "poll_interval_secs = 1\ntransition_grace_secs = 1\nunreachable_after_misses = 1\n\
     backoff_max_secs = 2\n";

/// A name with all that has to be escaped, and none of what a name may not have.
const ODD: &str = "odd \"name\" \\n {x=1}, ü";

/// Labels and value of each sample, by the name of its metric.
type Page = BTreeMap<String, Vec<(BTreeMap<String, String>, f64)>>;

/// Reads the text format 0.0.4, and takes nothing that it does not allow.
fn parse(text: &str) -> Page {
    assert!(text.ends_with('\n'), "the last line ends, too");
    let (mut page, mut types) = (Page::new(), HashMap::new());
    let mut helped = BTreeSet::new();
    let mut current = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').expect(line);
            assert!(!help.is_empty() && helped.insert(name.to_owned()), "{line}");
            current = name.to_owned();
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect(line);
            assert_eq!(name, current, "HELP and TYPE stand together");
            assert!(["gauge", "counter"].contains(&kind), "{line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            assert!(types.insert(name.to_owned(), kind.to_owned()).is_none());
            page.insert(name.to_owned(), Vec::new());
        } else {
            let (name, labels, value) = sample(line);
            assert_eq!(name, current, "all samples of a metric stand together");
            let value: f64 = value.parse().expect(line);
            let samples = page.get_mut(&name).expect("a type before the first sample");
            assert!(samples.iter().all(|(of, _)| *of != labels), "twice: {line}");
            samples.push((labels, value));
        }
    }
    page
}

fn sample(line: &str) -> (String, BTreeMap<String, String>, &str) {
    let end = line.find(['{', ' ']).expect(line);
    let name = &line[..end];
    let is_word = |name: &str| {
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        begins && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    assert!(is_word(name), "{line}");
    let mut labels = BTreeMap::new();
    let mut rest = &line[end..];
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, after) = rest.split_once("=\"").expect(line);
            assert!(is_word(label), "{line}");
            let (value, after) = label_value(after);
            assert!(labels.insert(label.to_owned(), value).is_none(), "{line}");
            match after.strip_prefix(',') {
                Some(more) => rest = more,
                None => {
                    rest = after.strip_prefix('}').expect(line);
                    break;
                }
            }
        }
    }
    (name.to_owned(), labels, rest.strip_prefix(' ').expect(line))
}

/// Up to the closing quotation mark, and what follows it.
fn label_value(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return (value, &text[at + 1..]),
            '\\' => match chars.next().map(|(_, char)| char) {
                Some('n') => value.push('\n'),
                Some(char @ ('\\' | '"')) => value.push(char),
                other => panic!("\\{other:?} in {text}"),
            },
            char => value.push(char),
        }
    }
    panic!("no end: {text}")
}

/// The value of the one sample with this label, if there is one.
fn value(page: &Page, name: &str, label: &str, is: &str) -> Option<f64> {
    let has = |labels: &BTreeMap<String, String>| labels.get(label).is_some_and(|of| of == is);
    let mut found = page[name].iter().filter(|(labels, _)| has(labels));
    let first = found.next().map(|(_, value)| *value);
    assert!(found.next().is_none(), "{name} {label}={is} twice");
    first
}

fn labels<'a>(page: &'a Page, name: &str, label: &str) -> Vec<&'a str> {
    page[name].iter().map(|(of, _)| &*of[label]).collect()
}

/// Two nodes: one with an odd name, off and well, and one that was on and is silent now.
fn two_nodes() -> Bench {
    let dead = SimBmcConfig {
        power: PowerState::On,
        ..SimBmcConfig::new("dead")
    };
    let bench = Bench::start(vec![SimBmcConfig::new("n"), dead], POWER);
    let rename = json!([{"op": "replace", "path": "/name", "value": ODD}]);
    bench.admin.patch(&node("n"), &rename).expect(200);
    bench.bmc("dead").set_faults(Faults {
        dead: true,
        ..Faults::default()
    });
    until_within(Duration::from_secs(60), "the dead one to be missed", || {
        bench.at(&node("dead"))["power_state"]
            .is_null()
            .then_some(())
    });
    bench
}

#[test]
fn the_page_parses_has_each_node_once_and_says_what_is() {
    let bench = two_nodes();
    let answer = bench.admin.get("/metrics").expect(200);
    let media_type = "text/plain; version=0.0.4; charset=utf-8";
    assert_eq!(answer.header("content-type"), Some(media_type));
    let page = parse(std::str::from_utf8(&answer.body).unwrap());
    for name in [
        "ostler_bmc_up",
        "ostler_bmc_health",
        "ostler_bmc_round_trip_seconds",
        "ostler_bmc_loss_ratio",
        "ostler_bmc_busy_ratio",
        "ostler_bmc_consecutive_failures",
        "ostler_bmc_last_contact_timestamp_seconds",
        "ostler_bmc_exchanges_total",
        "ostler_bmc_retransmissions_total",
    ] {
        assert_eq!(labels(&page, name, "node"), [ODD, "dead"], "{name}");
        let zones = labels(&page, name, "availability_zone");
        assert_eq!(zones, ["z-n", "z-dead"], "{name}");
    }
    let of = |name: &str, label: &str, is: &str| value(&page, name, label, is);
    assert_eq!(of("ostler_bmc_up", "node", ODD), Some(1.0));
    assert_eq!(of("ostler_bmc_up", "node", "dead"), Some(0.0));
    assert_eq!(of("ostler_bmc_health", "state", "good"), Some(1.0));
    assert_eq!(of("ostler_bmc_health", "state", "unreachable"), Some(1.0));
    assert_eq!(of("ostler_node_power_state", "node", ODD), Some(0.0));
    let unknown = of("ostler_node_power_state", "node", "dead");
    assert_eq!(unknown, None, "unknown is not off");
    assert!(of("ostler_bmc_failures_total", "kind", "silent") >= Some(1.0));
    let contact = of("ostler_bmc_last_contact_timestamp_seconds", "node", ODD).unwrap();
    let now = ostler::time::now().as_micros() as f64;
    assert!((contact * 1e6 - now).abs() < 3.6e9, "{contact} is not now");
    assert_eq!(page["ostler_nodes"], [(BTreeMap::new(), 2.0)]);
    let states = ["queued", "observing", "issued", "waiting"];
    assert_eq!(labels(&page, "ostler_tasks", "state"), states);
    let statuses = ["building", "active", "error", "deleting"];
    assert_eq!(labels(&page, "ostler_instances", "status"), statuses);
    let version = labels(&page, "ostler_build_info", "version");
    assert_eq!(version, [env!("CARGO_PKG_VERSION")]);
}

#[test]
fn a_monitor_sees_health_and_metrics_and_nothing_else() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    let as_role = |role: &str| bench.daemon.tcp_as("u", "p", role);
    let own = [
        "/metrics",
        "/v1/metrics",
        "/v1/health",
        "/v1/nodes/n/health",
    ];
    let others = [
        "/v1/nodes",
        "/v1/nodes/n",
        "/v1/instances",
        "/v1/types",
        "/v1/events",
        "/v1/tokens",
    ];
    for path in own {
        for role in ["monitor", "admin"] {
            as_role(role).get(path).expect(200);
        }
        for role in ["reader", "member"] {
            let message = as_role(role).get(path).expect_error(403);
            assert!(message.contains("needs the role monitor"), "{message}");
        }
        bench.daemon.tcp().get(path).expect_error(401);
    }
    for path in others {
        as_role("monitor").get(path).expect_error(403);
    }
}

#[test]
fn the_metrics_need_no_more_than_the_socket_and_never_answer_406() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    let page = |client: &crate::common::http::Client| {
        for accept in [
            "application/openmetrics-text;version=1.0.0",
            "text/html",
            "image/png",
        ] {
            let answer = client.with("Accept", accept).get("/metrics").expect(200);
            assert!(
                answer
                    .header("content-type")
                    .unwrap()
                    .starts_with("text/plain")
            );
        }
    };
    page(&bench.daemon.unix());
    page(&bench.daemon.tcp_as("u", "p", "monitor"));
    // On the socket a token counts instead of what the kernel says: it has to be good, and then any role will do.
    let reader = bench.daemon.token("u", "p", "reader");
    page(&bench.daemon.unix().with_token(&reader));
    bench
        .daemon
        .unix()
        .with_token("nonsense")
        .get("/metrics")
        .expect_error(401);
    bench
        .admin
        .with("Accept", "text/html")
        .get("/v1/health")
        .expect_error(406);
}
