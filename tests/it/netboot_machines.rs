//! Machines that are QEMU processes, behind OpenIPMI's `ipmi_sim`: an instance boots its image over the network, from the power
//! button to a running system, and orders act on the process.
#![cfg(test)]

use std::collections::HashMap;
use std::fs;
use std::io::{BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use serde_json::json;

use crate::common::bench::node;
use crate::common::daemon::{Daemon, Parts, free_port_of};
use crate::common::http::Client;
use crate::common::machine::{Build, Machine, PATIENCE};
use crate::common::qemu;
use crate::common::served::Request;
use crate::common::wait::until_within;

/// The host's loopback, as a machine in QEMU's user network sees it.
const HOST: &str = "10.0.2.2";

#[test]
fn an_instance_boots_over_the_network_once_and_then_from_its_disk() {
    let Some(ready) = qemu::ready() else {
        return;
    };
    let files = tempfile::tempdir().unwrap();
    let initrd = files.path().join("initrd");
    qemu::make_initramfs(&ready, &initrd, "init-deployed", &[]);
    let listen = free_port_of(Ipv4Addr::LOCALHOST);
    let base = format!("http://{HOST}:{}", listen.port());
    let script = format!(
        "#!ipxe\nkernel {base}/kernel initrd=initrd console=ttyS0 quiet panic=-1 deploy.data={base}/ \
         deploy.address=10.0.2.15/24 deploy.gateway={HOST} deploy.name=web1 deploy.task=install\n\
         initrd --name initrd {base}/initrd\nboot\n"
    );
    let vendor = format!(
        "#cloud-config\n{{\"phone_home\": {{\"url\": \"{base}/phone-home\", \"post\": \"all\"}}}}\n"
    );
    serve(
        listen,
        [
            ("/boot.ipxe", script.into_bytes()),
            ("/kernel", fs::read(qemu::kernel(&ready)).unwrap()),
            ("/initrd", fs::read(&initrd).unwrap()),
            (
                "/meta-data",
                b"{\"instance-id\": \"i-1\", \"local-hostname\": \"web1\"}".to_vec(),
            ),
            (
                "/user-data",
                b"#!/bin/sh\necho \"user data ran on $(hostname)\"\n".to_vec(),
            ),
            ("/vendor-data", vendor.into_bytes()),
            ("/network-config", b"{\"version\": 2}".to_vec()),
            ("/phone-home", b"welcome".to_vec()),
        ],
    );
    let network = format!("user,bootfile={base}/boot.ipxe");
    let Some(machine) = Machine::put_up(
        &ready,
        Build {
            firmware: "bios",
            mac: "52:54:00:00:00:01",
            uuid: "a1234567-89ab-cdef-a123-456789abcdef",
            network: &network,
            prefix: &[],
        },
    ) else {
        return;
    };
    let daemon = Daemon::with_power("poll_interval_secs = 1\nchange_deadline_secs = 60\n");
    let admin = daemon.unix();
    admin.post("/v1/nodes", &machine.node("n1")).expect(201);
    wait_power(&admin, "power off");
    let mut parts = Parts::make(&admin);
    let image = json!({"name": "net", "boot": "network"});
    parts.image = admin.post("/v1/images", &image).expect(201).json()["uuid"]
        .as_str()
        .unwrap()
        .to_owned();
    let made = admin
        .post("/v1/instances", &parts.instance("web1"))
        .expect(201);
    let instance = format!("/v1/instances/{}", made.json()["uuid"].as_str().unwrap());
    let at = machine.wait_says(0, "--- phone home\nwelcome");
    assert!(machine.console().contains("user data ran on web1"));
    assert_eq!(machine.printed("network-config"), "{\"version\": 2}");
    assert_eq!(machine.disk()[510..512], [0x55, 0xaa], "a boot sector");
    admin
        .put(
            &format!("{instance}/states/power"),
            &json!({"target": "reboot", "force": true}),
        )
        .expect(202);
    machine.wait_says(at, "web1 runs from its disk");
    assert!(machine.process().is_some());
    assert_eq!(
        machine.controls(),
        ["boot pxe", "power 1", "power 0", "power 1"]
    );
}

fn wait_power(admin: &Client, power: &str) {
    until_within(PATIENCE, "the machine's power to be read", || {
        (admin.get(&node("n1")).expect(200).json()["power_state"] == power).then_some(())
    });
}

fn serve<const N: usize>(listen: SocketAddr, files: [(&'static str, Vec<u8>); N]) {
    let files = Arc::new(HashMap::from(files));
    let listener = TcpListener::bind(listen).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let files = files.clone();
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                while let Some(request) = Request::read(&mut reader) {
                    let path = request.head.split(' ').nth(1).unwrap().to_owned();
                    let body = &files[path.as_str()];
                    write!(
                        stream,
                        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
                        body.len()
                    )
                    .unwrap();
                    stream.write_all(body).unwrap();
                }
            });
        }
    });
}
