//! Client certificates: whom a subject stands for, and who gets no further than the handshake.
#![cfg(test)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use nix::sys::signal::Signal;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose};
use serde_json::{Value, json};

use crate::common::daemon::{Daemon, Surroundings, loopback};
use crate::common::events::Events;
use crate::common::http::Client;
use crate::common::skip::skip;
use crate::common::tls::{Authority, Http2, settings};
use crate::common::wait::until;
use crate::contract_site::{refused, text};

const CI: &str = "CN=ci,O=Example";
const NOBODY: &str = "there is no token for the client certificate of CN=ci,O=Example";

/// A daemon whose clients may show certificates of one authority: `ca.pem` is for them to believe in, `clients.pem` what the
/// daemon believes in, `ci.pem` one that it should take.
struct Site {
    servers: Authority,
    clients: Authority,
    daemon: Daemon,
}

impl Site {
    fn start() -> Self {
        let (servers, clients) = (Authority::new(), Authority::new());
        let made = Daemon::with_surroundings("", |directory| {
            servers.sign_into(directory, &["localhost", &loopback().to_string()]);
            servers.write_to(&directory.join("ca.pem"));
            clients.write_to(&directory.join("clients.pem"));
            clients.sign_client(&directory.join("ci.pem"), "ci", |_| {});
            let file = directory.join("clients.pem");
            Ok(Surroundings {
                api: format!("{}\ntls_client_ca = {file:?}", settings(directory)),
                ..Surroundings::default()
            })
        });
        Self {
            servers,
            clients,
            daemon: made.unwrap(),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.daemon.directory().join(name)
    }

    /// A client in HTTP/1.1 that shows the certificate in a file.
    fn client(&self, file: &str) -> Client {
        let config = self.servers.showing("http/1.1", &self.file(file));
        Client::tls(self.daemon.tcp_address(), config)
    }

    /// Makes a token for the subject of `ci.pem`; gives its path.
    fn make(&self, more: Value) -> String {
        let mut body = json!({
            "user_id": "ci", "project_id": "web", "role": "reader", "certificate_subject": CI,
        });
        for (field, value) in more.as_object().unwrap() {
            body[field] = value.clone();
        }
        let admin = self.daemon.unix();
        let made = admin.post("/v1/tokens", &body).expect(201).json();
        assert!(made.get("token").is_none(), "{made}");
        assert_eq!(made["certificate_subject"], CI);
        format!("/v1/tokens/{}", text(&made["uuid"]))
    }

    fn curl(&self, words: &[&str], path: &str) -> Option<Output> {
        if Command::new("curl").arg("--version").output().is_err() {
            skip("there is no curl");
            return None;
        }
        let url = format!("https://{}{path}", self.daemon.tcp_address());
        let mut curl = Command::new("curl");
        curl.args([
            "-sS",
            "-q",
            "-o",
            "/dev/null",
            "-w",
            "%{http_version} %{http_code}",
        ]);
        curl.arg("--cacert").arg(self.file("ca.pem"));
        Some(curl.args(words).arg(url).output().unwrap())
    }
}

#[test]
fn curl_with_a_certificate_has_the_rights_of_the_token_for_its_subject() {
    let site = Site::start();
    let place = site.make(json!({}));
    let file = site.file("ci.pem").display().to_string();
    for (version, spoken) in [("--http1.1", "1.1"), ("--http2", "2")] {
        for (path, status) in [("/v1/types", 200), ("/v1/nodes", 403)] {
            let Some(ended) = site.curl(&[version, "--cert", &file], path) else {
                return;
            };
            let said = String::from_utf8_lossy(&ended.stdout);
            assert_eq!(said, format!("{spoken} {status}"), "{ended:?}");
        }
        let bare = site.curl(&[version], "/v1/types").unwrap();
        let said = String::from_utf8_lossy(&bare.stdout);
        assert_eq!(said, format!("{spoken} 401"), "{bare:?}");
    }
    let shown = site.daemon.unix().get(&place).expect(200).json();
    assert_eq!(shown["last_used_from"], "127.0.0.1");
    assert!(shown.get("token").is_none() && shown["last_used_at"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_a_subject_is_like_any_other_and_its_end_counts_on_open_connections() {
    let site = Site::start();
    let address = site.daemon.tcp_address();
    let config = site.servers.showing("h2", &site.file("ci.pem"));
    let mut open = Http2::over(address, config, None).await;
    let message = open.send("GET", "/v1/types", b"").await.expect_error(401);
    assert!(message.starts_with(NOBODY), "{message}");
    let admin = site.daemon.unix();
    for more in [
        json!({}),
        json!({"networks": ["127.0.0.0/8"]}),
        json!({"expires_at": "2999-01-31T00:00:00+00:00"}),
    ] {
        let place = site.make(more);
        open.send("GET", "/v1/types", b"").await.expect(200);
        let events = Events::open(&site.client("ci.pem"), "/v1/events");
        admin.delete(&place).expect(204);
        open.send("GET", "/v1/types", b"").await.expect_error(401);
        until("the stream to end", || events.has_ended().then_some(()));
    }
    let place = site.make(json!({"networks": ["10.0.0.0/8"]}));
    let elsewhere = open.send("GET", "/v1/types", b"").await.expect_error(401);
    assert_eq!(elsewhere, message);
    assert!(site.daemon.log().contains("does not work from there"));
    admin.delete(&place).expect(204);

    let soon = ostler::time::now().plus(Duration::from_secs(3));
    site.make(json!({ "expires_at": soon }));
    open.send("GET", "/v1/types", b"").await.expect(200);
    let events = Events::open(&site.client("ci.pem"), "/v1/events");
    until("the stream to end", || events.has_ended().then_some(()));
    open.send("GET", "/v1/types", b"").await.expect_error(401);
    // It would not do for the certificate to go on as somebody else.
    let taken = json!({
        "user_id": "other", "project_id": "p", "role": "admin", "certificate_subject": CI,
    });
    refused(admin.post("/v1/tokens", &taken), 409, CI);
    for bad in ["", "ci", "CN=ci, O=Example"] {
        let mut body = taken.clone();
        body["certificate_subject"] = json!(bad);
        refused(admin.post("/v1/tokens", &body), 400, "certificate_subject");
    }
}

#[test]
fn a_token_that_is_given_counts_instead_and_a_web_page_needs_one() {
    let site = Site::start();
    site.make(json!({}));
    let client = site.client("ci.pem");
    client.get("/v1/nodes").expect_error(403);
    let token = site.daemon.token("root", "default", "admin");
    client.with_token(&token).get("/v1/nodes").expect(200);
    client.with_token("bad").get("/v1/types").expect_error(401);
    let page = client.with("Origin", "https://evil.example");
    let message = page.get("/v1/types").expect_error(401);
    assert!(message.contains("web page"), "{message}");
    page.with_token(&token).get("/v1/nodes").expect(200);
    // The subject is no secret: it signs nobody in by itself.
    let bare = Client::tls(
        site.daemon.tcp_address(),
        site.servers.trusted(&["http/1.1"]),
    );
    bare.with_token(CI).get("/v1/types").expect_error(401);
    bare.get("/v1/types").expect_error(401);
}

/// Makes a certificate end so many seconds from now.
fn ends_in(secs: u64) -> impl FnOnce(&mut CertificateParams) {
    let end = ostler::time::now().plus(Duration::from_secs(secs));
    let since_epoch = Duration::from_micros(end.as_micros().try_into().unwrap());
    move |params| params.not_after = rcgen::date_time_ymd(1970, 1, 1) + since_epoch
}

#[test]
fn who_has_no_certificate_for_clients_of_a_known_authority_gets_no_further_than_the_handshake() {
    let site = Site::start();
    site.make(json!({}));
    site.client("ci.pem").get("/v1/types").expect(200);
    let sign = |authority: &Authority, change: &dyn Fn(&mut CertificateParams)| {
        authority.sign_client(&site.file("other.pem"), "ci", change);
        site.client("other.pem").try_send("GET", "/v1/types", None)
    };
    let for_servers = |params: &mut CertificateParams| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    };
    let long_ago = |params: &mut CertificateParams| {
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    };
    let not_yet = |params: &mut CertificateParams| {
        params.not_before = rcgen::date_time_ymd(2500, 1, 1);
    };
    let for_anything = |params: &mut CertificateParams| params.extended_key_usages = Vec::new();
    for (what, outcome) in [
        ("another authority", sign(&Authority::new(), &|_| {})),
        ("the authority of servers", sign(&site.servers, &|_| {})),
        ("for servers", sign(&site.clients, &for_servers)),
        ("long ago", sign(&site.clients, &long_ago)),
        ("not yet", sign(&site.clients, &not_yet)),
    ] {
        assert!(outcome.is_err(), "{what}: {outcome:?}");
    }
    let answer = sign(&site.clients, &for_anything).unwrap();
    answer.expect(200);
    // Without any it is as ever.
    let config = site.servers.trusted(&["http/1.1"]);
    let bare = Client::tls(site.daemon.tcp_address(), config);
    let token = site.daemon.token("root", "default", "admin");
    bare.with_token(&token).get("/v1/nodes").expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_ends_while_its_connection_is_open_counts_no_more() {
    let site = Site::start();
    site.make(json!({}));
    let file = site.file("soon.pem");
    site.clients.sign_client(&file, "ci", ends_in(5));
    let config = site.servers.showing("h2", &file);
    let mut open = Http2::over(site.daemon.tcp_address(), config, None).await;
    open.send("GET", "/v1/types", b"").await.expect(200);
    let events = Events::open(&site.client("soon.pem"), "/v1/events");
    until("the stream to end", || events.has_ended().then_some(()));
    let message = open.send("GET", "/v1/types", b"").await.expect_error(401);
    assert!(message.contains("expired"), "{message}");
}

#[test]
fn other_authorities_of_clients_are_taken_over_by_a_reload_and_bad_ones_are_not() {
    let site = Site::start();
    site.make(json!({}));
    let new = Authority::new();
    new.sign_client(&site.file("new.pem"), "ci", |_| {});
    let is_served = |file: &str| {
        let sent = site.client(file).try_send("GET", "/v1/types", None);
        sent.is_ok_and(|answer| answer.status == 200)
    };
    assert!(is_served("ci.pem") && !is_served("new.pem"));
    new.write_to(&site.file("clients.pem"));
    site.daemon.signal(Signal::SIGHUP);
    until("the new authority", || is_served("new.pem").then_some(()));
    assert!(!is_served("ci.pem"));
    fs::write(site.file("clients.pem"), "no certificate").unwrap();
    site.daemon.signal(Signal::SIGHUP);
    until("the bad file to be noticed", || {
        site.daemon
            .log()
            .contains("certificate not taken over: going on with the old one")
            .then_some(())
    });
    assert!(site.daemon.log().contains("clients.pem"));
    assert!(is_served("new.pem") && !is_served("ci.pem"));
}

/// Runs `ostler` over TLS.
fn ostler(site: &Site, words: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ostler"))
        .args(["--url", &format!("https://{}", site.daemon.tcp_address())])
        .arg("--ca-file")
        .arg(site.file("ca.pem"))
        .args(words)
        .env_remove("OSTLER_TOKEN")
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

#[test]
fn ostler_signs_in_with_a_certificate_and_makes_tokens_for_subjects() {
    let site = Site::start();
    let admin = site.daemon.token("root", "default", "admin");
    let words = [
        "--project",
        "web",
        "token",
        "create",
        "--user",
        "ci",
        "--role",
        "reader",
    ];
    let words = [&words[..], &["--certificate-subject", CI]].concat();
    let made = ostler(&site, &words, &[("OSTLER_TOKEN", &admin)]);
    assert!(made.status.success(), "{made:?}");
    let uuid = String::from_utf8(made.stdout).unwrap();
    let shown = site
        .daemon
        .unix()
        .get(&format!("/v1/tokens/{}", uuid.trim()));
    assert_eq!(shown.expect(200).json()["certificate_subject"], CI);

    let both = site.file("ci.pem").display().to_string();
    let list = ["--json", "type", "list"];
    let by_option = ostler(&site, &[&["--cert", &both], &list[..]].concat(), &[]);
    let by_variable = ostler(
        &site,
        &list,
        &[("OSTLER_CERT", &both), ("OSTLER_KEY", &both)],
    );
    for ended in [by_option, by_variable] {
        assert!(ended.status.success(), "{ended:?}");
        assert_eq!(ended.stdout, b"[]\n");
    }
    let fails = |file: &str, code: i32, says: &str| {
        let file = site.file(file).display().to_string();
        let ended = ostler(&site, &list, &[("OSTLER_CERT", &file)]);
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(code), "{said}");
        assert!(said.contains(says), "{said}");
    };
    Authority::new().sign_client(&site.file("other.pem"), "ci", |_| {});
    fails("other.pem", 6, "api.tls_client_ca");
    fails("ca.pem", 2, "private key");
    fails("nothing.pem", 2, "nothing.pem");
}
