//! Very many creates at once for few machines: each machine is handed out once, and all others are told that there is none.
#![cfg(test)]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use ostler::sim::SimBmcConfig;
use serde_json::{Value, json};

use crate::common::daemon::{Daemon, Parts, register_node};
use crate::common::http::{Client, KeptAlive};
use crate::common::sim::SimRack;
use crate::common::wait::until_within;

const NODES: usize = 100;
const CREATES: usize = 1_000;
const CONNECTIONS: usize = 64;

/// Nobody is polled meanwhile, so that slow machines have time for the creates.
const POWER: &str = "poll_interval_secs = 60\nchange_deadline_secs = 600\n";

#[test]
fn a_thousand_creates_at_once_for_a_hundred_nodes_make_exactly_a_hundred() {
    let rack = SimRack::start(
        (0..NODES)
            .map(|index| SimBmcConfig::new(format!("n{index}")))
            .collect(),
    );
    let daemon = Daemon::with_power(POWER);
    let admin = daemon.unix();
    for bmc in rack.bmcs() {
        register_node(&admin, bmc.name(), &bmc);
    }
    let parts = Parts::make(&admin);
    let member = daemon.tcp_as("member", "web", "member");
    let answers = race(&member, &parts);
    let (made, refused): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|(status, _)| *status == 201);
    assert_eq!((made.len(), refused.len()), (NODES, CREATES - NODES));
    for (status, answer) in refused {
        assert_eq!(status, 409, "{answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(
            message.contains("no free node fits: of 100 nodes, 100 are taken"),
            "{message}"
        );
    }
    let list = |query: &str| {
        let list = admin
            .get(&format!("/v1/instances/detail?all_tenants=1{query}"))
            .expect(200)
            .json();
        list["instances"].as_array().unwrap().clone()
    };
    let there = list("");
    let port = |of: &Value| {
        of["network_info"]
            .as_object()
            .unwrap()
            .values()
            .next()
            .unwrap()
            .clone()
    };
    for different in [
        |of: &Value, _: &Value| of["uuid"].clone(),
        |of: &Value, _: &Value| of["node_uuid"].clone(),
        |_: &Value, port: &Value| port["mac_address"].clone(),
        |_: &Value, port: &Value| port["fixed_ips"][0]["ip_address"].clone(),
    ] {
        let values: BTreeSet<String> = there
            .iter()
            .map(|of| different(of, &port(of)).to_string())
            .collect();
        assert_eq!(values.len(), NODES, "{values:?}");
    }
    let promised: BTreeSet<String> = made.iter().map(|(_, of)| of["uuid"].to_string()).collect();
    let kept: BTreeSet<String> = there.iter().map(|of| of["uuid"].to_string()).collect();
    assert_eq!(promised, kept, "what was answered is what is there");
    until_within(Duration::from_secs(300), "all to be active", || {
        (list("&status=active").len() == NODES).then_some(())
    });
    for bmc in rack.bmcs() {
        let told = bmc.counters().controls_received;
        assert_eq!(
            json!([told.down, told.up, told.total()]),
            json!([0, 1, 1]),
            "{}",
            bmc.name()
        );
    }
}

/// All answers, with their status. As many are under way at a time as there are connections.
fn race(member: &Client, parts: &Parts) -> Vec<(u16, Value)> {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let create = || {
            let mut connection = KeptAlive::open(member);
            let mut answers = Vec::new();
            while let Some(number) =
                Some(next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < CREATES)
            {
                let body = parts.instance(&format!("i{number}"));
                let answer = connection.send("POST", "/v1/instances", &body);
                answers.push((answer.status, answer.json()));
            }
            answers
        };
        let threads: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(create)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    })
}
