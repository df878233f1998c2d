//! After a run with known secrets, everything that the daemon leaves or says is searched for them, in all usual forms.
#![cfg(test)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use ostler::sim::{SimBmcConfig, SimUser};
use serde_json::{Value, json};

use crate::common::bench::bmc_settings;
use crate::common::daemon::{Daemon, Surroundings};
use crate::common::http::{Client, Response};
use crate::common::sim::SimRack;
use crate::common::wait::until;
use crate::contract_site::text;

const PASSWORD: &str = "Kestrel-Passw0rd";
const WRONG_PASSWORD: &str = "Kestrel-Wr0ng-1";
const KG: &str = "Kestrel-KG-key-99";
const HOOK: &str = "Kestrel-webhook-secret-4711";
const MISPLACED: &str = "Kestrel-misplaced-31337";
const NUMBER: u64 = 918_273_645_546;

/// Secrets by name, each in the forms that something could have written it in.
struct Secrets(Vec<(String, Vec<Vec<u8>>)>);

impl Secrets {
    fn add(&mut self, name: &str, secret: &[u8]) {
        let mut forms = vec![
            secret.to_vec(),
            hex(secret).into_bytes(),
            hex(secret).to_uppercase().into_bytes(),
            secret.iter().flat_map(|byte| [*byte, 0]).collect(),
        ];
        // As it stands in the middle of something longer, at each of the three ways in which base64 can cut it.
        for shift in 0..3 {
            let padded = [&vec![0; shift], secret].concat();
            let encoded = base64(&padded);
            let whole = encoded.len() - usize::from(!encoded.len().is_multiple_of(4));
            forms.push(encoded.as_bytes()[(shift * 4).div_ceil(3)..whole].to_vec());
        }
        self.0.push((name.to_owned(), forms));
    }

    /// The secrets that something holds.
    fn found_in(&self, what: &[u8]) -> Vec<&str> {
        let holds = |form: &Vec<u8>| what.windows(form.len()).any(|part| part == form);
        let found = self.0.iter().filter(|(_, forms)| forms.iter().any(holds));
        found.map(|(name, _)| name.as_str()).collect()
    }

    #[track_caller]
    fn assert_not_in(&self, place: &str, what: &[u8]) {
        let found = self.found_in(what);
        assert!(found.is_empty(), "{found:?} in {place}");
    }

    /// Every file below a directory; the key's own one is where it belongs.
    #[track_caller]
    fn assert_not_in_files(&self, directory: &Path) -> usize {
        let mut searched = 0;
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                searched += self.assert_not_in_files(&path);
            } else if !path.ends_with("credentials.key")
                && let Ok(bytes) = fs::read(&path)
            {
                self.assert_not_in(&path.display().to_string(), &bytes);
                searched += 1;
            }
        }
        searched
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Without the padding at the end.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<u8> = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1))
        .collect();
    let digit = |bits: &[u8]| {
        let value = (0..6).fold(0, |value, bit| {
            value << 1 | bits.get(bit).copied().unwrap_or(0)
        });
        char::from(DIGITS[usize::from(value)])
    };
    bits.chunks(6).map(digit).collect()
}

/// Clients whose answers are searched.
struct Run<'a> {
    daemon: &'a Daemon,
    secrets: Secrets,
}

impl Run<'_> {
    #[track_caller]
    fn send(&self, client: &Client, method: &str, path: &str, body: &[u8]) -> Response {
        let answer = client.send(method, path, (!body.is_empty()).then_some(body));
        let all = format!(
            "{:?}{}",
            answer.headers,
            String::from_utf8_lossy(&answer.body)
        );
        self.secrets
            .assert_not_in(&format!("the answer to {method} {path}"), all.as_bytes());
        answer
    }

    /// What the command line prints, on both outputs.
    fn ostler(&self, args: &[&str]) {
        let output = Command::new(env!("CARGO_BIN_EXE_ostler"))
            .arg("--socket")
            .arg(self.daemon.directory().join("ostler.sock"))
            .args(args)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let all = [output.stdout, output.stderr].concat();
        self.secrets
            .assert_not_in(&format!("what ostler {args:?} prints"), &all);
    }
}

/// A daemon that logs all that it can.
fn daemon(format: &str) -> Daemon {
    let api = format!(
        "failed_sign_ins_per_min = 10000\n[log]\nlevel = \"trace\"\nformat = \"{format}\"\n"
    );
    let usual = |_: &Path| {
        Ok(Surroundings {
            api,
            ..Surroundings::default()
        })
    };
    Daemon::with_surroundings("poll_interval_secs = 1\n", usual).unwrap()
}

fn rack() -> (SimRack, Value) {
    let mut config = SimBmcConfig::new("n");
    config.users = vec![SimUser::administrator("boss", PASSWORD)];
    config.kg = Some(KG.as_bytes().to_vec());
    let (rack, bmc) = SimRack::one(config);
    let mut settings = bmc_settings(&bmc);
    for (field, value) in [("username", "boss"), ("password", PASSWORD), ("kg", KG)] {
        settings[field] = json!(value);
    }
    (rack, settings)
}

/// Bodies with secrets where none belongs, or in a form that is none.
fn misplaced_bodies(bmc: &Value, token: &str) -> Vec<(&'static str, &'static str, Value)> {
    let with = |field: &str, value: Value| {
        let mut bmc = bmc.clone();
        bmc[field] = value;
        json!({"name": "other", "bmc": bmc})
    };
    let hook = json!({"name": "h", "url": 1, "secret": HOOK});
    let op = |op: &str, path: &str, value: Value| json!([{"op": op, "path": path, "value": value}]);
    let long = format!("{PASSWORD}{PASSWORD}");
    vec![
        ("POST", "/v1/nodes", with("password", json!(long))),
        ("POST", "/v1/nodes", with("password", json!(NUMBER))),
        ("POST", "/v1/nodes", with("kg", json!(format!("0x{KG}")))),
        ("POST", "/v1/nodes", with("colour", json!(1))),
        (
            "PATCH",
            "/v1/nodes/n",
            op("replace", "/bmc/password", json!(long)),
        ),
        (
            "PATCH",
            "/v1/nodes/n",
            op("replace", "/bmc/password", json!([PASSWORD])),
        ),
        (
            "PATCH",
            "/v1/nodes/n",
            op("replace", "/bmc", json!({"password": PASSWORD})),
        ),
        (
            "PATCH",
            "/v1/nodes/n",
            op("frob", "/bmc/password", json!(PASSWORD)),
        ),
        ("POST", "/v1/nodes", with("password", json!([PASSWORD]))),
        ("POST", "/v1/nodes", with("password", json!({PASSWORD: 1}))),
        ("POST", "/v1/nodes", with("port", json!("x"))),
        ("POST", "/v1/nodes", with("kg", json!([KG]))),
        (
            "POST",
            "/v1/nodes",
            json!({"name": "other", "bmc": PASSWORD}),
        ),
        ("POST", "/v1/nodes", json!([bmc])),
        (
            "PATCH",
            "/v1/nodes/n",
            op("test", "/bmc/password", json!(PASSWORD)),
        ),
        (
            "PATCH",
            "/v1/nodes/n",
            op("replace", "/bmc/password", json!(7)),
        ),
        (
            "PATCH",
            "/v1/nodes/n",
            op("replace", "/bmc", json!({"kg": KG, "x": 1})),
        ),
        ("POST", "/v1/webhooks", hook),
        (
            "POST",
            "/v1/webhooks",
            json!({"name": "h", "url": "http://x/", "secret": [HOOK]}),
        ),
        (
            "POST",
            "/v1/tokens",
            json!({"user_id": "u", "project_id": "p", "role": "reader", "token": token}),
        ),
    ]
}

/// Sends secrets where none belongs.
fn misplace(run: &Run<'_>, client: &Client, bmc: &Value, token: &str) {
    for (method, path, body) in misplaced_bodies(bmc, token) {
        let body = body.to_string();
        let status = run.send(client, method, path, body.as_bytes()).status;
        assert!(
            (400..500).contains(&status),
            "{status}: {method} {path} {body}"
        );
        // Cut off in the middle it is no JSON.
        run.send(client, method, path, &body.as_bytes()[..body.len() - 1]);
    }
    for path in [
        format!("/v1/nodes?password={MISPLACED}"),
        format!("/v1/nodes?limit={MISPLACED}x"),
    ] {
        // Who sends a wrong parameter may be told its value; nobody else is.
        client.send("GET", &path, None);
    }
    let (start, last) = token.split_at(token.len() - 1);
    let misspelled = format!("{start}{}", if last == "0" { "1" } else { "0" });
    for (name, value) in [
        ("X-Auth-Token", MISPLACED.to_owned()),
        ("X-Auth-Token", misspelled),
        ("Authorization", format!("Basic {MISPLACED}")),
        ("Authorization", format!("Bearer {MISPLACED}")),
        ("Cookie", format!("token={MISPLACED}")),
    ] {
        let client = run.daemon.tcp().with(name, &value);
        assert_eq!(run.send(&client, "GET", "/v1/nodes", b"").status, 401);
    }
    // Tokens where their ids belong: the client hears of it, the log does not.
    client.send("DELETE", &format!("/v1/tokens/{token}"), None);
    client.send("PATCH", &format!("/v1/nodes/{token}"), Some(b"[]"));
}

/// Everything that shows what was stored.
fn look_around(run: &Run<'_>, client: &Client) {
    for path in [
        "/v1/nodes",
        "/v1/nodes/n",
        "/v1/nodes/n/states",
        "/v1/nodes/n/tasks",
        "/v1/nodes/n/health",
        "/v1/tokens",
        "/v1/webhooks",
        "/v1/webhooks/hook",
        "/metrics",
        "/v1/health",
        "/readyz",
        "/openapi.yaml",
    ] {
        run.send(client, "GET", path, b"").expect(200);
    }
    let json = client.with("Accept", "application/json");
    run.send(&json, "GET", "/v1/events", b"").expect(200);
    run.send(&json, "GET", "/v1/events?kind=audit", b"")
        .expect(200);
    for args in [
        &["node", "list"][..],
        &["node", "show", "n"],
        &["--json", "node", "show", "n"],
        &["token", "list"],
        &["--json", "webhook", "list"],
        &["--json", "events", "--kind", "audit"],
        &["node", "show", "nobody"],
        &["--token-file", "/dev/null", "node", "list"],
    ] {
        run.ostler(args);
    }
}

#[test]
fn no_secret_is_anywhere_in_any_usual_form() {
    for format in ["plain", "json"] {
        let (_rack, bmc) = rack();
        let daemon = daemon(format);
        let mut run = Run {
            daemon: &daemon,
            secrets: Secrets(Vec::new()),
        };
        for (name, secret) in [
            ("the password", PASSWORD),
            ("the wrong password", WRONG_PASSWORD),
            ("K_G", KG),
            ("the webhook's secret", HOOK),
            ("what was misplaced", MISPLACED),
            ("a password that is a number", &NUMBER.to_string()),
        ] {
            run.secrets.add(name, secret.as_bytes());
        }
        let key = fs::read(daemon.directory().join("state/credentials.key")).unwrap();
        run.secrets.add("the sealing key", &key);
        let admin = daemon.unix();
        let token = daemon.token("root", "default", "admin");
        // Its last digit is in the misspelled one too, and the prefix in all.
        run.secrets.add(
            "the token",
            &token.as_bytes()["ostler_".len()..token.len() - 1],
        );

        let node = json!({"name": "n", "bmc": bmc});
        run.send(&admin, "POST", "/v1/nodes", node.to_string().as_bytes())
            .expect(201);
        let hook = json!({"name": "hook", "url": "http://127.0.0.1:9/", "secret": HOOK});
        run.send(&admin, "POST", "/v1/webhooks", hook.to_string().as_bytes())
            .expect(201);
        let wait = |field: &str, value: &Value| {
            until(&format!("{field} to be {value}"), || {
                let node = admin.get("/v1/nodes/n").expect(200).json();
                (node[field] == *value || (value == "something" && node[field].is_string()))
                    .then_some(())
            });
        };
        wait("power_state", &json!("power off"));
        let order = json!({"target": "on"}).to_string();
        run.send(&admin, "PUT", "/v1/nodes/n/states/power", order.as_bytes())
            .expect(202);
        wait("power_state", &json!("power on"));
        let remote = daemon.tcp().with_token(&token);
        for client in [&remote, &admin] {
            misplace(&run, client, &bmc, &token);
            look_around(&run, client);
        }
        let wrong = json!([{"op": "replace", "path": "/bmc/password", "value": WRONG_PASSWORD}]);
        run.send(
            &remote,
            "PATCH",
            "/v1/nodes/n",
            wrong.to_string().as_bytes(),
        )
        .expect(200);
        wait("last_error", &json!("something"));
        look_around(&run, &remote);

        let proc = format!("/proc/{}", daemon.pid());
        for file in ["cmdline", "environ"] {
            run.secrets
                .assert_not_in(file, &fs::read(format!("{proc}/{file}")).unwrap());
        }
        let copy = daemon.directory().join("copy.db");
        run.ostler(&["backup", copy.to_str().unwrap()]);
        assert!(fs::metadata(&copy).unwrap().len() > 0);
        let log = daemon.log();
        assert!(
            log.contains("TRACE") && log.contains("PATCH /v1/nodes/{ident}"),
            "the log is on"
        );
        let searched = run.secrets.assert_not_in_files(daemon.directory());
        // Settings, log, database with its two companions, and the backup.
        assert!(searched >= 6, "{searched}");
        assert!(text(&admin.get("/v1/nodes/n").json()["bmc"]["password"]).starts_with('*'));
    }
}

/// The search itself: it finds a secret that was planted, in each form, wherever it stands.
#[test]
fn a_planted_secret_is_found_in_each_form() {
    let mut secrets = Secrets(Vec::new());
    secrets.add("it", PASSWORD.as_bytes());
    for before in ["", "a", "ab", "abc", "abcd"] {
        let plain = format!("{before}{PASSWORD} and more");
        let utf16: Vec<u8> = plain.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for text in [
            plain.clone().into_bytes(),
            hex(plain.as_bytes()).into_bytes(),
            hex(plain.as_bytes()).to_uppercase().into_bytes(),
            base64(plain.as_bytes()).into_bytes(),
            utf16,
        ] {
            assert_eq!(
                secrets.found_in(&text),
                ["it"],
                "{}",
                String::from_utf8_lossy(&text)
            );
        }
        secrets.assert_not_in("text", plain.replace('-', "_").as_bytes());
    }
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("state")).unwrap();
    fs::write(
        directory.path().join("state/ostler.db"),
        format!("x{PASSWORD}y"),
    )
    .unwrap();
    let found = std::panic::catch_unwind(|| secrets.assert_not_in_files(directory.path()));
    assert!(found.is_err());
}
