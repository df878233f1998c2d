//! Commands to try while the demo stays up, ready to be pasted into another terminal.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::Path;

use crate::app::demo::workspace::Workspace;

/// What a command is good for, and the command.
pub(super) struct Suggestion {
    pub(super) what: &'static str,
    pub(super) command: String,
}

/// Three to begin with.
pub(super) fn suggestions(workspace: &Workspace, tcp: SocketAddr) -> [Suggestion; 3] {
    let ostler = ostler(std::env::current_exe().ok().as_deref());
    let socket = quoted(&workspace.socket());
    let header = quoted(&workspace.header_file());
    [
        Suggestion {
            what: "The rack, on the Unix socket, where the kernel says who you are:",
            command: format!("{ostler} --socket {socket} node list"),
        },
        Suggestion {
            what: "An instance of your own:",
            command: format!(
                "{ostler} --socket {socket} instance create mine --type small --image debian --network lan --wait"
            ),
        },
        Suggestion {
            what: "The same API over TCP, with a token:",
            command: format!("curl -sS -H @{header} http://{tcp}/v1/instances/detail"),
        },
    ]
}

/// How `ostler` is called: beside the running program where it is there, else by cargo where that built this program.
fn ostler(running: Option<&Path>) -> String {
    let Some(directory) = running.and_then(Path::parent) else {
        return "ostler".to_owned();
    };
    let sibling = directory.join("ostler");
    if sibling.is_file() {
        return quoted(&sibling);
    }
    match directory.file_name().and_then(OsStr::to_str) {
        Some("release") => "cargo run --quiet --release --bin ostler --".to_owned(),
        Some("debug") => "cargo run --quiet --bin ostler --".to_owned(),
        Some(_) | None => "ostler".to_owned(),
    }
}

/// A path as the shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let harmless = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,".contains(c);
    if text.chars().all(harmless) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ostler_is_called_by_its_path_or_by_cargo_or_by_its_name() {
        let directory = tempfile::tempdir().unwrap();
        let release = directory.path().join("release");
        std::fs::create_dir(&release).unwrap();
        let daemon = release.join("ostlerd");
        assert_eq!(
            ostler(Some(&daemon)),
            "cargo run --quiet --release --bin ostler --"
        );
        std::fs::write(release.join("ostler"), "").unwrap();
        assert_eq!(
            ostler(Some(&daemon)),
            quoted(&release.join("ostler")),
            "the one beside it"
        );
        assert_eq!(ostler(Some(Path::new("/nowhere/ostlerd"))), "ostler");
        assert_eq!(ostler(None), "ostler");
    }

    #[test]
    fn paths_survive_the_shell() {
        for (path, text) in [
            ("/tmp/ostler-demo-aB3/x.sock", "/tmp/ostler-demo-aB3/x.sock"),
            ("/tmp/my files/x", "'/tmp/my files/x'"),
            ("/tmp/it's/$x", r"'/tmp/it'\''s/$x'"),
        ] {
            assert_eq!(quoted(Path::new(path)), text);
        }
    }
}
