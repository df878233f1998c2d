//! Bad input gets the documented error, names what is wrong, and changes nothing.
#![cfg(test)]

use serde_json::{Value, json};

use crate::common::http::Client;
use crate::contract_site::{NOBODY, Site, everything, on_both, path_of, refused};

/// Places that take a body, with the method.
fn takers(site: &Site, instance: &str) -> Vec<(&'static str, String)> {
    let node = format!("/v1/nodes/{}", site.nodes[0]);
    let type_path = format!("/v1/types/{}", site.parts.instance_type);
    vec![
        ("POST", "/v1/instances".to_owned()),
        ("PATCH", instance.to_owned()),
        ("PUT", format!("{instance}/states/power")),
        ("POST", "/v1/types".to_owned()),
        ("PATCH", type_path.clone()),
        ("PATCH", format!("{type_path}/extraspecs")),
        ("POST", "/v1/images".to_owned()),
        ("PATCH", format!("/v1/images/{}", site.parts.image)),
        ("POST", "/v1/networks".to_owned()),
        ("PATCH", format!("/v1/networks/{}", site.parts.network)),
        ("POST", "/v1/nodes".to_owned()),
        ("PATCH", node.clone()),
        ("PUT", format!("{node}/states/power")),
        ("PUT", format!("{node}/maintenance")),
        ("PUT", format!("{node}/management/boot_device")),
        ("POST", "/v1/tokens".to_owned()),
    ]
}

/// Bodies that are no JSON, or not JSON as it should be.
fn broken_bodies() -> Vec<Vec<u8>> {
    let mut bodies: Vec<Vec<u8>> = [
        "{",
        "name=web",
        "{\"name\": }",
        "{\"name\": \"a\"} {}",
        "{'name': 'a'}",
        "{\"name\": NaN}",
        "{\"name\": Infinity}",
        "{\"name\": 1e999}",
        "{\"name\": 01}",
        "{\"name\": \"\\ud800\"}",
        "{\"\\udc00\": 1}",
        "{\"name\": \"a\nb\"}",
        "{\"name\": \"a\", \"name\": \"a\"}",
        "[{\"op\": \"test\", \"op\": \"test\"}]",
        "// no\n{}",
        "\u{feff}{}",
        "null",
        "true",
        "7",
        "\"text\"",
        "[1]",
        "{\"nothing\\u0000like\": {\"this\": 1}}",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    bodies.push(vec![0xff, 0xfe, 0x00]);
    bodies.push(b"{\"name\": \"\xc3\x28\"}".to_vec());
    bodies.push("[".repeat(100_000).into_bytes());
    bodies.push("{\"a\":".repeat(50_000).into_bytes());
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    bodies.push(deep.into_bytes());
    bodies
}

#[test]
fn bodies_that_are_not_json_as_it_should_be_are_400_everywhere() {
    on_both(1, |site, via| {
        let admin = site.admin(via);
        let instance = site.active(&admin, "web");
        let before = everything(&admin);
        for (method, path) in takers(site, &instance) {
            for body in broken_bodies() {
                let shown: String = String::from_utf8_lossy(&body).chars().take(40).collect();
                println!("{method} {path} {shown}");
                admin.send(method, &path, Some(&body)).expect_error(400);
            }
            if !path.ends_with("maintenance") {
                admin.send(method, &path, None).expect_error(400);
                admin.send(method, &path, Some(b"")).expect_error(400);
            }
        }
        assert_eq!(everything(&admin), before);
    });
}

#[test]
fn another_media_type_is_415_another_accept_406_and_two_mebibytes_413() {
    on_both(1, |site, via| {
        let admin = site.admin(via);
        let instance = site.active(&admin, "web");
        let before = everything(&admin);
        let big = format!("{{\"name\": \"{}\"}}", "x".repeat(2 << 20));
        for (method, path) in takers(site, &instance) {
            println!("{method} {path}");
            for media in [
                "text/plain",
                "application/xml",
                "application/jsonx",
                "json",
                "",
            ] {
                let client = admin.with("Content-Type", media);
                client.send(method, &path, Some(b"{}")).expect_error(415);
            }
            if method != "PATCH" {
                let client = admin.with("Content-Type", "application/json-patch+json");
                client.send(method, &path, Some(b"{}")).expect_error(415);
            }
            let latin = admin.with("Content-Type", "application/json; charset=utf-8");
            latin
                .send(method, &path, Some(b"nonsense"))
                .expect_error(400);
            for accept in ["text/html", "application/json;q=0", "image/*, text/plain"] {
                let client = admin.with("Accept", accept);
                client
                    .send(method, &path, Some(b"nonsense"))
                    .expect_error(406);
            }
            for accept in [
                "application/json",
                "*/*",
                "application/*",
                "text/html, */*;q=0.1",
            ] {
                let client = admin.with("Accept", accept);
                client
                    .send(method, &path, Some(b"nonsense"))
                    .expect_error(400);
            }
            admin
                .send(method, &path, Some(big.as_bytes()))
                .expect_error(413);
            // Also where the length is not said beforehand.
            let chunked = admin.with("Transfer-Encoding", "chunked");
            let mut body = format!("{:x}\r\n", big.len()).into_bytes();
            body.extend_from_slice(big.as_bytes());
            body.extend_from_slice(b"\r\n0\r\n\r\n");
            assert_eq!(chunked_status(&chunked, method, &path, &body), 413);
        }
        for path in ["/v1/instances", "/v1/nodes", "/v1", &instance] {
            let client = admin.with("Accept", "text/html");
            client.get(path).expect_error(406);
        }
        admin
            .with("Accept", "text/html")
            .get("/healthz")
            .expect(200);
        assert_eq!(everything(&admin), before);
    });
}

/// `send` would add a Content-Length, which must not stand beside a Transfer-Encoding.
fn chunked_status(client: &Client, method: &str, path: &str, chunks: &[u8]) -> u16 {
    let mut request = client.head(method, path).into_bytes();
    request.extend_from_slice(b"\r\n");
    request.extend_from_slice(chunks);
    let answer = client.exchange(&request, false);
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split(' ').nth(1).unwrap_or_default().parse();
    status.unwrap_or_else(|_| panic!("not an answer: {answer:?}"))
}

/// A create's body with one field wrong, and what the refusal names.
fn bad_instances(site: &Site) -> Vec<(Value, &'static str)> {
    let with = |field: &str, value: Value| site.instance_with(field, value);
    let net = &site.parts.network;
    let long = "x".repeat(256);
    vec![
        (with("name", json!("")), "name"),
        (with("name", json!(" \t ")), "name"),
        (with("name", json!("\u{3000}")), "name"),
        (with("name", json!("a\u{7f}b")), "name"),
        (with("name", json!("a\u{85}b")), "name"),
        (with("name", json!("a\nb")), "name"),
        (with("name", json!("a\u{0}b")), "name"),
        (with("name", json!(long)), "name"),
        (with("name", json!(null)), "name"),
        (with("name", json!(5)), "name"),
        (with("name", json!(["web"])), "name"),
        (with("description", json!("")), "description"),
        (with("description", json!(long)), "description"),
        (with("description", json!(1)), "description"),
        (with("availability_zone", json!("")), "availability_zone"),
        (with("availability_zone", json!(long)), "availability_zone"),
        (with("availability_zone", json!(1)), "availability_zone"),
        (with("image_uuid", json!("not-a-uuid")), "image_uuid"),
        (with("image_uuid", json!(NOBODY)), "image_uuid"),
        (with("image_uuid", json!(1)), "image_uuid"),
        (with("instance_type_uuid", json!("")), "instance_type_uuid"),
        (
            with("instance_type_uuid", json!(null)),
            "instance_type_uuid",
        ),
        (with("networks", json!([])), "networks"),
        (with("networks", json!({})), "networks"),
        (with("networks", json!(null)), "networks"),
        (with("networks", json!([{}])), "net_id"),
        (with("networks", json!([[net, "10GE"]])), "networks"),
        (with("networks", json!([{"net_id": "x"}])), "net_id"),
        (
            with("networks", json!([{"net_id": net, "colour": 1}])),
            "colour",
        ),
        (
            with("networks", json!([{"net_id": net, "port_type": 1}])),
            "port_type",
        ),
        (
            with("networks", json!([{"net_id": net, "port_type": ""}])),
            "port_type",
        ),
        (
            with("networks", json!([{"net_id": net, "port_type": long}])),
            "port_type",
        ),
        (with("extra", json!([])), "extra"),
        (with("extra", json!("x")), "extra"),
        (with("extra", json!({"": "x"})), "extra"),
        (with("extra", json!({"a/b": "x"})), "extra"),
        (with("extra", json!({"ä": "x"})), "extra"),
        (with("extra", json!({"a\nb": "x"})), "extra"),
        (with("extra", json!({long.clone(): "x"})), "extra"),
        (with("extra", json!({"a": long})), "extra"),
        (with("extra", json!({"a": 1})), "extra"),
        (with("extra", json!({"a": null})), "extra"),
        (with("extra", json!({"a": {"b": "c"}})), "extra"),
        (with("colour", json!("red")), "colour"),
        (with("uuid", json!(NOBODY)), "uuid"),
        (with("project_id", json!("beta")), "project_id"),
        (with("Name", json!("x")), "Name"),
    ]
}

#[test]
fn a_bad_field_of_a_create_is_400_and_named_and_takes_nothing() {
    on_both(1, |site, via| {
        let admin = site.admin(via);
        let before = everything(&admin);
        for (body, named) in bad_instances(site) {
            println!("{body}");
            refused(admin.post("/v1/instances", &body), 400, named);
        }
        let query = "/v1/instances?dry_run=1";
        refused(admin.post(query, &site.parts.instance("x")), 400, "dry_run");
        assert_eq!(everything(&admin), before);
    });
}

#[test]
fn what_is_at_the_limit_or_null_is_taken() {
    on_both(1, |site, via| {
        let admin = site.admin(via);
        let full = "ü".repeat(255);
        let key = "k".repeat(255);
        let upper = site.parts.image.to_uppercase();
        let body = json!({
            "name": full, "description": null, "availability_zone": null,
            "instance_type_uuid": site.parts.instance_type.replace('-', ""),
            "image_uuid": format!("{{{upper}}}"),
            "networks": [{"net_id": format!("urn:uuid:{}", site.parts.network), "port_type": null}],
            "extra": {key: full, "emoji": "🦀"},
        });
        let made = admin.post("/v1/instances", &body).expect(201).json();
        assert_eq!(made["name"], json!(full));
        assert_eq!(made["extra"]["emoji"], "🦀");
        assert_eq!(made["image_uuid"], json!(site.parts.image));
        assert_eq!(made["instance_type_uuid"], json!(site.parts.instance_type));
        let encoded = "%C3%BC".repeat(255);
        let by_name = admin.get(&format!("/v1/instances/{encoded}"));
        assert_eq!(by_name.expect(200).json()["uuid"], made["uuid"]);
        let order = json!({"target": "on", "timeout": null});
        let path = format!("{}/states/power", path_of(&made));
        let taken = admin.put(&path, &order).status;
        assert!(
            taken == 202 || taken == 400,
            "{taken}: only building may refuse it"
        );
    });
}
