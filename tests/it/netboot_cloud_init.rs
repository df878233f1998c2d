//! A real cloud-init, with nothing but the command line that a machine is booted with: it finds its data, is who the instance
//! is, and phones home without a word in user data.
#![cfg(test)]

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use ostler::sim::SimBmcConfig;
use serde_json::{Value, json};

use crate::common::bench::bmc_settings;
use crate::common::daemon::{Daemon, Surroundings};
use crate::common::http::Client;
use crate::common::machine::{PATIENCE, wait_at};
use crate::common::net_space::NetSpace;
use crate::common::qemu;
use crate::common::sim::SimRack;
use crate::common::skip::skip;
use crate::common::wait::until_within;

const HERE: &str = "10.20.0.1";
const PORT: u16 = 6680;
const MAC: &str = "52:54:00:00:00:01";

#[test]
fn cloud_init_needs_nothing_but_the_command_line_to_be_the_instance_and_to_phone_home() {
    let Some(ready) = qemu::ready() else {
        return;
    };
    let space = match machine_and_daemon_in_one_network() {
        Ok(space) => space,
        Err(why) => return skip(&why),
    };
    let rack = space.run(|| SimRack::start(vec![SimBmcConfig::new("n1")]));
    let settings = format!(
        "poll_interval_secs = 1\nchange_deadline_secs = 60\n[netboot]\nlisten = [\"{HERE}:{PORT}\"]\n"
    );
    let surroundings = Surroundings {
        prefix: space.prefix(),
        ..Surroundings::default()
    };
    let daemon = Daemon::with_surroundings(&settings, |_| Ok(surroundings)).unwrap();
    let admin = daemon.unix();
    let bmc = bmc_settings(&rack.by_name("n1").unwrap());
    let node = json!({"name": "n1", "bmc": bmc, "ports": [{"mac_address": MAC}]});
    admin.post("/v1/nodes", &node).expect(201);
    wait_at(&admin, "/v1/nodes/n1", "power_state", "power off");
    let made = admin.post("/v1/instances", &request(&admin)).expect(201);
    let uuid = made.json()["uuid"].as_str().unwrap().to_owned();
    let instance = format!("/v1/instances/{uuid}");

    let command_line = command_line(&space);
    let directory = tempfile::tempdir().unwrap();
    boot(&space, &ready, directory.path(), &command_line);
    let shown = wait_at(&admin, &instance, "status", "active");
    let seen = |name: &str| {
        fs::read_to_string(directory.path().join(name)).unwrap_or_else(|error| {
            let log = fs::read_to_string(directory.path().join("log")).unwrap_or_default();
            panic!("{name}: {error}\n{log}")
        })
    };
    assert_eq!(seen("hostname").trim(), "web1");
    assert_eq!(seen("made-by-user-data").trim(), format!("{uuid} web1"));
    let ports = shown["network_info"].as_object().unwrap();
    let address = &ports.values().next().unwrap()["fixed_ips"][0]["ip_address"];
    let interfaces = seen("interfaces");
    for line in [
        "iface eth0 inet static".to_owned(),
        format!("    address {}/24", address.as_str().unwrap()),
        "    dns-nameservers 10.20.0.53".to_owned(),
    ] {
        assert!(interfaces.contains(&line), "{line}: {interfaces}");
    }
    assert!(interfaces.contains("10.20.0.254"), "{interfaces}");
}

/// `eth0` is the machine's, with its MAC address; the other end of its cable has the daemon's address.
fn machine_and_daemon_in_one_network() -> Result<NetSpace, String> {
    let space = NetSpace::make()?;
    space.ip(&format!(
        "link add eth0 address {MAC} type veth peer name srv"
    ))?;
    space.ip(&format!("address add {HERE}/24 dev srv"))?;
    space.ip("link set srv up")?;
    space.ip("link set eth0 up")?;
    Ok(space)
}

fn request(admin: &Client) -> Value {
    let made = |path: &str, body: &Value| admin.post(path, body).expect(201).json()["uuid"].clone();
    let image = made(
        "/v1/images",
        &json!({
            "name": "cloud", "completion": "phone-home",
            "kernel_args": "console=ttyS0 ds=nocloud-net;s=${data_url} network-config=${network_config}",
        }),
    );
    // Nobody runs it here: what is tried begins where the kernel has started its system.
    let path = format!("/v1/images/{}/kernel", image.as_str().unwrap());
    admin
        .with("Content-Type", "application/octet-stream")
        .send("PUT", &path, Some(b"a kernel"))
        .expect(200);
    let network = json!({"name": "provision", "subnets": [{
        "cidr": "10.20.0.0/24", "gateway_ip": "10.20.0.254", "dns_nameservers": ["10.20.0.53"],
        "allocation_pools": [{"start": "10.20.0.11", "end": "10.20.0.99"}],
    }]});
    let user_data = "## template: jinja\n#!/bin/sh\n\
         echo \"{{ ds.meta_data.instance_uuid }} $(hostname)\" >/made-by-user-data\n";
    json!({
        "name": "web1",
        "instance_type_uuid": made("/v1/types", &json!({"name": "any"})),
        "image_uuid": image,
        "networks": [{"net_id": made("/v1/networks", &network)}],
        "user_data": user_data,
    })
}

/// What the machine's kernel is started with, once its script has a kernel.
fn command_line(space: &NetSpace) -> String {
    let boot_service = Client::tcp(SocketAddr::new(HERE.parse().unwrap(), PORT));
    let path = format!("/script?mac={MAC}");
    let script = until_within(PATIENCE, "the machine's script", || {
        let script = space.run(|| boot_service.get(&path).expect(200).body);
        let script = String::from_utf8(script).unwrap();
        script.contains("\nkernel ").then_some(script)
    });
    let (_, rest) = script.split_once("set args:hex ").unwrap();
    let bytes = rest.lines().next().unwrap().split(':');
    let bytes = bytes.map(|of| u8::from_str_radix(of, 16).unwrap());
    String::from_utf8(bytes.collect()).unwrap()
}

/// Runs cloud-init's stages in the namespace.
fn boot(space: &NetSpace, ready: &Path, directory: &Path, command_line: &str) {
    let ran = space
        .command("unshare")
        .args(["--mount", "--uts", "--propagation", "private", "--"])
        .arg(qemu::script("cloud-init"))
        .args([ready, directory])
        .arg(command_line)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    println!("{}", String::from_utf8_lossy(&ran.stdout));
    println!("{}", String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{}", ran.status);
}
