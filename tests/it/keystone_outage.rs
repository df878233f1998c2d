//! Keystone that is down, slow, or makes no sense, and what the daemon asks it: with a server in its place that does as it is
//! told.
#![cfg(test)]

use std::fs;
use std::io::BufRead as _;
use std::process::Command;
use std::thread;

use nix::sys::signal::Signal;
use ostler::time::instant;

use crate::common::daemon::Daemon;
use crate::common::keystone_stub::{KeystoneStub, Mood, PASSWORD, token};
use crate::common::prometheus::Page;
use crate::common::tls::Authority;
use crate::common::wait::{PATIENCE, until};

fn status(daemon: &Daemon, token: &str) -> u16 {
    daemon.tcp().with_token(token).get("/v1/instances").status
}

/// A role that counts from the reload on, and a Keystone that does not count any more.
#[test]
fn a_reload_changes_roles_and_whose_tokens_count() {
    let keystone = KeystoneStub::start();
    let daemon = keystone.daemon("cache_secs = 3600\nmember_roles = []");
    let member = token("u", "member");
    assert_eq!(status(&daemon, &member), 403);
    let file = daemon.directory().join("ostler.toml");
    let before = fs::read_to_string(&file).unwrap();
    let reload = |text: &str, expected: &str| {
        fs::write(&file, text).unwrap();
        daemon.signal(Signal::SIGHUP);
        until(expected, || daemon.log().contains(expected).then_some(()));
    };
    let changed = before.replace("member_roles = []", "member_roles = [\"member\"]");
    reload(&changed, "settings taken over: auth.keystone.member_roles");
    assert_eq!(status(&daemon, &member), 200);
    let url = changed
        .lines()
        .find(|line| line.starts_with("url = "))
        .unwrap();
    let without = changed.replace(url, "url = \"\"");
    reload(&without, "settings taken over: auth.keystone.url");
    assert_eq!(status(&daemon, &member), 401);
}

#[test]
fn where_keystone_says_nothing_useful_new_tokens_get_503_and_nobody_else_notices() {
    let keystone = KeystoneStub::start();
    let daemon = keystone.daemon("cache_secs = 3600\ntimeout_secs = 3");
    let ours = daemon.token("ci", "web", "reader");
    let known = token("known", "member");
    assert_eq!(status(&daemon, &known), 200);
    let good = String::from(
        "{\"token\": {\"expires_at\": \"2099-01-01T00:00:00Z\", \"user\": {\"id\": \"u\"}}",
    );
    let moods = [
        Mood::Says(500, "{}".to_owned()),
        Mood::Says(302, "{}".to_owned()),
        Mood::Says(403, "{}".to_owned()),
        Mood::Says(200, "<html>".to_owned()),
        Mood::Says(200, good),
        Mood::Says(200, format!("{{\"token\": \"{}\"}}", "x".repeat(1 << 20))),
        Mood::Silent,
    ];
    for (number, mood) in moods.into_iter().enumerate() {
        keystone.is_now(mood.clone());
        let new = daemon
            .tcp()
            .with_token(&token(&format!("new{number}"), "admin"));
        let refused = new.get("/v1/instances").expect(503);
        assert!(refused.header("retry-after").is_some(), "{mood:?}");
        for token in [&known, &ours] {
            assert_eq!(status(&daemon, token), 200, "{mood:?}");
        }
        daemon.unix().get("/v1/nodes").expect(200);
        daemon.tcp().get("/readyz").expect(200);
    }
    keystone.is_now(Mood::Well);
    assert_eq!(status(&daemon, &token("new0", "admin")), 200);
    let log = daemon.log();
    assert!(
        log.contains("the answer was 500") && log.contains("Keystone validates tokens again"),
        "{log}"
    );
    assert_eq!(log.matches("new ones are refused with 503").count(), 1);
    assert!(!log.contains(PASSWORD) && !log.contains("gAAA") && !log.contains("own-"));
    let page = Page::of(&daemon.unix());
    for (outcome, times) in [
        ("good", 2.0),
        ("unusable", 5.0),
        ("own_user", 1.0),
        ("timed_out", 1.0),
        ("unreachable", 0.0),
    ] {
        let counted = page.sum("ostler_keystone_validations_total", &[("outcome", outcome)]);
        assert_eq!(counted, times, "{outcome}");
    }
}

#[test]
fn one_question_is_asked_for_all_requests_that_come_with_a_token_at_a_time() {
    let keystone = KeystoneStub::start();
    let daemon = keystone.daemon("cache_secs = 3600\ntimeout_secs = 60");
    assert_eq!(status(&daemon, &token("first", "reader")), 200);
    keystone.is_now(Mood::Silent);
    let same = token("same", "reader");
    thread::scope(|scope| {
        let all: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| status(&daemon, &same)))
            .collect();
        let in_flight = || Page::of(&daemon.unix()).sum("ostler_http_requests_in_flight", &[]);
        // This look at the page is one of them.
        until("all to wait", || (in_flight() >= 9.0).then_some(()));
        keystone.is_now(Mood::Well);
        for one in all {
            assert_eq!(one.join().unwrap(), 200);
        }
    });
    assert_eq!((keystone.questions(), keystone.sign_ins()), (2, 1));
    assert_eq!(status(&daemon, &same), 200);
    assert_eq!(keystone.questions(), 2);
}

#[test]
fn a_keystone_that_hangs_holds_up_nobody_else_however_many_wait_for_it() {
    let keystone = KeystoneStub::start();
    let daemon = keystone.daemon("timeout_secs = 60");
    let ours = daemon.token("ci", "web", "reader");
    assert_eq!(status(&daemon, &token("first", "reader")), 200);
    keystone.is_now(Mood::Silent);
    thread::scope(|scope| {
        let waiting: Vec<_> = (0..40)
            .map(|number| {
                let token = token(&format!("u{number}"), "reader");
                let daemon = &daemon;
                scope.spawn(move || status(daemon, &token))
            })
            .collect();
        let in_flight = || Page::of(&daemon.unix()).sum("ostler_http_requests_in_flight", &[]);
        until("all to wait", || (in_flight() >= 41.0).then_some(()));
        // One was asked before; sixteen are asked at a time.
        until("all that may be asked to be asked", || {
            (keystone.questions() == 17).then_some(())
        });
        for _ in 0..20 {
            assert_eq!(status(&daemon, &ours), 200);
            assert_eq!(status(&daemon, &token("first", "reader")), 200);
        }
        assert_eq!(keystone.questions(), 17);
        keystone.is_now(Mood::Well);
        for one in waiting {
            assert_eq!(one.join().unwrap(), 200);
        }
    });
}

#[test]
fn the_daemons_own_token_is_replaced_when_keystone_refuses_it_and_its_password_is_not_tried_again_and_again()
 {
    let keystone = KeystoneStub::start();
    let daemon = keystone.daemon("");
    assert_eq!(status(&daemon, &token("a", "reader")), 200);
    keystone.revoke("own-1");
    assert_eq!(status(&daemon, &token("b", "reader")), 200);
    assert_eq!(keystone.sign_ins(), 2);

    let file = daemon.directory().join("password");
    fs::write(&file, "a-wrong-guess").unwrap();
    keystone.revoke("own-2");
    for name in ["c", "d", "e"] {
        assert_eq!(status(&daemon, &token(name, "reader")), 503);
    }
    // A user may be locked after a few tries.
    assert_eq!(keystone.sign_ins(), 3);
    let log = daemon.log();
    assert!(
        log.contains("own user is refused (401") && !log.contains("a-wrong-guess"),
        "{log}"
    );
    // A password that is mended in its file needs no restart.
    fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    until("the daemon to sign in again", || {
        (status(&daemon, &token("c", "reader")) == 200).then_some(())
    });
    assert_eq!(keystone.sign_ins(), 4);
}

#[test]
fn whoever_guesses_tokens_soon_has_none_of_keystones_time() {
    let keystone = KeystoneStub::start();
    let daemon = keystone.daemon("cache_secs = 3600");
    let known = token("known", "reader");
    let guesser = daemon.tcp().from([127, 0, 0, 9]);
    guesser.with_token(&known).get("/v1/instances").expect(200);
    for number in 0..10 {
        let guess = guesser.with_token(&format!("guess-{number}"));
        let refused = guess.get("/v1/instances").expect(401);
        let challenges: Vec<&String> = refused
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("www-authenticate"))
            .map(|(_, value)| value)
            .collect();
        assert!(
            challenges
                .iter()
                .any(|of| of.starts_with("Keystone uri=\"http://127.0.0.1:")
                    && of.ends_with("/v3\"")),
            "{challenges:?}"
        );
    }
    let asked = keystone.questions();
    let new = token("new", "reader");
    for token in ["guess-10", &new] {
        let refused = guesser.with_token(token).get("/v1/instances").expect(429);
        assert!(refused.header("retry-after").is_some());
    }
    guesser.with_token(&known).get("/v1/instances").expect(200);
    // What cannot be a token of Keystone's is not shown to it.
    let elsewhere = daemon.tcp().from([127, 0, 0, 10]);
    for nonsense in ["", "two words", &"x".repeat(5000)] {
        let guess = elsewhere.with_token(nonsense);
        guess.get("/v1/instances").expect(401);
    }
    assert_eq!(keystone.questions(), asked);
    assert_eq!(status(&daemon, &new), 200);
}

#[test]
fn keystone_has_to_be_who_the_certificate_says() {
    let (authority, other) = (Authority::new(), Authority::new());
    let keystone = KeystoneStub::with_tls(&authority);
    for (signer, expected) in [(Some(&authority), 200), (Some(&other), 503), (None, 503)] {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("ca.pem");
        let more = signer.map_or_else(String::new, |signer| {
            signer.write_to(&file);
            format!("ca_file = {file:?}")
        });
        let daemon = keystone.daemon(&more);
        assert_eq!(status(&daemon, &token("a", "reader")), expected);
        assert_eq!(daemon.log().contains("certificate"), expected == 503);
    }
}

#[test]
fn a_stream_ends_soon_after_its_token() {
    let keystone = KeystoneStub::start();
    let daemon = keystone.daemon("cache_secs = 1");
    let token = token("a", "reader");
    let stream = daemon
        .tcp()
        .with_token(&token)
        .open("/v1/events", "text/event-stream");
    keystone.revoke(&token);
    let deadline = instant() + 2 * PATIENCE;
    for line in stream.lines() {
        line.unwrap();
        // There is a line every 15 seconds.
        assert!(instant() < deadline, "the stream goes on");
    }
    assert_eq!(status(&daemon, &token), 401);
}

#[test]
fn check_and_start_say_what_is_wrong_with_the_files_and_never_the_password() {
    let keystone = KeystoneStub::start();
    let mut daemon = keystone.daemon("");
    daemon.stop();
    let settings = daemon.directory().join("ostler.toml");
    let check = || {
        let output = Command::new(env!("CARGO_BIN_EXE_ostlerd"))
            .args(["check", "--config"])
            .arg(&settings)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    };
    let (is_good, said) = check();
    assert!(is_good && !said.contains(PASSWORD), "{said}");

    let file = daemon.directory().join("password");
    let mode = |mode| {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(0o644);
    let (is_good, said) = check();
    assert!(
        !is_good && said.contains("mode 0644") && !said.contains(PASSWORD),
        "{said}"
    );
    assert!(!daemon.try_to_start());
    fs::remove_file(&file).unwrap();
    let (is_good, said) = check();
    assert!(
        !is_good && said.contains("auth.keystone.password_file") && said.contains("No such file"),
        "{said}"
    );
}

#[test]
fn a_token_counts_on_the_socket_too_and_whose_roles_do_not_count_is_told_which_would() {
    let keystone = KeystoneStub::start();
    let daemon = keystone.daemon("member_roles = [\"member\", \"operator\"]");
    // The daemon's own user would be an admin there without it.
    let reader = daemon.unix().with_token(&token("rita", "reader"));
    reader.get("/v1/nodes").expect_error(403);
    let nobody = daemon.tcp().with_token(&token("nora", "gardener"));
    let message = nobody.get("/v1/instances").expect_error(403);
    assert!(
        message.contains("admin, member, operator, reader"),
        "{message}"
    );
    let bearer = format!("Bearer {}", token("olga", "Operator"));
    let operator = daemon.tcp().with("Authorization", &bearer);
    operator.get("/v1/instances").expect(200);
}
