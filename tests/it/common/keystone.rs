//! A real Keystone (tests/clients/real_keystone.py, which says who is there).

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::clients::{programs, root};
use super::daemon::{Daemon, Surroundings, free_tcp_address};
use super::http::Client;

/// Everybody's password.
const PASSWORD: &str = "secret";

/// Stopped when this is dropped.
pub(crate) struct Keystone {
    programs: PathBuf,
    directory: TempDir,
    address: SocketAddr,
    process: Child,
}

impl Keystone {
    /// Starts one, or skips the test where there is none.
    #[track_caller]
    pub(crate) fn start() -> Option<Self> {
        let programs = programs()?;
        let directory = tempfile::tempdir().unwrap();
        copy(&programs.join("../keystone"), directory.path());
        let address = free_tcp_address();
        let process = serve(&programs, directory.path(), address);
        Some(Self {
            programs,
            directory,
            address,
            process,
        })
    }

    pub(crate) fn stop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    pub(crate) fn start_again(&mut self) {
        self.process = serve(&self.programs, self.directory.path(), self.address);
    }

    /// A program that signs in there as this user for this project.
    pub(crate) fn command(&self, program: &str, user: &str, project: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(root()).envs([
            ("OS_AUTH_URL", self.url().as_str()),
            ("OS_USERNAME", user),
            ("OS_PASSWORD", PASSWORD),
            ("OS_PROJECT_NAME", project),
            ("OS_USER_DOMAIN_NAME", "Default"),
            ("OS_PROJECT_DOMAIN_NAME", "Default"),
            ("OS_REGION_NAME", "RegionOne"),
            ("OS_IDENTITY_API_VERSION", "3"),
        ]);
        command
    }

    /// Its v3 API.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/v3", self.address)
    }

    /// A file with the password of the daemon's own user.
    pub(crate) fn password_file(&self, directory: &Path) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let file = directory.join("password");
        fs::write(&file, format!("{PASSWORD}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        file
    }

    /// A daemon that asks it, with these lines more in the section.
    pub(crate) fn daemon(&self, more: &str) -> Daemon {
        let made = Daemon::with_surroundings("", |directory| {
            let (url, file) = (self.url(), self.password_file(directory));
            Ok(Surroundings {
                api: format!(
                    "[auth.keystone]\nurl = {url:?}\nusername = \"keeper\"\npassword_file = {file:?}\n{more}\n"
                ),
                ..Surroundings::default()
            })
        });
        made.unwrap()
    }

    /// A token of a user for a project.
    pub(crate) fn token(&self, user: &str, project: &str) -> String {
        let scope = json!({"project": {"name": project, "domain": {"id": "default"}}});
        self.sign_in(user, &scope)
    }

    /// A token of a user for this scope.
    pub(crate) fn sign_in(&self, user: &str, scope: &Value) -> String {
        let user = json!({"name": user, "domain": {"id": "default"}, "password": PASSWORD});
        let body = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope,
        }});
        let answer = self.client().post("/v3/auth/tokens", &body).expect(201);
        answer.header("x-subject-token").unwrap().to_owned()
    }

    /// What it says of a token.
    pub(crate) fn describe(&self, token: &str) -> Value {
        let asking = self.client().with_token(token);
        let asking = asking.with("X-Subject-Token", token);
        asking.get("/v3/auth/tokens").expect(200).json()["token"].clone()
    }

    pub(crate) fn revoke(&self, token: &str) {
        let asking = self.client().with_token(token);
        let asking = asking.with("X-Subject-Token", token);
        asking.delete("/v3/auth/tokens").expect(204);
    }

    /// New tokens are good for so long, or for as long as Keystone says where this is an hour.
    pub(crate) fn tokens_last(&self, secs: u32) {
        let path = format!("/test/token-seconds/{secs}");
        // Now and then Keystone's development server answers one request not at all.
        let mut asked = (0..3).map(|_| self.client().try_send("PUT", &path, None));
        let answer = asked.find_map(Result::ok).expect("Keystone answers");
        answer.expect(204);
    }

    fn client(&self) -> Client {
        Client::tcp(self.address)
    }
}

impl Drop for Keystone {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
            println!("--- Keystone's log ---\n{log}");
        }
    }
}

fn serve(programs: &Path, directory: &Path, address: SocketAddr) -> Child {
    let log = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(directory.join("log"))
        .unwrap();
    let mut process = Command::new(programs.join("python"))
        .arg(root().join("tests/clients/real_keystone.py"))
        .arg("serve")
        .arg(directory)
        .arg(address.ip().to_string())
        .arg(address.port().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut output = BufReader::new(process.stdout.take().unwrap());
    output.read_line(&mut said).unwrap();
    let log = fs::read_to_string(directory.join("log")).unwrap_or_default();
    assert_eq!(said.trim(), "ready", "{log}");
    process
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
