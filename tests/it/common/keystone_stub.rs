//! A server that answers as Keystone does, or as it should not.

use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;

use super::daemon::{Daemon, Surroundings};
use super::served::Request;
use super::tls::Authority;

/// The password of the daemon's own user.
pub(crate) const PASSWORD: &str = "correct-horse-battery-staple";

/// How it answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mood {
    /// As Keystone does.
    Well,
    /// Not before it is in another mood.
    Silent,
    /// With this status and text, whatever is asked.
    Says(u16, String),
}

/// Gone with the process.
pub(crate) struct KeystoneStub {
    address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    mood: Mood,
    /// How often it was asked about a token.
    questions: usize,
    /// How often the daemon has signed in.
    sign_ins: usize,
    /// Tokens that are no longer good.
    revoked: Vec<String>,
}

impl KeystoneStub {
    pub(crate) fn start() -> Self {
        Self::serving(None)
    }

    /// With TLS, as 127.0.0.1.
    pub(crate) fn with_tls(authority: &Authority) -> Self {
        let directory = tempfile::tempdir().unwrap();
        authority.sign_into(directory.path(), &["127.0.0.1"]);
        let file = |name| std::fs::read(directory.path().join(name)).unwrap();
        let certificate = CertificateDer::from_pem_slice(&file("cert.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_slice(&file("key.pem")).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key);
        Self::serving(Some(Arc::new(config.unwrap())))
    }

    fn serving(tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stub = Self {
            address: listener.local_addr().unwrap(),
            scheme: if tls.is_some() { "https" } else { "http" },
            shared: Arc::new(Shared {
                state: Mutex::new(State {
                    mood: Mood::Well,
                    questions: 0,
                    sign_ins: 0,
                    revoked: Vec::new(),
                }),
                changed: Condvar::new(),
            }),
        };
        let shared = stub.shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, shared, tls) = (stream.unwrap(), shared.clone(), tls.clone());
                thread::spawn(move || match tls {
                    None => shared.serve(stream),
                    Some(tls) => {
                        let tls = ServerConnection::new(tls).unwrap();
                        shared.serve(StreamOwned::new(tls, stream));
                    }
                });
            }
        });
        stub
    }

    /// A daemon that asks this one, with these lines more in the section.
    pub(crate) fn daemon(&self, more: &str) -> Daemon {
        let made = Daemon::with_surroundings("", |directory| {
            use std::os::unix::fs::PermissionsExt as _;
            let file = directory.join("password");
            std::fs::write(&file, PASSWORD).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
            let url = format!("{}://{}/v3", self.scheme, self.address);
            Ok(Surroundings {
                api: format!("[auth.keystone]\nurl = {url:?}\npassword_file = {file:?}\n{more}\n"),
                ..Surroundings::default()
            })
        });
        made.unwrap()
    }

    pub(crate) fn is_now(&self, mood: Mood) {
        self.shared.state.lock().unwrap().mood = mood;
        self.shared.changed.notify_all();
    }

    pub(crate) fn questions(&self) -> usize {
        self.shared.state.lock().unwrap().questions
    }

    pub(crate) fn sign_ins(&self) -> usize {
        self.shared.state.lock().unwrap().sign_ins
    }

    /// This token is no longer good. The daemon's own are `own-1`, `own-2` and so on.
    pub(crate) fn revoke(&self, token: &str) {
        let mut state = self.shared.state.lock().unwrap();
        state.revoked.push(token.to_owned());
    }
}

/// A token that the stub takes: of `user` with `role` in the project `web`.
pub(crate) fn token(user: &str, role: &str) -> String {
    format!("gAAA_{user}_{role}")
}

impl Shared {
    fn serve(&self, stream: impl Read + Write) {
        let mut reader = BufReader::new(stream);
        while let Some(request) = Request::read(&mut reader) {
            let answer = self.answer(&request);
            if reader.get_mut().write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }

    fn answer(&self, request: &Request) -> String {
        let mut state = self.state.lock().unwrap();
        let signs_in = request.head.starts_with("POST /v3/auth/tokens");
        if signs_in {
            state.sign_ins += 1;
        } else {
            state.questions += 1;
        }
        while state.mood == Mood::Silent {
            state = self.changed.wait(state).unwrap();
        }
        if let Mood::Says(status, text) = &state.mood {
            return answer(*status, "", text);
        }
        let is_good = |token: &str| !state.revoked.iter().any(|of| of == token);
        if signs_in {
            if !request.body.contains(PASSWORD) {
                return answer(401, "", "{}");
            }
            let own = format!("X-Subject-Token: own-{}\r\n", state.sign_ins);
            return answer(201, &own, &described("ostler", "service"));
        }
        let own = request.header("x-auth-token").unwrap_or_default();
        if !own.starts_with("own-") || !is_good(own) {
            return answer(401, "", "{}");
        }
        let subject = request.header("x-subject-token").unwrap_or_default();
        let parts: Vec<&str> = subject.split('_').collect();
        match parts[..] {
            ["gAAA", user, role] if is_good(subject) => answer(200, "", &described(user, role)),
            _ => answer(404, "", "{}"),
        }
    }
}

fn described(user: &str, role: &str) -> String {
    json!({"token": {
        "expires_at": "2099-01-01T00:00:00.000000Z", "is_domain": false,
        "user": {"id": user, "name": "someone", "domain": {"id": "default"}},
        "project": {"id": "web", "name": "web"}, "roles": [{"id": "1", "name": role}],
    }})
    .to_string()
}

fn answer(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
}
