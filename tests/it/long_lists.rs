//! Lists of ten thousand: whole and in order, and nobody's burden while they are read, however slowly.
#![cfg(test)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};

use crate::common::daemon::{Daemon, Parts};
use crate::common::http::{Client, Response};
use crate::common::wait::until;

const COUNT: usize = 10_000;

const BEGUN: &[u8; 17] = b"HTTP/1.1 200 OK\r\n";

/// A daemon with ten thousand nodes and instances, which nobody polls.
struct Full {
    daemon: Daemon,
    token: String,
}

impl Full {
    fn start() -> Self {
        let mut daemon = Daemon::start();
        let admin = daemon.unix();
        let parts = Parts::make(&admin);
        let bmc = json!({"address": "192.0.2.1", "username": "a", "password": "b"});
        let node =
            json!({"name": "n0", "bmc": bmc, "ports": [{"mac_address": "02:00:00:00:00:01"}]});
        admin.post("/v1/nodes", &node).expect(201);
        let token = daemon.token("ann", "render", "admin");
        let mut body = parts.instance("i00000");
        body["extra"] = json!({"why": "x".repeat(200), "for": "render"});
        let owner = daemon.tcp().with_token(&token);
        owner.post("/v1/instances", &body).expect(201);
        assert!(daemon.stop());
        multiply(&Self::open(&daemon));
        daemon.start_again();
        Self { daemon, token }
    }

    fn open(daemon: &Daemon) -> Connection {
        Connection::open(daemon.directory().join("state/ostler.db")).unwrap()
    }

    fn database(&self) -> Connection {
        Self::open(&self.daemon)
    }

    fn client(&self) -> Client {
        self.daemon.tcp().with_token(&self.token)
    }

    /// Asks for a list and reads nothing of it. The socket's buffer is small, so that little of it is under way.
    fn ask_and_not_read(&self, path: &str) -> TcpStream {
        let tcp: SocketAddr = self.daemon.tcp_address();
        let socket = Socket::new(Domain::for_address(tcp), Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.connect(&tcp.into()).unwrap();
        let mut stream = TcpStream::from(socket);
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let request = format!("{}\r\n", self.client().head("GET", path));
        stream.write_all(request.as_bytes()).unwrap();
        // The answer has begun.
        let mut first = [0; BEGUN.len()];
        stream.read_exact(&mut first).unwrap();
        assert_eq!(first, *BEGUN);
        stream
    }

    /// What the daemon's process has in memory, in MiB.
    fn memory_mib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.daemon.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kib = line.unwrap().split_whitespace().nth(1).unwrap();
        kib.parse::<u64>().unwrap() / 1024
    }
}

/// Makes ten thousand of the one node and the one instance that there are.
fn multiply(connection: &Connection) {
    let copies = |table: &str, changed: &[(&str, &str)]| {
        let mut statement = connection
            .prepare("SELECT name FROM pragma_table_info(?1)")
            .unwrap();
        let columns = statement.query_map([table], |row| row.get(0)).unwrap();
        let columns: Vec<String> = columns.collect::<Result<_, _>>().unwrap();
        let values: Vec<&str> = columns
            .iter()
            .map(|name| {
                let changed = changed.iter().find(|(of, _)| of == name);
                changed.map_or(name.as_str(), |(_, value)| value)
            })
            .collect();
        let sql = format!(
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {}) \
             INSERT INTO {table} ({}) SELECT {} FROM numbers, {table} WHERE {table}.rowid = 1",
            COUNT - 1,
            columns.join(", "),
            values.join(", "),
        );
        connection.execute(&sql, []).unwrap();
    };
    let node = "printf('00000000-0000-4000-8000-%012x', n)";
    let instance = "printf('00000000-0000-4000-9000-%012x', n)";
    connection
        .execute_batch(
            "UPDATE nodes SET maintenance = 1; UPDATE tasks SET state = 'done', finished_at = 1; \
             UPDATE instances SET status = 'active'",
        )
        .unwrap();
    copies(
        "nodes",
        &[("uuid", node), ("name", "'n' || n"), ("taken", "0")],
    );
    copies(
        "instances",
        &[
            ("uuid", instance),
            ("node_id", node),
            ("name", "printf('i%05d', n)"),
            ("created_at", "created_at + n"),
        ],
    );
}

fn entries(answer: &Response, plural: &str) -> Vec<Value> {
    let body = answer.json();
    body[plural].as_array().unwrap().clone()
}

#[test]
fn a_list_of_ten_thousand_is_whole_and_in_order() {
    let full = Full::start();
    let client = full.client();
    let listed = client.get("/v1/instances/detail").expect(200);
    assert!(listed.json().get("instances_links").is_none());
    let listed = entries(&listed, "instances");
    assert_eq!(listed.len(), COUNT);
    for (number, entry) in listed.iter().enumerate() {
        assert_eq!(entry["name"], format!("i{number:05}"));
        assert_eq!(entry.as_object().unwrap().len(), 18);
    }
    // The same entry as when it is shown alone.
    let last = listed.last().unwrap();
    let path = format!("/v1/instances/{}", last["uuid"].as_str().unwrap());
    assert_eq!(client.get(&path).expect(200).json(), *last);

    let backwards = "/v1/instances?sort_dir=desc&sort_key=name&fields=name,uuid&limit=9000";
    let page = client.get(backwards).expect(200);
    let next = page.json()["instances_links"][0]["href"].clone();
    let mut names: Vec<Value> = entries(&page, "instances");
    assert_eq!(names.len(), 9000);
    let next = next
        .as_str()
        .unwrap()
        .split_once("/v1")
        .unwrap()
        .1
        .to_owned();
    let rest = client.get(&format!("/v1{next}")).expect(200);
    assert!(rest.json().get("instances_links").is_none());
    names.extend(entries(&rest, "instances"));
    let expected = (0..COUNT).rev().map(|number| format!("i{number:05}"));
    assert!(names.iter().map(|of| of["name"].clone()).eq(expected));
    assert_eq!(names[0].as_object().unwrap().len(), 2);

    for (path, plural) in [("/v1/nodes", "nodes"), ("/v1/health", "health")] {
        let listed = entries(&client.get(path).expect(200), plural);
        assert_eq!(listed.len(), COUNT, "{path}");
    }
}

/// A list used to be put together in memory before its first byte left.
#[test]
fn lists_that_nobody_reads_cost_others_nothing() {
    let full = Full::start();
    let client = full.client();
    let before = full.memory_mib();
    let paths = ["/v1/instances/detail", "/v1/nodes", "/v1/health"];
    let unread: Vec<TcpStream> = (0..30)
        .map(|number| full.ask_and_not_read(paths[number % paths.len()]))
        .collect();
    // What is asked now is answered now, writes too.
    let shown = client.get("/v1/instances/i00007").expect(200);
    let uuid = shown.json()["uuid"].as_str().unwrap().to_owned();
    let patch = json!([{"op": "replace", "path": "/description", "value": "changed"}]);
    client
        .patch(&format!("/v1/instances/{uuid}"), &patch)
        .expect(200);
    client.get("/v1/instances?limit=10").expect(200);
    // Each holds its ids, a chunk, and what hyper and the kernel have taken; all of them together would be 300 MiB.
    let grown = full.memory_mib().saturating_sub(before);
    assert!(grown < 100, "{grown} MiB more");
    // None of them holds a snapshot: the whole log can go back into the file.
    let database = full.database();
    until("the log to be empty", || {
        let checkpoint = database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        });
        (checkpoint.unwrap() == (0, 0)).then_some(())
    });
    drop(unread);
}

#[test]
fn a_list_that_is_read_slowly_is_the_list_of_when_it_was_asked_for_and_its_entries_are_those_of_now()
 {
    let full = Full::start();
    let slow = full.ask_and_not_read("/v1/instances?fields=name,extra&sort_key=uuid");
    let database = full.database();
    database
        .execute_batch(
            "UPDATE instances SET name = 'renamed' WHERE name = 'i09998';
             DELETE FROM instances WHERE name = 'i09997';",
        )
        .unwrap();
    let answer = Response::read(BEGUN.chain(slow), "GET").unwrap();
    let mut names = BTreeMap::new();
    for entry in entries(&answer, "instances") {
        *names
            .entry(entry["name"].as_str().unwrap().to_owned())
            .or_insert(0) += 1;
    }
    assert_eq!(names.len(), COUNT - 1);
    assert!(names.values().all(|count| *count == 1));
    assert!(names.contains_key("renamed"), "as it is now");
    assert!(!names.contains_key("i09997"), "gone");
    assert!(names.contains_key("i09999"));
}

#[test]
fn a_list_that_cannot_be_read_to_its_end_does_not_look_whole() {
    let full = Full::start();
    let spoil = |name: &str| {
        let sql = "UPDATE instances SET extra = '[]' WHERE name = ?1";
        assert_eq!(full.database().execute(sql, [name]).unwrap(), 1);
    };
    spoil("i09990");
    let client = full.client();
    let cut = client.try_send("GET", "/v1/instances/detail", None);
    assert!(cut.is_err(), "{cut:?}");
    let log = full.daemon.log();
    assert!(log.contains("request failed"), "{log}");
    // What shows at once that it cannot be read is an error.
    spoil("i00003");
    client.get("/v1/instances/detail").expect_error(500);
    client.get("/v1/instances/detail?limit=3").expect(200);
}

#[test]
fn reads_are_answered_while_a_write_is_stuck() {
    let daemon = Daemon::start();
    let admin = daemon.unix();
    let parts = Parts::make(&admin);
    let network = format!("/v1/networks/{}", parts.network);
    let client = daemon.tcp_as("ann", "render", "admin");
    let mut database = Connection::open(daemon.directory().join("state/ostler.db")).unwrap();
    // Somebody with a shell, who thinks about the next statement.
    let stuck = database
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .unwrap();
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let patch = json!([{"op": "replace", "path": "/name", "value": "other"}]);
            client.patch(&network, &patch)
        });
        for _ in 0..20 {
            assert_eq!(client.get(&network).expect(200).json()["name"], "provision");
            client.get("/v1/networks").expect(200);
            client.get("/v1/instances/detail").expect(200);
            client.get("/v1/nodes").expect(200);
        }
        assert!(!writing.is_finished());
        stuck.commit().unwrap();
        writing.join().unwrap().expect(200);
    });
    assert_eq!(client.get(&network).expect(200).json()["name"], "other");
}

#[test]
fn a_token_stops_working_with_the_answer_to_its_revocation() {
    let daemon = Daemon::start();
    let admin = daemon.unix();
    for _ in 0..20 {
        let body = json!({"user_id": "ann", "project_id": "render", "role": "reader"});
        let made = admin.post("/v1/tokens", &body).expect(201).json();
        let client = daemon.tcp().with_token(made["token"].as_str().unwrap());
        let other = client.clone();
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            // Others sign in with it all the time.
            let is_over = &is_over;
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    other.get("/v1/instances");
                }
            });
            client.get("/v1/instances").expect(200);
            let path = format!("/v1/tokens/{}", made["uuid"].as_str().unwrap());
            admin.delete(&path).expect(204);
            let refused = client.from([127, 0, 0, 9]).get("/v1/instances").status;
            is_over.store(true, Ordering::Relaxed);
            assert!(matches!(refused, 401 | 429), "{refused}");
        });
    }
}

#[test]
fn a_token_that_expires_stops_working_while_nothing_changes() {
    let daemon = Daemon::start();
    let at = ostler::time::now().plus(Duration::from_secs(3)).to_string();
    let body =
        json!({"user_id": "ann", "project_id": "render", "role": "reader", "expires_at": at});
    let made = daemon.unix().post("/v1/tokens", &body).expect(201).json();
    let client = daemon.tcp().with_token(made["token"].as_str().unwrap());
    until("the token to expire", || {
        let answer = client.get("/v1/instances").status;
        (answer == 401).then_some(())
    });
    assert!(ostler::time::now().to_string() >= at);
}
