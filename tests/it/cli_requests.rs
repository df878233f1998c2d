//! Every command sends the request that the API's contract asks for.

use serde_json::{Value, json};

use crate::cli_canned::{Canned, ostler};

const ID: &str = "0b2b1f3e-5d0a-4a51-9d6f-1f6f5c7f0a01";

/// Runs one command against a daemon that says yes to `line`, and compares what arrived.
async fn sends(args: &str, line: &str, body: Value) {
    let (key, _) = line.split_once('?').unwrap_or((line, ""));
    let answer = if key.starts_with("GET") {
        json!({"instances": [], "nodes": [], "types": [], "images": [], "networks": [], "tasks": [],
               "availability_zones": [], "tokens": [], "operations": [], "limits": []})
    } else {
        json!({"uuid": ID, "name": "x", "token": "secret"})
    };
    let daemon = Canned::start(&[(key, 200, answer)]).await;
    let args: Vec<&str> = args.split_whitespace().collect();
    let ended = daemon.ostler(&args).await;
    assert_eq!(ended.code, 0, "{args:?}: {}", ended.stderr);
    let seen = daemon
        .seen()
        .into_iter()
        .find(|seen| seen.line.split('?').next() == Some(key));
    let seen = seen.unwrap_or_else(|| panic!("{args:?}: {line} did not arrive"));
    assert_eq!(seen.line, line, "{args:?}");
    assert_eq!(seen.body, body, "{args:?}");
    let expected_type = if body.is_null() {
        ""
    } else {
        "application/json"
    };
    assert_eq!(seen.header("content-type"), expected_type, "{args:?}");
    assert_eq!(seen.header("accept"), "application/json", "{args:?}");
}

#[tokio::test]
async fn reading_commands_send_what_the_contract_asks_for() {
    for (args, line) in [
        ("instance list", "GET /v1/instances/detail"),
        (
            "instance list --all-tenants --status error --power off --zone az1 --name web1 --limit 5 --sort name:desc",
            "GET /v1/instances/detail?limit=5&sort_key=name&sort_dir=desc&all_tenants=true&name=web1\
             &status=error&power_state=power+off&availability_zone=az1",
        ),
        (
            "instance list --project-id p --user-id u --marker m",
            "GET /v1/instances/detail?marker=m&project_id=p&user_id=u",
        ),
        ("instance show web1", "GET /v1/instances/web1"),
        ("instance show a/b?c", "GET /v1/instances/a%2Fb%3Fc"),
        ("instance show ..", "GET /v1/instances/%2E%2E"),
        ("instance states web1", "GET /v1/instances/web1/states"),
        ("instance tasks web1", "GET /v1/instances/web1/tasks"),
        ("node ls", "GET /v1/nodes"),
        (
            "node list --name n1 --zone az1 --power on --maintenance no --limit 3",
            "GET /v1/nodes?limit=3&name=n1&availability_zone=az1&power_state=power+on&maintenance=no",
        ),
        ("node show n1.rack", "GET /v1/nodes/n1.rack"),
        ("node states n1", "GET /v1/nodes/n1/states"),
        ("node tasks n1", "GET /v1/nodes/n1/tasks"),
        (
            "node boot-device n1",
            "GET /v1/nodes/n1/management/boot_device",
        ),
        (
            "node boot-device n1 show",
            "GET /v1/nodes/n1/management/boot_device",
        ),
        ("type list", "GET /v1/types"),
        (
            "type extra-spec show small",
            "GET /v1/types/small/extraspecs",
        ),
        ("image show debian", "GET /v1/images/debian"),
        ("network list", "GET /v1/networks"),
        ("zone list", "GET /v1/availability_zones"),
        ("token list", "GET /v1/tokens"),
        ("token show t", "GET /v1/tokens/t"),
        ("task show t", "GET /v1/tasks/t"),
        (
            "operation list --sort created_at:desc --limit 2",
            "GET /v1/operations?limit=2&sort_key=created_at&sort_dir=desc",
        ),
        ("operation show o", "GET /v1/operations/o"),
        (
            "limit list --limit 2 --marker a/b",
            "GET /v1/limits?limit=2&marker=a%2Fb",
        ),
        ("limit show a/b", "GET /v1/limits/a%2Fb"),
    ] {
        sends(args, line, Value::Null).await;
    }
}

#[tokio::test]
async fn orders_send_what_the_contract_asks_for() {
    for (args, line, body) in [
        (
            "instance power web1 soft-off --timeout 300",
            "PUT /v1/instances/web1/states/power",
            json!({"target": "soft_off", "timeout": 300}),
        ),
        (
            "instance power web1 soft_reboot",
            "PUT /v1/instances/web1/states/power",
            json!({"target": "soft_reboot"}),
        ),
        (
            "node power n1 reboot",
            "PUT /v1/nodes/n1/states/power",
            json!({"target": "reboot"}),
        ),
        (
            "node maintenance n1 on --reason fans",
            "PUT /v1/nodes/n1/maintenance",
            json!({"reason": "fans"}),
        ),
        (
            "node maintenance n1 off",
            "DELETE /v1/nodes/n1/maintenance",
            Value::Null,
        ),
        (
            "node boot-device n1 set pxe --uefi",
            "PUT /v1/nodes/n1/management/boot_device",
            json!({"boot_device": "pxe", "uefi": true, "persistent": false}),
        ),
        (
            "node rotate-password n1",
            "POST /v1/nodes/n1/rotate-password",
            json!({}),
        ),
        ("key rotate", "POST /v1/keys/rotate", json!({})),
        ("node delete n1", "DELETE /v1/nodes/n1", Value::Null),
        ("token rm t", "DELETE /v1/tokens/t", Value::Null),
        (
            "limit set web 10",
            "PUT /v1/limits/web",
            json!({"instances": 10}),
        ),
        (
            "limit set web none",
            "PUT /v1/limits/web",
            json!({"instances": null}),
        ),
        ("limit unset web", "DELETE /v1/limits/web", Value::Null),
        (
            "type extra-spec set gpu cpus=>=32",
            "PATCH /v1/types/gpu/extraspecs",
            json!({"cpus": ">=32"}),
        ),
        (
            "type extra-spec unset gpu capabilities:x",
            "DELETE /v1/types/gpu/extraspecs/capabilities%3Ax",
            Value::Null,
        ),
    ] {
        sends(args, line, body).await;
    }
}

#[tokio::test]
async fn creating_sends_only_what_was_given() {
    for (args, line, body) in [
        (
            "type create small",
            "POST /v1/types",
            json!({"name": "small"}),
        ),
        (
            "type create gpu --private --description d --extra-spec cpus=4 --uuid u",
            "POST /v1/types",
            json!({"name": "gpu", "is_public": false, "description": "d", "uuid": "u",
                   "extra_specs": {"cpus": "4"}}),
        ),
        (
            "image create d --kernel-url http://k --initrd-url http://i --kernel-args a --completion phone-home",
            "POST /v1/images",
            json!({"name": "d", "kernel_url": "http://k", "initrd_url": "http://i", "kernel_args": "a",
                   "completion": "phone-home"}),
        ),
        (
            "network create lan --vlan 7 --subnet 10.1.0.0/24,gateway=10.1.0.1,pool=10.1.0.10-10.1.0.99",
            "POST /v1/networks",
            json!({"name": "lan", "vlan": 7, "subnets": [{"cidr": "10.1.0.0/24", "gateway_ip": "10.1.0.1",
                   "allocation_pools": [{"start": "10.1.0.10", "end": "10.1.0.99"}]}]}),
        ),
        (
            "node create self --bmc-interface open --bmc-device /dev/ipmi1",
            "POST /v1/nodes",
            json!({"name": "self", "bmc": {"interface": "open", "device": "/dev/ipmi1"}}),
        ),
        (
            "node create n1 --bmc-address 10.0.0.1 --bmc-no-password --bmc-port 6230 --cipher-suite 3 \
             --bmc-quirk rakp2_length --bmc-quirk no_close_reply \
             --privilege-level operator --zone az1 --type small --cpus 4 --memory-mb 8 --local-gb 9 \
             --cpu-arch x86_64 --capability gpu=a --extra k=v --port 52-54-00-12-34-AB,10GE,no-pxe",
            "POST /v1/nodes",
            json!({"name": "n1", "availability_zone": "az1", "instance_type": "small", "extra": {"k": "v"},
                   "bmc": {"address": "10.0.0.1", "port": 6230, "password": "", "cipher_suite": 3,
                           "quirks": ["rakp2_length", "no_close_reply"], "privilege_level": "operator"},
                   "properties": {"cpus": 4, "memory_mb": 8, "local_gb": 9, "cpu_arch": "x86_64",
                                  "capabilities": {"gpu": "a"}},
                   "ports": [{"mac_address": "52:54:00:12:34:ab", "port_type": "10GE", "pxe_enabled": false}]}),
        ),
        (
            "token create --user u --project p --role member --expires 2030-01-31T12:00:00Z",
            "POST /v1/tokens",
            json!({"user_id": "u", "project_id": "p", "role": "member",
                   "expires_at": "2030-01-31T12:00:00.000000+00:00"}),
        ),
        (
            "token create --user u --project p --role member --network 10.0.0.0/8 --network fd00::/8 \
             --certificate-subject CN=ci",
            "POST /v1/tokens",
            json!({"user_id": "u", "project_id": "p", "role": "member", "certificate_subject": "CN=ci",
                   "networks": ["10.0.0.0/8", "fd00::/8"]}),
        ),
    ] {
        sends(args, line, body).await;
    }
}

#[tokio::test]
async fn set_sends_an_rfc_6902_document() {
    for (args, line, body) in [
        (
            "instance set web1 --name web2 --no-description --extra a/b=c --unset-extra d",
            "PATCH /v1/instances/web1",
            json!([{"op": "add", "path": "/name", "value": "web2"},
                   {"op": "add", "path": "/description", "value": null},
                   {"op": "add", "path": "/extra/a~1b", "value": "c"},
                   {"op": "remove", "path": "/extra/d"}]),
        ),
        (
            "node set n1 --no-type --cpus 8 --unset-capability gpu --bmc-username root --add-port 52:54:00:12:34:56",
            "PATCH /v1/nodes/n1",
            json!([{"op": "add", "path": "/instance_type", "value": null},
                   {"op": "add", "path": "/properties/cpus", "value": 8},
                   {"op": "remove", "path": "/properties/capabilities/gpu"},
                   {"op": "add", "path": "/bmc/username", "value": "root"},
                   {"op": "add", "path": "/ports/-", "value": {"mac_address": "52:54:00:12:34:56"}}]),
        ),
        (
            "node set n1 --bmc-quirk padded_user_name",
            "PATCH /v1/nodes/n1",
            json!([{"op": "add", "path": "/bmc/quirks", "value": ["padded_user_name"]}]),
        ),
        (
            "node set n1 --no-bmc-quirks",
            "PATCH /v1/nodes/n1",
            json!([{"op": "add", "path": "/bmc/quirks", "value": null}]),
        ),
        (
            "node set n1 --bmc-interface open",
            "PATCH /v1/nodes/n1",
            json!([{"op": "add", "path": "/bmc", "value": {"interface": "open"}}]),
        ),
        (
            "type set small --public",
            "PATCH /v1/types/small",
            json!([{"op": "add", "path": "/is_public", "value": true}]),
        ),
        (
            "image set d --kernel-args quiet --unset user-data",
            "PATCH /v1/images/d",
            json!([{"op": "add", "path": "/kernel_args", "value": "quiet"},
                   {"op": "add", "path": "/user_data", "value": null}]),
        ),
        (
            "network set lan --no-vlan",
            "PATCH /v1/networks/lan",
            json!([{"op": "add", "path": "/vlan", "value": null}]),
        ),
    ] {
        sends(args, line, body).await;
    }
}

#[tokio::test]
async fn an_instance_is_created_from_names() {
    let id = |n: u8| format!("0b2b1f3e-5d0a-4a51-9d6f-1f6f5c7f0a{n:02}");
    let daemon = Canned::start(&[
        ("GET /v1/types/small", 200, json!({"uuid": id(1), "name": "small"})),
        // Names that the daemon does not look up are found in the list.
        (
            "GET /v1/images",
            200,
            json!({"images": [{"uuid": id(9), "name": "other"}, {"uuid": id(2), "name": "debian"}]}),
        ),
        ("GET /v1/networks/lan", 200, json!({"uuid": id(3), "name": "lan"})),
        ("POST /v1/instances", 201, json!({"uuid": id(7), "name": "web1", "status": "building"})),
    ])
    .await;
    let args = [
        "--project",
        "web",
        "instance",
        "create",
        "web1",
        "--type",
        "small",
        "--image",
        "debian",
        "--network",
        "lan:10GE",
        "--network",
        &id(4),
        "--zone",
        "az1",
        "--extra",
        "a=b",
        "--idempotency-key",
        "k1",
        "--json",
    ];
    let ended = daemon.ostler(&args).await;
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let create = daemon.last();
    assert_eq!(create.line, "POST /v1/instances");
    assert_eq!(create.header("idempotency-key"), "k1");
    assert_eq!(create.header("x-project-id"), "web");
    assert_eq!(
        create.body,
        json!({"name": "web1", "instance_type_uuid": id(1), "image_uuid": id(2), "availability_zone": "az1",
               "networks": [{"net_id": id(3), "port_type": "10GE"}, {"net_id": id(4)}], "extra": {"a": "b"}})
    );
}

#[tokio::test]
async fn a_name_that_nothing_or_too_much_has_is_told_apart() {
    let twice = json!({"types": [{"uuid": ID, "name": "dup"}, {"uuid": ID, "name": "dup"}]});
    let daemon = Canned::start(&[("GET /v1/types", 200, twice)]).await;
    for (name, code, words) in [
        ("dup", 5, "2 types are called"),
        ("none", 3, "ostler type list"),
    ] {
        let args = [
            "instance",
            "create",
            "w",
            "--type",
            name,
            "--image",
            ID,
            "--network",
            ID,
        ];
        let ended = daemon.ostler(&args).await;
        assert_eq!(ended.code, code, "{}", ended.stderr);
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn an_instance_called_like_a_path_of_the_api_is_found() {
    let list = json!({"instances": [{"uuid": ID, "name": "detail"}]});
    let path = format!("GET /v1/instances/{ID}");
    let daemon = Canned::start(&[
        ("GET /v1/instances/detail", 200, list),
        (&path, 200, json!({"uuid": ID, "name": "detail"})),
    ])
    .await;
    let ended = daemon.ostler(&["-q", "instance", "show", "detail"]).await;
    assert_eq!(ended.stdout, format!("{ID}\n"), "{}", ended.stderr);
}

#[tokio::test]
async fn what_is_stuck_is_retried_or_released_by_its_uuid() {
    let at = format!("/v1/instances/{ID}");
    let daemon = Canned::start(&[
        (
            "GET /v1/instances/web1",
            200,
            json!({"uuid": ID, "name": "web1"}),
        ),
        (&format!("POST {at}/retry"), 202, Value::Null),
        (&format!("POST {at}/rebuild"), 202, Value::Null),
        (&format!("DELETE {at}"), 204, Value::Null),
    ])
    .await;
    let ended = daemon.ostler(&["instance", "retry", "web1"]).await;
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(daemon.last().line, format!("POST {at}/retry"));
    assert_eq!(daemon.last().body, json!({}));
    let args = ["instance", "rebuild", "web1", "--idempotency-key", "k"];
    let ended = daemon.ostler(&args).await;
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(daemon.last().line, format!("POST {at}/rebuild"));
    assert_eq!(daemon.last().body, json!({}));
    let args = ["instance", "delete", "--force", "--wait", "web1"];
    let ended = daemon.ostler(&args).await;
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(daemon.last().line, format!("DELETE {at}?force=true"));
    assert!(ended.stdout.contains("may still run"), "{}", ended.stdout);
}

#[tokio::test]
async fn a_port_is_removed_where_it_was_seen_and_nowhere_else() {
    let node = json!({"name": "n1", "ports": [{"mac_address": "52:54:00:00:00:01"},
        {"mac_address": "52:54:00:00:00:02"}]});
    let daemon = Canned::start(&[
        ("GET /v1/nodes/n1", 200, node.clone()),
        ("PATCH /v1/nodes/n1", 200, node),
    ])
    .await;
    let args = ["node", "set", "n1", "--remove-port", "52-54-00-00-00-02"];
    assert_eq!(daemon.ostler(&args).await.code, 0);
    assert_eq!(
        daemon.last().body,
        json!([{"op": "test", "path": "/ports/1/mac_address", "value": "52:54:00:00:00:02"},
               {"op": "remove", "path": "/ports/1"}])
    );
}

#[tokio::test]
async fn the_token_comes_from_a_file_or_a_variable_and_the_file_counts() {
    let daemon = Canned::start(&[("GET /v1/nodes", 200, json!({"nodes": []}))]).await;
    let file = daemon.file("token", "from-the-file\n");
    let url = daemon.url();
    let variables = [
        ("OSTLER_URL", url.as_str()),
        ("OSTLER_TOKEN", "from-the-variable"),
    ];
    let ended = ostler(&["node", "list"], &variables, "").await;
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(daemon.last().header("x-auth-token"), "from-the-variable");
    let ended = ostler(&["node", "list", "--token-file", &file], &variables, "").await;
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(daemon.last().header("x-auth-token"), "from-the-file");
    assert_eq!(
        daemon.last().header("host"),
        url.trim_start_matches("http://")
    );
}

#[tokio::test]
async fn a_socket_on_the_command_line_counts_more_than_a_url_in_the_environment() {
    let daemon = Canned::start(&[("GET /v1/nodes", 200, json!({"nodes": []}))]).await;
    let socket = daemon.socket();
    let args = ["node", "list", "--socket", socket.to_str().unwrap()];
    let ended = ostler(&args, &[("OSTLER_URL", "http://127.0.0.1:1")], "").await;
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(daemon.last().header("host"), "localhost");
}

#[tokio::test]
async fn the_password_of_a_bmc_comes_from_a_file_or_standard_input() {
    let daemon = Canned::start(&[
        ("POST /v1/nodes", 201, json!({"name": "n1"})),
        ("PATCH /v1/nodes/n1", 200, json!({"name": "n1"})),
    ])
    .await;
    let file = daemon.file("password", "calvin\n");
    let create = ["node", "create", "n1", "--bmc-address", "10.0.0.1"];
    let by_file = [&create[..], &["--bmc-password-file", &file]].concat();
    assert_eq!(daemon.ostler(&by_file).await.code, 0);
    assert_eq!(daemon.last().body["bmc"]["password"], "calvin");
    let by_stdin = [&create[..], &["--bmc-password-stdin"]].concat();
    assert_eq!(daemon.ostler_reading(&by_stdin, "hobbes\n").await.code, 0);
    assert_eq!(daemon.last().body["bmc"]["password"], "hobbes");
    let set = ["node", "set", "n1", "--bmc-password-file", &file];
    assert_eq!(daemon.ostler(&set).await.code, 0);
    assert_eq!(
        daemon.last().body,
        json!([{"op": "add", "path": "/bmc/password", "value": "calvin"}])
    );
}

#[tokio::test]
async fn a_token_is_made_for_the_project_and_not_in_it() {
    let daemon =
        Canned::start(&[("POST /v1/tokens", 201, json!({"uuid": ID, "token": "t0"}))]).await;
    let args = [
        "token",
        "create",
        "--user",
        "u",
        "--project",
        "p",
        "--role",
        "reader",
    ];
    let ended = daemon.ostler(&args).await;
    assert_eq!(ended.stdout, "t0\n", "{}", ended.stderr);
    assert_eq!(daemon.last().header("x-project-id"), "");
    assert_eq!(daemon.last().body["project_id"], "p");
    let without = daemon
        .ostler(&["token", "create", "--user", "u", "--role", "reader"])
        .await;
    assert_eq!(without.code, 2);
    assert!(without.stderr.contains("--project"), "{}", without.stderr);
}
