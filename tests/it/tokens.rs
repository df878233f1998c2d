//! Tokens: when and from where each was used, and where each works.
#![cfg(test)]

use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use crate::common::daemon::Daemon;
use crate::common::events::Events;
use crate::common::http::Client;
use crate::common::prometheus::Page;
use crate::common::wait::until;
use crate::contract_site::text;

/// A node whose BMC hears and says nothing; what is ordered there goes on for long.
fn silent_node(admin: &Client) -> std::net::UdpSocket {
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let bmc = json!({"address": "127.0.0.1", "port": port, "username": "u", "password": "p"});
    let node = json!({"name": "n", "bmc": bmc});
    admin.post("/v1/nodes", &node).expect(201);
    silent
}

fn set_maintenance(admin: &Client, is_on: bool) {
    let place = "/v1/nodes/n/maintenance";
    if is_on {
        admin.put(place, &json!({"reason": "a fan"})).expect(204);
    } else {
        admin.delete(place).expect(204);
    }
}

/// A token of a reader, and its path.
fn make(admin: &Client, more: Value) -> (String, String) {
    let mut body = json!({"user_id": "u", "project_id": "p", "role": "reader"});
    for (field, value) in more.as_object().unwrap() {
        body[field] = value.clone();
    }
    let made = admin.post("/v1/tokens", &body).expect(201).json();
    let place = format!("/v1/tokens/{}", text(&made["uuid"]));
    (text(&made["token"]).to_owned(), place)
}

/// What is said of the last use: whether there is one, and its source.
fn last_use(admin: &Client, place: &str) -> (bool, Value) {
    let shown = admin.get(place).expect(200).json();
    let list = admin.get("/v1/tokens").expect(200).json();
    assert!(list["tokens"].as_array().unwrap().contains(&shown));
    (
        shown["last_used_at"].is_string(),
        shown["last_used_from"].clone(),
    )
}

#[test]
fn a_token_says_when_and_from_where_it_was_last_good() {
    let daemon = Daemon::start();
    let admin = daemon.unix();
    let (secret, place) = make(&admin, json!({}));
    assert_eq!(last_use(&admin, &place), (false, Value::Null));
    let unused = admin.get(&place).expect(200);
    let away = daemon.tcp().from([127, 0, 0, 51]).with_token(&secret);
    // What is refused for another reason is a use all the same.
    away.get("/v1/nodes").expect_error(403);
    assert_eq!(last_use(&admin, &place), (true, json!("127.0.0.51")));
    daemon
        .unix()
        .with_token(&secret)
        .get("/v1/types")
        .expect(200);
    assert_eq!(last_use(&admin, &place), (true, json!("unix")));
    let used = admin.get(&place).expect(200);
    assert_ne!(used.header("etag"), unused.header("etag"));
    assert_eq!(used.header("etag"), admin.get(&place).header("etag"));
    assert!(text(&used.json()["last_used_at"]) >= text(&used.json()["created_at"]));
}

#[test]
fn the_last_use_outlives_the_daemon_and_a_revoked_token_stays_revoked() {
    let mut daemon = Daemon::start();
    let admin = daemon.unix();
    let (secret, place) = make(&admin, json!({}));
    let (revoked, gone) = make(&admin, json!({}));
    let file = daemon.directory().join("state/ostler.db");
    let written = || {
        let database =
            Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let sql = "SELECT count(*) FROM tokens WHERE last_used_at IS NOT NULL";
        database
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    let away = daemon.tcp().from([127, 0, 0, 52]);
    // The first use after a pause is written at once, and what follows is not.
    away.with_token(&secret).get("/v1/types").expect(200);
    until("the use to be written", || (written() == 1).then_some(()));
    away.with_token(&revoked).get("/v1/types").expect(200);
    for _ in 0..50 {
        away.with_token(&secret).get("/v1/types").expect(200);
    }
    assert_eq!(written(), 1);
    daemon.crash();
    daemon.start_again();
    assert_eq!(last_use(&admin, &place), (true, json!("127.0.0.52")));
    assert_eq!(last_use(&admin, &gone), (false, Value::Null));

    let here = daemon.tcp().from([127, 0, 0, 53]);
    here.with_token(&revoked).get("/v1/types").expect(200);
    admin.delete(&gone).expect(204);
    here.with_token(&secret).get("/v1/types").expect(200);
    here.with_token(&revoked).get("/v1/types").expect_error(401);
    assert!(daemon.stop());
    daemon.start_again();
    assert_eq!(last_use(&admin, &place), (true, json!("127.0.0.53")));
    admin.get(&gone).expect_error(404);
    here.with_token(&revoked).get("/v1/types").expect_error(401);
}

#[test]
fn behind_a_trusted_proxy_the_source_is_whom_the_proxy_names() {
    let daemon =
        Daemon::with_api("trusted_proxies = [\"127.0.0.54\"]\nfailed_sign_ins_per_min = 2");
    let admin = daemon.unix();
    let (secret, place) = make(&admin, json!({}));
    let proxy = daemon.tcp().from([127, 0, 0, 54]);
    let through = |address: &str| proxy.with("X-Forwarded-For", &format!("127.0.0.1, {address}"));
    through("192.0.2.7")
        .with_token(&secret)
        .get("/v1/types")
        .expect(200);
    assert_eq!(last_use(&admin, &place), (true, json!("192.0.2.7")));
    // Others name themselves, whatever they say.
    let liar = daemon.tcp().from([127, 0, 0, 55]);
    let liar = liar.with("X-Forwarded-For", "192.0.2.7");
    liar.with_token(&secret).get("/v1/types").expect(200);
    assert_eq!(last_use(&admin, &place), (true, json!("127.0.0.55")));
    // Who guesses behind the proxy waits alone.
    let guess = |address: &str| through(address).with_token("guess").get("/v1/types");
    for status in [401, 401, 429] {
        guess("192.0.2.7").expect_error(status);
    }
    guess("192.0.2.8").expect_error(401);
}

#[test]
fn a_token_of_a_network_works_from_there_and_is_as_good_as_unknown_elsewhere() {
    let daemon = Daemon::with_api("failed_sign_ins_per_min = 3");
    let admin = daemon.unix();
    let networks = json!({"networks": ["127.0.0.56/31", "fd00::/8"]});
    let (secret, place) = make(&admin, networks.clone());
    assert_eq!(admin.get(&place).json()["networks"], networks["networks"]);
    let from = |last: u8, secret: &str| {
        let client = daemon.tcp().from([127, 0, 0, last]).with_token(secret);
        client.get("/v1/types")
    };
    from(56, &secret).expect(200);
    from(57, &secret).expect(200);
    let elsewhere = from(58, &secret).expect_error(401);
    assert_eq!(elsewhere, from(58, "guess").expect_error(401));
    // It is not a use, and counts as what it looks like.
    assert_eq!(last_use(&admin, &place), (true, json!("127.0.0.57")));
    from(58, &secret).expect_error(401);
    from(58, &secret).expect_error(429);
    let id = place.rsplit('/').next().unwrap();
    let log = daemon.log();
    let line = log
        .lines()
        .find(|line| line.contains("does not work from there"));
    let line = line.unwrap();
    assert!(line.contains(id) && line.contains("127.0.0.58"), "{line}");
    assert!(!log.contains(&secret));
    from(56, &secret).expect(200);
}

#[test]
fn on_the_socket_a_token_works_where_this_machine_is_in_its_networks() {
    let daemon = Daemon::start();
    let admin = daemon.unix();
    for (network, status) in [
        ("127.0.0.0/8", 200),
        ("::1/128", 200),
        ("0.0.0.0/0", 200),
        ("10.0.0.0/8", 401),
    ] {
        let (secret, _) = make(&admin, json!({"networks": [network]}));
        let client = daemon.unix().with_token(&secret);
        client.get("/v1/types").expect(status);
    }
}

#[test]
fn behind_a_trusted_proxy_networks_are_those_of_the_client() {
    let daemon = Daemon::with_api("trusted_proxies = [\"127.0.0.59\"]");
    let (secret, _) = make(&daemon.unix(), json!({"networks": ["192.0.2.0/24"]}));
    let proxy = daemon.tcp().from([127, 0, 0, 59]).with_token(&secret);
    let through = |named: &str| proxy.with("X-Forwarded-For", named).get("/v1/types");
    through("192.0.2.7").expect(200);
    through("198.51.100.1, 192.0.2.7").expect(200);
    through("198.51.100.1").expect_error(401);
    through("192.0.2.7, 198.51.100.1").expect_error(401);
    through("192.0.2.7, 198.51.100.1, 127.0.0.59").expect_error(401);
    proxy.get("/v1/types").expect_error(401);
    let liar = daemon.tcp().from([127, 0, 0, 60]).with_token(&secret);
    let liar = liar.with("X-Forwarded-For", "192.0.2.7");
    liar.get("/v1/types").expect_error(401);
}

#[test]
fn who_follows_events_or_waits_has_to_go_when_its_token_is_revoked() {
    let daemon = Daemon::start();
    let admin = daemon.unix();
    let _silent = silent_node(&admin);
    let order = json!({"target": "on", "nodes": ["n"], "timeout": 3600});
    let operation = admin.post("/v1/power", &order).expect(202).json();
    let wait = format!("/v1/operations/{}?wait=60", text(&operation["uuid"]));
    let (secret, place) = make(&admin, json!({"role": "admin"}));
    let (kept, _) = make(&admin, json!({"role": "admin"}));
    let events = |secret: &str| {
        let client = daemon.tcp().with_token(secret);
        Events::open(&client, "/v1/events?kind=maintenance")
    };
    let (followed, other) = (events(&secret), events(&kept));
    set_maintenance(&admin, true);
    for stream in [&followed, &other] {
        stream.wait("maintenance", |event| event.kind == "maintenance");
    }
    std::thread::scope(|scope| {
        let waiting = daemon.tcp().with_token(&secret);
        let waiting = scope.spawn(move || waiting.get(&wait));
        until("the request that waits", || {
            let under_way = Page::of(&admin).sum("ostler_http_requests_in_flight", &[]);
            // Two streams have had their heads; this one asks, and one waits.
            (under_way >= 2.0).then_some(())
        });
        admin.delete(&place).expect(204);
        // Long before the minute is over, or this test would be.
        waiting.join().unwrap().expect_error(401);
    });
    set_maintenance(&admin, false);
    until("the stream to end", || followed.has_ended().then_some(()));
    other.wait("the end of it", |event| event.data["new"] == "off");
    assert_eq!(followed.seen().len(), 1, "{:?}", followed.seen());
    assert!(!other.has_ended());
}

#[test]
fn who_follows_events_has_to_go_when_its_token_expires() {
    let daemon = Daemon::start();
    let admin = daemon.unix();
    let soon = ostler::time::now().plus(std::time::Duration::from_secs(3));
    let (secret, _) = make(&admin, json!({"expires_at": soon}));
    let events = Events::open(&daemon.tcp().with_token(&secret), "/v1/events");
    until("the stream to end", || events.has_ended().then_some(()));
    assert!(ostler::time::now() >= soon);
}
