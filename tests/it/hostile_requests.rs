//! Requests that nobody would send: mutated credentials and bodies, thousands of them, against a real daemon; and whether the
//! time of a refusal tells how near a guess was.
#![cfg(test)]

use serde_json::{Value, json};

use crate::common::chance::Chance;
use crate::common::daemon::{Daemon, Parts, Surroundings, register_node};
use crate::common::http::{Client, KeptAlive, Response};
use crate::common::sim::SimRack;
use ostler::sim::SimBmcConfig;

/// A daemon that lets anybody fail as often as it likes.
fn patient() -> Daemon {
    let api = "failed_sign_ins_per_min = 100000\n".to_owned();
    let usual = |_: &std::path::Path| {
        Ok(Surroundings {
            api,
            ..Surroundings::default()
        })
    };
    Daemon::with_surroundings("poll_interval_secs = 60\n", usual).unwrap()
}

/// Bytes that are nearly these.
fn mutate(chance: &mut Chance, text: &[u8]) -> Vec<u8> {
    const ODD: [u8; 12] = [
        0, 1, 9, b' ', b'"', b'{', b'[', b',', b'\\', 0x7f, 0x80, 0xff,
    ];
    let mut bytes = text.to_vec();
    for _ in 0..=chance.below(4) {
        let length = bytes.len() as u64;
        let at = usize::try_from(chance.below(length + 1)).unwrap();
        let odd = chance.of(&ODD);
        match chance.below(6) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, odd),
            2 if at < bytes.len() => bytes[at] = odd,
            3 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
            4 if at < bytes.len() => drop(bytes.remove(at)),
            _ => {
                let again = bytes[at..].to_vec();
                bytes.extend(again);
            }
        }
    }
    bytes
}

/// JSON that is nearly this: a value somewhere in it is another.
fn bend(chance: &mut Chance, value: &mut Value) {
    let count =
        value.as_object().map_or(0, serde_json::Map::len) + value.as_array().map_or(0, Vec::len);
    if count == 0 || chance.below(3) == 0 {
        let others = [
            json!(null),
            json!(true),
            json!(-1),
            json!(1e300),
            json!(""),
            json!("\u{0}"),
            json!("é".repeat(300)),
            json!([]),
            json!({}),
            json!([[]]),
            json!({"": 0}),
            json!(u64::MAX),
            json!("../../etc/passwd"),
            json!("' OR 1=1"),
        ];
        *value = others[usize::try_from(chance.below(others.len() as u64)).unwrap()].clone();
        return;
    }
    let index = usize::try_from(chance.below(count as u64)).unwrap();
    match value {
        Value::Object(members) => members
            .values_mut()
            .nth(index)
            .into_iter()
            .for_each(|of| bend(chance, of)),
        Value::Array(values) => values
            .get_mut(index)
            .into_iter()
            .for_each(|of| bend(chance, of)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Requests that are good, to begin with. None of them speaks to a BMC before it is answered.
fn good_requests(parts: &Parts) -> Vec<(&'static str, &'static str, Value)> {
    let bmc =
        json!({"address": "127.0.0.1", "port": 9, "username": "u", "password": "p", "kg": "0x00"});
    vec![
        (
            "POST",
            "/v1/nodes",
            json!({"name": "m", "bmc": bmc, "properties": {"cpus": 1, "capabilities": {"a": "b"}}}),
        ),
        (
            "PATCH",
            "/v1/nodes/n",
            json!([{"op": "replace", "path": "/bmc/port", "value": 9}, {"op": "test", "path": "/name", "value": "n"}]),
        ),
        ("POST", "/v1/instances", parts.instance("i")),
        (
            "PATCH",
            "/v1/instances/i",
            json!([{"op": "move", "from": "/extra/a", "path": "/extra/b"}]),
        ),
        (
            "PUT",
            "/v1/instances/i/states/power",
            json!({"target": "on", "timeout": 60}),
        ),
        ("POST", "/v1/power", json!({"target": "on", "nodes": ["n"]})),
        (
            "POST",
            "/v1/types",
            json!({"name": "t", "extra_specs": {"a": ">= 1"}}),
        ),
        (
            "PATCH",
            "/v1/types/t/extraspecs",
            json!({"a": "<or> 1 <or> 2"}),
        ),
        (
            "POST",
            "/v1/images",
            json!({"name": "g", "kernel_url": "http://k/", "initrd_url": "http://i/"}),
        ),
        (
            "POST",
            "/v1/networks",
            json!({"name": "w", "vlan": 1, "subnets": [{"cidr": "fd00::/64", "allocation_pools": [{"start": "fd00::1", "end": "fd00::9"}]}]}),
        ),
        (
            "POST",
            "/v1/tokens",
            json!({"user_id": "u", "project_id": "p", "role": "reader", "expires_at": "2999-01-31T00:00:00+00:00"}),
        ),
        (
            "POST",
            "/v1/webhooks",
            json!({"name": "h", "url": "http://127.0.0.1:9/", "secret": "0123456789abcdef", "kinds": ["audit"]}),
        ),
        ("PUT", "/v1/limits/p", json!({"instances": 3})),
        ("PUT", "/v1/nodes/n/maintenance", json!({"reason": "a fan"})),
        ("GET", "/v1/instances/detail?limit=1", json!(null)),
    ]
}

/// Sends a request byte by byte as it is; `None` where it was not even HTTP.
fn send(
    client: &Client,
    method: &str,
    path: &str,
    headers: &[(&str, Vec<u8>)],
    body: &[u8],
) -> Option<u16> {
    let mut request = client.head(method, path).into_bytes();
    for (name, value) in headers {
        let value: Vec<u8> = value
            .iter()
            .copied()
            .filter(|byte| !matches!(byte, b'\r' | b'\n'))
            .collect();
        request.extend([name.as_bytes(), b": ", &value, b"\r\n"].concat());
    }
    request.extend(format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes());
    request.extend(body);
    let answer = client.exchange(&request, false);
    Response::read(&answer[..], method)
        .ok()
        .map(|answer| answer.status)
}

#[test]
fn mutated_credentials_and_bodies_are_refused_or_taken_and_never_break_anything() {
    let (rack, bmc) = SimRack::one(SimBmcConfig::new("n"));
    let daemon = patient();
    let admin = daemon.unix();
    register_node(&admin, "n", &bmc);
    let parts = Parts::make(&admin);
    let token = daemon.token("boss", "default", "admin");
    let good = good_requests(&parts);
    let client = daemon.tcp();
    let mut statuses = std::collections::BTreeMap::new();
    for seed in 1..=2_000_u64 {
        let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let (method, path, body) = &good[usize::try_from(chance.below(good.len() as u64)).unwrap()];
        let mut headers = vec![("X-Auth-Token", token.clone().into_bytes())];
        let mut body = body.clone();
        let mut bytes = None;
        match chance.below(4) {
            0 => headers[0].1 = mutate(&mut chance, token.as_bytes()),
            1 => {
                headers[0] = (
                    "Authorization",
                    mutate(&mut chance, format!("Bearer {token}").as_bytes()),
                )
            }
            2 => bytes = Some(mutate(&mut chance, body.to_string().as_bytes())),
            _ => bend(&mut chance, &mut body),
        }
        if chance.below(8) == 0 {
            headers.push((
                "Accept",
                mutate(&mut chance, b"application/json;q=0.5, */*"),
            ));
        }
        let bytes = bytes.unwrap_or_else(|| body.to_string().into_bytes());
        let status = send(&client, method, path, &headers, &bytes).unwrap_or(0);
        let what = || {
            format!(
                "seed {seed}: {method} {path} {headers:?} {}",
                String::from_utf8_lossy(&bytes)
            )
        };
        // Such as for a head that is not HTTP; a panic in the daemon ends a connection too, and the log has it.
        if status == 0 {
            println!("no answer: {}", what());
        }
        assert!(status < 500, "{status}: {}", what());
        *statuses.entry(status).or_insert(0_u32) += 1;
    }
    // All of the ways out were taken.
    for status in [400, 401] {
        assert!(
            statuses.get(&status).is_some_and(|count| *count > 50),
            "{statuses:?}"
        );
    }
    assert!(
        statuses
            .iter()
            .any(|(status, count)| (200..300).contains(status) && *count > 20),
        "{statuses:?}"
    );
    let connection = &mut KeptAlive::open(&client.with_token(&token));
    assert_eq!(
        connection
            .send("PUT", "/v1/limits/p", &json!({"instances": 1}))
            .status,
        200
    );
    let log = daemon.log();
    assert!(!log.contains("panicked") && !log.contains("ERROR"), "{log}");
    drop(rack);
}

/// The middle one of times, in nanoseconds.
fn median(times: &mut [u128]) -> u128 {
    times.sort_unstable();
    times[times.len() / 2]
}

/// A guess that begins as a good token does takes as long to refuse as any other. The kinds of guesses take turns, so that
/// whatever else this machine does slows down all of them; and a difference that is real is there in each of the attempts.
#[test]
fn the_time_of_a_refusal_does_not_tell_how_near_a_guess_was() {
    const ROUNDS: usize = 400;
    const ATTEMPTS: usize = 6;
    let daemon = patient();
    let token = daemon.token("boss", "default", "admin");
    let flip = |at: usize| {
        let mut guess = token.clone().into_bytes();
        guess[at] = if guess[at] == b'0' { b'1' } else { b'0' };
        String::from_utf8(guess).unwrap()
    };
    let first = "ostler_".len();
    let unknown = format!("ostler_{}", "5a".repeat(32));
    let guesses = [
        unknown,
        flip(token.len() - 1),
        flip(first),
        flip(first + 32),
    ];
    let clients = guesses
        .each_ref()
        .map(|guess| daemon.tcp().with_token(guess));
    let mut connection = KeptAlive::open(&clients[0]);
    let mut told = Vec::new();
    for _ in 0..ATTEMPTS {
        let mut times: [Vec<u128>; 4] = Default::default();
        for round in 0..ROUNDS {
            for turn in 0..clients.len() {
                let kind = (round + turn) % clients.len();
                connection.speak_as(&clients[kind]);
                let began = ostler::time::instant();
                let answer = connection.send("GET", "/v1/instances", &json!({}));
                times[kind].push(began.elapsed().as_nanos());
                assert_eq!(answer.status, 401);
            }
        }
        let medians = times.each_mut().map(|of| median(of));
        let (least, most) = (medians.iter().min().unwrap(), medians.iter().max().unwrap());
        told.push(medians);
        // In a tenth of the time of a request much more would fit than any comparison of two tokens takes.
        if most * 10 <= least * 11 {
            return;
        }
    }
    panic!("unknown, last digit wrong, first digit wrong, half wrong, in ns: {told:?}");
}
