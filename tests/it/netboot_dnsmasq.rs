//! DHCP for machines that are booted: the files that are written, and a real dnsmasq with the settings of the package.
#![cfg(test)]

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use ostler::sim::SimBmcConfig;
use serde_json::{Value, json};

use crate::common::bench::bmc_settings;
use crate::common::daemon::{Daemon, Surroundings};
use crate::common::dhcp_client::{Asker, Lease, lease, who_is_answered};
use crate::common::http::Client;
use crate::common::net_space::{Cable, NetSpace};
use crate::common::netboot::free_boot_address;
use crate::common::prometheus::Page;
use crate::common::sim::SimRack;
use crate::common::skip::skip;
use crate::common::wait::until;

const POWER: &str =
    "poll_interval_secs = 1\nchange_deadline_secs = 20\ntransition_grace_secs = 1\n";
const BASE: &str = "http://10.20.0.1:6680";
const SCRIPT: &str = "http://10.20.0.1:6680/boot.ipxe";
const BIOS: Asker = Asker::Firmware(0);
/// The range of the settings that are shipped, for machines without an address of their own.
const RANGE: std::ops::RangeInclusive<Ipv4Addr> =
    Ipv4Addr::new(10, 20, 0, 200)..=Ipv4Addr::new(10, 20, 0, 250);

/// A daemon that writes files for dnsmasq into a directory that others can read, and nodes n1 and n2 with two ports each.
struct Site {
    daemon: Daemon,
    admin: Client,
    _rack: SimRack,
    directory: tempfile::TempDir,
    request: Value,
}

/// The port that a node boots from, and the one that it does not.
fn macs(node: &str) -> [&'static str; 2] {
    match node {
        "n1" => ["52:54:00:00:00:01", "52:54:00:00:01:01"],
        _ => ["52:54:00:00:00:02", "52:54:00:00:01:02"],
    }
}

impl Site {
    fn start() -> Self {
        let rack = SimRack::start(vec![SimBmcConfig::new("n1"), SimBmcConfig::new("n2")]);
        let directory = tempfile::tempdir().unwrap();
        // dnsmasq is another user.
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        let power = format!(
            "{POWER}[netboot]\nlisten = [\"{}\"]\nurl = \"{BASE}\"\ndhcp_dir = \"{}/dhcp\"\n",
            free_boot_address(),
            directory.path().display()
        );
        // As the unit has it: what the daemon makes is its own.
        let prefix = ["sh", "-c", "umask 077; exec \"$@\"", "sh"].map(ToOwned::to_owned);
        let daemon = Daemon::with_surroundings(&power, |_| {
            Ok(Surroundings {
                prefix: prefix.to_vec(),
                ..Surroundings::default()
            })
        });
        let daemon = daemon.unwrap();
        let admin = daemon.unix();
        for bmc in rack.bmcs() {
            let [boots, other] = macs(bmc.name());
            let node = json!({
                "name": bmc.name(), "availability_zone": format!("z-{}", bmc.name()), "bmc": bmc_settings(&bmc),
                "ports": [
                    {"mac_address": boots, "port_type": "10GE"},
                    {"mac_address": other, "port_type": "1GE", "pxe_enabled": false},
                ],
            });
            admin.post("/v1/nodes", &node).expect(201);
        }
        let made =
            |path: &str, body: Value| admin.post(path, &body).expect(201).json()["uuid"].clone();
        let network = json!({"name": "provision", "subnets": [{
            "cidr": "10.20.0.0/24", "allocation_pools": [{"start": "10.20.0.11", "end": "10.20.0.99"}],
        }]});
        // Nobody serves it: the machine waits for its kernel.
        let image =
            json!({"name": "net", "boot": "network", "kernel_url": "http://127.0.0.1:9/vmlinuz"});
        let request = json!({
            "instance_type_uuid": made("/v1/types", json!({"name": "any"})),
            "image_uuid": made("/v1/images", image),
            "networks": [{"net_id": made("/v1/networks", network), "port_type": "10GE"}],
        });
        Self {
            daemon,
            admin,
            _rack: rack,
            directory,
            request,
        }
    }

    /// Makes an instance on a node, and waits until dnsmasq is told of it. Gives its path.
    #[track_caller]
    fn create(&self, name: &str, node: &str) -> String {
        let mut body = self.request.clone();
        body["name"] = json!(name);
        body["availability_zone"] = json!(format!("z-{node}"));
        let made = self.admin.post("/v1/instances", &body).expect(201).json();
        self.wait_file(node, true);
        format!("/v1/instances/{}", made["uuid"].as_str().unwrap())
    }

    /// Something happens, so that the daemon looks.
    fn nudge(&self) {
        self.daemon.token("somebody", "alpha", "reader");
    }

    /// Deletes an instance and waits until dnsmasq's file is gone.
    #[track_caller]
    fn delete(&self, instance: &str, node: &str) {
        self.admin.delete(instance).expect(204);
        self.wait_file(node, false);
    }

    #[track_caller]
    fn wait_file(&self, node: &str, there: bool) {
        until("the file of the port", || {
            (self.file(node).exists() == there).then_some(())
        });
    }

    fn dhcp(&self, of: &str) -> PathBuf {
        self.directory.path().join("dhcp").join(of)
    }

    fn file(&self, node: &str) -> PathBuf {
        self.dhcp("hosts").join(macs(node)[0].replace(':', "-"))
    }

    /// All files with their content; not what goes while they are read, such as what the daemon is about to rename.
    fn files(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for directory in ["hosts", "options"] {
            for entry in fs::read_dir(self.dhcp(directory)).unwrap() {
                let entry = entry.unwrap();
                let name = format!("{directory}/{}", entry.file_name().to_str().unwrap());
                match fs::read_to_string(entry.path()) {
                    Ok(text) => {
                        all.insert(name, text);
                    }
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => panic!("{name}: {error}"),
                }
            }
        }
        all
    }
}

/// A dnsmasq at one end of a cable, with the settings of the package.
struct Dnsmasq {
    cable: Cable,
    process: Child,
    directory: PathBuf,
}

impl Dnsmasq {
    /// `None` where this machine cannot have one.
    fn start(site: &Site) -> Option<Self> {
        let cable = match Cable::lay("10.20.0.1/24") {
            Ok(cable) => cable,
            Err(why) => {
                skip(&why);
                return None;
            }
        };
        if !is_there(&cable.server) {
            return None;
        }
        let directory = site.directory.path().to_owned();
        for made in ["leases", "tftp"] {
            fs::create_dir(directory.join(made)).unwrap();
        }
        fs::write(directory.join("dnsmasq.conf"), settings(&directory)).unwrap();
        let process = run(&cable.server, &directory);
        Some(Self {
            cable,
            process,
            directory,
        })
    }

    fn lease(&self, node: &str, asker: Asker) -> Option<Lease> {
        lease(&self.cable.client, macs(node)[0], asker)
    }

    /// Waits for the lease that a node is to have at last.
    #[track_caller]
    fn wait_lease(&self, node: &str, asker: Asker, expected: &Lease) {
        let mut last = None;
        let found = until(&format!("{expected:?}"), || {
            last = self.lease(node, asker);
            last.clone().filter(|lease| lease == expected)
        });
        assert_eq!(&found, expected);
    }

    fn answered(&self, macs: &[&str]) -> Vec<bool> {
        who_is_answered(&self.cable.client, macs, BIOS)
    }

    /// What `systemctl reload ostler-dnsmasq` does.
    fn reload(&self) {
        let pid = Pid::from_raw(self.process.id().try_into().unwrap());
        kill(pid, Signal::SIGHUP).unwrap();
    }

    fn start_again(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = run(&self.cable.server, &self.directory);
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

/// Whether this machine has a dnsmasq. Skips the test where it has none.
pub(crate) fn is_there(space: &NetSpace) -> bool {
    let said = space.command("dnsmasq").arg("--version").output();
    let there = said.is_ok_and(|output| output.status.success());
    if !there {
        skip("there is no dnsmasq; install dnsmasq-base");
    }
    there
}

/// What the package has in `/etc/ostler/dnsmasq.conf`, with the places of this test.
pub(crate) fn settings(directory: &Path) -> String {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/dnsmasq.conf");
    let mut text = fs::read_to_string(shipped).unwrap();
    let here = directory.display();
    for (theirs, ours) in [
        ("\ninterface=eno2\n", "\ninterface=srv\n".to_owned()),
        (
            "=/var/cache/ostler/dhcp/hosts\n",
            format!("={here}/dhcp/hosts\n"),
        ),
        (
            "=/var/cache/ostler/dhcp/options\n",
            format!("={here}/dhcp/options\n"),
        ),
        ("=/var/lib/ostler-dnsmasq/", format!("={here}/leases/")),
        ("=/usr/lib/ipxe\n", format!("={here}/tftp\n")),
    ] {
        assert_eq!(text.matches(theirs).count(), 1, "{theirs}");
        text = text.replace(theirs, &ours);
    }
    text
}

/// Starts a dnsmasq in a namespace, with the `dnsmasq.conf` of this directory.
pub(crate) fn run(space: &NetSpace, directory: &Path) -> Child {
    let mut command = space.command("dnsmasq");
    let at = |name: &str| directory.join(name).display().to_string();
    command
        .args(["--keep-in-foreground", "--pid-file", "--log-dhcp"])
        .arg(format!("--conf-file={}", at("dnsmasq.conf")))
        .arg(format!("--log-facility={}", at("dnsmasq.log")))
        .stdin(Stdio::null());
    command.spawn().unwrap()
}

/// Whoever types it off the page has what the package has.
#[test]
fn the_page_has_the_settings_of_the_package() {
    let read = |path: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        fs::read_to_string(path).unwrap()
    };
    let shipped = read("packaging/dnsmasq.conf");
    let mut shipped: Vec<&str> = shipped.lines().collect();
    shipped.retain(|line| !line.is_empty() && !line.starts_with('#'));
    let page = read("doc/netboot.md");
    let (_, section) = page.split_once("### The settings of dnsmasq\n").unwrap();
    let block = section.split("```").nth(1).unwrap();
    assert_eq!(block.trim().lines().collect::<Vec<_>>(), shipped);
}

fn own(address: &str, name: &str, bootfile: &str) -> Lease {
    Lease {
        address: address.parse().unwrap(),
        bootfile: bootfile.to_owned(),
        host_name: name.to_owned(),
    }
}

#[test]
fn each_kind_of_firmware_gets_its_ipxe_and_ipxe_its_script_also_after_a_reload() {
    let site = Site::start();
    site.create("web1", "n1");
    let Some(dnsmasq) = Dnsmasq::start(&site) else {
        return;
    };
    let asked = [
        (BIOS, "undionly.kpxe"),
        (Asker::Firmware(7), "snponly.efi"),
        (Asker::Firmware(9), "snponly.efi"),
        (Asker::Ipxe(0), SCRIPT),
        (Asker::Ipxe(7), SCRIPT),
        (Asker::System, ""),
    ];
    for _ in ["started", "reloaded"] {
        for (asker, bootfile) in asked {
            dnsmasq.wait_lease("n1", asker, &own("10.20.0.11", "web1", bootfile));
        }
        // It forgets all that it has read, and reads it again, with leases that are held.
        dnsmasq.reload();
    }
}

#[test]
fn whoever_is_not_set_up_is_not_answered() {
    let site = Site::start();
    let first = site.create("web1", "n1");
    let Some(dnsmasq) = Dnsmasq::start(&site) else {
        return;
    };
    let ([one, not_booted], [two, _]) = (macs("n1"), macs("n2"));
    let stranger = "52:54:00:99:99:99";
    until("dnsmasq to answer", || {
        let answered = dnsmasq.answered(&[stranger, two, not_booted, one]);
        assert_eq!(answered[..3], [false; 3]);
        answered[3].then_some(())
    });
    // A machine that comes later is answered without a reload, and one that was set up is answered no more after one.
    site.create("web2", "n2");
    until("the second machine to be answered", || {
        dnsmasq.answered(&[stranger, one, two])[2].then_some(())
    });
    site.delete(&first, "n1");
    dnsmasq.reload();
    until("the first machine to be forgotten", || {
        (dnsmasq.answered(&[one, two]) == [false, true]).then_some(())
    });
}

/// Until dnsmasq is reloaded, the address belongs to the machine that is gone, for all that it knows.
#[test]
fn an_address_that_has_moved_holds_up_no_machine_and_is_right_after_a_reload() {
    let site = Site::start();
    let first = site.create("web1", "n1");
    let Some(dnsmasq) = Dnsmasq::start(&site) else {
        return;
    };
    until("dnsmasq to answer", || {
        dnsmasq.answered(&[macs("n1")[0]])[0].then_some(())
    });
    site.delete(&first, "n1");
    until("the address to be free", || {
        (site.admin.get(&first).status == 404).then_some(())
    });
    site.create("web2", "n2");
    let lent = until("a lease of the second machine", || {
        dnsmasq.lease("n2", BIOS)
    });
    assert!(RANGE.contains(&lent.address), "{lent:?}");
    assert_eq!(lent.bootfile, "undionly.kpxe");
    dnsmasq.reload();
    dnsmasq.wait_lease("n2", BIOS, &own("10.20.0.11", "web2", "undionly.kpxe"));
}

#[test]
fn what_was_missed_while_either_side_was_away_is_made_up_for() {
    let mut site = Site::start();
    let first = site.create("web1", "n1");
    let Some(mut dnsmasq) = Dnsmasq::start(&site) else {
        return;
    };
    let given = own("10.20.0.11", "web1", SCRIPT);
    dnsmasq.wait_lease("n1", Asker::Ipxe(7), &given);
    // Machines boot on without the daemon, and with a dnsmasq that starts meanwhile.
    site.daemon.crash();
    dnsmasq.start_again();
    dnsmasq.wait_lease("n1", Asker::Ipxe(7), &given);
    // As if it had been killed in the middle: one file is missing, one is half written, one is of a machine that is done.
    let expected = site.files();
    fs::remove_file(site.file("n1")).unwrap();
    fs::write(site.dhcp("hosts").join(".ostler-52-54-00-00-00-01"), "52:5").unwrap();
    fs::write(site.file("n2"), "52:54:00:00:00:02\n").unwrap();
    fs::write(site.dhcp("options").join("boot-url"), "").unwrap();
    site.daemon.start_again();
    until("the files to be as they were", || {
        (site.files() == expected).then_some(())
    });
    dnsmasq.start_again();
    dnsmasq.wait_lease("n1", Asker::Ipxe(7), &given);
    site.delete(&first, "n1");
    assert_eq!(
        site.files().keys().collect::<Vec<_>>(),
        ["options/boot-url"]
    );
}

#[test]
fn files_are_for_dnsmasq_to_read_and_a_name_brings_nothing_into_them() {
    let site = Site::start();
    let theirs = site.dhcp("hosts").join("printers");
    until("the directory", || {
        fs::write(&theirs, "52:54:00:00:00:99\n").ok()
    });
    let instance = site.create("evil,ignore ff:ff:ff:ff:ff:ff,10.20.0.1", "n1");
    let port = "52:54:00:00:00:01";
    let name = "evil-ignore-ff-ff-ff-ff-ff-ff-10";
    let files = BTreeMap::from([
        (
            "hosts/52-54-00-00-00-01".to_owned(),
            format!("{port},{name}\n{port},10.20.0.11,{name}\n"),
        ),
        (
            "hosts/printers".to_owned(),
            "52:54:00:00:00:99\n".to_owned(),
        ),
        (
            "options/boot-url".to_owned(),
            format!("tag:ipxe,option:bootfile-name,\"{SCRIPT}\"\n"),
        ),
    ]);
    assert_eq!(site.files(), files);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for (path, expected) in [
        (site.dhcp(""), 0o755),
        (site.dhcp("hosts"), 0o755),
        (site.dhcp("options"), 0o755),
        (site.dhcp("options/boot-url"), 0o644),
        (site.file("n1"), 0o644),
    ] {
        assert_eq!(mode(&path), expected, "{}", path.display());
    }
    site.delete(&instance, "n1");
    assert!(theirs.exists(), "somebody else's file");
}

#[test]
fn a_directory_that_cannot_be_written_is_told_once_counted_and_stops_nothing() {
    let site = Site::start();
    let failures = || Page::of(&site.admin).sum("ostler_dhcp_failures_total", &[]);
    until("the directory", || {
        site.dhcp("options/boot-url").exists().then_some(())
    });
    assert_eq!(failures(), 0.0);
    fs::remove_dir_all(site.dhcp("hosts")).unwrap();
    fs::write(site.dhcp("hosts"), "in the way").unwrap();
    let mut body = site.request.clone();
    body["name"] = json!("web1");
    body["availability_zone"] = json!("z-n1");
    site.admin.post("/v1/instances", &body).expect(201);
    until("failures to be counted", || {
        site.nudge();
        (failures() >= 3.0).then_some(())
    });
    site.admin.get("/readyz").expect(200);
    let told = |what: &str| site.daemon.log().matches(what).count();
    assert_eq!(told("the files for dnsmasq cannot be written"), 1);
    assert!(
        site.daemon.log().contains("dhcp/hosts: Not a directory"),
        "which, and why"
    );
    fs::remove_file(site.dhcp("hosts")).unwrap();
    site.nudge();
    site.wait_file("n1", true);
    until("that it is told", || {
        (told("written again") == 1).then_some(())
    });
}
