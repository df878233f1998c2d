//! What machines are given by the boot service: each its own, while its deploy lasts, and nobody else's.
#![cfg(test)]

use std::net::TcpListener;

use ostler::sim::SimBmcConfig;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::bench::bmc_settings;
use crate::common::daemon::{Daemon, free_port_of, loopback};
use crate::common::http::{Client, KeptAlive, Response};
use crate::common::netboot::{INITRD, KERNEL, Netboot};
use crate::common::wait::until;
use crate::power_policy::guid;

const POWER: &str =
    "poll_interval_secs = 1\nchange_deadline_secs = 20\ntransition_grace_secs = 1\n";

fn text(answer: Response) -> String {
    String::from_utf8(answer.expect(200).body).unwrap()
}

/// A daemon that deploys a machine, which is on and has asked for nothing.
fn deploying(name: &str) -> (Netboot, String) {
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, "");
    let mut body = rack.parts.instance(name);
    let image = json!({"name": "args", "boot": "network", "completion": "phone-home",
        "kernel_args": "console=ttyS0 ds=nocloud;s=${data_url} n=${hostname}", "user_data": "#!/bin/sh\necho ${HOME}\n"});
    body["image_uuid"] = json!(crate::common::netboot::uploaded(&rack.bench.admin, &image));
    let made = rack
        .bench
        .admin
        .post("/v1/instances", &body)
        .expect(201)
        .json();
    let instance = format!("/v1/instances/{}", made["uuid"].as_str().unwrap());
    rack.wait_step(&instance, "await_script");
    (rack, instance)
}

/// The path of the URLs of a machine.
fn place(script: &str) -> String {
    let (_, rest) = script
        .split_once("/deploys/")
        .expect("a script of a deploy");
    format!("/deploys/{}", rest.split_once('/').unwrap().0)
}

fn milestones(rack: &Netboot, instance: &str) -> Vec<(String, u64)> {
    let task = rack.newest_task(instance);
    let milestones = task["milestones"].as_array().unwrap().iter();
    milestones
        .map(|of| {
            (
                of["name"].as_str().unwrap().to_owned(),
                of["times"].as_u64().unwrap_or(1),
            )
        })
        .collect()
}

fn said(seen: &[(&str, u64)]) -> Vec<(String, u64)> {
    seen.iter()
        .map(|(name, times)| ((*name).to_owned(), *times))
        .collect()
}

#[test]
fn a_machine_gets_its_script_its_files_and_its_data() {
    let (rack, instance) = deploying("Web 1");
    let boot = rack.boot_service();
    let shown = rack.bench.at(&instance);
    let (port, attached) = shown["network_info"]
        .as_object()
        .unwrap()
        .iter()
        .next()
        .unwrap();
    assert!(!port.is_empty());
    let mac = attached["mac_address"].as_str().unwrap();
    let ip = attached["fixed_ips"][0]["ip_address"].as_str().unwrap();
    let base = format!("http://{}", rack.boot_address());

    let first = text(boot.get("/boot.ipxe"));
    assert!(first.starts_with("#!ipxe\n"), "{first}");
    assert!(first.contains(&format!("{base}/script?mac=${{netX/mac}}&uuid=${{uuid}}")));
    let script = text(boot.get(&format!(
        "/script?mac={}&uuid=x",
        mac.replace(':', "%3A").to_uppercase()
    )));
    let place = place(&script);
    let expected =
        format!("kernel {base}{place}/kernel initrd=initrd ${{args:string}} || goto failed\n");
    assert!(script.contains(&expected), "{script}");
    let args = format!("console=ttyS0 ds=nocloud;s={base}{place}/ n=web-1");
    let hex: Vec<String> = args.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert!(
        script.contains(&format!("set args:hex {}\n", hex.join(":"))),
        "{script}"
    );
    for (what, bytes) in [("kernel", KERNEL), ("initrd", INITRD)] {
        assert_eq!(boot.get(&format!("{place}/{what}")).expect(200).body, bytes);
    }

    let data = |what: &str| text(boot.get(&format!("{place}/{what}")));
    let meta: Value = serde_json::from_str(&data("meta-data")).unwrap();
    assert_eq!(meta["instance-id"], shown["uuid"]);
    assert_eq!(meta["local-hostname"], "web-1");
    assert_eq!((&meta["mac"], &meta["ip"]), (&json!(mac), &json!(ip)));
    assert_eq!(data("user-data"), "#!/bin/sh\necho ${HOME}\n");
    let vendor = data("vendor-data");
    let vendor: Value =
        serde_json::from_str(vendor.strip_prefix("#cloud-config\n").unwrap()).unwrap();
    assert_eq!(
        vendor["phone_home"]["url"],
        format!("{base}{place}/phone-home")
    );
    let network: Value = serde_json::from_str(&data("network-config")).unwrap();
    let port = json!({
        "match": {"macaddress": mac}, "addresses": [format!("{ip}/24")],
        "routes": [{"to": "0.0.0.0/0", "via": "10.7.0.1"}],
    });
    assert_eq!(network, json!({"version": 2, "ethernets": {"port0": port}}));
    let all = [("script", 1), ("kernel", 1), ("initrd", 1), ("data", 1)];
    assert_eq!(milestones(&rack, &instance), said(&all));
}

#[test]
fn a_machine_that_is_not_deployed_goes_on_to_its_next_device() {
    let (rack, instance) = deploying("web");
    let boot = rack.boot_service();
    for query in [
        "",
        "?mac=02:00:00:ff:ff:ff",
        "?mac=nonsense&uuid=nonsense",
        "?mac=%0aimgfree",
    ] {
        let script = text(boot.get(&format!("/script{query}")));
        assert!(
            script.starts_with("#!ipxe\n") && script.ends_with("\nexit 1\n"),
            "{script}"
        );
        assert!(
            !script.contains("kernel") && !script.contains("imgfree"),
            "{script}"
        );
    }
    assert_eq!(milestones(&rack, &instance), []);
}

#[test]
fn its_urls_are_good_while_its_deploy_lasts_and_for_no_other() {
    let rack = Netboot::start(["a", "b"].map(SimBmcConfig::new).into(), POWER, "");
    let boot = rack.boot_service();
    let [a, b] = ["a", "b"].map(|name| {
        let instance = rack.bench.create(&rack.parts, name);
        rack.wait_step(&instance, "await_script");
        let mut machine = rack.machine(name);
        assert!(machine.script());
        (instance, machine)
    });
    assert_ne!(a.1.place(), b.1.place());
    // A secret that is nearly right is as wrong as any.
    let (start, last) = a.1.place().split_at(a.1.place().len() - 1);
    let near = format!("{start}{}", if last == "0" { "1" } else { "0" });
    for place in [
        near,
        format!("/deploys/{}", "0".repeat(64)),
        "/deploys/".to_owned(),
        "/deploys/%".to_owned(),
    ] {
        for what in [
            "kernel",
            "initrd",
            "meta-data",
            "user-data",
            "vendor-data",
            "network-config",
        ] {
            boot.get(&format!("{place}/{what}")).expect(404);
        }
        boot.post(&format!("{place}/phone-home"), &json!({}))
            .expect(404);
    }
    // Another one's identity with one's own URL.
    let form = boot.with("Content-Type", "application/x-www-form-urlencoded");
    let uuid =
        |(instance, _): &(String, _)| rack.bench.at(instance)["uuid"].as_str().unwrap().to_owned();
    let phone = |place: &str, body: &str| {
        form.send(
            "POST",
            &format!("{place}/phone-home"),
            Some(body.as_bytes()),
        )
    };
    let refused = phone(a.1.place(), &format!("instance_id={}&hostname=b", uuid(&b)));
    let sentence = String::from_utf8(refused.expect(403).body).unwrap();
    assert!(sentence.contains("another instance"), "{sentence}");
    assert_eq!(milestones(&rack, &a.0), said(&[("script", 1)]));
    assert_eq!(milestones(&rack, &b.0), said(&[("script", 1)]));

    phone(
        a.1.place(),
        &format!("hostname=a&instance_id={}", uuid(&a).to_uppercase()),
    )
    .expect(200);
    rack.bench.wait_status(&a.0, "active");
    for what in [
        "kernel",
        "initrd",
        "meta-data",
        "user-data",
        "vendor-data",
        "network-config",
    ] {
        boot.get(&format!("{}/{what}", a.1.place())).expect(404);
    }
    phone(a.1.place(), "").expect(404);
    // The other one's go on, and end with its instance.
    b.1.kernel().expect(200);
    rack.bench.admin.delete(&b.0).expect(204);
    b.1.kernel().expect(404);
}

#[test]
fn a_file_can_be_had_in_parts() {
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, "");
    let bytes: Vec<u8> = (0..3_000_001_u32)
        .flat_map(u32::to_le_bytes)
        .take(3_000_001)
        .collect();
    let uploads = rack
        .bench
        .admin
        .with("Content-Type", "application/octet-stream");
    let path = format!("/v1/images/{}/initrd", rack.parts.image);
    let image = uploads.send("PUT", &path, Some(&bytes)).expect(200).json();
    let instance = rack.bench.create(&rack.parts, "n");
    rack.wait_step(&instance, "await_script");
    let mut machine = rack.machine("n");
    assert!(machine.script());
    let boot = rack.boot_service();
    let initrd = format!("{}/initrd", machine.place());
    let ask = |range: &str| boot.with("Range", range).get(&initrd);

    let head = boot.send("HEAD", &initrd, None).expect(200);
    let etag = format!("\"{}\"", image["initrd_sha256"].as_str().unwrap());
    for (name, value) in [
        ("content-length", "3000001"),
        ("accept-ranges", "bytes"),
        ("etag", &etag),
    ] {
        assert_eq!(head.header(name), Some(value), "{name}");
    }
    let first = ask("bytes=0-1048575").expect(206);
    assert_eq!(
        first.header("content-range"),
        Some("bytes 0-1048575/3000001")
    );
    assert_eq!(first.header("etag"), Some(&*etag));
    assert!(first.body == bytes[..1 << 20]);
    ask("bytes=1048576-2999999").expect(206);
    // Nobody has the whole file by now.
    assert_eq!(milestones(&rack, &instance), said(&[("script", 1)]));
    let last = ask("bytes=-10").expect(206);
    assert_eq!(
        last.header("content-range"),
        Some("bytes 2999991-3000000/3000001")
    );
    assert!(last.body == bytes[2_999_991..]);
    assert_eq!(
        milestones(&rack, &instance),
        said(&[("script", 1), ("initrd", 1)])
    );
    let behind = ask("bytes=3000001-").expect(416);
    assert_eq!(behind.header("content-range"), Some("bytes */3000001"));
    for all in ["bytes=0-1,4-5", "lines=1-2", "bytes=9-3"] {
        assert!(ask(all).expect(200).body == bytes, "{all}");
    }
    let since = |version: &str| {
        let range = boot.with("Range", "bytes=5-9").with("If-Range", version);
        range.get(&initrd)
    };
    assert!(since(&etag).expect(206).body == bytes[5..10]);
    assert!(since("\"another\"").expect(200).body == bytes);
    assert!(boot.get(&initrd).expect(200).body == bytes);
}

#[test]
fn what_is_asked_for_again_counts_once_a_second_and_changes_nothing_else() {
    let (rack, instance) = deploying("web");
    let mut machine = rack.machine("n");
    let boot = rack.boot_service();
    let started = ostler::time::instant();
    for _ in 0..20 {
        assert!(machine.script());
    }
    let seen = milestones(&rack, &instance);
    let [(name, times)] = &seen[..] else {
        panic!("{seen:?}");
    };
    assert_eq!(name, "script");
    assert!(*times <= 1 + started.elapsed().as_secs(), "{times} times");
    let place = machine.place().to_owned();
    // Who only looks whether something is there has not fetched it.
    for what in ["kernel", "initrd", "meta-data", "user-data"] {
        boot.send("HEAD", &format!("{place}/{what}"), None)
            .expect(200);
    }
    boot.send("HEAD", &format!("/script?mac={}", machine.mac()), None)
        .expect(200);
    assert_eq!(milestones(&rack, &instance), seen);
    until("the script to count again", || {
        assert!(machine.script());
        (milestones(&rack, &instance)[0].1 > *times).then_some(())
    });
    // On one connection, as iPXE does it.
    let mut kept = KeptAlive::open(&boot);
    let reads = "kernel kernel initrd user-data vendor-data meta-data meta-data";
    for what in reads.split(' ') {
        kept.send("GET", &format!("{place}/{what}"), &Value::Null)
            .expect(200);
    }
    let seen = milestones(&rack, &instance);
    let names: Vec<_> = seen.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["script", "kernel", "initrd", "data"]);
    until("the data to count again", || {
        kept.send("GET", &format!("{place}/meta-data"), &Value::Null)
            .expect(200);
        (milestones(&rack, &instance)[3].1 > seen[3].1).then_some(())
    });
    assert_eq!(rack.bench.at(&instance)["status"], "building");
    let task = rack.newest_task(&instance);
    let detail = task["milestones"][0]["detail"].as_str().unwrap();
    assert!(detail.starts_with("from 127."), "{detail}");
}

#[test]
fn a_machine_that_has_got_its_data_is_sent_to_its_disk_when_it_asks_again() {
    let (rack, instance) = deploying("web");
    let mut machine = rack.machine("n");
    assert!(machine.script());
    machine.kernel().expect(200);
    assert!(machine.script(), "its kernel did not boot, who knows why");
    machine.data().expect(200);
    let boot = rack.boot_service();
    for tries in ["", "&tries=1"] {
        let path = format!("/script?mac={}{tries}", machine.mac());
        let script = text(boot.get(&path));
        assert!(
            script.contains("already: booting from the next device\nexit 1\n"),
            "{script}"
        );
    }
    machine.phone_home().expect(200);
    rack.bench.wait_status(&instance, "active");
    // A new deploy is a new boot.
    rack.bench
        .admin
        .post(&format!("{instance}/rebuild"), &json!({}))
        .expect(202);
    rack.boot(&instance, &mut machine);
}

#[test]
fn the_boot_service_is_not_the_api_and_takes_nothing_else() {
    let (rack, instance) = deploying("web");
    let mut machine = rack.machine("n");
    assert!(machine.script());
    let boot = rack.boot_service();
    for path in [
        "/",
        "/v1",
        "/v1/nodes",
        "/metrics",
        "/readyz",
        "/deploys",
        "/boot.ipxe/",
        "/../v1/nodes",
        "/images",
    ] {
        boot.get(path).expect(404);
    }
    let place = machine.place();
    let [kernel, phone_home] = ["kernel", "phone-home"].map(|what| format!("{place}/{what}"));
    for (method, path, allowed) in [
        ("POST", "/boot.ipxe", "GET, HEAD"),
        ("DELETE", "/script", "GET, HEAD"),
        ("PUT", &kernel, "GET, HEAD"),
        ("GET", &phone_home, "POST"),
        ("HEAD", &phone_home, "POST"),
        ("PUT", &phone_home, "POST"),
    ] {
        let refused = boot.send(method, path, None).expect(405);
        assert_eq!(refused.header("allow"), Some(allowed), "{method} {path}");
    }
    let most = vec![b'a'; 64 << 10];
    let more = vec![b'a'; (64 << 10) + 1];
    boot.send("POST", &phone_home, Some(&more)).expect(413);
    assert_eq!(milestones(&rack, &instance), said(&[("script", 1)]));
    boot.send("POST", &phone_home, Some(&most)).expect(200);
    rack.bench.wait_status(&instance, "active");
    // And nothing of it is where the API is.
    for path in ["/boot.ipxe", "/script?mac=x", &kernel] {
        assert_eq!(rack.bench.daemon.tcp().get(path).status, 401, "{path}");
        rack.bench.admin.get(path).expect_error(404);
    }
}

#[test]
fn what_machines_were_answered_with_is_counted() {
    let (rack, _) = deploying("web");
    let boot = rack.boot_service();
    boot.get("/boot.ipxe").expect(200);
    boot.get("/script").expect(200);
    boot.get("/nothing").expect(404);
    boot.delete("/script").expect(405);
    let page = text(Client::get(&rack.bench.admin, "/metrics"));
    for line in [
        "ostler_netboot_answers_total{answer=\"boot_ipxe\"} 1",
        "ostler_netboot_answers_total{answer=\"next_device\"} 1",
        "ostler_netboot_answers_total{answer=\"not_found\"} 1",
        "ostler_netboot_answers_total{answer=\"refused\"} 1",
        "ostler_netboot_answers_total{answer=\"kernel\"} 0",
    ] {
        assert!(page.lines().any(|of| of == line), "{line}");
    }
}

#[test]
fn a_machine_that_asks_from_a_strange_port_is_known_by_its_uuid() {
    let rack = Netboot::start(["a", "b"].map(SimBmcConfig::new).into(), POWER, "");
    // BMCs are asked when they have time, and not while something is done to their machines.
    let is_asked = |name: &str| {
        let asked = rack.bench.bmc(name).counters().commands;
        asked.keys().any(|command| command.contains("guid"))
    };
    until("the BMCs to be asked for their GUIDs", || {
        (is_asked("a") && is_asked("b")).then_some(())
    });
    let [guid, other] = ["a", "b"].map(|name| guid(&rack.bench.bmc(name)));
    let instance = rack.bench.create(&rack.parts, "a");
    rack.wait_step(&instance, "await_script");
    let boot = rack.boot_service();
    let ask = |uuid: Uuid| {
        let path = format!("/script?mac=02:00:00:ff:ff:ff&uuid={uuid}");
        text(boot.get(&path)).contains("/deploys/")
    };
    until("the machine to be known", || ask(guid).then_some(()));
    // Firmware says it in the order of SMBIOS, or as the BMC does.
    assert!(ask(Uuid::from_slice_le(guid.as_bytes()).unwrap()));
    assert!(!ask(Uuid::from_u128(guid.as_u128() ^ 1)));
    assert!(!ask(other));
    // A port that is registered says more than a UUID.
    let mac = rack.machine("b").mac().to_owned();
    let script = text(boot.get(&format!("/script?mac={mac}&uuid={guid}")));
    assert!(!script.contains("/deploys/"), "{script}");
    // Boards that share their UUID are not told apart, also while one of them is not being deployed.
    let twin = json!({"name": "twin", "bmc": bmc_settings(&rack.bench.bmc("a"))});
    rack.bench.admin.post("/v1/nodes", &twin).expect(201);
    until("the twin to be known", || (!ask(guid)).then_some(()));
}

/// Everything that the daemon leaves and says, at the most talkative level.
#[test]
fn the_secret_of_a_deploy_is_told_to_its_machine_and_nowhere_else() {
    let settings = "[log]\nlevel = \"trace\"\nformat = \"plain\"\n";
    let rack = Netboot::start(vec![SimBmcConfig::new("n")], POWER, settings);
    let instance = rack.bench.create(&rack.parts, "n");
    rack.wait_step(&instance, "await_script");
    let mut machine = rack.machine("n");
    assert!(machine.script());
    let secret = machine
        .place()
        .strip_prefix("/deploys/")
        .unwrap()
        .to_owned();
    let boot = rack.boot_service();
    // Also where something goes wrong.
    machine.kernel().expect(200);
    boot.with("Range", "bytes=999999-")
        .get(&format!("{}/kernel", machine.place()))
        .expect(416);
    for (method, what, status) in [
        ("PUT", "kernel", 405),
        ("GET", "nothing", 404),
        ("GET", "meta-data", 200),
        ("POST", "phone-home", 403),
    ] {
        let body = format!("instance_id={secret}");
        let path = format!("{}/{what}", machine.place());
        let answer = boot.send(method, &path, (method == "POST").then_some(body.as_bytes()));
        assert_eq!(answer.status, status, "{method} {what}");
        if status != 200 {
            assert!(!holds(&answer.body, &secret), "{method} {what}");
        }
    }
    // Sent to the API by mistake, it is told to who sent it alone.
    rack.bench
        .daemon
        .tcp()
        .get(&format!("/deploys/{secret}/kernel"))
        .expect(401);
    let events = rack.bench.admin.with("Accept", "application/json");
    let told = |rack: &Netboot| {
        let mut all = Vec::new();
        for path in [
            "/v1/events",
            "/v1/events?kind=audit",
            "/v1/nodes/n/tasks",
            "/v1/instances/detail",
            "/v1/images",
            "/v1/nodes/n",
            "/metrics",
        ] {
            let answer = events.get(path).expect(200);
            all.push((path.to_owned(), answer.body));
        }
        let directory = rack.bench.daemon.directory();
        all.push(("the log".to_owned(), rack.bench.daemon.log().into_bytes()));
        for entry in std::fs::read_dir(directory.join("state")).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                all.push((path.display().to_string(), std::fs::read(path).unwrap()));
            }
        }
        all
    };
    let during = told(&rack);
    machine.phone_home().expect(200);
    rack.bench.wait_status(&instance, "active");
    for (place, bytes) in during.into_iter().chain(told(&rack)) {
        assert!(!holds(&bytes, &secret), "it is in {place}");
    }
    assert!(rack.bench.daemon.log().contains("DEBUG"), "the log is on");
}

/// Whether this has the secret in it, as it is or as bytes.
fn holds(bytes: &[u8], secret: &str) -> bool {
    let raw: Vec<u8> = (0..secret.len() / 2)
        .map(|at| u8::from_str_radix(&secret[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    [secret.as_bytes(), &raw]
        .iter()
        .any(|form| bytes.windows(form.len()).any(|part| part == *form))
}

#[test]
fn an_address_that_is_not_there_yet_keeps_nothing_from_starting_and_a_port_that_is_taken_does() {
    let [net, run, ..] = loopback().octets();
    let here = free_port_of([net, run, 0, 2].into());
    let away = format!("192.0.2.{run}:6680");
    let settings = format!(
        "[netboot]\nlisten = [\"{away}\", \"{here}\"]\nurl = \"http://192.0.2.{run}:6680\""
    );
    let mut daemon = Daemon::with_power(&settings);
    Client::tcp(here).get("/boot.ipxe").expect(200);
    assert!(daemon.stop());
    let taken = TcpListener::bind(here).unwrap();
    assert!(!daemon.try_to_start());
    drop(taken);
    daemon.start_again();
}
