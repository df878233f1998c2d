//! schemathesis, which knows only the OpenAPI document, finds nothing that the daemon does otherwise.
//!
//! All checks and all phases. What it sends is generated from a seed, the same each time, so that a landing does not fail by
//! chance; `OSTLER_SCHEMATHESIS_SEED` and `OSTLER_SCHEMATHESIS_EXAMPLES` look further.
#![cfg(test)]

use std::process::Command;

use ostler::sim::SimBmcConfig;
use serde_json::json;

use crate::common::bench::bmc_settings;
use crate::common::clients::{expect_success, programs, root};
use crate::common::daemon::Daemon;
use crate::common::http::Client;
use crate::common::sim::SimRack;

/// What the document's examples name.
const TYPE: &str = "713700dc-1ea1-4928-a79a-46fb1f8b86cd";
const IMAGE: &str = "40d80eb0-2365-492d-a220-8329e7bb0c6e";
const NETWORK: &str = "58949fe9-b01b-4458-a608-da8624cb1654";

#[test]
fn schemathesis_finds_nothing_as_admin() {
    schemathesis_finds_nothing("admin");
}

#[test]
fn schemathesis_finds_nothing_as_member() {
    schemathesis_finds_nothing("member");
}

#[track_caller]
fn schemathesis_finds_nothing(role: &str) {
    let Some(programs) = programs() else { return };
    let rack = SimRack::start(
        (0..40)
            .map(|n| SimBmcConfig::new(format!("s{n}")))
            .collect(),
    );
    // It tries bad credentials on each call, which is meant to be slowed down.
    let daemon = Daemon::with_api("failed_sign_ins_per_min = 100000");
    furnish(&daemon.unix(), &rack);
    let ports: Vec<String> = rack
        .bmcs()
        .map(|bmc| bmc.address().port().to_string())
        .collect();
    let token = daemon.token("ci", "web", role);
    // It leaves a cache where it runs.
    let directory = tempfile::tempdir().unwrap();
    let output = Command::new(programs.join("schemathesis"))
        .current_dir(directory.path())
        .arg("--config-file")
        .arg(root().join("tests/clients/schemathesis.toml"))
        .arg("run")
        .arg(root().join("api-ref/openapi.yaml"))
        .args(["--url", &format!("http://{}", daemon.tcp_address())])
        .args(["--header", &format!("X-Auth-Token: {token}")])
        .args(["--checks", "all"])
        .args(["--phases", "examples,coverage,fuzzing,stateful"])
        .args(["--max-examples", &asked("EXAMPLES", "10")])
        .args(["--seed", &asked("SEED", "1")])
        .env("SCHEMATHESIS_HOOKS", root().join("tests/clients/hooks.py"))
        .env("OSTLER_BMCS", ports.join(","))
        .env("OSTLER_ROLE", role)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    expect_success("schemathesis", &output);
}

#[expect(
    clippy::disallowed_methods,
    reason = "whoever wants to look further says so in the environment"
)]
fn asked(name: &str, usual: &str) -> String {
    std::env::var(format!("OSTLER_SCHEMATHESIS_{name}")).unwrap_or_else(|_| usual.to_owned())
}

/// Makes what the examples name, and free nodes for instances.
fn furnish(admin: &Client, rack: &SimRack) {
    let lan = json!({"uuid": NETWORK, "name": "lan", "subnets": [{"cidr": "10.250.0.0/16"}]});
    let pager =
        json!({"name": "pager", "url": "http://127.0.0.1:9/", "secret": "0123456789abcdef"});
    for (path, body) in [
        ("/v1/types", json!({"uuid": TYPE, "name": "small"})),
        ("/v1/images", json!({"uuid": IMAGE, "name": "debian"})),
        ("/v1/networks", lan),
        ("/v1/webhooks", pager),
    ] {
        admin.post(path, &body).expect(201);
    }
    let free = (1..=12).map(|n| format!("free{n}"));
    let names = ["n1", "r1n0001", "r1n0002", "r1n0003"].map(String::from);
    for (index, (name, bmc)) in names.into_iter().chain(free).zip(rack.bmcs()).enumerate() {
        let ports = json!([
            {"mac_address": format!("52:54:00:00:01:{index:02x}"), "port_type": "10GE"},
            {"mac_address": format!("52:54:00:00:02:{index:02x}")},
        ]);
        let node = json!({"name": name, "availability_zone": "az1", "ports": ports, "bmc": bmc_settings(&bmc)});
        admin.post("/v1/nodes", &node).expect(201);
    }
    let web1 = json!({
        "name": "web1", "instance_type_uuid": TYPE, "image_uuid": IMAGE, "networks": [{"net_id": NETWORK}],
    });
    let web = admin.with("X-Project-Id", "web");
    web.post("/v1/instances", &web1).expect(201);
}
