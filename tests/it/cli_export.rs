//! `ostler node export`: what it writes is what import takes, to the byte, in each format, and no secret is in it.
#![cfg(test)]

use serde_json::{Value, json};

use crate::cli_import::{daemon, done, file, node};
use crate::common::daemon::Daemon;

/// A daemon with the nodes of the files and one with everything that is hard to write.
async fn furnished() -> Daemon {
    let daemon = daemon();
    for name in ["rack.yaml", "ironic.yaml", "instackenv.json", "rack.csv"] {
        let ended = node(&daemon, &["import", &file(name), "--yes"], "").await;
        assert_eq!(ended.code, 0, "{}", ended.stderr);
    }
    let admin = daemon.unix();
    admin.post("/v1/types", &json!({"name": "no"})).expect(201);
    let hard = json!({
        "name": "ü: \"x\" #1", "availability_zone": "012", "instance_type": "no",
        "bmc": {"address": "fd00::1", "username": "", "password": "s3cret-password", "kg": "s3cret-key"},
        "properties": {"capabilities": {"a:b": "true", "2": "1e3"}, "cpu_arch": "null"},
        "ports": [{"mac_address": "02:00:00:00:00:01", "port_type": "25 GE"}, {"mac_address": "02:00:00:00:00:02"}],
        "extra": {"note": "two\nlines, \"quoted\"; and more", "yes": "no"},
    });
    admin.post("/v1/nodes", &hard).expect(201);
    let open = json!({"name": "self", "bmc": {"interface": "open", "device": "/dev/ipmi7"}});
    admin.post("/v1/nodes", &open).expect(201);
    daemon
}

#[tokio::test]
async fn an_export_imported_into_an_empty_daemon_is_exported_as_the_same_bytes() {
    let first = furnished().await;
    for format in ["yaml", "json", "csv"] {
        let export = ["export", "--format", format];
        let exported = node(&first, &export, "").await;
        assert_eq!(exported.code, 0, "{}", exported.stderr);
        assert!(
            exported
                .stderr
                .contains("passwords and keys of the BMCs are not in it"),
            "{}",
            exported.stderr
        );
        for secret in ["s3cret", "calvin", "******"] {
            assert!(
                !exported.stdout.contains(secret),
                "{secret} in {}",
                exported.stdout
            );
        }
        let second = daemon();
        second
            .unix()
            .post("/v1/types", &json!({"name": "no"}))
            .expect(201);
        let args = ["import", "-", "--format", format, "--yes"];
        let without = node(&second, &args, &exported.stdout).await;
        assert_eq!(
            without.code, 2,
            "{format}: a BMC without a password was registered"
        );
        let args = [&args[..], &["--bmc-no-password"]].concat();
        let imported = node(&second, &args, &exported.stdout).await;
        done(&imported, "10 created, 0 changed, 0 as the file said");
        let again = node(&second, &export, "").await;
        assert_eq!(again.stdout, exported.stdout, "{format}");
        // Where they are registered already it is no change.
        let same = node(
            &first,
            &["import", "-", "--format", format, "--yes"],
            &exported.stdout,
        )
        .await;
        done(&same, "0 to create, 0 to change, 10 as the file says");
    }
    // What the API lists can be read too.
    let listed = node(&first, &["--json", "list"], "").await;
    let same = node(&first, &["import", "-", "--yes"], &listed.stdout).await;
    done(&same, "0 to create, 0 to change, 10 as the file says");
}

#[tokio::test]
async fn some_nodes_are_exported_by_a_list_of_names_in_the_order_of_their_names() {
    let daemon = furnished().await;
    let ended = node(&daemon, &["--json", "export", "r1n[01-02]", "c1"], "").await;
    let exported: Value = serde_json::from_str(&ended.stdout).unwrap();
    let names: Vec<&str> = exported["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["c1", "r1n01", "r1n02"]);
    assert_eq!(ended.stderr, "");
    let missing = node(&daemon, &["export", "r1n[01-03]"], "").await;
    assert_eq!((missing.code, missing.stdout.as_str()), (3, ""));
    assert!(missing.stderr.contains("'r1n03'"), "{}", missing.stderr);
}

#[tokio::test]
async fn what_a_table_cannot_say_is_refused_and_not_lost() {
    let daemon = daemon();
    let admin = daemon.unix();
    for (index, part) in [
        json!({"ports": [{"mac_address": "02:00:00:00:00:01", "port_type": "a;b"}]}),
        json!({"ports": [{"mac_address": "02:00:00:00:00:02", "port_type": "no-pxe"}]}),
        json!({"extra": {"empty": ""}}),
        json!({"extra": {"k ": "v"}}),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("n{index}");
        let mut body = part;
        body["name"] = json!(name);
        body["bmc"] = json!({"address": format!("127.0.7.{index}"), "password": "x"});
        admin.post("/v1/nodes", &body).expect(201);
        let ended = node(&daemon, &["export", &name, "--format", "csv"], "").await;
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
        assert!(
            ended
                .stderr
                .contains("cannot be written as CSV: use --format yaml"),
            "{}",
            ended.stderr
        );
        let ended = node(&daemon, &["export", &name], "").await;
        let again = node(&daemon, &["import", "-", "--yes"], &ended.stdout).await;
        done(&again, "0 to create, 0 to change, 1 as the file says");
    }
}
