//! `/readyz`: 200 only while changes are taken, an answer in bounded time whatever happens, and the watchdog asks the same.
//! A disk that is full or fails is in `unwritable`.
#![cfg(test)]

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use ostler::time::instant;
use rusqlite::{Connection, TransactionBehavior};

use crate::common::daemon::{Daemon, Surroundings};
use crate::common::http::Client;
use crate::common::prometheus::Page;
use crate::common::wait::until;

/// After this long the writer of the daemon gives up on a lock by itself, and says so.
const BUSY: Duration = Duration::from_secs(10);

/// Looks while the writer is stuck: somebody else holds the database. On a machine that is too slow for it, the writer has
/// given up meanwhile, and it is tried again.
#[track_caller]
fn while_stuck<T>(daemon: &Daemon, mut look: impl FnMut() -> T) -> T {
    let database = daemon.directory().join("state/ostler.db");
    let mut other = Connection::open(database).unwrap();
    until("a stuck writer to be looked at", || {
        let lock = other
            .transaction_with_behavior(TransactionBehavior::Exclusive)
            .unwrap();
        let locked = instant();
        let seen = look();
        let in_time = locked.elapsed() < BUSY - Duration::from_secs(1);
        drop(lock);
        in_time.then_some(seen)
    })
}

#[track_caller]
fn wait_ready(client: &Client) {
    let ready = serde_json::json!({"status": "ready"});
    until("the daemon to be ready", || {
        let answer = client.get("/readyz");
        (answer.status == 200 && answer.json() == ready).then_some(())
    });
}

#[test]
fn a_writer_that_is_stuck_is_503_soon_and_it_is_ready_again_when_the_writer_goes_on() {
    let daemon = Daemon::start();
    let client = daemon.unix();
    wait_ready(&client);
    let (message, page) = while_stuck(&daemon, || {
        let message = client.get("/readyz").expect_error(503);
        // Who only wants to know whether the process lives, or to read, does not wait.
        client.get("/healthz").expect(200);
        client.get("/v1/nodes").expect(200);
        (message, Page::of(&client))
    });
    assert!(message.contains("has not answered within 2 s"), "{message}");
    assert!(page.sum("ostler_store_queue_jobs", &[]) >= 1.0);
    assert!(page.sum("ostler_store_writer_busy_seconds", &[]) > 0.0);
    wait_ready(&client);
}

/// The watchdog asks what `/readyz` asks: it is fed by an answer, not by silence.
#[test]
fn the_watchdog_is_not_fed_while_the_writer_is_stuck_and_is_fed_again_when_it_answers() {
    let mut systemd = None;
    let daemon = Daemon::with_surroundings("poll_interval_secs = 1\n", |directory| {
        let path = directory.join("notify");
        systemd = Some(UnixDatagram::bind(&path).unwrap());
        let env = [
            ("NOTIFY_SOCKET", path.to_str().unwrap()),
            ("WATCHDOG_USEC", "200000"),
        ];
        Ok(Surroundings {
            env: env.map(|(name, value)| (name.into(), value.into())).into(),
            ..Surroundings::default()
        })
    });
    let (daemon, systemd) = (daemon.unwrap(), systemd.unwrap());
    systemd.set_nonblocking(true).unwrap();
    // Whether it was fed since this was last asked.
    let fed = || {
        let mut message = [0; 256];
        let received = std::iter::from_fn(|| {
            systemd
                .recv(&mut message)
                .ok()
                .map(|n| message[..n].to_vec())
        });
        let all: Vec<_> = received.collect();
        all.iter().any(|message| message == b"WATCHDOG=1\n")
    };
    until("the watchdog to be fed", || fed().then_some(()));
    let client = daemon.unix();
    let was_fed = while_stuck(&daemon, || {
        client.get("/readyz").expect_error(503);
        // Until here a probe from before may have fed it.
        fed();
        client.get("/readyz").expect_error(503);
        fed()
    });
    assert!(!was_fed, "by silence");
    until("the watchdog to be fed again", || fed().then_some(()));
}

/// When the writer gives up on the lock, that is an answer, and in the numbers.
#[test]
fn a_database_that_somebody_else_holds_is_told_and_counted() {
    let daemon = Daemon::start();
    let client = daemon.unix();
    let database = daemon.directory().join("state/ostler.db");
    let mut other = Connection::open(database).unwrap();
    let lock = other
        .transaction_with_behavior(TransactionBehavior::Exclusive)
        .unwrap();
    let body = serde_json::json!({"name": "a"});
    let refused = client.post("/v1/types", &body).expect_error(503);
    assert!(refused.contains("cannot be written"), "{refused}");
    let failures = |cause| {
        let page = Page::of(&client);
        page.sum("ostler_store_commit_failures_total", &[("cause", cause)])
    };
    assert!(failures("failing") >= 1.0);
    assert_eq!(failures("full"), 0.0);
    client.get("/readyz").expect_error(503);
    client.get("/healthz").expect(200);
    drop(lock);
    wait_ready(&client);
}
