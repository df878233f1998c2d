//! Webhooks: every event, in order, signed, at least once, whatever the other side does; and in nobody's way.
#![cfg(test)]

use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use hmac::{Hmac, Mac};
use ostler::model::power::PowerState;
use ostler::sim::SimBmcConfig;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::common::bench::{Bench, node};
use crate::common::served::Request;
use crate::common::wait::until;

const POWER: &str =
    "poll_interval_secs = 1\nchange_deadline_secs = 20\ntransition_grace_secs = 5\n";
const SECRET: &str = "not-so-secret-secret";

/// A server that remembers what it was sent, and answers as it is told.
struct Receiver {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

struct State {
    /// The next answers; 200 when there is none. 0 closes the connection without a word.
    answers: Vec<u16>,
    deliveries: Vec<Delivery>,
}

#[derive(Clone)]
struct Delivery {
    request: Request,
    answer: u16,
}

impl Receiver {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State {
            answers: Vec::new(),
            deliveries: Vec::new(),
        }));
        let told = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                take(stream.unwrap(), &told);
            }
        });
        Self { address, state }
    }

    fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// Answers the next deliveries like this.
    fn answer(&self, answers: &[u16]) {
        self.state.lock().unwrap().answers = answers.iter().rev().copied().collect();
    }

    fn deliveries(&self) -> Vec<Delivery> {
        self.state.lock().unwrap().deliveries.clone()
    }

    /// The ids of the events in the deliveries that were taken.
    fn taken(&self) -> Vec<u64> {
        let taken = self.deliveries().into_iter().filter(|of| of.answer == 200);
        taken.flat_map(|of| of.ids()).collect()
    }
}

impl Delivery {
    fn events(&self) -> Vec<Value> {
        let body: Value = serde_json::from_str(&self.request.body).unwrap();
        body["events"].as_array().unwrap().clone()
    }

    fn ids(&self) -> Vec<u64> {
        let events = self.events();
        events
            .iter()
            .map(|event| event["id"].as_u64().unwrap())
            .collect()
    }

    fn header(&self, name: &str) -> &str {
        self.request.header(name).unwrap()
    }
}

/// One request of a connection that is closed after it.
fn take(stream: TcpStream, told: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    let Some(request) = Request::read(&mut reader) else {
        return;
    };
    let mut state = told.lock().unwrap();
    let answer = state.answers.pop().unwrap_or(200);
    state.deliveries.push(Delivery { request, answer });
    if answer != 0 {
        let answer =
            format!("HTTP/1.1 {answer} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        reader.get_mut().write_all(answer.as_bytes()).ok();
    }
}

fn bench(names: &[&str]) -> Bench {
    let on = |name: &&str| SimBmcConfig {
        power: PowerState::On,
        ..SimBmcConfig::new(*name)
    };
    Bench::start(names.iter().map(on).collect(), POWER)
}

fn hook(bench: &Bench, body: &Value) -> Value {
    bench.admin.post("/v1/webhooks", body).expect(201).json()
}

fn all_ids(bench: &Bench, query: &str) -> Vec<u64> {
    let json = bench.admin.with("Accept", "application/json");
    let all = json.get(&format!("/v1/events?{query}")).expect(200).json();
    let all = all["events"].as_array().unwrap().clone();
    all.iter()
        .map(|event| event["id"].as_u64().unwrap())
        .collect()
}

#[test]
fn events_are_delivered_in_order_signed_and_again_until_they_are_taken() {
    let receiver = Receiver::start();
    let mut bench = bench(&["n"]);
    let before = all_ids(&bench, "kind=power,task").len();
    let body =
        json!({"name": "h", "url": receiver.url(), "secret": SECRET, "kinds": ["power", "task"]});
    let made = hook(&bench, &body);
    assert_eq!(made["secret"], "******");
    // Busy, a redirect, which is not followed, and a connection that breaks after the request was read.
    receiver.answer(&[503, 302, 0]);
    bench.order_until(&node("n"), "off", "done");
    until("everything to be taken", || {
        (receiver.taken().last() == all_ids(&bench, "kind=power,task").last()).then_some(())
    });
    let taken = receiver.taken();
    assert_eq!(taken, all_ids(&bench, "kind=power,task")[before..]);
    let all = receiver.deliveries();
    assert!(all.len() >= 4, "three were not taken: {}", all.len());
    assert!(
        all.iter().take(4).all(|of| of.ids()[0] == taken[0]),
        "in order"
    );
    for delivery in &all {
        let timestamp = delivery.header("x-ostler-timestamp");
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(format!("{timestamp}.{}", delivery.request.body).as_bytes());
        let code: String = mac
            .finalize()
            .into_bytes()
            .iter()
            .map(|of| format!("{of:02x}"))
            .collect();
        assert_eq!(
            delivery.header("x-ostler-signature"),
            format!("sha256={code}")
        );
        let whole: Value = serde_json::from_str(&delivery.request.body).unwrap();
        assert_eq!(
            (&whole["webhook"], &whole["gap"]),
            (&json!("h"), &json!(false))
        );
    }
    let shown = until("the state to be written", || {
        let shown = bench.at("/v1/webhooks/h");
        (shown["failures"] == 0 && shown["delivered_at"].is_string()).then_some(shown)
    });
    assert!(shown["last_error"].is_null(), "{shown:#}");

    // It goes on where it was, also over a restart.
    assert!(bench.daemon.stop());
    bench.daemon.start_again();
    bench.order_until(&node("n"), "on", "done");
    until("the rest to be taken", || {
        (receiver.taken() == all_ids(&bench, "kind=power,task")[before..]).then_some(())
    });
}

#[test]
fn a_place_that_takes_nothing_is_said_and_is_in_nobodys_way() {
    let (good, bad) = (Receiver::start(), Receiver::start());
    let bench = bench(&["n"]);
    bad.answer(&[500; 100]);
    for (name, of) in [("good", &good), ("bad", &bad)] {
        let body = json!({"name": name, "url": of.url(), "secret": SECRET, "kinds": ["power"]});
        hook(&bench, &body);
    }
    bench.order_until(&node("n"), "off", "done");
    until("the good one to have it", || {
        (!good.taken().is_empty()).then_some(())
    });
    let said = until("the failure to be said", || {
        let shown = bench.at("/v1/webhooks/bad");
        (shown["failures"].as_u64() > Some(1)).then(|| shown["last_error"].clone())
    });
    assert!(said.as_str().unwrap().contains("500"), "{said}");
    bench.admin.delete("/v1/webhooks/bad").expect(204);
    bench.admin.get("/v1/webhooks/bad").expect_error(404);
    assert!(bench.order_until(&node("n"), "on", "done")["error"].is_null());
}

#[test]
fn only_what_a_webhook_asks_for_is_sent_there() {
    let receiver = Receiver::start();
    let bench = bench(&["a", "b"]);
    let parts = crate::common::daemon::Parts::make(&bench.admin);
    let body = json!({"name": "h", "url": receiver.url(), "secret": SECRET, "kinds": ["status"], "project_id": "p1"});
    hook(&bench, &body);
    for (project, name) in [("p2", "b"), ("p1", "a")] {
        let member = bench.daemon.tcp_as("u", project, "member");
        let mut body = parts.instance(name);
        body["availability_zone"] = json!(format!("z-{name}"));
        member.post("/v1/instances", &body).expect(201);
    }
    until("a to be active", || {
        (receiver.taken().len() == 2).then_some(())
    });
    let all: Vec<Value> = receiver
        .deliveries()
        .iter()
        .flat_map(Delivery::events)
        .collect();
    assert!(
        all.iter()
            .all(|of| of["project_id"] == "p1" && of["kind"] == "status"),
        "{all:?}"
    );
}

/// The same from the command line.
fn ostler_makes_one(bench: &Bench) -> Value {
    let secret = bench.daemon.directory().join("secret");
    std::fs::write(&secret, SECRET).unwrap();
    let made = Command::new(env!("CARGO_BIN_EXE_ostler"))
        .arg("--json")
        .arg("--socket")
        .arg(bench.daemon.directory().join("ostler.sock"))
        .args([
            "webhook",
            "create",
            "h",
            "https://example.com/x",
            "--secret-file",
        ])
        .arg(secret)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    serde_json::from_slice(&made.stdout).unwrap()
}

#[test]
fn a_webhook_that_breaks_a_rule_is_refused_and_named() {
    let bench = bench(&[]);
    let good = json!({"name": "h", "url": "https://example.com/x", "secret": SECRET});
    for (field, value) in [
        ("name", json!("")),
        ("url", json!("ftp://example.com/")),
        ("url", json!("/path")),
        ("url", json!("http://user:password@example.com/")),
        ("secret", json!("short")),
        ("kinds", json!(["nonsense"])),
        ("project_id", json!("")),
        ("colour", json!("red")),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        let message = bench.admin.post("/v1/webhooks", &bad).expect_error(400);
        assert!(
            message.contains(field) && !message.contains("short"),
            "{message}"
        );
    }
    let made = ostler_makes_one(&bench);
    assert_eq!(made["url"], good["url"]);
    bench.admin.post("/v1/webhooks", &good).expect_error(409);
    let list = bench.at("/v1/webhooks?fields=name,secret");
    assert_eq!(list["webhooks"], json!([{"name": "h", "secret": "******"}]));
}
