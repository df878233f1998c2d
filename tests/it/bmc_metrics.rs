//! `/metrics`: the page is what Prometheus reads, has each node once, and is for those who watch.
#![cfg(test)]

use std::collections::BTreeMap;
use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::{Faults, SimBmcConfig};
use serde_json::json;

use crate::common::bench::{Bench, node};
use crate::common::prometheus::Page;
use crate::common::wait::until_within;

const POWER: &str = "poll_interval_secs = 1\ntransition_grace_secs = 1\nunreachable_after_misses = 1\n\
     backoff_max_secs = 2\n";

/// A name with all that has to be escaped, and none of what a name may not have.
const ODD: &str = "odd \"name\" \\n {x=1}, ü";

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
    let page = Page::parse(std::str::from_utf8(&answer.body).unwrap());
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
        assert_eq!(page.labels(name, "node"), [ODD, "dead"], "{name}");
        let zones = page.labels(name, "availability_zone");
        assert_eq!(zones, ["z-n", "z-dead"], "{name}");
    }
    let of = |name: &str, label: &str, is: &str| page.value(name, label, is);
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
    assert_eq!(page.labels("ostler_tasks", "state"), states);
    let statuses = ["building", "active", "error", "deleting"];
    assert_eq!(page.labels("ostler_instances", "status"), statuses);
    let version = page.labels("ostler_build_info", "version");
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
