//! Completion in the shells themselves: the scripts that `ostlerd generate` writes, sourced as a shell sources them, against a
//! daemon that has the names.

#![cfg(test)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use crate::cli_canned::Canned;
use crate::common::skip::skip;

/// Longer than any of these shells takes, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

struct Scripts(TempDir);

impl Scripts {
    fn make() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let made = Command::new(env!("CARGO_BIN_EXE_ostlerd"))
            .arg("generate")
            .arg(directory.path())
            .status()
            .unwrap();
        assert!(made.success());
        Self(directory)
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join("completions").join(file)
    }

    fn directory(&self) -> PathBuf {
        self.0.path().join("completions")
    }
}

async fn daemon() -> Canned {
    Canned::start(&[
        (
            "GET /v1/nodes",
            200,
            json!({"nodes": [
                {"name": "r1n01", "power_state": "power on"},
                {"name": "r1n02", "power_state": null},
                {"name": "r2n01", "power_state": "power off"},
                {"name": "$(touch pwned)", "power_state": "power off"},
            ]}),
        ),
        (
            "GET /v1/instances",
            200,
            json!({"instances": [{"name": "web1", "status": "active"}]}),
        ),
        (
            "GET /v1/types",
            200,
            json!({"types": [{"name": "small", "description": null}]}),
        ),
        (
            "GET /v1/availability_zones",
            200,
            json!({"availability_zones": ["az1", "az2"]}),
        ),
    ])
    .await
}

fn is_there(shell: &str) -> bool {
    let found = Command::new(shell)
        .args(["-c", "true"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    found.is_ok_and(|status| status.success())
}

/// Runs a script in a shell that finds our `ostler` and this daemon's socket; gives its output. Nothing may be said beside it.
async fn run(shell: &str, script: &str, socket: &Path) -> String {
    let ours = Path::new(env!("CARGO_BIN_EXE_ostler")).parent().unwrap();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", ours.display());
    // Shells keep things there.
    let home = tempfile::tempdir().unwrap();
    let running = tokio::process::Command::new(shell)
        .kill_on_drop(true)
        .args(["-c", script])
        .env("PATH", path)
        .env("OSTLER_SOCKET", socket)
        .env("HOME", home.path())
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_DATA_HOME")
        .env_remove("OSTLER_URL")
        .env_remove("OSTLER_TOKEN")
        .output();
    let ran = tokio::time::timeout(PATIENCE, running).await;
    let ran = ran.expect("the shell did not end").unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && said.is_empty(), "{shell}: {said}");
    String::from_utf8(ran.stdout).unwrap()
}

/// What bash would offer for these words, the last of which is being typed.
async fn bash(scripts: &Scripts, socket: &Path, words: &[&str]) -> Vec<String> {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let script = format!(
        "source '{file}'
         COMP_WORDS=({words}); COMP_CWORD={last}; COMP_TYPE=9
         how=$(complete -p ostler); how=${{how##*-F }}; ${{how%% *}} ostler \"${{COMP_WORDS[COMP_CWORD]}}\" x
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        file = scripts.path("ostler.bash").display(),
        words = quoted.join(" "),
        last = words.len() - 1,
    );
    let offered = run("bash", &script, socket).await;
    offered
        .lines()
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn bash_completes_commands_options_and_the_names_of_things() {
    let (scripts, daemon) = (Scripts::make(), daemon().await);
    let socket = daemon.socket();
    for (words, expected) in [
        (&["ostler", "no"][..], &["node"][..]),
        (&["ostler", "node", "rot"], &["rotate-password"]),
        (&["ostler", "node", "show", "r1"], &["r1n01", "r1n02"]),
        // Not the one that would be run by the shell.
        (
            &["ostler", "node", "show", ""],
            &["r1n01", "r1n02", "r2n01"],
        ),
        (
            &["ostler", "node", "power", "r1n01", "soft"],
            &["soft-off", "soft-reboot"],
        ),
        (&["ostler", "power", "on", "r1n01,r2"], &["r1n01,r2n01"]),
        (&["ostler", "power", "on", "--instances", "w"], &["web1"]),
        (
            &["ostler", "instance", "create", "x", "--type", ""],
            &["small"],
        ),
        (&["ostler", "node", "list", "--zone", "az"], &["az1", "az2"]),
        (&["ostler", "node", "list", "--hea"], &["--health"]),
        (&["ostler", "--json", "instance", "show", ""], &["web1"]),
        // A name that is made is not one that is there.
        (&["ostler", "node", "create", "r1"], &[]),
    ] {
        assert_eq!(bash(&scripts, &socket, words).await, expected, "{words:?}");
    }
}

#[tokio::test]
async fn completion_is_silent_without_a_daemon_and_asks_the_one_that_the_line_names() {
    let (scripts, daemon) = (Scripts::make(), daemon().await);
    let nobody = Path::new("/nonexistent/socket");
    let words = ["ostler", "node", "power", "r1"];
    assert!(bash(&scripts, nobody, &words).await.is_empty());
    let socket = daemon.socket();
    let there = socket.to_str().unwrap();
    let words = ["ostler", "--socket", there, "node", "show", "r2"];
    assert_eq!(bash(&scripts, nobody, &words).await, ["r2n01"]);
    let url = daemon.url();
    let words = ["ostler", "node", "show", "--url", &url, "r2"];
    assert_eq!(bash(&scripts, nobody, &words).await, ["r2n01"]);
}

#[tokio::test]
async fn fish_completes_names_and_says_what_they_are() {
    if !is_there("fish") {
        return skip("fish is not installed");
    }
    let (scripts, daemon) = (Scripts::make(), daemon().await);
    let script = format!(
        "source '{}'; complete --do-complete 'ostler node show r1'; complete --do-complete 'ostler instance ret'",
        scripts.path("ostler.fish").display()
    );
    let offered = run("fish", &script, &daemon.socket()).await;
    let expected = "r1n01\tpower on\nr1n02\nretry\t";
    assert!(offered.starts_with(expected), "{offered}");
}

/// The first Tab of a new shell, which is the one that reads the file.
#[tokio::test]
async fn zsh_completes_names_at_the_first_tab() {
    if !is_there("zsh") {
        return skip("zsh is not installed");
    }
    let (scripts, daemon) = (Scripts::make(), daemon().await);
    // A shell with a terminal of its own, into which a line and a Tab are typed.
    let script = format!(
        "zmodload zsh/zpty
         zpty -b typing zsh -f -i
         zpty -w typing 'PS1=; fpath=({} $fpath); autoload -U compinit; compinit -u -D; print re''ady'
         zpty -r -m typing line '*ready*'
         zpty -w -n typing $'ostler node show r2\\t'
         zpty -r -m typing line '*r2n01*' && print completed
         zpty -d typing",
        scripts.directory().display()
    );
    let said = run("zsh", &script, &daemon.socket()).await;
    assert!(said.contains("completed"), "{said}");
}

/// As somebody asks for one without a package: `source <(OSTLER_COMPLETE=bash ostler)`.
#[test]
fn the_program_prints_a_script_for_a_shell_and_says_which_shells_there_are() {
    let ask = |shell: &str| {
        let mut ostler = Command::new(env!("CARGO_BIN_EXE_ostler"));
        ostler.env("OSTLER_COMPLETE", shell).output().unwrap()
    };
    for shell in ["bash", "zsh", "fish"] {
        let script = ask(shell);
        assert!(
            script.status.success() && !script.stdout.is_empty(),
            "{shell}: {script:?}"
        );
    }
    let unknown = ask("tcsh");
    assert_eq!(unknown.status.code(), Some(2));
    let said = String::from_utf8_lossy(&unknown.stderr);
    assert!(said.contains("bash, zsh or fish"), "{said}");
}

#[test]
fn the_scripts_of_the_daemon_are_ones_that_their_shells_read() {
    let scripts = Scripts::make();
    for (shell, file) in [
        ("bash", "ostlerd.bash"),
        ("bash", "ostler.bash"),
        ("zsh", "_ostlerd"),
        ("zsh", "_ostler"),
        ("fish", "ostlerd.fish"),
        ("fish", "ostler.fish"),
    ] {
        if !is_there(shell) {
            skip(&format!("{shell} is not installed"));
            continue;
        }
        let read = Command::new(shell)
            .arg("-n")
            .arg(scripts.path(file))
            .output()
            .unwrap();
        assert!(
            read.status.success() && read.stderr.is_empty(),
            "{file}: {read:?}"
        );
    }
}
