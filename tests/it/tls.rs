//! TLS: both versions of HTTP over it, plain HTTP on the same port, and new certificates.

#![expect(
    clippy::unwrap_used,
    reason = "what goes wrong in here is the test's failure"
)]

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};
use std::sync::Arc;

use http_body_util::BodyExt as _;
use nix::ifaddrs::getifaddrs;
use nix::sys::signal::Signal;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, SupportedProtocolVersion};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::common::daemon::{Daemon, Surroundings, loopback, register_node};
use crate::common::http::{Client, Response};
use crate::common::sim::SimRack;
use crate::common::skip::skip;
use crate::common::tls::{Authority, Http2, connect, settings, write_key};
use crate::common::wait::{PATIENCE, until};
use crate::contract_site::{healthy, text};

/// A request that leaves its connection open.
const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

/// What a client relies on, without what is new with each answer.
fn gist(answer: Response) -> (u16, Vec<(String, String)>, String) {
    let mut headers: Vec<_> = answer
        .headers
        .into_iter()
        .filter(|(name, _)| {
            !["date", "x-openstack-request-id", "connection"].contains(&name.as_str())
        })
        .collect();
    headers.sort();
    let body = String::from_utf8(answer.body).unwrap();
    let id = body.find("req-").map(|at| body[at..at + 40].to_owned());
    let body = id.map_or(body.clone(), |id| body.replace(&id, "req-"));
    (answer.status, headers, body)
}

#[tokio::test(flavor = "multi_thread")]
async fn both_versions_of_http_answer_the_same_with_links_of_https() {
    let authority = Authority::new();
    let daemon = authority.daemon(Vec::new(), "");
    let address = daemon.tcp_address();
    let token = daemon.token("root", "default", "admin");
    let one = authority.admin(&daemon);
    let mut two = Http2::connect(address, &authority, &token).await;
    for name in ["a", "b"] {
        one.post("/v1/types", &json!({"name": name})).expect(201);
    }
    let first = one.get("/v1/types").expect(200).json()["types"][0].clone();
    let uuid = text(&first["uuid"]);
    let own = format!("/v1/types/{uuid}");
    let large = vec![b' '; 3 << 20];
    let cases: [(&str, &str, &[u8]); 11] = [
        ("GET", "/v1", b""),
        ("GET", &own, b""),
        ("HEAD", &own, b""),
        ("GET", "/v1/types?limit=1", b""),
        ("HEAD", "/v1/types", b""),
        ("GET", "/healthz", b""),
        ("GET", "/v1/nothing", b""),
        ("TRACE", "/v1/types", b""),
        ("POST", "/v1/types", b"{"),
        ("POST", "/v1/types", br#"{"name": "a"}"#),
        ("POST", "/v1/types", &large),
    ];
    for (method, path, body) in cases {
        let sent = (method != "GET" && method != "HEAD").then_some(body);
        let expected = gist(one.send(method, path, sent));
        let answer = gist(two.send(method, path, body).await);
        assert_eq!(answer, expected, "{method} {path}");
    }
    assert_eq!(two.send("POST", "/v1/types", &large).await.status, 413);

    let base = format!("https://{address}");
    let shown = two.send("GET", &own, b"").await.expect(200).json();
    assert_eq!(shown["links"][0]["href"], format!("{base}{own}"));
    let page = two.send("GET", "/v1/types?limit=1", b"").await.json();
    let next = text(&page["types_links"][0]["href"]);
    assert!(next.starts_with(&format!("{base}/v1/types?")), "{next}");
    let made = two.send("POST", "/v1/types", br#"{"name": "c"}"#).await;
    let location = made.header("location").unwrap();
    assert!(
        location.starts_with(&format!("{base}/v1/types/")),
        "{location}"
    );
    // The name that the client used, not the one in the certificate.
    let named = one.with("Host", "rack7.example").get(&own).json();
    assert_eq!(
        named["links"][0]["href"],
        format!("https://rack7.example{own}")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_http_2_connection_serves_many_requests_at_a_time() {
    let authority = Authority::new();
    let daemon = authority.daemon(Vec::new(), "");
    let token = daemon.token("root", "default", "admin");
    let mut client = Http2::connect(daemon.tcp_address(), &authority, &token).await;
    // One that waits for what never happens must not hold up the others.
    let mut stream = client.open("GET", "/v1/events", b"").await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    stream.body_mut().frame().await.unwrap().unwrap();
    for index in 0..200 {
        let body = format!("{{\"name\": \"t{index}\"}}");
        let made = client.send("POST", "/v1/types", body.as_bytes()).await;
        made.expect(201);
    }
    let types = client
        .send("GET", "/v1/types", b"")
        .await
        .expect(200)
        .json();
    assert_eq!(types["types"].as_array().unwrap().len(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_daemon_is_the_end_of_a_stream_and_no_break() {
    let authority = Authority::new();
    let mut daemon = authority.daemon(Vec::new(), "");
    let token = daemon.token("root", "default", "admin");
    let mut client = Http2::connect(daemon.tcp_address(), &authority, &token).await;
    let mut stream = client.open("GET", "/v1/events", b"").await.unwrap();
    stream.body_mut().frame().await.unwrap().unwrap();
    // One that sits there, in the other version.
    let alpn = authority.trusted(&["http/1.1"]);
    let mut idle = connect(daemon.tcp_address(), alpn).await.unwrap();
    idle.write_all(HEALTH).await.unwrap();
    read_answer(&mut idle).await;
    assert!(daemon.stop());
    // Nothing had to be dropped: the drain has ten seconds.
    assert!(
        !daemon.log().contains("did not end in time"),
        "{}",
        daemon.log()
    );
    while let Some(frame) = stream.body_mut().frame().await {
        frame.unwrap();
    }
    // TLS says goodbye: an end without it is an error here.
    assert_eq!(idle.read_to_end(&mut Vec::new()).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_chooses_the_version_and_may_not_care() {
    let authority = Authority::new();
    let daemon = authority.daemon(Vec::new(), "");
    let offers: [(&[&str], Option<&str>); 4] = [
        (&["http/1.1"], Some("http/1.1")),
        (&["h2"], Some("h2")),
        (&["http/1.1", "h2"], Some("h2")),
        (&[], None),
    ];
    for (offered, chosen) in offers {
        let stream = connect(daemon.tcp_address(), authority.trusted(offered)).await;
        let stream = stream.unwrap();
        let alpn = stream.get_ref().1.alpn_protocol();
        assert_eq!(alpn, chosen.map(str::as_bytes), "{offered:?}");
    }
    connect(daemon.tcp_address(), authority.trusted(&["ftp"]))
        .await
        .unwrap_err();
    let silent = Client::tls(daemon.tcp_address(), authority.trusted(&[]));
    silent.get("/healthz").expect(200);
    // Nothing is served without credentials here either.
    silent.get("/v1/types").expect_error(401);
}

#[test]
fn requests_follow_each_other_over_tls_and_the_client_may_say_that_it_has_no_more() {
    let authority = Authority::new();
    let daemon = authority.daemon(Vec::new(), "");
    let admin = authority.admin(&daemon);
    let mut requests = String::new();
    for method in ["GET", "HEAD"].into_iter().cycle().take(20) {
        let head = admin.head(method, "/v1/types");
        requests += &head.replace("Connection: close\r\n", "");
        requests += "\r\n";
    }
    let answers = admin.exchange(requests.as_bytes(), true);
    let answers = String::from_utf8(answers).unwrap();
    assert_eq!(
        answers.matches("HTTP/1.1 200 OK\r\n").count(),
        20,
        "{answers}"
    );
    assert_eq!(answers.matches("{\"types\":[]}").count(), 10, "{answers}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_1_2_and_1_3_are_spoken() {
    let authority = Authority::new();
    let daemon = authority.daemon(Vec::new(), "");
    let versions: [&[&SupportedProtocolVersion]; 2] = [&[&TLS12], &[&TLS13]];
    for version in versions {
        let client = ClientConfig::builder_with_protocol_versions(version)
            .with_root_certificates(authority.roots())
            .with_no_client_auth();
        let stream = connect(daemon.tcp_address(), Arc::new(client))
            .await
            .unwrap();
        let spoken = stream.get_ref().1.protocol_version().unwrap();
        assert_eq!(spoken, version[0].version);
    }
}

/// An address of this machine that is not loopback, with a port that is free now.
fn address_for_others() -> Option<SocketAddr> {
    let addresses = getifaddrs().unwrap().filter_map(|interface| {
        let address = interface.address?;
        Some(address.as_sockaddr_in()?.ip())
    });
    let ip = addresses
        .into_iter()
        .find(|ip: &Ipv4Addr| !ip.is_loopback())?;
    let listener = std::net::TcpListener::bind((ip, 0)).unwrap();
    Some(listener.local_addr().unwrap())
}

#[test]
fn plain_http_on_a_port_of_tls_is_for_this_machine_alone() {
    let Some(outside) = address_for_others() else {
        return skip("this machine has no address but loopback");
    };
    let authority = Authority::new();
    // Whatever was allowed before there was a certificate.
    let daemon = authority.daemon(vec![outside], "allow_insecure_tcp = true");
    let token = daemon.token("root", "default", "admin");
    let inside = daemon.tcp().with_token(&token);
    let types = inside.get("/v1/types").expect(200).json();
    assert_eq!(types["types"], json!([]));
    let made = inside.post("/v1/types", &json!({"name": "a"})).expect(201);
    assert!(made.header("location").unwrap().starts_with("http://127."));

    let plain = Client::tcp(outside).with_token(&token);
    for (method, path) in [
        ("GET", "/v1/types"),
        ("GET", "/healthz"),
        ("GET", "/metrics"),
        ("POST", "/v1/types"),
    ] {
        let body = (method == "POST").then_some(&br#"{"name": "b"}"#[..]);
        let answer = plain.send(method, path, body);
        assert_eq!(answer.header("connection"), Some("close"));
        let message = answer.expect_error(400);
        assert!(message.contains("https://"), "{message}");
        assert!(message.contains("replace the token"), "{message}");
    }
    // It does not help to ask for more on the same connection.
    let head = plain
        .head("GET", "/v1/types")
        .replace("Connection: close\r\n", "");
    let answers = plain.exchange(format!("{head}\r\n{head}\r\n").as_bytes(), false);
    let answers = String::from_utf8(answers).unwrap();
    assert_eq!(answers.matches("HTTP/1.1 400 ").count(), 1, "{answers}");

    let trusted = authority.trusted(&["http/1.1"]);
    // The certificate is not for this address.
    let error = Client::tls(outside, trusted).try_send("GET", "/v1", None);
    assert!(error.is_err());
    let names = inside.get("/v1/types").expect(200).json();
    assert_eq!(names["types"].as_array().unwrap().len(), 1, "{names}");
    assert!(!daemon.log().contains("cross the network in clear"));
}

#[test]
fn without_tls_an_address_that_others_can_reach_is_a_warning() {
    let Some(outside) = address_for_others() else {
        return skip("this machine has no address but loopback");
    };
    let made = Daemon::with_surroundings("", |_| {
        Ok(Surroundings {
            listen: vec![outside],
            api: "allow_insecure_tcp = true".to_owned(),
            ..Surroundings::default()
        })
    });
    let daemon = made.unwrap();
    assert!(daemon.log().contains("tokens cross the network in clear"));
    let token = daemon.token("root", "default", "admin");
    let client = Client::tcp(outside).with_token(&token);
    client.get("/v1/types").expect(200);
}

#[test]
fn what_was_asked_for_over_tls_says_so() {
    let authority = Authority::new();
    let daemon = authority.daemon(Vec::new(), "");
    let rack = SimRack::start(healthy(1));
    let admin = authority.admin(&daemon);
    let bmc = rack.bmcs().next().unwrap();
    let node = register_node(&admin, "n0", &bmc);
    let states = format!("/v1/nodes/{node}/states/power");
    admin.put(&states, &json!({"target": "on"})).expect(202);
    let tasks = admin
        .get(&format!("/v1/nodes/{node}/tasks"))
        .expect(200)
        .json();
    assert_eq!(
        tasks["tasks"][0]["requested_by"]["transport"], "tls",
        "{tasks}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_taken_over_and_a_bad_one_is_not() {
    let (old, new) = (Authority::new(), Authority::new());
    let daemon = old.daemon(Vec::new(), "");
    let address = daemon.tcp_address();
    let directory = daemon.directory().to_owned();
    let alpn = ["http/1.1"];
    let mut kept = connect(address, old.trusted(&alpn)).await.unwrap();
    kept.write_all(HEALTH).await.unwrap();
    read_answer(&mut kept).await;

    new.sign_into(&directory, &[&loopback().to_string()]);
    daemon.signal(Signal::SIGHUP);
    let served_by = |authority: &Authority| {
        let client = Client::tls(address, authority.trusted(&alpn));
        client.try_send("GET", "/healthz", None).is_ok()
    };
    until("the new certificate", || served_by(&new).then_some(()));
    assert!(!served_by(&old));
    kept.write_all(HEALTH).await.unwrap();
    read_answer(&mut kept).await;

    let refused = "certificate not taken over: going on with the old one";
    let other_key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let spoils: [&dyn Fn(); 3] = [
        &|| fs::write(directory.join("cert.pem"), "no certificate").unwrap(),
        &|| {
            new.sign_into(&directory, &[&loopback().to_string()]);
            write_key(&directory, &other_key);
        },
        &|| fs::remove_file(directory.join("key.pem")).unwrap(),
    ];
    for (before, spoil) in spoils.iter().enumerate() {
        spoil();
        daemon.signal(Signal::SIGHUP);
        until("the bad certificate to be noticed", || {
            (daemon.log().matches(refused).count() > before).then_some(())
        });
        assert!(served_by(&new), "{before}");
    }
    kept.write_all(HEALTH).await.unwrap();
    read_answer(&mut kept).await;
}

/// One answer of `/healthz`.
async fn read_answer(stream: &mut (impl tokio::io::AsyncRead + Unpin)) {
    let mut answer = String::new();
    while !answer.ends_with("}") {
        let byte = tokio::time::timeout(PATIENCE, stream.read_u8()).await;
        answer.push(char::from(byte.unwrap().unwrap()));
    }
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

#[test]
fn check_and_start_name_the_file_that_cannot_be_used() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let file = directory.join("ostler.toml");
    let text = format!(
        "state_dir = {:?}\n[api]\nunix_socket = \"\"\nlisten = [\"127.0.0.1:0\"]\n{}\n",
        directory.join("state").display().to_string(),
        settings(directory)
    );
    fs::write(&file, &text).unwrap();
    let ostlerd = |words: &[&str]| -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ostlerd"));
        command
            .arg("--config")
            .arg(&file)
            .args(words)
            .output()
            .unwrap()
    };
    let both_say = |what: &str| {
        for words in [&["check"][..], &[]] {
            let ended = ostlerd(words);
            let said = String::from_utf8(ended.stderr).unwrap();
            assert!(!ended.status.success(), "{words:?}");
            assert!(said.contains(what), "{words:?} said {said}");
        }
    };
    let named = |name: &str| directory.join(name).display().to_string();
    both_say(&format!("cannot read {}", named("cert.pem")));
    fs::write(directory.join("cert.pem"), "").unwrap();
    both_say(&format!(
        "{} holds no certificate in PEM",
        named("cert.pem")
    ));
    let authority = Authority::new();
    authority.sign_into(directory, &["localhost"]);
    assert!(ostlerd(&["check"]).status.success());
    write_key(
        directory,
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    both_say(&format!("{} holds no private key", named("key.pem")));
    write_key(
        directory,
        &rcgen::KeyPair::generate().unwrap().serialize_pem(),
    );
    both_say("cannot be used; the key must be that of the first certificate");

    authority.sign_into(directory, &["localhost"]);
    fs::write(&file, text.replace("tls_key", "#tls_key")).unwrap();
    both_say(
        "ostler.toml:5:19: api.tls_certificate: TLS needs both files, and api.tls_key is not set",
    );
    fs::write(&file, text.replace(&named("key.pem"), "key.pem")).unwrap();
    let name = "key.pem is the name of a systemd credential";
    let checked = ostlerd(&["check"]);
    let said = String::from_utf8(checked.stdout).unwrap();
    assert!(checked.status.success() && said.contains(name), "{said}");
    let started = ostlerd(&[]);
    let said = String::from_utf8(started.stderr).unwrap();
    assert!(!started.status.success() && said.contains(name), "{said}");
}

#[test]
fn a_key_that_everybody_can_read_is_a_warning() {
    let authority = Authority::new();
    let mut daemon = authority.daemon(Vec::new(), "");
    let warning = "everybody on this machine can read the TLS key";
    assert!(!daemon.log().contains(warning));
    let key = daemon.directory().join("key.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(daemon.stop());
    daemon.start_again();
    assert!(daemon.log().contains(warning), "{}", daemon.log());
    authority.admin(&daemon).get("/v1").expect(200);
}
