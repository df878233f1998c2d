//! OpenStack's own client libraries take the daemon for one of their services.
#![cfg(test)]

use std::process::Command;

use ostler::sim::SimBmcConfig;

use crate::common::clients::{expect_success, programs, root};
use crate::common::daemon::{Daemon, Parts, register_node};
use crate::common::sim::SimRack;

#[test]
fn keystoneauth_and_openstacksdk_list_create_patch_power_delete_and_show_our_messages() {
    let Some(programs) = programs() else { return };
    let (_rack, bmc) = SimRack::one(SimBmcConfig::new("n1"));
    let daemon = Daemon::start();
    let admin = daemon.unix();
    register_node(&admin, "n1", &bmc);
    let mut parts = Parts::make(&admin).instance("");
    parts.as_object_mut().unwrap().remove("name");
    let output = Command::new(programs.join("python"))
        .current_dir(root())
        .arg("tests/clients/openstack_clients.py")
        .env("OSTLER_URL", format!("http://{}", daemon.tcp_address()))
        .env("OSTLER_TOKEN", daemon.token("ci", "web", "member"))
        .env("OSTLER_PARTS", parts.to_string())
        .output()
        .unwrap();
    expect_success("openstack_clients.py", &output);
}
