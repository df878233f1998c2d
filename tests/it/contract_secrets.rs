//! Secrets go in and never come out: not in answers, errors, the log or the files.
#![cfg(test)]

use std::fs;
use std::path::Path;

use ostler::model::power::PowerState;
use ostler::sim::{SimBmc, SimBmcConfig, SimUser};
use serde_json::{Value, json};

use crate::common::daemon::Daemon;
use crate::common::http::Client;
use crate::common::sim::SimRack;
use crate::common::wait::until;
use crate::contract_site::{Via, column, keys, text};

const PASSWORD: &str = "Pa55-Sikrit-0ne";
const NEW_PASSWORD: &str = "Pa55-Sikrit-tw0";
const KG: &str = "KaGee-sikrit-key";

/// One BMC that wants a password and a K_G, on a daemon that logs all that it can.
fn site() -> (SimRack, SimBmc, Daemon, Value) {
    let mut config = SimBmcConfig::new("n");
    config.users = vec![SimUser::administrator("boss", PASSWORD)];
    config.kg = Some(KG.as_bytes().to_vec());
    let (rack, bmc) = SimRack::one(config);
    let daemon = Daemon::with_api("[log]\nlevel = \"trace\"");
    let address = bmc.address();
    let node = json!({
        "name": "n", "bmc": {
            "address": address.ip().to_string(), "port": address.port(),
            "username": "boss", "password": PASSWORD, "kg": KG,
        },
    });
    (rack, bmc, daemon, node)
}

/// Turns the machine behind the daemon's back, and waits until that was read.
fn read_again(admin: &Client, bmc: &SimBmc) {
    let (power, shown) = match bmc.power() {
        PowerState::On => (PowerState::Off, "power off"),
        PowerState::Off => (PowerState::On, "power on"),
    };
    bmc.set_power(power);
    until("the power to be read again", || {
        let node = admin.get("/v1/nodes/n").expect(200).json();
        (node["power_state"] == shown).then_some(())
    });
}

/// Every file below a directory holds none of these.
fn assert_not_in_files(directory: &Path, secrets: &[&str]) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            assert_not_in_files(&path, secrets);
        } else if let Ok(bytes) = fs::read(&path) {
            for secret in secrets {
                let found = bytes
                    .windows(secret.len())
                    .any(|part| part == secret.as_bytes());
                assert!(!found, "{secret} is in {}", path.display());
            }
        }
    }
}

#[test]
fn a_password_with_its_stars_in_place_stays_what_it_was() {
    for via in [Via::Unix, Via::Tcp] {
        let (_rack, bmc, daemon, node) = site();
        let admin = match via {
            Via::Unix => daemon.unix(),
            Via::Tcp | Via::Tls => daemon.tcp_as("root", "default", "admin"),
        };
        let made = admin.post("/v1/nodes", &node).expect(201).json();
        assert_eq!(
            (&made["bmc"]["password"], &made["bmc"]["kg"]),
            (&json!("******"), &json!("******"))
        );
        read_again(&admin, &bmc);
        let shown = admin.get("/v1/nodes/n").expect(200).json();
        for patch in [
            json!([{"op": "replace", "path": "/bmc", "value": shown["bmc"]}]),
            json!([{"op": "replace", "path": "/bmc/password", "value": "******"}]),
            json!([{"op": "test", "path": "/bmc/password", "value": "******"},
                {"op": "replace", "path": "/bmc/privilege_level", "value": "administrator"}]),
            json!([{"op": "replace", "path": "/name", "value": "n"}]),
        ] {
            admin.patch("/v1/nodes/n", &patch).expect(200);
            read_again(&admin, &bmc);
        }
        // Stars of nothing are no password.
        let mut stars = node.clone();
        stars["name"] = json!("stars");
        stars["bmc"]["password"] = json!("******");
        admin.post("/v1/nodes", &stars).expect_error(400);
        // A wrong one is used from now on, and says so without itself.
        let wrong = json!([{"op": "replace", "path": "/bmc/password", "value": NEW_PASSWORD}]);
        let changed = admin.patch("/v1/nodes/n", &wrong).expect(200).json();
        assert_eq!(changed["bmc"]["password"], "******");
        until("the wrong password to show", || {
            let node = admin.get("/v1/nodes/n").expect(200).json();
            node["last_error"].is_string().then_some(())
        });
        // The BMC's key is gone when it is taken away, also by a move.
        let moved = json!([{"op": "move", "from": "/bmc/kg", "path": "/extra/kg"}]);
        let node = admin.patch("/v1/nodes/n", &moved).expect(200).json();
        assert!(node["bmc"]["kg"].is_null(), "{node}");
        let all = format!("{}{}", daemon.log(), node);
        for secret in [PASSWORD, NEW_PASSWORD, KG] {
            assert!(!all.contains(secret));
        }
    }
}

/// Requests that hold the secrets in wrong places or forms.
fn wrong_requests(node: &Value) -> Vec<(&'static str, &'static str, Value)> {
    let with = |field: &str, value: Value| {
        let mut node = node.clone();
        node["name"] = json!("other");
        node["bmc"][field] = value;
        node
    };
    let patch =
        |op: &str, path: &str, value: Value| json!([{"op": op, "path": path, "value": value}]);
    let long = format!("{PASSWORD}{PASSWORD}");
    vec![
        ("POST", "/v1/nodes", with("password", json!(long))),
        ("POST", "/v1/nodes", with("password", json!([PASSWORD]))),
        ("POST", "/v1/nodes", with("password", json!({PASSWORD: KG}))),
        ("POST", "/v1/nodes", with("password", json!(918_273_645))),
        ("POST", "/v1/nodes", with("kg", json!(format!("0x{KG}")))),
        ("POST", "/v1/nodes", with("kg", json!([KG]))),
        ("POST", "/v1/nodes", with("port", json!(0))),
        ("POST", "/v1/nodes", with("colour", json!(1))),
        (
            "POST",
            "/v1/nodes",
            json!({"name": "other", "bmc": PASSWORD}),
        ),
        ("POST", "/v1/nodes", json!([node])),
        (
            "PATCH",
            "/v1/nodes/n",
            patch("test", "/bmc/password", json!(PASSWORD)),
        ),
        (
            "PATCH",
            "/v1/nodes/n",
            patch("replace", "/bmc/password", json!(long)),
        ),
        (
            "PATCH",
            "/v1/nodes/n",
            patch("replace", "/bmc/password", json!([PASSWORD])),
        ),
        (
            "PATCH",
            "/v1/nodes/n",
            patch("replace", "/bmc/kg", json!({"x": KG})),
        ),
        (
            "PATCH",
            "/v1/nodes/n",
            patch("replace", "/bmc", json!({"password": PASSWORD})),
        ),
        (
            "PATCH",
            "/v1/nodes/n",
            patch("frob", "/bmc/password", json!(PASSWORD)),
        ),
    ]
}

#[test]
fn no_secret_is_in_any_answer_error_log_line_or_file() {
    let (_rack, bmc, daemon, node) = site();
    let bmc_secrets = [PASSWORD, NEW_PASSWORD, KG, "918273645"];
    let assert_hidden = |answer: &crate::common::http::Response, what: &str| {
        let text = format!(
            "{:?}{}",
            answer.headers,
            String::from_utf8_lossy(&answer.body)
        );
        for secret in bmc_secrets {
            assert!(!text.contains(secret), "{what}: {text}");
        }
    };
    let unix = daemon.unix();
    assert_hidden(&unix.post("/v1/nodes", &node).expect(201), "create");
    let token = json!({"user_id": "root", "project_id": "default", "role": "admin", "name": "ci"});
    let token = unix.post("/v1/tokens", &token).expect(201).json();
    let secret = text(&token["token"]).to_owned();
    let place = format!("/v1/tokens/{}", text(&token["uuid"]));
    for admin in [unix, daemon.tcp().with_token(&secret)] {
        for (method, path, body) in wrong_requests(&node) {
            let answer = admin.send(method, path, Some(body.to_string().as_bytes()));
            assert!(
                matches!(answer.status, 400 | 409),
                "{body}: {}",
                answer.status
            );
            assert_hidden(&answer, &body.to_string());
        }
        let cut = node.to_string().replace('}', "");
        assert_hidden(
            &admin.send("POST", "/v1/nodes", Some(cut.as_bytes())),
            "cut",
        );
        read_again(&admin, &bmc);
        let order = json!({"target": "off"});
        admin.put("/v1/nodes/n/states/power", &order).expect(202);
        until("the order to be done", || {
            let tasks = admin.get("/v1/nodes/n/tasks").expect(200);
            assert_hidden(&tasks, "tasks");
            let done = tasks.json()["tasks"][0]["state"] == "done";
            done.then_some(())
        });
        for path in [
            "/v1/nodes",
            "/v1/nodes/n",
            "/v1/nodes/n/states",
            "/v1/tokens",
            &place,
        ] {
            let answer = admin.get(path).expect(200);
            assert_hidden(&answer, path);
            assert!(
                !String::from_utf8_lossy(&answer.body).contains(&secret),
                "{path}"
            );
        }
    }
    let bad = format!("{}x", &secret[..secret.len() - 1]);
    daemon
        .tcp()
        .with_token(&bad)
        .get("/v1/nodes")
        .expect_error(401);
    let mut all = bmc_secrets.to_vec();
    all.extend([secret.as_str(), bad.as_str()]);
    assert!(daemon.log().contains("request"), "the log is on");
    assert_not_in_files(daemon.directory(), &all);
}

#[test]
fn a_token_shows_its_secret_once_and_what_is_wrong_with_one_is_400() {
    crate::contract_site::on_both(0, |site, via| {
        let admin = site.admin(via);
        let fields = [
            "uuid",
            "name",
            "user_id",
            "project_id",
            "role",
            "expires_at",
            "links",
            "created_at",
        ];
        let full = json!({
            "user_id": "u", "project_id": "p", "role": "monitor", "name": "n",
            "expires_at": "2999-01-31T00:00:00+00:00",
        });
        let made = admin.post("/v1/tokens", &full).expect(201);
        let path = made.header("location").unwrap().to_owned();
        let made = made.json();
        let mut with_secret = fields.to_vec();
        with_secret.push("token");
        assert_eq!(keys(&made), crate::contract_site::sorted(&with_secret));
        for field in ["user_id", "project_id", "role", "name"] {
            assert_eq!(made[field], full[field]);
        }
        assert_eq!(made["expires_at"], "2999-01-31T00:00:00.000000+00:00");
        let shown = admin
            .get(&path[path.find("/v1/").unwrap()..])
            .expect(200)
            .json();
        assert_eq!(keys(&shown), crate::contract_site::sorted(&fields));
        let list = admin.get("/v1/tokens").expect(200).json();
        assert!(list["tokens"].as_array().unwrap().contains(&shown));
        let count = column(&list, "tokens", "uuid").len();
        for (field, value) in [
            ("user_id", json!("")),
            ("user_id", json!(null)),
            ("project_id", json!("a\nb")),
            ("project_id", json!("x".repeat(256))),
            ("role", json!("root")),
            ("role", json!("Admin")),
            ("name", json!(" ")),
            ("expires_at", json!("tomorrow")),
            ("expires_at", json!("2016-09-27T02:37:21+00:00")),
            ("expires_at", json!(7)),
            ("token", json!("mine")),
        ] {
            let mut bad = full.clone();
            bad[field] = value;
            crate::contract_site::refused(admin.post("/v1/tokens", &bad), 400, field);
        }
        let list = admin.get("/v1/tokens").expect(200).json();
        assert_eq!(column(&list, "tokens", "uuid").len(), count);
        admin.get("/v1/tokens/n").expect_error(404);
    });
}
