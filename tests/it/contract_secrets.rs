//! Secrets go in and come out as stars. That they are nowhere else is in [`crate::secrets_everywhere`].
#![cfg(test)]

use ostler::model::power::PowerState;
use ostler::sim::{SimBmc, SimBmcConfig, SimUser};
use serde_json::{Value, json};

use crate::common::daemon::Daemon;
use crate::common::http::Client;
use crate::common::sim::SimRack;
use crate::common::wait::until;
use crate::contract_site::{Via, column, keys};

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
            "certificate_subject",
            "networks",
            "expires_at",
            "last_used_at",
            "last_used_from",
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
            ("networks", json!(["10.1.2.3/8"])),
            ("networks", json!(["10.0.0.1"])),
            ("networks", json!("10.0.0.0/8")),
            ("networks", json!(null)),
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
