//! HTTP itself: methods, paths and queries that are odd, HEAD, kept and pipelined connections, half-closed clients.
#![cfg(test)]

use std::collections::BTreeSet;
use std::io::Cursor;

use ostler::api::routes::endpoints;

use crate::common::http::{Client, Response};
use crate::contract_site::{NOBODY, everything, on_both, path_of, refused, text};

/// Reads answers that follow each other on one connection.
fn answers(mut bytes: &[u8]) -> Vec<Response> {
    let mut answers = Vec::new();
    while !bytes.is_empty() {
        let end = bytes
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap()
            + 4;
        let head = Response::read(Cursor::new(&bytes[..end]), "HEAD").unwrap();
        let length: usize = head
            .header("content-length")
            .map_or(0, |of| of.parse().unwrap());
        let all = end + length;
        answers.push(Response {
            body: bytes[end..all].to_vec(),
            ..head
        });
        bytes = &bytes[all..];
    }
    answers
}

/// Sends one raw request line with the client's headers.
fn raw(client: &Client, target: &[u8]) -> Response {
    let head = client.head("GET", "/");
    let (_, headers) = head.split_once("\r\n").unwrap();
    let mut request = b"GET ".to_vec();
    request.extend_from_slice(target);
    request.extend_from_slice(b" HTTP/1.1\r\n");
    request.extend_from_slice(headers.as_bytes());
    request.extend_from_slice(b"\r\n");
    answers(&client.exchange(&request, false)).remove(0)
}

#[test]
fn a_known_path_with_a_wrong_method_is_405_with_allow() {
    on_both(1, |site, via| {
        let admin = site.admin(via);
        let instance = site.active(&admin, "web");
        let before = everything(&admin);
        let paths: BTreeSet<&str> = endpoints().iter().map(|route| route.path).collect();
        for path in paths {
            let known: BTreeSet<String> = endpoints()
                .iter()
                .filter(|route| route.path == path)
                .map(|route| route.method.to_string())
                .collect();
            let concrete = path.replace("{ident}", NOBODY).replace("{key}", "k");
            for method in [
                "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW",
            ] {
                if known.contains(method) {
                    continue;
                }
                let answer = admin.send(method, &concrete, None);
                let allow = answer.header("allow").unwrap_or_default().to_owned();
                for known in &known {
                    assert!(allow.contains(known.as_str()), "{path}: {allow}");
                }
                assert!(!allow.split(", ").any(|of| of == method), "{path}: {allow}");
                assert_eq!(allow.contains("HEAD"), known.contains("GET"), "{path}");
                refused(answer, 405, method);
            }
        }
        // What came in does not come back.
        let trace = admin
            .with("X-Secret", "hush")
            .send("TRACE", &instance, None);
        assert!(!String::from_utf8_lossy(&trace.body).contains("hush"));
        refused(admin.send("POST", "/healthz", None), 405, "POST");
        assert_eq!(everything(&admin), before);
    });
}

#[test]
fn odd_paths_and_queries_are_4xx_with_the_documented_error() {
    on_both(1, |site, via| {
        let admin = site.admin(via);
        let path = site.active(&admin, "a/b c%");
        let before = everything(&admin);
        let found = admin.get("/v1/instances/a%2Fb%20c%25").expect(200).json();
        assert_eq!(path_of(&found), path);
        for target in [
            &b"/v1/instances/%zz"[..],
            b"/v1/instances/%",
            b"/v1/instances/%ff",
            b"/v1/instances/%C3%28",
            b"/v1/instances/%00",
            b"/v1/instances/..%2F..%2Fetc%2Fpasswd",
            b"/v1/instances/../nodes",
            b"/v1//instances",
            b"/v1/instances//",
            b"/v1/instances/%20",
            b"/v1/types/%ff",
            b"/v1/nodes/%ff/states",
        ] {
            let answer = raw(&admin, target);
            let shown = String::from_utf8_lossy(target).into_owned();
            assert!(
                matches!(answer.status, 400 | 404),
                "{shown}: {}",
                answer.status
            );
            let status = answer.status;
            answer.expect_error(status);
        }
        let long = format!("/v1/instances/{}", "x".repeat(8000));
        admin.get(&long).expect_error(404);
        for (query, named) in [
            ("limit=1&limit=1", "limit"),
            ("limit=%zz", "limit"),
            ("name=a&name=b", "name"),
            ("colour", "colour"),
            ("colour=", "colour"),
            ("=1", ""),
            ("Limit=1", "Limit"),
        ] {
            refused(admin.get(&format!("/v1/instances?{query}")), 400, named);
        }
        for path in [
            path.as_str(),
            "/v1/nodes",
            "/v1/types",
            "/v1",
            "/v1/availability_zones",
        ] {
            refused(admin.get(&format!("{path}?colour=red")), 400, "colour");
        }
        admin.get("/v1/instances?").expect(200);
        for (query, named) in [("colour=red", "colour"), ("force=perhaps", "force")] {
            refused(admin.delete(&format!("{path}?{query}")), 400, named);
        }
        assert_eq!(everything(&admin), before);
    });
}

#[test]
fn a_request_that_is_not_http_ends_its_connection_and_nothing_else() {
    on_both(0, |site, via| {
        let admin = site.admin(via);
        for garbage in [
            &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
            b"nonsense\r\n\r\n",
            b"GET /v1/instances\xff\xfe HTTP/1.1\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
            b"POST /v1/types HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            b"POST /v1/types HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
            b"POST /v1/types HTTP/1.1\r\nContent-Length: 100\r\n\r\n{}",
        ] {
            let answer = site.bare(via).exchange(garbage, true);
            let answer = String::from_utf8_lossy(&answer).into_owned();
            let status = answer.split(' ').nth(1).unwrap_or("none");
            assert!(
                ["none", "400", "401", "408", "505"].contains(&status),
                "{answer}"
            );
        }
        admin.get("/v1/instances").expect(200);
        let types = admin.get("/v1/types").expect(200).json();
        assert_eq!(types["types"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn head_is_get_without_its_body() {
    on_both(1, |site, via| {
        let admin = site.admin(via);
        let path = site.active(&admin, "web");
        for path in [
            path.as_str(),
            "/v1/instances",
            "/v1",
            "/healthz",
            "/v1/nodes",
        ] {
            let [get, head] = ["GET", "HEAD"].map(|method| admin.send(method, path, None));
            assert_eq!(head.status, 200);
            assert!(head.body.is_empty());
            for header in ["content-type", "etag"] {
                assert_eq!(head.header(header), get.header(header), "{path}");
            }
            assert!(head.header("content-length").is_some());
        }
        let missing = admin.send("HEAD", &format!("/v1/instances/{NOBODY}"), None);
        assert_eq!(missing.status, 404);
        assert!(missing.header("x-openstack-request-id").is_some());
        assert_eq!(admin.send("HEAD", "/v1/nothing", None).status, 404);
    });
}

/// A request that leaves the connection open.
fn kept(client: &Client, method: &str, path: &str, body: Option<&str>) -> String {
    let head = client
        .head(method, path)
        .replace("Connection: close\r\n", "");
    let body = body.unwrap_or_default();
    format!(
        "{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn requests_that_follow_each_other_without_waiting_are_answered_in_order() {
    on_both(0, |site, via| {
        let admin = site.admin(via);
        let mut requests = String::new();
        let mut expected = Vec::new();
        for index in 0..20 {
            let body = format!("{{\"name\": \"t{index}\"}}");
            requests += &kept(&admin, "POST", "/v1/types", Some(&body));
            requests += &kept(&admin, "GET", "/v1/nothing", None);
            requests += &kept(&admin, "POST", "/v1/types", Some("{"));
            expected.extend([201, 404, 400]);
        }
        requests += &format!("{}\r\n", admin.head("GET", "/v1/types?limit=1"));
        expected.push(200);
        let answers = answers(&admin.exchange(requests.as_bytes(), false));
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, expected);
        let names: Vec<String> = answers
            .iter()
            .filter(|answer| answer.status == 201)
            .map(|answer| text(&answer.json()["name"]).to_owned())
            .collect();
        let all: Vec<String> = (0..20).map(|index| format!("t{index}")).collect();
        assert_eq!(names, all);
        let ids: BTreeSet<_> = answers
            .iter()
            .map(|answer| answer.header("x-openstack-request-id").unwrap().to_owned())
            .collect();
        assert_eq!(ids.len(), answers.len());
    });
}

#[test]
fn a_client_that_says_it_will_send_no_more_still_gets_its_answer() {
    on_both(0, |site, via| {
        let admin = site.admin(via);
        let request = kept(&admin, "POST", "/v1/types", Some("{\"name\": \"half\"}"));
        let answers = answers(&admin.exchange(request.as_bytes(), true));
        assert_eq!(answers[0].status, 201);
        // A body that stays unfinished is no request: nothing is made of it.
        let cut = request
            .replace("half", "cut!")
            .replace("Content-Length: 1", "Content-Length: 9");
        admin.exchange(cut.as_bytes(), true);
        let types = admin.get("/v1/types").expect(200).json();
        assert_eq!(types["types"].as_array().unwrap().len(), 2, "{types}");
    });
}

#[test]
fn the_request_id_is_in_every_answer_and_a_well_formed_one_each_time() {
    on_both(0, |site, via| {
        let mut seen = BTreeSet::new();
        let admin = site.admin(via);
        let outsider = site.bare(via).with_token("bad");
        for answer in [
            admin.get("/v1/types"),
            admin.get("/v1/types"),
            admin.with("X-Openstack-Request-Id", "req-mine").get("/v1"),
            admin.get("/v1/nothing"),
            admin.send("TRACE", "/v1", None),
            admin.send("POST", "/v1/types", Some(b"{")),
            admin.get("/healthz"),
            outsider.get("/v1/types"),
        ] {
            let id = answer.header("x-openstack-request-id").unwrap().to_owned();
            let (prefix, uuid) = id.split_at(4);
            assert_eq!(prefix, "req-");
            uuid::Uuid::parse_str(uuid).unwrap();
            assert!(seen.insert(id));
        }
    });
}
