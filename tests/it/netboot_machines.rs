//! Machines that are QEMU processes, behind OpenIPMI's `ipmi_sim`: an instance boots its image over the network, from the power
//! button to a running system, and each order acts on the process.
#![cfg(test)]

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use nix::unistd::Pid;
use ostler::model::power::PowerState;
use serde_json::{Value, json};

use crate::common::bench::wait_power;
use crate::common::daemon::{Daemon, free_quiet_port};
use crate::common::http::Client;
use crate::common::machine::{Build, Machine, PATIENCE, make_image, wait_at};
use crate::common::qemu;
use crate::common::wait::until_within;

/// The host's loopback, as a machine in QEMU's user network sees it. No other address of the host is seen.
const HOST: &str = "10.0.2.2";
const MAC: &str = "52:54:00:00:00:01";
/// In seconds. A second, where nothing else runs.
const PHONE_HOME: u32 = 30;

/// One machine for all of it, because booting is what takes time: what was done before is where the next begins.
#[test]
fn an_instance_boots_its_image_over_the_network_and_orders_act_on_its_machine() {
    let Some(mut site) = Site::start() else {
        return;
    };
    let instance = site.a_create_ends_in_a_running_system_that_has_its_name_address_and_user_data();
    site.what_the_machine_was_given_is_gone_when_it_is_up();
    site.a_reboot_and_a_power_cycle_start_it_from_its_disk(&instance);
    site.a_system_that_says_nothing_more_ends_in_an_error_that_names_the_step(&instance);
    site.a_rebuild_boots_it_anew_also_where_the_daemon_is_killed_meanwhile(&instance);
    site.a_delete_wipes_it_and_turns_it_off(&instance);
}

/// A machine, a daemon that boots it, and what an instance is made of.
struct Site {
    machine: Machine,
    daemon: Daemon,
    admin: Client,
    boot_service: SocketAddr,
    request: Value,
    /// An image whose system fetches its data, and then says nothing more.
    mute: String,
}

impl Site {
    fn start() -> Option<Self> {
        let ready = qemu::ready()?;
        let boot_service = free_quiet_port();
        let url = format!("http://{HOST}:{}", boot_service.port());
        let network = format!("user,bootfile={url}/boot.ipxe");
        let build = Build {
            firmware: "bios",
            mac: MAC,
            uuid: "a1234567-89ab-cdef-a123-456789abcdef",
            network: &network,
            prefix: &[],
        };
        let machine = Machine::put_up(&ready, build)?;
        let daemon = Daemon::with_power(&format!(
            "poll_interval_secs = 1\nchange_deadline_secs = 60\n\
             [netboot]\nlisten = [\"{boot_service}\"]\nurl = \"{url}\"\nscrub_image = \"wipe\"\n\
             phone_home_deadline_secs = {PHONE_HOME}\n"
        ));
        let admin = daemon.unix();
        admin.post("/v1/nodes", &machine.node("n1")).expect(201);
        let (request, mute) = parts(&admin, &ready);
        Some(Self {
            machine,
            daemon,
            admin,
            boot_service,
            request,
            mute,
        })
    }

    fn a_create_ends_in_a_running_system_that_has_its_name_address_and_user_data(&self) -> String {
        wait_at(&self.admin, "/v1/nodes/n1", "power_state", "power off");
        let mut body = self.request.clone();
        body["user_data"] = json!("#!/bin/sh\necho \"user data runs on $(hostname)\"\n");
        let made = self.admin.post("/v1/instances", &body).expect(201).json();
        let uuid = made["uuid"].as_str().unwrap();
        let instance = format!("/v1/instances/{uuid}");
        let shown = wait_at(&self.admin, &instance, "status", "active");
        assert_ne!(shown["launched_at"], Value::Null, "{shown:#}");
        assert!(self.machine.process().is_some());
        // It has phoned home when it is active, so all of this is said.
        let console = self.machine.console();
        assert!(console.contains("user data runs on web1\n"), "{console}");
        let address = "10.0.2.50";
        let command_line = self.machine.printed("cmdline");
        let given = format!("deploy.address={address}/24 deploy.gateway={HOST} deploy.name=web1");
        assert!(command_line.contains(&given), "{command_line}");
        let meta: Value = serde_json::from_str(&self.machine.printed("meta-data")).unwrap();
        assert_eq!(meta["instance-id"], uuid);
        assert_eq!(meta["local-hostname"], "web1");
        let network: Value = serde_json::from_str(&self.machine.printed("network-config")).unwrap();
        let port = &network["ethernets"]["port0"];
        assert_eq!(port["match"]["macaddress"], MAC, "{network}");
        assert_eq!(port["addresses"], json!([format!("{address}/24")]));
        let of = self.milestones(&instance);
        let expected = ["script", "kernel", "initrd", "data", "phone_home"];
        assert_eq!(of, expected.map(str::to_owned));
        assert_eq!(self.machine.controls(), ["boot pxe", "power 1"]);
        instance
    }

    fn what_the_machine_was_given_is_gone_when_it_is_up(&self) {
        let boot_service = Client::tcp(self.boot_service);
        let secret = self.secret();
        for part in [
            "kernel",
            "initrd",
            "meta-data",
            "user-data",
            "network-config",
        ] {
            boot_service
                .get(&format!("/deploys/{secret}/{part}"))
                .expect(404);
        }
        let script = boot_service.get(&format!("/script?mac={MAC}")).expect(200);
        let script = String::from_utf8(script.body).unwrap();
        assert!(!script.contains("kernel"), "{script}");
        assert!(!self.daemon.log().contains(&secret));
    }

    fn a_reboot_and_a_power_cycle_start_it_from_its_disk(&self, instance: &str) {
        let first = self.process();
        let heard = self.machine.console().len();
        self.order(instance, "reboot", PowerState::On);
        let heard = self.machine.wait_says(heard, "web1 runs from its disk\n");
        let second = self.process();
        assert_ne!(first, second, "another process");
        self.order(instance, "off", PowerState::Off);
        assert_eq!(self.machine.process(), None);
        self.order(instance, "on", PowerState::On);
        self.machine.wait_says(heard, "web1 runs from its disk\n");
        assert_ne!(self.process(), second);
    }

    fn a_system_that_says_nothing_more_ends_in_an_error_that_names_the_step(&self, instance: &str) {
        let mute = json!({"image_uuid": self.mute});
        self.admin
            .post(&format!("{instance}/rebuild"), &mute)
            .expect(202);
        let failed = until_within(PATIENCE, "the deploy to fail", || {
            let shown = self.admin.get(instance).expect(200).json();
            (shown["status"] == "error").then_some(shown)
        });
        let said = failed["last_error"].as_str().unwrap();
        assert!(said.contains("at the step \"phone home\""), "{said}");
        assert!(self.machine.console().contains("says nothing more\n"));
        let seen = self.milestones(instance);
        assert_eq!(seen.last().map(String::as_str), Some("data"));
        // It is kept as it is, for somebody to look at.
        self.process();
    }

    fn a_rebuild_boots_it_anew_also_where_the_daemon_is_killed_meanwhile(
        &mut self,
        instance: &str,
    ) {
        let (before, secret) = (self.process(), self.secret());
        let heard = self.machine.console().len();
        let rebuild = json!({
            "image_uuid": self.request["image_uuid"],
            "user_data": "#!/bin/sh\necho \"rebuilt $(hostname)\"\n",
        });
        self.admin
            .post(&format!("{instance}/rebuild"), &rebuild)
            .expect(202);
        until_within(PATIENCE, "the kernel to be fetched", || {
            let seen = self.milestones(instance);
            seen.contains(&"initrd".to_owned()).then_some(())
        });
        self.daemon.crash();
        self.daemon.start_again();
        wait_at(&self.admin, instance, "status", "active");
        self.machine.wait_says(heard, "rebuilt web1\n");
        assert_ne!(self.process(), before);
        assert_ne!(self.secret(), secret, "each deploy has its own URLs");
    }

    fn a_delete_wipes_it_and_turns_it_off(&self, instance: &str) {
        assert!(self.machine.disk().ends_with(&[0; 512]));
        assert_eq!(self.machine.disk()[510..512], [0x55, 0xaa], "it can boot");
        self.admin.delete(instance).expect(204);
        until_within(PATIENCE, "the instance to be gone", || {
            (self.admin.get(instance).status == 404).then_some(())
        });
        assert_eq!(self.machine.process(), None);
        assert!(self.machine.printed("cmdline").contains("deploy.task=wipe"));
        assert!(self.machine.disk().iter().all(|byte| *byte == 0));
        let node = self.admin.get("/v1/nodes/n1").expect(200).json();
        assert_eq!(node["power_state"], "power off", "{node:#}");
        assert_eq!(node["instance_uuid"], Value::Null, "{node:#}");
    }

    #[track_caller]
    fn process(&self) -> Pid {
        self.machine.process().expect("the machine is on")
    }

    /// Orders a change of power, and waits until it is done.
    #[track_caller]
    fn order(&self, instance: &str, target: &str, power: PowerState) {
        let body = json!({"target": target, "force": true});
        let path = format!("{instance}/states/power");
        self.admin.put(&path, &body).expect(202);
        wait_power(&self.admin, instance, power);
    }

    /// What the URLs of the last boot had in them: only the machine was told.
    fn secret(&self) -> String {
        let command_line = self.machine.printed("cmdline");
        let (_, rest) = command_line.split_once("/deploys/").unwrap();
        rest.split('/').next().unwrap().to_owned()
    }

    /// What the machine was seen to do for the newest task of an instance.
    fn milestones(&self, instance: &str) -> Vec<String> {
        let all = self.admin.get(&format!("{instance}/tasks")).expect(200);
        let all = all.json()["tasks"].as_array().unwrap().clone();
        let newest = all.iter().max_by_key(|task| task["created_at"].to_string());
        newest.unwrap()["milestones"]
            .as_array()
            .unwrap()
            .iter()
            .map(|reached| reached["name"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// What an instance is made of: Debian's kernel and a system of ours, installed to the disk, in QEMU's user network; and the image
/// of one that is mute.
fn parts(admin: &Client, ready: &Path) -> (Value, String) {
    let directory = tempfile::tempdir().unwrap();
    let initrd = directory.path().join("initrd");
    qemu::make_initramfs(ready, &initrd, "init-deployed", &[]);
    let (kernel, initrd) = (
        fs::read(qemu::kernel(ready)).unwrap(),
        fs::read(initrd).unwrap(),
    );
    let image = |name: &str, kind: &str, task: &str| {
        make_image(
            admin,
            &json!({"name": name, "kind": kind, "completion": "phone-home"}),
            &format!("{task} deploy.address=${{ip}}/${{prefix}} deploy.gateway=${{gateway}}"),
            (&kernel, &initrd),
        )
    };
    let (system, mute) = (
        image("system", "deploy", "install"),
        image("mute", "deploy", "mute"),
    );
    image("wipe", "scrub", "wipe");
    let network = json!({"name": "provision", "subnets": [{
        "cidr": "10.0.2.0/24", "gateway_ip": HOST,
        "allocation_pools": [{"start": "10.0.2.50", "end": "10.0.2.59"}],
    }]});
    let made = |path: &str, body: &Value| admin.post(path, body).expect(201).json()["uuid"].clone();
    let request = json!({
        "name": "web1",
        "instance_type_uuid": made("/v1/types", &json!({"name": "any"})),
        "image_uuid": system,
        "networks": [{"net_id": made("/v1/networks", &network)}],
    });
    (request, mute)
}
