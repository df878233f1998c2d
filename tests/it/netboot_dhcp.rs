//! Network boot as an admin sets it up: dnsmasq with the settings of the package, real DHCP and TFTP over a bridge, and machines
//! that are QEMU processes, one with BIOS and one with UEFI.
#![cfg(test)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Child;

use serde_json::{Value, json};

use crate::common::daemon::{Daemon, Surroundings};
use crate::common::http::Client;
use crate::common::machine::{Build, Machine, PATIENCE, make_image, wait_at};
use crate::common::net_space::NetSpace;
use crate::common::qemu;
use crate::common::skip::skip;
use crate::common::wait::until_within;
use crate::netboot_dnsmasq;

/// The daemon's address in the provisioning network, and the bridge that has it.
const HERE: &str = "10.20.0.1";
const BRIDGE: &str = "srv";
/// In a namespace of its own, each port is free.
const PORT: u16 = 6680;

/// Both at once, because booting is what takes time.
#[test]
fn machines_with_bios_and_with_uefi_boot_by_dhcp_and_get_the_address_of_their_instance() {
    let Some(ready) = qemu::ready() else {
        return;
    };
    let space = match provisioning_network(&["bios", "uefi"]) {
        Ok(space) => space,
        Err(why) => return skip(&why),
    };
    if !netboot_dnsmasq::is_there(&space) {
        return;
    }
    let prefix = space.prefix();
    let directory = tempfile::tempdir().unwrap();
    // dnsmasq is another user.
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
    let daemon = daemon(&prefix, directory.path());
    // dnsmasq watches what is there when it starts; the package makes the directories.
    until_within(PATIENCE, "the daemon's files for dnsmasq", || {
        directory
            .path()
            .join("dhcp/options/boot-url")
            .exists()
            .then_some(())
    });
    let _dnsmasq = Dnsmasq::start(&space, directory.path(), &ready);
    let admin = daemon.unix();
    let request = request(&admin, &ready);
    let mut machines = Vec::new();
    for (at, firmware) in ["bios", "uefi"].into_iter().enumerate() {
        let build = Build {
            firmware,
            mac: &format!("52:54:00:00:00:0{at}"),
            uuid: &format!("00000000-0000-4000-8000-00000000000{at}"),
            network: &format!("tap,ifname={firmware},script=no,downscript=no"),
            prefix: &prefix,
        };
        let Some(machine) = Machine::put_up(&ready, build) else {
            return;
        };
        let mut node = machine.node(firmware);
        node["availability_zone"] = json!(firmware);
        node["properties"] = json!({"capabilities": {"boot_mode": firmware}});
        admin.post("/v1/nodes", &node).expect(201);
        let node = format!("/v1/nodes/{firmware}");
        wait_at(&admin, &node, "power_state", "power off");
        machines.push((firmware, machine));
    }
    let instances: Vec<String> = machines
        .iter()
        .map(|(firmware, _)| create(&admin, &request, firmware))
        .collect();
    for ((firmware, machine), instance) in machines.iter().zip(&instances) {
        let shown = wait_at(&admin, instance, "status", "active");
        let ports = shown["network_info"].as_object().unwrap();
        let address = &ports.values().next().unwrap()["fixed_ips"][0]["ip_address"];
        let expected = format!("{} on-{firmware}", address.as_str().unwrap());
        assert_eq!(machine.printed("lease"), expected, "what dnsmasq gave");
        let meta: Value = serde_json::from_str(&machine.printed("meta-data")).unwrap();
        assert_eq!(meta["instance-id"], shown["uuid"]);
        assert_eq!(machine.controls(), ["boot pxe", "power 1"]);
    }
    let hosts = directory.path().join("dhcp/hosts");
    until_within(PATIENCE, "dnsmasq to be told of no machine", || {
        let left = fs::read_dir(&hosts).unwrap().count();
        (left == 0).then_some(())
    });
    a_machine_that_boots_over_the_network_unasked_goes_on_to_its_next_device(&admin, &machines);
    for ((_, machine), instance) in machines.iter().zip(&instances) {
        admin.delete(instance).expect(204);
        until_within(PATIENCE, "the instance to be gone", || {
            (admin.get(instance).status == 404).then_some(())
        });
        assert_eq!(machine.process(), None);
    }
}

/// A dnsmasq with the settings of the package; its iPXE is that of tests/qemu/install.
struct Dnsmasq {
    process: Child,
    directory: PathBuf,
}

impl Dnsmasq {
    fn start(space: &NetSpace, directory: &Path, ready: &Path) -> Self {
        for made in ["leases", "tftp"] {
            fs::create_dir(directory.join(made)).unwrap();
        }
        for firmware in ["ipxe.efi", "snponly.efi", "undionly.kpxe"] {
            let from = ready.join("root/usr/lib/ipxe").join(firmware);
            fs::copy(from, directory.join("tftp").join(firmware)).unwrap();
        }
        let settings = netboot_dnsmasq::settings(directory);
        fs::write(directory.join("dnsmasq.conf"), settings).unwrap();
        Self {
            process: netboot_dnsmasq::run(space, directory),
            directory: directory.to_owned(),
        }
    }
}

impl Drop for Dnsmasq {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.directory.join("dnsmasq.log")).unwrap_or_default();
            println!("--- what dnsmasq logged ---\n{log}");
        }
    }
}

/// As one does whose firmware tries the network first. dnsmasq knows the machines on, because nobody has told it to forget what
/// has no file any more.
fn a_machine_that_boots_over_the_network_unasked_goes_on_to_its_next_device(
    admin: &Client,
    machines: &[(&str, Machine)],
) {
    let mut heard = Vec::new();
    for (firmware, machine) in machines {
        heard.push(machine.console().len());
        let node = format!("/v1/nodes/{firmware}");
        let device = json!({"boot_device": "pxe"});
        admin
            .put(&format!("{node}/management/boot_device"), &device)
            .expect(202);
        until_within(PATIENCE, "the boot device to be set", || {
            let tasks = admin.get(&format!("{node}/tasks")).expect(200).json();
            let mut tasks = tasks["tasks"].as_array().unwrap().iter();
            tasks
                .all(|task| !task["finished_at"].is_null())
                .then_some(())
        });
        assert_eq!(machine.controls(), ["boot pxe", "power 1", "boot pxe"]);
        let reboot = json!({"target": "reboot", "force": true});
        admin
            .put(&format!("{node}/states/power"), &reboot)
            .expect(202);
    }
    for ((firmware, machine), heard) in machines.iter().zip(heard) {
        let heard = machine.wait_says(heard, "ostlerd deploys no machine");
        let next = match *firmware {
            "bios" => "on-bios runs from its disk",
            // There is nothing on its disk for UEFI; what matters is that it is not iPXE that stands still.
            _ => "BdsDxe: failed to start",
        };
        machine.wait_says(heard, next);
    }
}

/// A namespace with a bridge that has the daemon's address, and a tap of each of these names at it.
fn provisioning_network(taps: &[&str]) -> Result<NetSpace, String> {
    let space = NetSpace::make()?;
    space.ip(&format!("link add {BRIDGE} type bridge"))?;
    space.ip(&format!("address add {HERE}/24 dev {BRIDGE}"))?;
    space.ip(&format!("link set {BRIDGE} up"))?;
    for tap in taps {
        space.ip(&format!("tuntap add dev {tap} mode tap"))?;
        space.ip(&format!("link set dev {tap} master {BRIDGE} up"))?;
    }
    Ok(space)
}

/// A daemon in the namespace, which writes files for dnsmasq.
fn daemon(prefix: &[String], directory: &Path) -> Daemon {
    let settings = format!(
        "poll_interval_secs = 1\nchange_deadline_secs = 60\n\
         [netboot]\nlisten = [\"{HERE}:{PORT}\"]\ndhcp_dir = \"{}/dhcp\"\n",
        directory.display()
    );
    let surroundings = Surroundings {
        prefix: prefix.to_vec(),
        ..Surroundings::default()
    };
    Daemon::with_surroundings(&settings, |_| Ok(surroundings)).unwrap()
}

fn create(admin: &Client, request: &Value, firmware: &str) -> String {
    let mut body = request.clone();
    body["name"] = json!(format!("on-{firmware}"));
    body["availability_zone"] = json!(firmware);
    let made = admin.post("/v1/instances", &body).expect(201).json();
    format!("/v1/instances/{}", made["uuid"].as_str().unwrap())
}

/// What an instance is made of: Debian's kernel and a system of ours that asks DHCP for its address and its name.
fn request(admin: &Client, ready: &Path) -> Value {
    let directory = tempfile::tempdir().unwrap();
    let initrd = directory.path().join("initrd");
    qemu::make_initramfs(ready, &initrd, "init-deployed", &[]);
    let (kernel, initrd) = (
        fs::read(qemu::kernel(ready)).unwrap(),
        fs::read(initrd).unwrap(),
    );
    let image = make_image(
        admin,
        &json!({"name": "system", "completion": "phone-home"}),
        "install deploy.address=dhcp",
        (&kernel, &initrd),
    );
    let network = json!({"name": "provision", "subnets": [{
        "cidr": "10.20.0.0/24", "allocation_pools": [{"start": "10.20.0.11", "end": "10.20.0.99"}],
    }]});
    let made = |path: &str, body: &Value| admin.post(path, body).expect(201).json()["uuid"].clone();
    json!({
        "instance_type_uuid": made("/v1/types", &json!({"name": "any"})),
        "image_uuid": image,
        "networks": [{"net_id": made("/v1/networks", &network)}],
    })
}
