//! The manual, as `ostlerd generate` writes it: complete, true, and good roff.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::common::skip::skip;

/// What was generated, in a directory that goes with it.
struct Generated {
    directory: TempDir,
}

impl Generated {
    fn make() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let made = Command::new(env!("CARGO_BIN_EXE_ostlerd"))
            // No settings: whoever makes packages has none.
            .args(["--config", "/nonexistent/ostler.toml", "generate"])
            .arg(directory.path())
            .env("SOURCE_DATE_EPOCH", "1764460800")
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        Self { directory }
    }

    fn page(&self, file: &str) -> String {
        fs::read_to_string(self.directory.path().join("man").join(file)).unwrap()
    }

    fn pages(&self) -> Vec<String> {
        let files = fs::read_dir(self.directory.path().join("man")).unwrap();
        let mut names: Vec<String> = files
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn ostler(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ostler"))
        .args(args)
        .env_remove("OSTLER_URL")
        .env_remove("OSTLER_TOKEN")
        .output()
        .unwrap()
}

fn help(args: &[&str]) -> String {
    let shown = ostler(&[args, &["--help"]].concat());
    assert!(shown.status.success(), "{args:?}");
    String::from_utf8(shown.stdout).unwrap()
}

/// The names of the commands in a help text.
fn commands_of(help: &str) -> Vec<String> {
    let Some((_, rest)) = help.split_once("\nCommands:\n") else {
        return Vec::new();
    };
    rest.lines()
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// The long options in a help text, but those of every command.
fn options_of(help: &str) -> BTreeSet<String> {
    let mine = help.split("\nOptions of every command:\n").next().unwrap();
    let (_, mine) = mine.split_once("\nOptions:\n").unwrap_or(("", ""));
    mine.lines()
        .map(str::trim_start)
        .filter(|line| line.starts_with('-'))
        .flat_map(|line| line.split_whitespace().take(2))
        .filter(|word| word.starts_with("--") && *word != "--help")
        .map(str::to_owned)
        .collect()
}

/// As roff writes it.
fn roff(text: &str) -> String {
    text.replace('-', "\\-")
}

/// Every command below `path`, itself first, with its help.
fn walk(path: &[String], found: &mut Vec<(Vec<String>, String)>) {
    let args: Vec<&str> = path.iter().map(String::as_str).collect();
    let text = help(&args);
    let below = commands_of(&text);
    found.push((path.to_vec(), text));
    for name in below {
        walk(&[path, &[name]].concat(), found);
    }
}

#[test]
fn every_command_and_every_option_of_the_help_is_in_the_manual() {
    let generated = Generated::make();
    let mut all = Vec::new();
    walk(&[], &mut all);
    assert!(all.len() > 50, "{}", all.len());
    for (path, help) in &all {
        let Some(first) = path.first() else {
            continue;
        };
        let page = generated.page(&format!("ostler-{first}.1"));
        for name in path {
            assert!(page.contains(&roff(name)), "{path:?} is not in its page");
        }
        let options = options_of(help);
        for option in &options {
            let tag = format!("\\fB{}\\fR", roff(option));
            assert!(page.contains(&tag), "{path:?} {option} is not in its page");
        }
    }
    let program = generated.page("ostler.1");
    let (_, every) = all[0]
        .1
        .split_once("\nOptions of every command:\n")
        .unwrap();
    for word in every.split_whitespace() {
        if word.starts_with("--") && word.len() > 2 {
            let option = word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            assert!(program.contains(&roff(option)), "{option}");
        }
    }
    for name in commands_of(&all[0].1) {
        assert!(
            program.contains(&format!("ostler\\-{}\\fR(1)", roff(&name))),
            "{name}"
        );
    }
}

#[test]
fn the_manual_has_the_exit_codes_that_the_help_and_the_documentation_have() {
    let generated = Generated::make();
    let page = generated.page("ostler.1");
    let (_, section) = page.split_once(".SH \"EXIT STATUS\"").unwrap();
    let section = section.split(".SH").next().unwrap();
    let codes: Vec<u8> = section
        .lines()
        .filter_map(|line| {
            line.strip_prefix("\\fB")?
                .strip_suffix("\\fR")?
                .parse()
                .ok()
        })
        .collect();
    assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 130]);
    let doc = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("doc/cli.md")).unwrap();
    let help = help(&[]);
    let (_, table) = help.split_once("Exit codes:\n").unwrap();
    for code in codes {
        assert!(
            doc.contains(&format!("\n| {code} |")),
            "{code} in doc/cli.md"
        );
        let words = table.split_whitespace();
        assert!(
            words.into_iter().any(|word| word == code.to_string()),
            "{code} in --help"
        );
    }
}

#[test]
fn every_setting_is_in_the_page_of_the_settings_with_its_default() {
    let page = Generated::make().page("ostler.toml.5");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/ostler.toml");
    let file = fs::read_to_string(file).unwrap();
    let mut keys = 0;
    for line in file.lines() {
        let Some((key, _)) = line
            .strip_prefix('#')
            .filter(|line| !line.starts_with(' '))
            .and_then(|line| line.split_once(" = "))
        else {
            continue;
        };
        keys += 1;
        assert!(page.contains(&format!("\\fB{}\\fR = ", roff(key))), "{key}");
    }
    assert!(keys > 40, "{keys}");
}

#[test]
fn groff_and_man_have_nothing_to_say_against_a_page() {
    let generated = Generated::make();
    let has = |program: &str| {
        let found = Command::new(program).arg("--version").output();
        found.is_ok_and(|found| found.status.success())
    };
    if !has("groff") {
        return skip("groff is not installed");
    }
    let pages = generated.pages();
    assert!(pages.len() > 15, "{pages:?}");
    for file in pages {
        let path = generated.directory.path().join("man").join(&file);
        let set = Command::new("groff")
            .args(["-man", "-Tutf8", "-ww", "-z"])
            .arg(&path)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&set.stderr);
        assert!(set.status.success() && said.is_empty(), "{file}: {said}");
        // Where it is installed; as apropos would find it.
        let read = Command::new("lexgrog").arg(&path).output();
        if let Ok(read) = read {
            let said = String::from_utf8_lossy(&read.stdout);
            let name = file.trim_end_matches(|c: char| c.is_ascii_digit());
            let name = name.trim_end_matches('.');
            assert!(said.contains(&format!("\"{name} - ")), "{file}: {said}");
        }
    }
}

#[test]
fn the_day_of_the_pages_is_the_one_of_the_source_and_two_runs_are_the_same() {
    let (one, other) = (Generated::make(), Generated::make());
    assert!(
        one.page("ostler.1")
            .starts_with(".TH \"OSTLER\" 1 \"2025-11-30\"")
    );
    for file in one.pages() {
        assert_eq!(one.page(&file), other.page(&file), "{file}");
    }
}

/// Calls of the API that no command makes, and why.
const WITHOUT_A_COMMAND: &[(&str, &str)] = &[
    ("GET /", "what a client asks to find the versions"),
    ("GET /v1", "what a client asks to find the version"),
    ("GET /healthz", "for monitoring"),
    ("GET /readyz", "for monitoring"),
    ("GET /openapi.yaml", "for those who write clients"),
    ("GET /metrics", "for Prometheus"),
    ("GET /v1/instances", "the list in full is used"),
];

/// The command line is complete: its source has the path of every call.
#[test]
fn every_call_of_the_api_has_a_command_or_a_reason_for_having_none() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("api-ref/README.md")).unwrap();
    let mut source = String::new();
    for file in fs::read_dir(root.join("src/cli")).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            source += &fs::read_to_string(path).unwrap();
        }
    }
    let mut missing = Vec::new();
    let mut calls = 0;
    for line in readme.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [
            _,
            method @ ("GET" | "POST" | "PUT" | "PATCH" | "DELETE"),
            paths,
            ..,
        ] = cells[..]
        else {
            continue;
        };
        for path in paths.split(", ").map(|path| path.trim_matches('`')) {
            calls += 1;
            let excused = WITHOUT_A_COMMAND.iter().any(|(call, _)| {
                *call == format!("{method} {path}") || *call == format!("{method} /v1{path}")
            });
            // `/nodes/{ident}/states/power` is `/v1/nodes` and `/states/power` there.
            let pieces: Vec<&str> = path.split('/').filter(|piece| !piece.is_empty()).collect();
            let collection = format!("\"/v1/{}", pieces.first().copied().unwrap_or_default());
            let rest: Vec<&str> = pieces
                .iter()
                .skip(1)
                .filter(|piece| !piece.starts_with('{'))
                .copied()
                .collect();
            let there = source.contains(&collection)
                && rest
                    .iter()
                    .all(|piece| source.contains(&format!("/{piece}")));
            if !excused && !there {
                missing.push(format!("{method} {path}"));
            }
        }
    }
    assert!(calls > 60, "{calls}");
    assert!(missing.is_empty(), "no command for: {missing:?}");
}
