//! `/metrics`: each number moves when its thing happens, and what clients send makes no labels.
#![cfg(test)]

use std::io::Write;
use std::net::{Shutdown, TcpListener};

use ostler::model::power::PowerState;
use ostler::sim::{Faults, SimBmcConfig};
use serde_json::{Value, json};

use crate::common::bench::{Bench, node};
use crate::common::daemon::{Parts, free_tcp_address};
use crate::common::prometheus::Page;
use crate::common::wait::until;

const POWER: &str = "poll_interval_secs = 1\nchange_deadline_secs = 20\ntransition_grace_secs = 1\n\
     unreachable_after_misses = 1\nbackoff_max_secs = 2\n";

/// `n` does what it is told, `liar` says so and does nothing, `dead` is silent once it is known.
pub(crate) fn bench() -> Bench {
    let liar = SimBmcConfig {
        faults: Faults {
            lying_success: true,
            ..Faults::default()
        },
        ..SimBmcConfig::new("liar")
    };
    let dead = SimBmcConfig {
        power: PowerState::On,
        ..SimBmcConfig::new("dead")
    };
    let bench = Bench::start(vec![SimBmcConfig::new("n"), liar, dead], POWER);
    bench.bmc("dead").set_faults(Faults {
        dead: true,
        ..Faults::default()
    });
    bench
}

/// Waits until the page satisfies this.
#[track_caller]
fn wait(bench: &Bench, what: &str, look: impl Fn(&Page) -> bool) -> Page {
    until(what, || Some(Page::of(&bench.admin)).filter(&look))
}

/// By how much a number has grown.
#[track_caller]
fn grown(before: &Page, after: &Page, name: &str, labels: &[(&str, &str)]) -> f64 {
    after.sum(name, labels) - before.sum(name, labels)
}

#[test]
fn requests_are_counted_by_route_method_and_status() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    let before = Page::of(&bench.admin);
    for _ in 0..3 {
        bench.admin.get("/v1/nodes/n").expect(200);
        bench.admin.get("/nodes/n/").expect(200);
    }
    bench.admin.get("/v1/nodes/nobody").expect(404);
    bench.admin.delete("/v1/nodes/nobody").expect(404);
    bench.admin.send("HEAD", "/v1/nodes/n", None).expect(200);
    bench.admin.send("BREW", "/v1/nodes/n", None).expect(405);
    bench.admin.get("/v1/nowhere").expect(404);
    bench.daemon.tcp().get("/healthz").expect(200);
    let after = Page::of(&bench.admin);
    for (route, method, code, times) in [
        ("/v1/nodes/{ident}", "GET", "200", 6.0),
        ("/v1/nodes/{ident}", "GET", "404", 1.0),
        ("/v1/nodes/{ident}", "DELETE", "404", 1.0),
        ("/v1/nodes/{ident}", "HEAD", "200", 1.0),
        ("/v1/nodes/{ident}", "OTHER", "405", 1.0),
        ("other", "GET", "404", 1.0),
        ("/healthz", "GET", "200", 1.0),
        ("/metrics", "GET", "200", 1.0),
    ] {
        let labels = [("route", route), ("method", method), ("code", code)];
        let name = "ostler_http_requests_total";
        assert_eq!(grown(&before, &after, name, &labels), times, "{labels:?}");
    }
    let count = "ostler_http_request_duration_seconds_count";
    let labels = [("route", "/v1/nodes/{ident}"), ("method", "GET")];
    assert_eq!(grown(&before, &after, count, &labels), 7.0);
    assert!(after.sum("ostler_http_request_duration_seconds_sum", &labels) > 0.0);
    assert_eq!(after.sum("ostler_http_requests_in_flight", &[]), 1.0);
}

#[test]
fn a_stream_counts_as_open_and_its_response_time_ends_with_its_head() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    let labels = [("route", "/v1/events"), ("method", "GET")];
    let count = "ostler_http_request_duration_seconds_count";
    assert_eq!(Page::of(&bench.admin).sum(count, &labels), 0.0);
    let client = bench.admin.with("Accept", "text/event-stream");
    let stream = client.open("/v1/events", "text/event-stream");
    let page = Page::of(&bench.admin);
    assert_eq!(page.sum("ostler_event_streams", &[]), 1.0);
    assert_eq!(page.sum(count, &labels), 1.0, "while it goes on");
    assert_eq!(page.sum("ostler_http_requests_in_flight", &[]), 1.0);
    drop(stream);
    // The daemon finds out with the next thing that it sends.
    bench.order_until(&node("n"), "on", "done");
    let page = wait(&bench, "the stream to be closed", |page| {
        page.sum("ostler_event_streams", &[]) == 0.0
    });
    assert_eq!(page.sum(count, &labels), 1.0, "counted once");
}

#[test]
fn failed_sign_ins_are_counted_by_reason() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    let tcp = bench.daemon.tcp();
    let name = "ostler_sign_in_failures_total";
    let reasons = Page::of(&bench.admin);
    let reasons = reasons.labels(name, "reason").join(" ");
    let all =
        "unknown_token throttled no_credentials malformed stranger certificate no_rights keystone";
    assert_eq!(reasons, all, "from the start");
    tcp.get("/v1/nodes").expect(401);
    let odd = tcp.with("Authorization", "Basic YTpi");
    odd.get("/v1/nodes").expect(401);
    let guesser = tcp.from([127, 0, 0, 9]).with_token("guess");
    for _ in 0..10 {
        guesser.get("/v1/nodes").expect(401);
    }
    guesser.get("/v1/nodes").expect(429);
    let page = Page::of(&bench.admin);
    for (reason, times) in [
        ("no_credentials", 1.0),
        ("malformed", 1.0),
        ("unknown_token", 10.0),
        ("throttled", 1.0),
        ("stranger", 0.0),
    ] {
        assert_eq!(page.value(name, "reason", reason), Some(times), "{reason}");
    }
}

#[test]
fn tasks_attempts_events_and_commits_are_counted_when_they_are_on_disk() {
    let bench = bench();
    let before = Page::of(&bench.admin);
    bench.order_until(&node("n"), "on", "done");
    bench.order_until(&node("n"), "off", "done");
    bench.order_within(&node("liar"), "on", 1);
    wait(&bench, "the liar to be given up", |page| {
        page.sum("ostler_tasks_ended_total", &[("outcome", "failed")]) == 1.0
    });
    bench.order(&node("liar"), "on");
    let tasks = bench.at("/v1/nodes/liar/tasks");
    let open = |task: &&Value| task["finished_at"].is_null();
    let task = tasks["tasks"].as_array().unwrap().iter().find(open);
    let task = task.unwrap()["uuid"].as_str().unwrap();
    bench.admin.delete(&format!("/v1/tasks/{task}")).expect(204);
    let parts = Parts::make(&bench.admin);
    let instance = bench.create_active(&parts, "n");
    bench.admin.delete(&instance).expect(204);
    bench.wait_gone(&instance);
    let ended = |page: &Page, kind, outcome| {
        let labels = [("kind", kind), ("outcome", outcome)];
        page.sum("ostler_tasks_ended_total", &labels)
    };
    let after = wait(&bench, "all to be counted", |page| {
        // The page may be read between a commit and its count.
        ended(page, "delete", "done") == 1.0 && all_counted(&before, page)
    });
    for (kind, outcome, count) in [
        ("power", "done", 2.0),
        ("power", "failed", 1.0),
        ("power", "cancelled", 1.0),
        ("deploy", "done", 1.0),
        ("delete", "done", 1.0),
        ("deploy", "failed", 0.0),
        ("boot_device", "done", 0.0),
    ] {
        assert_eq!(ended(&after, kind, outcome), count, "{kind} {outcome}");
    }
    let times = |kind| after.sum("ostler_task_duration_seconds_count", &[("kind", kind)]);
    let counts = ["power", "deploy", "delete", "boot_device"].map(times);
    assert_eq!(counts, [4.0, 1.0, 1.0, 0.0]);
    assert!(after.sum("ostler_task_duration_seconds_sum", &[("kind", "power")]) > 0.0);
    for outcome in ["read", "accepted"] {
        let labels = [("outcome", outcome)];
        assert!(after.sum("ostler_task_attempts_total", &labels) >= 4.0);
    }
    assert!(after.sum("ostler_events_total", &[("kind", "task")]) >= 18.0);
    let commits = "ostler_store_commit_duration_seconds_count";
    assert!(grown(&before, &after, commits, &[]) >= 12.0);
    let jobs = grown(&before, &after, "ostler_store_commit_jobs_sum", &[]);
    assert!(jobs >= grown(&before, &after, commits, &[]));
    assert_eq!(after.sum("ostler_store_commit_failures_total", &[]), 0.0);
}

/// Whether the count of events has grown with their ids.
fn all_counted(before: &Page, after: &Page) -> bool {
    let counted = grown(before, after, "ostler_events_total", &[]);
    counted == grown(before, after, "ostler_events_newest_id", &[])
}

/// What was committed by an earlier process is not counted again.
#[test]
fn counters_begin_at_zero_with_the_daemon() {
    let mut bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    bench.order_until(&node("n"), "on", "done");
    let before = Page::of(&bench.admin);
    assert!(bench.daemon.stop());
    bench.daemon.start_again();
    let events = |page: &Page| page.sum("ostler_events_total", &[]);
    let newest = |page: &Page| page.sum("ostler_events_newest_id", &[]);
    let started = wait(&bench, "what is new to be counted", |page| {
        events(page) <= newest(page) - newest(&before)
    });
    bench.order_until(&node("n"), "off", "done");
    let after = wait(&bench, "the task to be counted", |page| {
        page.sum("ostler_tasks_ended_total", &[]) > 0.0 && all_counted(&started, page)
    });
    assert_eq!(after.sum("ostler_tasks_ended_total", &[]), 1.0);
    assert!(events(&after) <= newest(&after) - newest(&before));
    let start = "process_start_time_seconds";
    assert!(after.sum(start, &[]) > before.sum(start, &[]));
}

#[test]
fn polls_packets_and_sessions_are_counted() {
    let bench = bench();
    let polls = "ostler_polls_total";
    let page = wait(&bench, "polls to be read and missed", |page| {
        page.sum(polls, &[("outcome", "read")]) >= 4.0
            && page.sum(polls, &[("outcome", "missed")]) >= 1.0
    });
    let outcomes = page.labels(polls, "outcome").join(" ");
    assert_eq!(outcomes, "read missed not_asked skipped unrecorded");
    let (sent, received) = (
        page.sum("ostler_ipmi_packets_sent_total", &[]),
        page.sum("ostler_ipmi_packets_received_total", &[]),
    );
    assert!(
        sent > received && received >= 4.0 * 4.0,
        "{sent} {received}"
    );
    assert!(page.sum("ostler_ipmi_sessions_opened_total", &[]) >= 4.0);
    // An order keeps its session for the next one; a poll closes it.
    bench.order_until(&node("n"), "on", "done");
    wait(&bench, "all sessions to be closed", |page| {
        let [opened, closed, open] = ["opened_total", "closed_total", "open"]
            .map(|of| page.sum(&format!("ostler_ipmi_sessions_{of}"), &[]));
        assert!(opened >= closed && open <= 3.0);
        open == 0.0
    });
    let loops = page.labels("ostler_worker_up", "worker").join(" ");
    assert_eq!(
        loops,
        "bmc-driver journal tasks poll webhooks upkeep downloads token-uses own-machine"
    );
    assert_eq!(page.sum("ostler_worker_up", &[]), 9.0);
    wait(&bench, "every loop to go round", |page| {
        let rounds = &page["ostler_worker_rounds_total"];
        rounds.len() == 9 && rounds.iter().all(|(_, rounds)| *rounds >= 1.0)
    });
}

#[test]
fn deliveries_are_counted_and_a_webhook_that_is_behind_shows() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    let hook = |name: &str, url: String| {
        let body = json!({"name": name, "url": url, "secret": "not-so-secret-secret"});
        bench.admin.post("/v1/webhooks", &body).expect(201);
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    hook(
        "good",
        format!("http://{}/", listener.local_addr().unwrap()),
    );
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            answer_ok(stream.unwrap());
        }
    });
    hook("nobody", format!("http://{}/", free_tcp_address()));
    bench.order_until(&node("n"), "on", "done");
    let deliveries =
        |page: &Page, outcome| page.sum("ostler_webhook_deliveries_total", &[("outcome", outcome)]);
    let page = wait(&bench, "one to be taken and one not", |page| {
        let state = |state| page.sum("ostler_webhooks", &[("state", state)]);
        deliveries(page, "taken") >= 1.0
            && deliveries(page, "unreachable") >= 1.0
            && (state("well"), state("failing")) == (1.0, 1.0)
    });
    assert!(page.sum("ostler_webhook_events_behind", &[]) > 0.0);
    bench.admin.delete("/v1/webhooks/nobody").expect(204);
    wait(&bench, "nobody to be behind", |page| {
        page.sum("ostler_webhook_events_behind", &[]) == 0.0
    });
}

fn answer_ok(mut stream: std::net::TcpStream) {
    let mut head = Vec::new();
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        let mut byte = [0];
        std::io::Read::read_exact(&mut stream, &mut byte).unwrap();
        head.push(byte[0]);
    }
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    stream.write_all(answer.as_bytes()).unwrap();
    // What is left of the body is read, so that the answer is not lost with it.
    stream.shutdown(Shutdown::Write).unwrap();
    std::io::copy(&mut stream, &mut std::io::sink()).ok();
}

#[test]
fn the_database_and_the_process_say_what_they_take() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    let page = Page::of(&bench.admin);
    let of = |name: &str| page.sum(name, &[]);
    let database = bench.daemon.directory().join("state/ostler.db");
    let on_disk = std::fs::metadata(&database).unwrap().len();
    let database = of("ostler_store_database_bytes");
    assert!(database > 0.0 && database <= on_disk as f64, "{database}");
    assert!(of("ostler_store_wal_bytes") > 0.0);
    let left = of("ostler_store_disk_available_bytes");
    assert!(left > 0.0 && left < of("ostler_store_disk_bytes"));
    assert!(of("ostler_store_queue_jobs") <= 8.0);
    assert!(of("ostler_store_writer_busy_seconds") < 10.0);
    assert!(of("ostler_store_readers") >= 1.0);
    let now = ostler::time::now().as_micros() as f64 / 1e6;
    let started = of("process_start_time_seconds");
    assert!(started < now && now - started < 3_600.0);
    assert!(of("process_cpu_seconds_total") > 0.0);
    assert!(of("process_resident_memory_bytes") > 1e6);
    assert!(of("process_resident_memory_bytes") < of("process_virtual_memory_bytes"));
    assert!(of("process_open_fds") > 5.0);
    assert!(of("process_open_fds") < of("process_max_fds"));
}

#[test]
fn a_thousand_unknown_paths_and_methods_make_no_labels() {
    let bench = Bench::start(vec![SimBmcConfig::new("n")], POWER);
    bench.admin.get("/nowhere").expect(404);
    bench.admin.send("BREW", "/v1/nodes", None).expect(405);
    bench.admin.get("/v1/nodes/nobody").expect(404);
    let series = |page: &Page| {
        let names = page.names().filter(|name| name.contains("_http_"));
        let all = names.flat_map(|name| {
            let endings = ["", "_bucket", "_sum", "_count"];
            endings.map(|ending| page.get(&format!("{name}{ending}")).map_or(0, Vec::len))
        });
        all.sum::<usize>()
    };
    let before = Page::of(&bench.admin);
    let mut requests = String::new();
    for number in 0..1_000 {
        let last = if number == 999 {
            "Connection: close\r\n"
        } else {
            ""
        };
        for line in [
            format!("GET /nowhere/{number}"),
            format!("BREW{number} /v1/nodes"),
            format!("GET /v1/nodes/nobody-{number}"),
        ] {
            requests += &format!("{line} HTTP/1.1\r\nHost: localhost\r\n");
            if line.starts_with("GET /v1") {
                requests += last;
            }
            requests += "\r\n";
        }
    }
    bench.admin.exchange(requests.as_bytes(), false);
    let after = Page::of(&bench.admin);
    let name = "ostler_http_requests_total";
    assert_eq!(grown(&before, &after, name, &[("route", "other")]), 1_000.0);
    assert_eq!(
        grown(&before, &after, name, &[("method", "OTHER")]),
        1_000.0
    );
    let nobody = [("route", "/v1/nodes/{ident}"), ("code", "404")];
    assert_eq!(grown(&before, &after, name, &nobody), 1_000.0);
    // The page itself was asked for meanwhile, which is the only thing that may be new.
    let scrape = 1 + 15 + 2;
    assert!(series(&after) <= series(&before) + scrape);
}
