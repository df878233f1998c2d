//! The dashboard and the alerts of `doc/monitoring` ask for what is on the page, and for nothing else.
#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::bench::node;
use crate::common::daemon::Parts;
use crate::common::prometheus::Page;
use crate::common::wait::until;
use crate::monitoring::bench;

/// What Prometheus itself adds to each sample.
const ADDED: [&str; 2] = ["job", "instance"];
/// Metrics that Prometheus makes.
const OF_PROMETHEUS: [&str; 1] = ["up"];

/// Words of PromQL that are no metrics and stand where one could.
const WORDS: [&str; 20] = [
    "by",
    "without",
    "on",
    "ignoring",
    "and",
    "or",
    "unless",
    "bool",
    "sum",
    "count",
    "min",
    "max",
    "topk",
    "rate",
    "increase",
    "changes",
    "vector",
    "time",
    "histogram_quantile",
    "group_left",
];

/// A metric that an expression asks for, with the labels that it is matched by.
#[derive(Debug)]
struct Selector {
    name: String,
    labels: Vec<String>,
}

/// What an expression asks for.
#[derive(Debug, Default)]
struct Asked {
    selectors: Vec<Selector>,
    /// The labels that results are grouped by or joined on.
    grouped: Vec<String>,
}

/// Reads as much of PromQL as is needed to find metrics and labels.
fn asked(expression: &str) -> Asked {
    let (mut asked, mut rest) = (Asked::default(), expression);
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic() || c == '"' || c == '[') {
        rest = &rest[start..];
        if let Some(text) = rest.strip_prefix('"') {
            rest = text.split_once('"').expect(expression).1;
            continue;
        }
        // A range: `[5m]`, `[$__rate_interval]`.
        if rest.starts_with('[') {
            rest = rest.split_once(']').expect(expression).1;
            continue;
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        rest = after;
        if ["by", "without", "on", "ignoring"].contains(&name) {
            let list = after.trim_start().strip_prefix('(').expect(expression);
            let (list, after) = list.split_once(')').expect(expression);
            asked.grouped.extend(words(list));
            rest = after;
        } else if !WORDS.contains(&name) && !is_number(expression, rest, name) {
            let mut labels = Vec::new();
            if let Some(inside) = after.strip_prefix('{') {
                (labels, rest) = matchers(inside);
            }
            asked.selectors.push(Selector {
                name: name.to_owned(),
                labels,
            });
        }
    }
    asked
}

/// The `e6` of `200e6`.
fn is_number(expression: &str, after: &str, name: &str) -> bool {
    let at = expression.len() - after.len() - name.len();
    expression[..at].ends_with(|c: char| c.is_ascii_digit())
}

fn words(list: &str) -> Vec<String> {
    let words = list.split(',').map(|word| word.trim().to_owned());
    words.filter(|word| !word.is_empty()).collect()
}

/// The labels up to the closing brace, and what follows it.
fn matchers(mut rest: &str) -> (Vec<String>, &str) {
    let mut labels = Vec::new();
    while let Some(after) = rest.strip_prefix(',').or(Some(rest)) {
        if let Some(after) = after.strip_prefix('}') {
            rest = after;
            break;
        }
        let end = after.find(['=', '!']).expect(after);
        labels.push(after[..end].trim().to_owned());
        let (_, value) = after.split_once('"').expect(after);
        rest = value.split_once('"').expect(value).1;
    }
    (labels, rest)
}

#[test]
fn expressions_are_read_as_promql_means_them() {
    let asked = asked(
        "histogram_quantile(0.99, sum by (route, le) (rate(ostler_a_bucket{code=~\"5..\",route!=\"by (x)\"}[5m]))) \
         > 200e6 and on (instance) up{job=\"ostler\"} == 0 or vector(0)",
    );
    let names: Vec<_> = asked.selectors.iter().map(|of| &*of.name).collect();
    assert_eq!(names, ["ostler_a_bucket", "up"]);
    assert_eq!(asked.selectors[0].labels, ["code", "route"]);
    assert_eq!(asked.grouped, ["route", "le", "instance"]);
}

/// The labels that samples of a name have; `None` if there is no such name. `Some` of nothing where there is no sample.
fn labels(page: &Page, name: &str) -> Option<BTreeSet<String>> {
    let samples = page.get(name)?;
    let all = samples
        .iter()
        .flat_map(|(labels, _)| labels.keys().cloned());
    Some(all.collect())
}

/// Fails where an expression asks for what the page does not have.
#[track_caller]
fn check(page: &Page, expression: &str) {
    let asked = asked(expression);
    assert!(
        !asked.selectors.is_empty(),
        "asks for nothing: {expression}"
    );
    let mut known: BTreeSet<String> = ADDED.map(str::to_owned).into();
    for Selector { name, labels: of } in &asked.selectors {
        if OF_PROMETHEUS.contains(&name.as_str()) {
            continue;
        }
        let has = labels(page, name);
        let has = has.unwrap_or_else(|| panic!("{name} is not on the page: {expression}"));
        assert!(
            !page[name].is_empty(),
            "{name} has no sample to check: {expression}"
        );
        for label in of.iter().filter(|label| !ADDED.contains(&label.as_str())) {
            assert!(has.contains(label), "{name} has no {label}: {expression}");
        }
        known.extend(has);
    }
    for label in &asked.grouped {
        assert!(
            known.contains(label),
            "no {label} to group by: {expression}"
        );
    }
}

/// A page on which everything has happened that the files ask for.
fn page() -> Page {
    let bench = bench();
    let parts = Parts::make(&bench.admin);
    bench.create_active(&parts, "n");
    until("everything to have happened", || {
        let page = Page::of(&bench.admin);
        let has_failed = page.sum("ostler_bmc_failures_total", &[]) > 0.0;
        let known = bench.at(&node("dead"))["power_state"].is_null();
        (has_failed && known).then_some(page)
    })
}

fn read(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(root.join("doc/monitoring").join(name)).unwrap()
}

/// All values of this key, wherever they are.
fn find<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                match value.as_str().filter(|_| name == key) {
                    Some(text) => found.push(text),
                    None => find(value, key, found),
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|value| find(value, key, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_dashboard_asks_for_what_is_on_the_page() {
    let page = page();
    let dashboard: Value = serde_json::from_str(&read("grafana-dashboard.json")).unwrap();
    let mut expressions = Vec::new();
    find(&dashboard, "expr", &mut expressions);
    assert!(expressions.len() > 40, "{}", expressions.len());
    for expression in &expressions {
        check(&page, expression);
    }
    let mut sources = Vec::new();
    find(&dashboard["panels"], "uid", &mut sources);
    assert!(sources.iter().all(|uid| *uid == "${datasource}"));
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    for variable in variables.iter().filter(|of| of["type"] == "query") {
        let query = variable["query"]["query"].as_str().unwrap();
        let inside = query.strip_prefix("label_values(").expect(query);
        let (selector, label) = inside.trim_end_matches(')').rsplit_once(", ").expect(query);
        check(&page, &format!("count by ({label}) ({selector})"));
    }
    panels_do_not_overlap(dashboard["panels"].as_array().unwrap());
    // Whatever the daemon tells, the dashboard shows, but for what is there to be looked up.
    let asked: BTreeSet<String> = expressions
        .iter()
        .flat_map(|of| asked(of).selectors)
        .map(|of| of.name)
        .collect();
    let looked_up = [
        "ostler_nodes",
        "ostler_bmc_busy_ratio",
        "ostler_bmc_consecutive_failures",
        "ostler_bmc_exchanges_total",
        "ostler_bmc_last_contact_timestamp_seconds",
        "ostler_bmc_retransmissions_total",
        "ostler_events_newest_id",
        "ostler_webhooks",
        "ostler_worker_rounds_total",
        "process_virtual_memory_bytes",
    ];
    for name in page.names().filter(|name| !looked_up.contains(name)) {
        let endings = ["", "_bucket", "_sum", "_count"];
        let shown = endings
            .iter()
            .any(|end| asked.contains(&format!("{name}{end}")));
        assert!(shown, "{name} is not on the dashboard");
    }
}

fn panels_do_not_overlap(panels: &[Value]) {
    let place =
        |panel: &Value| ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().unwrap());
    let mut ids = BTreeSet::new();
    for (index, panel) in panels.iter().enumerate() {
        assert!(
            ids.insert(panel["id"].as_u64().unwrap()),
            "{}",
            panel["title"]
        );
        let [x, y, w, h] = place(panel);
        assert!(x + w <= 24, "{}", panel["title"]);
        for other in &panels[..index] {
            let [ox, oy, ow, oh] = place(other);
            let apart = x >= ox + ow || ox >= x + w || y >= oy + oh || oy >= y + h;
            assert!(apart, "{} lies on {}", panel["title"], other["title"]);
        }
    }
}

#[test]
fn the_reference_has_every_metric_and_no_other() {
    let page = page();
    let on_page: BTreeSet<&str> = page.names().collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let reference = fs::read_to_string(root.join("api-ref/metrics.md")).unwrap();
    let words = reference.split('`').skip(1).step_by(2);
    let is_metric = |word: &&str| {
        let begins = word.starts_with("ostler_") || word.starts_with("process_");
        begins && word.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    };
    let in_reference: BTreeSet<&str> = words.filter(is_metric).collect();
    assert_eq!(in_reference, on_page);
}

#[test]
fn the_alerts_ask_for_what_is_on_the_page_and_say_what_to_do() {
    let page = page();
    let alerts: Value = serde_norway::from_str(&read("alerts.yml")).unwrap();
    let groups = alerts["groups"].as_array().unwrap();
    let rules = groups
        .iter()
        .flat_map(|group| group["rules"].as_array().unwrap());
    let mut names = BTreeSet::new();
    for rule in rules {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (name, expression) = (text(&rule["alert"]), text(&rule["expr"]));
        assert!(
            name.starts_with("Ostler") && names.insert(name.clone()),
            "{name}"
        );
        check(&page, &expression);
        assert!(rule["for"].is_string(), "{name}");
        let severity = text(&rule["labels"]["severity"]);
        assert!(["critical", "warning"].contains(&&*severity), "{name}");
        let summary = text(&rule["annotations"]["summary"]);
        let description = text(&rule["annotations"]["description"]);
        assert!(!summary.is_empty() && description.len() > 80, "{name}");
        let grouped = asked(&expression).grouped;
        for used in (summary + &description).split("$labels.").skip(1) {
            let label: String = used
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            let kept = grouped.is_empty() || grouped.contains(&label);
            assert!(kept, "{name}: {label} is grouped away");
        }
    }
    assert!(names.len() >= 15, "{names:?}");
    let readme = read("README.md");
    let listed = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `Ostler"));
    let listed: BTreeSet<String> = listed
        .map(|line| format!("Ostler{}", line.split_once('`').unwrap().0))
        .collect();
    assert_eq!(listed, names);
}
