//! Links begin with the base that the client used, on every thing, list and `Location`.
#![cfg(test)]

use serde_json::{Value, json};

use crate::common::daemon::Daemon;
use crate::common::http::Client;
use crate::common::wait::until;
use crate::contract_site::{Site, Via, healthy, path_of, text};

/// Everything that shows links, with its place.
fn places(site: &Site, client: &Client) -> Vec<(&'static str, String)> {
    let instance = site.create(client, "web");
    vec![
        ("instances", text(&instance["uuid"]).to_owned()),
        ("types", site.parts.instance_type.clone()),
        ("images", site.parts.image.clone()),
        ("networks", site.parts.network.clone()),
        ("nodes", site.nodes[0].clone()),
    ]
}

#[track_caller]
fn assert_links(client: &Client, plural: &str, uuid: &str, base: &str) {
    let expected = json!([
        {"rel": "self", "href": format!("{base}/v1/{plural}/{uuid}")},
        {"rel": "bookmark", "href": format!("{base}/{plural}/{uuid}")},
    ]);
    for prefix in ["", "/v1"] {
        let one = client.get(&format!("{prefix}/{plural}/{uuid}")).expect(200);
        assert_eq!(one.json()["links"], expected);
        let list = client.get(&format!("{prefix}/{plural}")).expect(200).json();
        let entries = list[plural].as_array().unwrap();
        assert!(entries.iter().any(|of| of["links"] == expected), "{list}");
    }
}

#[track_caller]
fn base_of(client: &Client, path: &str) -> String {
    let shown = client.get(path).expect(200).json();
    let href = text(&shown["links"][0]["href"]).to_owned();
    href.strip_suffix(path).unwrap().to_owned()
}

#[test]
fn on_tcp_links_begin_with_the_host_and_on_the_socket_with_localhost() {
    let site = Site::of(1);
    let tcp = site.admin(Via::Tcp);
    let found = places(&site, &tcp);
    let unix = site.admin(Via::Unix);
    for (plural, uuid) in &found {
        let named = tcp.with("Host", "rack7.example:8080");
        assert_links(&named, plural, uuid, "http://rack7.example:8080");
        let v6 = tcp.with("Host", "[::1]:6688");
        assert_links(&v6, plural, uuid, "http://[::1]:6688");
        assert_links(&unix, plural, uuid, "http://localhost");
        let odd = unix.with("Host", "%2Frun%2Fostler.sock");
        assert_links(&odd, plural, uuid, "http://localhost");
    }
    // Nobody here is a trusted proxy.
    let forwarded = tcp
        .with("Host", "rack7")
        .with("X-Forwarded-Host", "evil.example")
        .with("X-Forwarded-Proto", "https");
    let instance = format!("/v1/instances/{}", found[0].1);
    assert_eq!(base_of(&forwarded, &instance), "http://rack7");
    // Both states and next links have the base too.
    let named = tcp.with("Host", "rack7");
    let order = json!({"target": "on"});
    let node = format!("/v1/nodes/{}", site.nodes[0]);
    let refused = named.put(&format!("{node}/states/power"), &order);
    assert!(matches!(refused.status, 202 | 409));
    named
        .post("/v1/types", &json!({"name": "second"}))
        .expect(201);
    let page = named.get("/types?limit=1").expect(200).json();
    let next = text(&page["types_links"][0]["href"]);
    assert!(next.starts_with("http://rack7/v1/types?"), "{next}");
}

#[test]
fn a_trusted_proxy_says_what_its_client_used() {
    let daemon = Daemon::with_api("trusted_proxies = [\"127.0.0.9/32\"]");
    let site = Site::at(daemon, healthy(1));
    let admin = site.admin(Via::Tcp);
    let path = path_of(&site.create(&admin, "web"));
    let forwarded = admin
        .with("Host", "rack7")
        .with("X-Forwarded-Host", "api.example.org")
        .with("X-Forwarded-Proto", "https");
    assert_eq!(base_of(&forwarded, &path), "http://rack7");
    let proxy = forwarded.from([127, 0, 0, 9]);
    assert_eq!(base_of(&proxy, &path), "https://api.example.org");
    let etag = |client: &Client| client.get(&path).header("etag").map(String::from);
    assert_eq!(etag(&proxy), etag(&admin));
    let only_proto = admin
        .with("Host", "rack7")
        .with("X-Forwarded-Proto", "https")
        .from([127, 0, 0, 9]);
    assert_eq!(base_of(&only_proto, &path), "https://rack7");
}

#[test]
fn the_configured_public_url_wins_over_everything() {
    let daemon = Daemon::with_api(
        "public_url = \"https://metal.example.org/api\"\ntrusted_proxies = [\"127.0.0.0/8\"]",
    );
    let site = Site::at(daemon, healthy(1));
    let admin = site.admin(Via::Tcp);
    let path = path_of(&site.create(&admin, "web"));
    for via in [Via::Unix, Via::Tcp] {
        let client = site
            .admin(via)
            .with("Host", "rack7")
            .with("X-Forwarded-Host", "api.example.org");
        assert_eq!(base_of(&client, &path), "https://metal.example.org/api");
        let made = client.post("/types", &json!({"name": format!("{via:?}")}));
        let location = made.header("location").unwrap().to_owned();
        assert!(location.starts_with("https://metal.example.org/api/v1/types/"));
    }
}

#[test]
fn every_path_is_there_with_and_without_the_prefix() {
    for via in [Via::Unix, Via::Tcp] {
        let site = Site::of(1);
        let admin = site.admin(via);
        for (plural, uuid) in places(&site, &admin) {
            for path in [format!("/{plural}"), format!("/{plural}/{uuid}")] {
                // What is shown may change between the two reads, while the instance is being deployed.
                until(&format!("{path} to be the same twice"), || {
                    let both = ["", "/v1"].map(|prefix| admin.get(&format!("{prefix}{path}")));
                    let [short, long] = both.map(|answer| answer.expect(200).json());
                    (short == long).then_some(())
                });
            }
        }
        let root = admin.get("/").expect(200).json();
        assert_eq!(admin.get("/v1").expect(200).json(), root);
        assert_eq!(admin.get("/v1/").expect(200).json(), root);
        assert!(
            root["versions"]
                .as_array()
                .is_some_and(|all| !all.is_empty())
        );
        for path in [
            "/v2",
            "/v1/v1/instances",
            "/v1instances",
            "/v1/colours",
            "/instances/a/b/c",
        ] {
            admin.get(path).expect_error(404);
        }
        for public in ["/healthz", "/readyz", "/v1/healthz", "/v1/readyz"] {
            let nobody = site.bare(via).with_token("bad");
            assert!(matches!(
                nobody.get(public).expect(200).json(),
                Value::Object(_)
            ));
        }
    }
}
