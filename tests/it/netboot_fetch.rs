//! Kernels and initrds come from URLs: once for all who wait, checked, and before a machine is touched.
#![cfg(test)]

use std::fs;
use std::time::{Duration, SystemTime};

use ostler::model::power::PowerState;
use ostler::sim::SimBmcConfig;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::common::bench::Bench;
use crate::common::daemon::{Daemon, Parts};
use crate::common::file_server::{FileServer, Reply};
use crate::common::netboot::free_boot_address;
use crate::common::sim::SimRack;
use crate::common::wait::{until, until_within};
use crate::netboot_uploads::files;

const POWER: &str =
    "poll_interval_secs = 1\nchange_deadline_secs = 20\ntransition_grace_secs = 1\n";

/// Machines that are on, a daemon that boots machines, and an image whose kernel and initrd have URLs.
struct Site {
    bench: Bench,
    parts: Parts,
    server: FileServer,
}

impl Site {
    fn start(machines: usize, netboot: &str) -> Self {
        let on = |number| SimBmcConfig {
            power: PowerState::On,
            ..SimBmcConfig::new(format!("n{number}"))
        };
        let boot = free_boot_address();
        let settings = format!("{POWER}[netboot]\nlisten = [\"{boot}\"]\n{netboot}\n");
        let rack = SimRack::start((0..machines).map(on).collect());
        let bench = Bench::over(rack, Daemon::with_power(&settings));
        let server = FileServer::start();
        server.set("/k", Reply::File(b"the kernel".to_vec()));
        server.set("/i", Reply::File(b"an initrd".to_vec()));
        let mut parts = Parts::make(&bench.admin);
        let image = json!({"name": "debian", "kernel_url": server.url("/k"), "initrd_url": server.url("/i")});
        let made = bench.admin.post("/v1/images", &image).expect(201).json();
        parts.image = made["uuid"].as_str().unwrap().to_owned();
        Self {
            bench,
            parts,
            server,
        }
    }

    /// Changes the image.
    fn set(&self, field: &str, value: &Value) {
        let patch = json!([{"op": "add", "path": format!("/{field}"), "value": value}]);
        let image = format!("/v1/images/{}", self.parts.image);
        self.bench.admin.patch(&image, &patch).expect(200);
    }

    /// Makes an instance on the machine, and waits until it is in error; gives why.
    #[track_caller]
    fn fails(&self, machine: &str) -> String {
        let before = self.bench.bmc(machine).counters().controls_received;
        let instance = self.bench.create(&self.parts, machine);
        self.bench.wait_status(&instance, "error");
        let reason = self.bench.at(&instance)["last_error"]
            .as_str()
            .unwrap()
            .to_owned();
        let step = "the deploy failed at the step \"image fetch\": ";
        assert!(reason.starts_with(step), "{reason}");
        let after = self.bench.bmc(machine).counters().controls_received;
        assert_eq!(before, after, "the machine was not touched");
        assert_eq!(self.bench.bmc(machine).power(), PowerState::On);
        self.bench.admin.delete(&instance).expect(204);
        self.bench.wait_gone(&instance);
        until("the machine to be off", || {
            (self.bench.bmc(machine).power() == PowerState::Off).then_some(())
        });
        self.bench
            .order_until(&format!("/v1/nodes/{machine}"), "on", "done");
        reason
    }

    /// What was tried for an instance to get the files, in words.
    fn tried(&self, instance: &str) -> Vec<String> {
        let tasks = self.bench.at(&format!("{instance}/tasks"));
        let attempts = tasks["tasks"][0]["attempts"].as_array().unwrap().clone();
        let of_fetch = attempts.iter().filter(|of| of["step"] == "fetch_image");
        of_fetch
            .map(|of| of["outcome"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn many_machines_wait_for_one_download_and_later_ones_ask_whether_it_has_changed() {
    let site = Site::start(8, "");
    site.server.open(false);
    let names: Vec<String> = (0..6).map(|number| format!("n{number}")).collect();
    let instances: Vec<String> = names
        .iter()
        .map(|name| site.bench.create(&site.parts, name))
        .collect();
    for instance in &instances {
        until("its deploy to begin", || {
            let tasks = site.bench.at(&format!("{instance}/tasks"));
            (tasks["tasks"][0]["step"] == "fetch_image").then_some(())
        });
    }
    until("both files to be asked for", || {
        let counts = ["/k", "/i"].map(|path| site.server.seen(path).len());
        (counts == [1, 1]).then_some(())
    });
    site.server.open(true);
    for instance in &instances {
        site.bench.wait_status(instance, "active");
        assert_eq!(site.tried(instance), ["here"]);
    }
    assert_eq!(site.server.seen("/k").len(), 1, "once for all");
    let mut here = [sha256(b"the kernel"), sha256(b"an initrd")];
    here.sort();
    assert_eq!(files(&site.bench.daemon), here);

    let later = site.bench.create_active(&site.parts, "n6");
    assert_eq!(site.tried(&later), ["here"]);
    let seen = site.server.seen("/k");
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].header("if-none-match"), None);
    assert_eq!(seen[1].header("if-none-match"), Some("\"10-116\""));
    // Of what has a checksum and is here nobody is asked.
    site.set("kernel_sha256", &json!(sha256(b"the kernel")));
    site.server
        .set("/i", Reply::File(b"and another initrd".to_vec()));
    site.bench.create_active(&site.parts, "n7");
    assert_eq!(site.server.seen("/k").len(), 2);
    assert!(files(&site.bench.daemon).contains(&sha256(b"and another initrd")));
}

#[test]
fn what_can_never_come_fails_the_deploy_before_the_machine_is_touched() {
    let site = Site::start(1, "max_file_mib = 1");
    let many = vec![1; (1 << 20) + 1];
    for (reply, part) in [
        (Reply::Status(404, "X-Any: 1"), "was answered with 404"),
        (Reply::Status(403, "X-Any: 1"), "was answered with 403"),
        (Reply::File(many.clone()), "netboot.max_file_mib"),
        (Reply::Chunked(many), "netboot.max_file_mib"),
        (Reply::Status(302, "Location: /k"), "sent on too often"),
        (
            Reply::Status(302, "Location: ftp://h/k"),
            "which is not followed",
        ),
        (Reply::Status(301, "X-Any: 1"), "was answered with 301"),
    ] {
        site.server.set("/k", reply);
        let reason = site.fails("n0");
        assert!(reason.contains("the kernel cannot be had: "), "{reason}");
        assert!(reason.contains(part), "{reason}");
        assert!(reason.contains(&site.server.url("/k")), "{reason}");
    }
    let expected = sha256(b"another kernel");
    site.server.set("/k", Reply::File(b"the kernel".to_vec()));
    site.set("kernel_sha256", &json!(expected));
    let reason = site.fails("n0");
    for part in [expected, sha256(b"the kernel")] {
        assert!(reason.contains(&part), "{reason}");
    }
    site.set("kernel_sha256", &json!(null));
    site.set("initrd_url", &site.server.url("/none").into());
    let reason = site.fails("n0");
    assert!(reason.contains("the initrd cannot be had: "), "{reason}");
    // Nothing came of all this but the initrd that was there at first, and in the end the kernel.
    let right = [sha256(b"an initrd"), sha256(b"the kernel")];
    until("nothing else to be there", || {
        let names = files(&site.bench.daemon);
        names.iter().all(|name| right.contains(name)).then_some(())
    });
}

#[test]
fn a_server_that_has_trouble_is_asked_again_until_the_file_is_here() {
    let site = Site::start(1, "");
    let kernel = vec![9; 3 << 20];
    site.server.set(
        "/moved/here",
        Reply::InTurn(vec![
            Reply::Status(500, "X-Any: 1"),
            Reply::CutOff(kernel.clone(), 1),
            Reply::Status(503, "Retry-After: 1"),
            Reply::Chunked(kernel.clone()),
        ]),
    );
    let moved = "Location: ../moved/./here";
    site.server
        .set("/a/k?right=s3cr3t", Reply::Status(307, moved));
    site.set("kernel_url", &site.server.url("/a/k?right=s3cr3t").into());
    site.set("kernel_sha256", &json!(sha256(&kernel)));
    let instance = site.bench.create_active(&site.parts, "n0");
    assert_eq!(
        site.tried(&instance),
        ["troubled", "broken", "troubled", "here"]
    );
    assert!(!site.bench.daemon.log().contains("s3cr3t"));
    let size = fs::metadata(
        site.bench
            .daemon
            .directory()
            .join("state/images")
            .join(sha256(&kernel)),
    );
    assert_eq!(size.unwrap().len(), 3 << 20);
    until("no leftovers", || {
        (files(&site.bench.daemon).len() == 2).then_some(())
    });
}

#[test]
fn a_server_that_says_nothing_fails_the_deploy_at_its_deadline() {
    let site = Site::start(1, "fetch_deadline_secs = 2");
    site.server.set("/k", Reply::Silence);
    let reason = site.fails("n0");
    assert!(reason.contains("its time was over"), "{reason}");
    assert!(reason.contains("of the kernel have come from"), "{reason}");
    // Long before its silence would end it.
    until_within(
        Duration::from_secs(10),
        "the download to be given up",
        || (site.server.left() == 1).then_some(()),
    );
}

#[test]
fn a_deploy_that_is_called_off_lets_its_download_go() {
    let site = Site::start(1, "");
    site.server.set("/k", Reply::Silence);
    let instance = site.bench.create(&site.parts, "n0");
    until("the kernel to be asked for", || {
        (site.server.seen("/k").len() == 1).then_some(())
    });
    site.bench.admin.delete(&instance).expect(204);
    site.bench.wait_gone(&instance);
    // Long before its silence would end it.
    until_within(
        Duration::from_secs(10),
        "the download to be given up",
        || (site.server.left() == 1).then_some(()),
    );
    until("nothing of it to be left", || {
        (files(&site.bench.daemon) == [sha256(b"an initrd")]).then_some(())
    });
}

#[test]
fn killed_while_a_file_comes_or_just_after_the_next_start_gets_it_again() {
    let mut site = Site::start(4, "");
    for (number, point) in [
        "image_part",
        "image_named",
        "image_here.before",
        "image_here.after",
    ]
    .into_iter()
    .enumerate()
    {
        let kernel = vec![u8::try_from(number).unwrap(); 2 << 20];
        site.server.set("/k", Reply::File(kernel.clone()));
        let name = format!("n{number}");
        site.bench.daemon.stop();
        site.bench.daemon.start_again_dying_at(point);
        let admin = site.bench.daemon.unix();
        until("the daemon to answer", || {
            admin.try_send("GET", "/readyz", None).ok()
        });
        let instance = site.bench.create(&site.parts, &name);
        until("the daemon to die", || {
            site.bench.daemon.has_crashed().then_some(())
        });
        site.bench.daemon.start_again();
        site.bench.wait_status(&instance, "active");
        let left = files(&site.bench.daemon);
        assert!(left.contains(&sha256(&kernel)), "{point}: {left:?}");
        assert!(left.iter().all(|of| of.len() == 64), "{point}: {left:?}");
    }
}

#[test]
fn an_upload_that_is_not_on_the_disk_any_more_is_told_as_that() {
    let site = Site::start(1, "");
    let image = format!("/v1/images/{}", site.parts.image);
    let admin = site
        .bench
        .admin
        .with("Content-Type", "application/octet-stream");
    let path = format!("{image}/kernel");
    admin.send("PUT", &path, Some(b"uploaded")).expect(200);
    let directory = site.bench.daemon.directory().join("state/images");
    fs::remove_file(directory.join(sha256(b"uploaded"))).unwrap();
    let reason = site.fails("n0");
    assert!(reason.contains("upload it again"), "{reason}");
    admin.send("PUT", &path, Some(b"uploaded")).expect(200);
    site.bench.create_active(&site.parts, "n0");
    assert_eq!(
        site.server.seen("/k").len(),
        0,
        "the upload is in its place"
    );
}

#[test]
fn what_was_fetched_stays_while_a_machine_boots_it_and_goes_when_it_is_old_and_unused() {
    let mut site = Site::start(1, "keep_unused_hours = 0");
    let instance = site.bench.create_active(&site.parts, "n0");
    let age_all = |daemon: &Daemon| {
        for name in files(daemon) {
            let path = daemon.directory().join("state/images").join(name);
            let file = fs::File::options().write(true).open(path).unwrap();
            let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
            file.set_modified(long_ago).unwrap();
        }
    };
    // Its machine may still ask for them: it completes at power-on.
    site.bench.daemon.stop();
    let unneeded = sha256(b"nobody's");
    let directory = site.bench.daemon.directory().join("state/images");
    fs::write(directory.join(&unneeded), "nobody's").unwrap();
    age_all(&site.bench.daemon);
    site.bench.daemon.start_again();
    let mut needed = [sha256(b"the kernel"), sha256(b"an initrd")];
    needed.sort();
    until("the one that nobody needs to go, and no other", || {
        (files(&site.bench.daemon) == needed).then_some(())
    });
    site.bench.admin.delete(&instance).expect(204);
    site.bench.wait_gone(&instance);
    site.bench.daemon.stop();
    site.bench.daemon.start_again();
    until("both to go", || {
        files(&site.bench.daemon).is_empty().then_some(())
    });
}
