//! `ostler node import`: files of nodes, of our own form and of others', become registered nodes; twice is as once; and what is
//! wrong changes nothing.
#![cfg(test)]

use ostler::sim::SimBmcConfig;
use serde_json::{Value, json};

use crate::cli_canned::{Ended, ostler};
use crate::common::bench::Bench;
use crate::common::daemon::{Daemon, Parts};
use crate::common::http::Client;
use crate::common::sim::SimRack;

/// Runs `ostler node …` against a daemon, with something on its standard input.
pub(crate) async fn node(daemon: &Daemon, args: &[&str], input: &str) -> Ended {
    let socket = daemon.directory().join("ostler.sock");
    let variables = [("OSTLER_SOCKET", socket.to_str().unwrap())];
    ostler(&[&["node"], args].concat(), &variables, input).await
}

/// A file of `tests/it/node_files`.
pub(crate) fn file(name: &str) -> String {
    format!("{}/tests/it/node_files/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A daemon that leaves the BMCs alone, of which none is there.
pub(crate) fn daemon() -> Daemon {
    Daemon::with_power("poll_interval_secs = 3600\n")
}

#[track_caller]
fn shown(admin: &Client, name: &str) -> Value {
    admin.get(&format!("/v1/nodes/{name}")).expect(200).json()
}

#[track_caller]
fn count(admin: &Client) -> usize {
    let all = admin.get("/v1/nodes").expect(200).json();
    all["nodes"].as_array().unwrap().len()
}

#[track_caller]
pub(crate) fn done(ended: &Ended, last: &str) {
    assert_eq!(ended.code, 0, "{}\n{}", ended.stderr, ended.stdout);
    let said = ended.stdout.lines().last();
    assert_eq!(said, Some(last), "{}", ended.stdout);
}

/// These members are what `node` has, however many others it has.
#[track_caller]
fn has(node: &Value, expected: &Value) {
    for (field, value) in expected.as_object().unwrap() {
        if value.is_object() {
            has(&node[field], value);
        } else {
            assert_eq!(&node[field], value, "{field} of {node:#}");
        }
    }
}

#[tokio::test]
async fn a_file_of_ours_registers_its_nodes_once_and_a_second_time_changes_nothing() {
    let daemon = daemon();
    let admin = daemon.unix();
    let path = file("rack.yaml");
    let plan = node(&daemon, &["import", &path, "--dry-run"], "").await;
    done(&plan, "2 to create, 0 to change, 0 as the file says");
    assert!(
        plan.stdout
            .contains("create  r1n01  BMC 127.0.1.1, 2 ports\n"),
        "{}",
        plan.stdout
    );
    assert_eq!(count(&admin), 0);

    let made = node(&daemon, &["import", &path, "--yes"], "").await;
    done(&made, "2 created, 0 changed, 0 as the file said");
    has(
        &shown(&admin, "r1n01"),
        &json!({
            "uuid": "6f9619ff-8b86-d011-b42d-00cf4fc964ff", "availability_zone": "az1", "min_off_secs": 10,
            "bmc": {"address": "127.0.1.1", "port": 623, "username": "admin", "cipher_suite": 17},
            "properties": {"cpus": 8, "memory_mb": 16384, "capabilities": {"boot_mode": "uefi", "slots": "2"}},
            "extra": {"rack": "1", "note": "yes"},
        }),
    );
    let ports = shown(&admin, "r1n01")["ports"].clone();
    has(
        &ports[0],
        &json!({"mac_address": "52:54:00:12:34:01", "port_type": "10GE", "pxe_enabled": false}),
    );
    has(
        &ports[1],
        &json!({"mac_address": "52:54:00:12:34:02", "port_type": "25GE", "pxe_enabled": true}),
    );
    has(
        &shown(&admin, "r1n02"),
        &json!({"power_policy": "enforce",
                "bmc": {"port": 6230, "username": "operator", "quirks": ["padded_user_name"]}}),
    );
    let before = (shown(&admin, "r1n01"), shown(&admin, "r1n02"));
    let again = node(&daemon, &["import", &path, "--yes"], "").await;
    done(
        &again,
        "the stored password or key of 2 nodes stays: --set-passwords sends the file's",
    );
    assert!(
        again
            .stdout
            .starts_with("0 to create, 0 to change, 2 as the file says\n"),
        "{}",
        again.stdout
    );
    let after = (shown(&admin, "r1n01"), shown(&admin, "r1n02"));
    for (before, after) in [(before.0, after.0), (before.1, after.1)] {
        assert_eq!(before["updated_at"], after["updated_at"]);
    }
}

#[tokio::test]
async fn ironics_files_and_lists_are_read_and_what_means_nothing_here_is_named() {
    let daemon = daemon();
    let admin = daemon.unix();
    let made = node(&daemon, &["import", &file("ironic.yaml"), "-y"], "").await;
    done(&made, "2 created, 0 changed, 0 as the file said");
    for passed_over in [
        "driver_info.deploy_kernel",
        "boot_interface",
        "properties.root_device",
        "chassis",
    ] {
        let words = format!("{passed_over} means nothing to Ostler");
        assert!(made.stderr.contains(&words), "{}", made.stderr);
    }
    let made = shown(&admin, "node-1");
    has(
        &made,
        &json!({
            "bmc": {"address": "127.0.2.1", "port": 6231, "username": "admin", "cipher_suite": 3,
                    "privilege_level": "operator", "kg": "******"},
            "properties": {"cpus": 4, "memory_mb": 8192, "local_gb": 100, "cpu_arch": "x86_64",
                           "capabilities": {"boot_mode": "uefi", "boot_option": "local", "vendor": "acme",
                                            "resource_class": "gold"}},
            "extra": {"rack": "r2"},
        }),
    );
    has(
        &made["ports"][1],
        &json!({"mac_address": "52:54:00:12:35:02", "pxe_enabled": false}),
    );
    // Ironic's nodes need no name.
    has(
        &shown(&admin, "1be26c0b-03f2-4d2e-ae87-c02d7f33c123"),
        &json!({"name": "1be26c0b-03f2-4d2e-ae87-c02d7f33c123", "bmc": {"address": "127.0.2.2"}}),
    );
    // One node, as the client shows it, is read too; what was found by inspection is no text.
    let show = r#"{"driver": "ipmi", "name": "node-1", "properties": {"vendor": "", "cpus": "16"},
                   "extra": {"rack": "r2", "inspected": {"disks": []}}, "driver_info": {"ipmi_password": "******"}}"#;
    let changed = node(&daemon, &["import", "-", "--yes"], show).await;
    done(&changed, "0 created, 1 changed, 0 as the file said");
    assert!(
        changed
            .stdout
            .contains("properties.cpus: 4 -> 16\n0 to create"),
        "{}",
        changed.stdout
    );
    // What the client lists has stars for passwords: only those are not known.
    let other = self::daemon();
    let list = file("ironic_list.json");
    let ended = node(&other, &["import", &list, "--yes"], "").await;
    assert_eq!(ended.code, 2);
    assert!(
        ended
            .stderr
            .contains("say where the BMC's password comes from"),
        "{}",
        ended.stderr
    );
    let ended = node(
        &other,
        &["import", &list, "--yes", "--bmc-password-stdin"],
        "calvin\n",
    )
    .await;
    done(&ended, "1 created, 0 changed, 0 as the file said");
    has(
        &shown(&other.unix(), "node-1"),
        &json!({"properties": {"memory_mb": 8192}}),
    );
}

#[tokio::test]
async fn tripleos_files_and_tables_are_read() {
    let daemon = daemon();
    let admin = daemon.unix();
    let made = node(&daemon, &["import", &file("instackenv.json"), "--yes"], "").await;
    done(&made, "2 created, 0 changed, 0 as the file said");
    has(
        &shown(&admin, "compute-0"),
        &json!({
            "bmc": {"address": "127.0.3.1", "port": 6232, "username": "admin"},
            "properties": {"cpus": 4, "memory_mb": 6144, "local_gb": 40, "cpu_arch": "x86_64",
                           "capabilities": {"profile": "compute"}},
        }),
    );
    let made = node(&daemon, &["import", &file("rack.csv"), "--yes"], "").await;
    done(&made, "2 created, 0 changed, 0 as the file said");
    let c1 = shown(&admin, "c1");
    has(
        &c1,
        &json!({"availability_zone": "az1", "bmc": {"address": "127.0.4.1", "port": 623},
                "properties": {"cpus": 8, "capabilities": {"gpu": "a100"}}, "extra": {"place": "row 1, left"}}),
    );
    has(
        &c1["ports"][1],
        &json!({"mac_address": "52:54:00:12:37:02", "port_type": null, "pxe_enabled": false}),
    );
    has(
        &shown(&admin, "c2"),
        &json!({"bmc": {"port": 6233, "quirks": ["padded_user_name"]}}),
    );
    // The same with another separator, from standard input.
    let table = "name;bmc_address;bmc_username\r\nc3;127.0.4.3;admin\r\n";
    let args = [
        "import",
        "-",
        "--format",
        "csv",
        "--yes",
        "--bmc-no-password",
    ];
    let made = node(&daemon, &args, table).await;
    done(&made, "1 created, 0 changed, 0 as the file said");
}

#[tokio::test]
async fn only_what_the_file_says_otherwise_is_changed_and_shown_before() {
    let daemon = daemon();
    let admin = daemon.unix();
    node(&daemon, &["import", &file("rack.yaml"), "--yes"], "").await;
    let changed = "- name: r1n01\n  availability_zone: az2\n  bmc: {address: 127.0.1.9, password: s3cret}\n  \
                   ports: [{mac_address: '52:54:00:12:34:02', port_type: 40GE}, '52:54:00:12:34:03']\n  \
                   extra: {rack: 7}\n  properties: {capabilities: {gpu: a100}}\n";
    let plan = node(&daemon, &["import", "-", "-n"], changed).await;
    assert_eq!(
        plan.stdout,
        "change  r1n01\n        availability_zone: az1 -> az2\n        bmc.address: 127.0.1.1 -> 127.0.1.9\n        \
         bmc.password: is set\n        extra.rack: 1 -> 7\n        ports[52:54:00:12:34:02].port_type: 25GE -> 40GE\n        \
         ports: + mac_address=52:54:00:12:34:03\n        properties.capabilities.gpu: + a100\n\
         0 to create, 1 to change, 0 as the file says\n"
    );
    let without = node(&daemon, &["import", "-"], changed).await;
    assert_eq!(without.code, 2);
    assert!(without.stderr.contains("--yes"), "{}", without.stderr);
    has(
        &shown(&admin, "r1n01"),
        &json!({"availability_zone": "az1"}),
    );

    let ended = node(&daemon, &["import", "-", "--yes"], changed).await;
    done(&ended, "0 created, 1 changed, 0 as the file said");
    let node_now = shown(&admin, "r1n01");
    has(
        &node_now,
        &json!({
            "availability_zone": "az2", "min_off_secs": 10, "extra": {"rack": "7", "note": "yes"},
            "bmc": {"address": "127.0.1.9", "username": "admin", "cipher_suite": 17},
            "properties": {"cpus": 8, "capabilities": {"boot_mode": "uefi", "gpu": "a100"}},
        }),
    );
    let ports = node_now["ports"].as_array().unwrap();
    assert_eq!(ports.len(), 3);
    assert_eq!(ports[1]["port_type"], "40GE");
    // By its uuid it is found under another name, too.
    let renamed = "[{\"uuid\": \"6f9619ff8b86d011b42d00cf4fc964ff\", \"name\": \"r9n01\", \"bmc\": {\"port\": 623}}]";
    let ended = node(&daemon, &["--json", "import", "-", "--yes"], renamed).await;
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let plan: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        plan[0]["changes"],
        json!([{"field": "name", "from": "r1n01", "to": "r9n01"}])
    );
    shown(&admin, "r9n01");
}

#[tokio::test]
async fn passwords_of_known_bmcs_are_sent_only_on_demand_and_shown_never() {
    let daemon = daemon();
    let path = file("rack.yaml");
    node(&daemon, &["import", &path, "--yes"], "").await;
    let args = ["import", &path, "--yes", "--set-passwords"];
    let ended = node(&daemon, &args, "").await;
    done(&ended, "0 created, 2 changed, 0 as the file said");
    assert!(
        ended
            .stdout
            .contains("change  r1n02\n        bmc.password: is set\n"),
        "{}",
        ended.stdout
    );
    for plan in [
        &["--json", "import", &path, "-n", "--set-passwords"][..],
        &["import", &path, "-n"],
    ] {
        let plan = node(&daemon, plan, "").await;
        assert!(!plan.stdout.contains("0123"), "{}", plan.stdout);
    }
}

#[tokio::test]
async fn one_mistake_keeps_everything_and_each_is_told_with_its_line_and_what_to_do() {
    let daemon = daemon();
    let admin = daemon.unix();
    node(&daemon, &["import", &file("rack.yaml"), "--yes"], "").await;
    let bad = "nodes:
- {name: good, bmc: {address: 127.0.5.1, password: x}}
- name: b1
  bmc: {adress: 127.0.5.2, port: s3cret}
- name: b2
  driver: redfish
  driver_info: {ipmi_address: 127.0.5.3, ipmi_protocol_version: 1.5}
- name: b3
  bmc: {address: 127.0.1.1, username: a-name-that-is-too-long}
- name: good
  bmc: {address: 127.0.5.4}
- bmc: {address: 127.0.5.5}
- name: b5
- name: b6
  bmc: {address: 127.0.1.2, port: 6230, password: x}
- name: b7
  instance_type: nonsense
  bmc: {address: 127.0.5.7, password: x}
- name: b8
  bmc: {address: 127.0.5.8, password: a-password-longer-than-ipmi-has}
- name: b9
  bmc: {address: 127.0.5.9, password: x}
  ports: ['52:54:00:12:34:01', 'x']
";
    let ended = node(&daemon, &["import", "-", "--yes"], bad).await;
    assert_eq!(ended.code, 2);
    for line in [
        "4:9: node b1: bmc.adress is no known key: known are interface, address,",
        "4:34: node b1: bmc.port must be a whole number",
        "6:11: node b2: driver is 'redfish': Ostler speaks IPMI alone",
        "7:65: node b2: driver_info.ipmi_protocol_version is 1.5",
        "9:39: node b3: bmc.username: must be at most 16 bytes",
        "10:9: node good: has the name of another in line 2",
        "12:3: node number 6: has no name",
        "13:3: node b5: is not registered and has no BMC here",
        "15:18: node b6: bmc.address: the BMC 127.0.1.2:6230 is that of the node r1n02 already",
        "17:18: node b7: instance_type: there is no type of this name or uuid",
        "20:39: node b8: bmc.password: must be at most 20 bytes",
        "23:32: node b9: ports[1] is no port",
        "nothing was changed: 12 mistakes in standard input",
    ] {
        assert!(ended.stderr.contains(line), "{line}\n{}", ended.stderr);
    }
    assert!(
        !ended.stderr.contains("s3cret") && !ended.stderr.contains("a-password"),
        "{}",
        ended.stderr
    );
    assert_eq!(count(&admin), 2);
    for (text, format, words) in [
        (
            "n1,10.0.0.1,admin,s3cret\n",
            "csv",
            "1: names no column that is known: the first line must name the columns",
        ),
        (
            "name,bmc_adress\nn1,1.1.1.1\n",
            "csv",
            "1: \"bmc_adress\" is no known column",
        ),
        ("name,bmc_address\nn1,1.1.1.1,x\n", "csv", "2: has 3 cells"),
        ("a: [", "yaml", "is not YAML or JSON"),
        ("", "json", "is empty"),
        ("defaults: {}", "yaml", "1:1: defaults is no known key"),
    ] {
        let ended = node(&daemon, &["import", "-", "--yes", "--format", format], text).await;
        assert_eq!(ended.code, 2, "{text}");
        assert!(ended.stderr.contains(words), "{words}\n{}", ended.stderr);
        assert!(!ended.stderr.contains("s3cret"), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn a_type_may_be_named_by_its_uuid_and_a_second_run_goes_on_where_one_was_stopped() {
    let daemon = daemon();
    let admin = daemon.unix();
    let parts = Parts::make(&admin);
    let of = |name: &str, end: u8| {
        let bmc = json!({"address": format!("127.0.6.{end}"), "password": "x"});
        json!({"name": name, "instance_type": parts.instance_type, "bmc": bmc})
    };
    let first = json!([of("n1", 1)]).to_string();
    let made = node(&daemon, &["import", "-", "--yes"], &first).await;
    done(&made, "1 created, 0 changed, 0 as the file said");
    has(&shown(&admin, "n1"), &json!({"instance_type": "any"}));
    let all = json!([of("n1", 1), of("n2", 2)]).to_string();
    let made = node(&daemon, &["import", "-", "--yes"], &all).await;
    done(&made, "1 created, 0 changed, 1 as the file said");
}

#[tokio::test]
async fn ports_of_a_node_in_use_and_the_name_of_another_node_are_refused_before_anything_is_sent() {
    let rack = SimRack::start(vec![SimBmcConfig::new("n1")]);
    let bench = Bench::over(rack, Daemon::start());
    let parts = Parts::make(&bench.admin);
    bench.create_active(&parts, "n1");
    let text = "[{\"name\": \"n1\", \"ports\": [\"02:00:00:00:00:99\"]}]";
    let ended = node(&bench.daemon, &["import", "-", "--yes"], text).await;
    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.contains("ports: an instance has the node"),
        "{}",
        ended.stderr
    );
    let text = "[{\"name\": \"n1\", \"uuid\": \"6f9619ff-8b86-d011-b42d-00cf4fc964ff\"}]";
    let ended = node(&bench.daemon, &["import", "-", "--yes"], text).await;
    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.contains("has the name of the registered node"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn bmcs_may_trade_addresses_in_one_file_and_two_nodes_may_not_have_one() {
    let daemon = daemon();
    let admin = daemon.unix();
    let of = |addresses: [(&str, &str); 3]| {
        let one = |(name, address): (&str, &str)| {
            format!("- {{name: {name}, bmc: {{address: 127.0.9.{address}, password: x}}}}\n")
        };
        addresses.map(one).concat()
    };
    let args = ["import", "-", "--yes"];
    let made = node(&daemon, &args, &of([("a", "1"), ("b", "2"), ("c", "3")])).await;
    done(&made, "3 created, 0 changed, 0 as the file said");
    let twice = node(&daemon, &args, &of([("a", "3"), ("b", "2"), ("c", "3")])).await;
    assert_eq!(twice.code, 2);
    let words = "node a: bmc.address: the BMC 127.0.9.3:623 is that of the node c already";
    assert!(twice.stderr.contains(words), "{}", twice.stderr);
    let traded = node(&daemon, &args, &of([("a", "2"), ("b", "3"), ("c", "4")])).await;
    done(&traded, "0 created, 3 changed, 0 as the file said");
    has(
        &shown(&admin, "b"),
        &json!({"bmc": {"address": "127.0.9.3"}}),
    );
    let uuid = shown(&admin, "a")["uuid"].as_str().unwrap().to_owned();
    let same = format!("[{{\"name\": \"a\"}}, {{\"uuid\": \"{uuid}\"}}]");
    let twice = node(&daemon, &args, &same).await;
    assert!(
        twice
            .stderr
            .contains("has the registered node of another in line 1"),
        "{}",
        twice.stderr
    );
}

#[tokio::test]
async fn the_page_has_an_example_that_can_be_imported_and_every_column() {
    let daemon = daemon();
    let page =
        std::fs::read_to_string(format!("{}/doc/import.md", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let (_, example) = page.split_once("```yaml\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let made = node(&daemon, &["import", "-", "--yes"], example).await;
    done(&made, "1 created, 0 changed, 0 as the file said");
    let unknown = node(
        &daemon,
        &["import", "-", "-n", "--format", "csv"],
        "x,name\n1,1\n",
    )
    .await;
    let (_, known) = unknown
        .stderr
        .lines()
        .next()
        .unwrap()
        .split_once("known are ")
        .unwrap();
    for column in known.split(", ") {
        assert!(
            page.contains(&format!("`{column}`")),
            "{column} is not on the page"
        );
    }
}
