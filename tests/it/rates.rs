//! How many requests each client may send, where the settings limit that.
#![cfg(test)]

use crate::common::daemon::Daemon;
use crate::common::http::{Client, Response};
use crate::common::wait::until;

/// One more a second: on any machine, far fewer than are sent here.
const RATE: &str = "requests_per_sec = 1\nrequest_burst = 5\n";

/// Sends requests until one is refused; all before it have this status, and are at least the burst.
#[track_caller]
fn use_up(client: &Client, status: u16, burst: usize) -> Response {
    let mut before = 0;
    let refused = until("a refusal", || {
        let answer = client.get("/v1/availability_zones");
        if answer.status == 429 {
            return Some(answer);
        }
        answer.expect(status);
        before += 1;
        None
    });
    assert!(before >= burst, "refused after {before}");
    refused
}

#[test]
fn a_token_has_its_burst_and_then_its_rate_and_others_are_not_touched() {
    let daemon = Daemon::with_api(RATE);
    let greedy = daemon.tcp_as("greedy", "a", "reader");
    let refused = use_up(&greedy, 200, 5);
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert_eq!(wait, 1);
    let message = refused.expect_error(429);
    assert!(message.contains("1 a second; wait 1 s"), "{message}");
    // From whatever address and on whatever path, it is the same client; and where it is found out, it is let in again.
    let elsewhere = greedy.from([127, 0, 0, 33]);
    until("another refusal", || {
        (elsewhere.get("/v1/nothing/there").status == 429).then_some(())
    });
    until("the next second", || {
        (greedy.get("/v1/availability_zones").status == 200).then_some(())
    });
    let other = daemon.tcp_as("other", "a", "reader");
    for _ in 0..5 {
        other.get("/v1/availability_zones").expect(200);
    }
    for path in ["/healthz", "/readyz"] {
        for _ in 0..20 {
            greedy.get(path).expect(200);
        }
    }
}

#[test]
fn who_has_no_good_token_shares_the_bucket_of_its_address() {
    let daemon = Daemon::with_api(RATE);
    let good = daemon.tcp_as("good", "a", "reader").from([127, 0, 0, 41]);
    let stranger = daemon.tcp().from([127, 0, 0, 41]);
    use_up(&stranger, 401, 5).expect_error(429);
    // With each guess the same: no new token gets a new bucket.
    let mut guess = 0;
    until("a guess to be refused", || {
        guess += 1;
        let guesser = stranger.with_token(&format!("guess-{guess}"));
        let answer = guesser.get("/v1/instances");
        (answer.status == 429).then(|| {
            let message = answer.expect_error(429);
            message.contains("too many requests").then_some(())
        })?
    });
    good.get("/v1/availability_zones").expect(200);
    daemon
        .tcp()
        .from([127, 0, 0, 42])
        .get("/v1/instances")
        .expect_error(401);
}

#[test]
fn on_the_socket_it_is_the_user_that_is_counted() {
    let daemon = Daemon::with_api(RATE);
    let token = daemon.token("t", "a", "reader");
    // Making the token was one of them.
    use_up(&daemon.unix(), 200, 4).expect_error(429);
    // A token that is given there counts instead, and TCP is somebody else.
    daemon
        .unix()
        .with_token(&token)
        .get("/v1/instances")
        .expect(200);
    until(
        "the metrics, which need no more than the socket, to be refused too",
        || (daemon.unix().get("/metrics").status == 429).then_some(()),
    );
}

#[test]
fn a_refusal_comes_before_the_body_is_read() {
    let daemon = Daemon::with_api(RATE);
    let greedy = daemon.tcp_as("greedy", "a", "member");
    use_up(&greedy, 200, 5);
    // The body never comes; who read it first would wait for it.
    until("a refusal", || {
        let head = greedy.head("POST", "/v1/instances");
        let head = format!("{head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n");
        let answer = greedy.exchange(head.as_bytes(), true);
        let answer = Response::read(answer.as_slice(), "POST").unwrap();
        (answer.status == 429).then_some(())
    });
}

#[test]
fn without_the_setting_nobody_is_refused() {
    let daemon = Daemon::start();
    let client = daemon.tcp_as("any", "a", "reader");
    for _ in 0..300 {
        client.get("/v1/availability_zones").expect(200);
    }
}
