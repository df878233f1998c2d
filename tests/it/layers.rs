//! The layers of `src/lib.rs`, checked: a file imports only from lower rows, and no file is long.
//!
//! The check reads tokens, not the compiler's mind: it sees `use crate::…` with its groups, paths such as
//! `crate::store::X` anywhere in the code, and `super::` chains that lead out of the top module. Tests inside `src` obey
//! the same order.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

/// The rows, from the lowest. A module imports from lower rows alone.
const ROWS: [&[&str]; 7] = [
    &["model", "wake", "beat", "live", "meter", "time", "crash"],
    &["rules", "view", "ipmi", "processors"],
    &["store", "bmc", "sim", "config", "telemetry", "system"],
    &["service", "worker", "keystone"],
    &["api"],
    &["server", "cli"],
    &["app"],
];

/// Imports within a row that are meant: the nouns have times.
const SIDEWAYS: [(&str, &str); 1] = [("model", "time")];

/// Modules that use nothing of ours, so that they could be crates of their own.
const ALONE: [&str; 1] = ["ipmi"];

/// The longest file. One that needs more has more than one purpose.
const MOST_LINES: usize = 450;

#[test]
fn every_import_leads_down() {
    let mut wrong = Vec::new();
    for file in sources() {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        let Some(module) = module_of(&file) else {
            continue;
        };
        wrong.extend(
            violations(&module, &text)
                .into_iter()
                .map(|what| format!("{}: {what}", file.display())),
        );
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn no_source_file_is_long() {
    let long: Vec<String> = sources()
        .into_iter()
        .filter_map(|file| {
            let lines = fs::read_to_string(root().join(&file))
                .unwrap()
                .lines()
                .count();
            (lines > MOST_LINES).then(|| format!("{}: {lines} lines", file.display()))
        })
        .collect();
    assert!(
        long.is_empty(),
        "more than {MOST_LINES}:\n{}",
        long.join("\n")
    );
}

#[test]
fn a_planted_violation_is_found() {
    for (module, text, found) in [
        ("bmc", "use crate::store::Store;", "bmc imports store"),
        ("bmc", "use crate::api;", "bmc imports api"),
        ("bmc::lan", "pub use crate::sim as s;", "bmc imports sim"),
        (
            "model::node",
            "use crate::wake::Wake;",
            "model imports wake",
        ),
        (
            "time",
            "use crate::model::node::Node;",
            "time imports model",
        ),
        (
            "ipmi::wire",
            "use crate::model::secret::Secret;",
            "ipmi imports model",
        ),
        (
            "store",
            "use crate::{model::node, service::power};",
            "store imports service",
        ),
        (
            "store",
            "use {std::fs, crate::{time, worker}};",
            "store imports worker",
        ),
        (
            "rules",
            "fn f() { let x = crate::store::open(); }",
            "rules imports store",
        ),
        (
            "rules",
            "fn f(x: &dyn crate::bmc::Bmc) {}",
            "rules imports bmc",
        ),
        ("rules", "use super::bmc::Bmc;", "rules imports bmc"),
        (
            "rules::fit",
            "use super::super::bmc::Bmc;",
            "rules imports bmc",
        ),
        (
            "rules::fit",
            "use super::super::{time, api};",
            "rules imports api",
        ),
        (
            "rules",
            "mod tests { use super::*; use super::super::sim::Rack; }",
            "rules imports sim",
        ),
        ("service", "use crate::*;", "service imports *"),
        (
            "service",
            "macro_rules! m { () => { $crate::api::x() } }",
            "service imports api",
        ),
        (
            "service",
            "use crate::nonsense::X;",
            "service imports nonsense",
        ),
        ("nonsense", "", "nonsense is in no row"),
    ] {
        let what = violations(&path(module), text);
        assert_eq!(what.len(), 1, "{module}: {text}: {what:?}");
        assert!(what[0].starts_with(found), "{module}: {text}: {what:?}");
    }
}

#[test]
fn what_is_allowed_is_not_reported() {
    for (module, text) in [
        ("app", "use crate::{api, cli, server, store, time};"),
        ("model::node", "use crate::time::Timestamp;"),
        (
            "bmc::lan",
            "use crate::bmc::Bmc; use crate::ipmi::{self, session::Session};",
        ),
        (
            "bmc::lan",
            "use super::Bmc; mod tests { use super::super::Bmc; use super::*; }",
        ),
        ("bmc", "mod a { mod b { } } mod tests { use super::store; }"),
        (
            "bmc",
            "// use crate::store;\n/* crate::api /* crate::api */ crate::api */",
        ),
        ("bmc", "/// See [`crate::store`].\npub(crate) fn f() {}"),
        (
            "bmc",
            r##"const A: &str = "use crate::store;"; const B: &str = r#"" crate::api"#;"##,
        ),
        (
            "bmc",
            r#"const C: char = '"'; fn f<'a>(x: &'a str) {} const D: &[u8] = b"\" crate::api";"#,
        ),
        ("bmc", "pub(in crate::bmc) struct A;"),
        (
            "bmc",
            "let r#crate_ = x; let mycrate = y; mycrate::api::z();",
        ),
    ] {
        assert_eq!(violations(&path(module), text), [""; 0], "{module}: {text}");
    }
}

#[test]
fn modules_are_named_after_their_files() {
    for (file, module) in [
        ("src/wake.rs", Some("wake")),
        ("src/bmc/mod.rs", Some("bmc")),
        ("src/bmc/lan/pool.rs", Some("bmc::lan::pool")),
        ("src/lib.rs", None),
        ("src/bin/ostlerd.rs", None),
    ] {
        assert_eq!(module_of(Path::new(file)), module.map(path), "{file}");
    }
}

fn path(module: &str) -> Vec<String> {
    module.split("::").map(str::to_owned).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All source files, relative to the root of the repository, in order.
fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut directories = vec![PathBuf::from("src")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(root().join(&directory)).unwrap() {
            let entry = entry.unwrap();
            let path = directory.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(files.len() > 20, "where are the sources? {files:?}");
    files
}

/// The module that a file is; `None` for the root of the library and for the binaries, which stand above all rows.
fn module_of(file: &Path) -> Option<Vec<String>> {
    let inside = file.strip_prefix("src").unwrap().with_extension("");
    let mut module: Vec<String> = inside
        .components()
        .map(|part| part.as_os_str().to_str().unwrap().to_owned())
        .collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    let above = module == ["lib"] || module[0] == "bin";
    (!above).then_some(module)
}

fn row(module: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&module))
}

/// What the file `text` of `module` imports and should not.
fn violations(module: &[String], text: &str) -> Vec<String> {
    let own = module[0].as_str();
    let Some(own_row) = row(own) else {
        return vec![format!(
            "{own} is in no row; add it to the table in src/lib.rs and here"
        )];
    };
    let mut wrong = Vec::new();
    for target in imports(module, &tokens(text)) {
        let Some(target_row) = row(&target) else {
            wrong.push(format!(
                "{own} imports {target}, which is no module of a row"
            ));
            continue;
        };
        let meant = SIDEWAYS.contains(&(own, target.as_str()));
        let down = target_row < own_row && !ALONE.contains(&own);
        if target != own && !down && !meant {
            wrong.push(format!(
                "{own} imports {target}: row {own_row} from row {target_row}"
            ));
        }
    }
    wrong
}

/// The top modules that the paths in `tokens` lead to.
fn imports(module: &[String], tokens: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    // The depth in braces at which each inline module began.
    let mut inline = Vec::new();
    let at = |index: usize| tokens.get(index).map_or("", String::as_str);
    for index in 0..tokens.len() {
        let starts_path = index == 0 || at(index - 1) != "::";
        match at(index) {
            "{" => {
                depth += 1;
                if index >= 2 && at(index - 2) == "mod" {
                    inline.push(depth);
                }
            }
            "}" => {
                if inline.last() == Some(&depth) {
                    inline.pop();
                }
                depth = depth.saturating_sub(1);
            }
            "crate" if starts_path && at(index + 1) == "::" => {
                found.extend(first_names(&tokens[index + 2..]));
            }
            "super" if starts_path => {
                let mut next = index;
                let mut up = 0;
                while at(next) == "super" && at(next + 1) == "::" {
                    up += 1;
                    next += 2;
                }
                if up > 0 && up == module.len() + inline.len() {
                    found.extend(first_names(&tokens[next..]));
                }
            }
            _ => {}
        }
    }
    found
}

/// The first names of the path or the group of paths that `tokens` begin with.
fn first_names(tokens: &[String]) -> Vec<String> {
    if tokens.first().is_none_or(|first| first != "{") {
        return tokens.first().cloned().into_iter().collect();
    }
    let mut names = Vec::new();
    let mut depth = 0;
    let mut before = "";
    for token in tokens {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            name if depth == 1 && matches!(before, "{" | ",") => names.push(name.to_owned()),
            _ => {}
        }
        before = token;
        if depth == 0 {
            break;
        }
    }
    names
}

/// The names and signs of a source text, without comments, strings, characters and lifetimes. `::` is one sign.
fn tokens(text: &str) -> Vec<String> {
    let text: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut index = 0;
    while index < text.len() {
        let rest = &text[index..];
        index += match rest {
            ['/', '/', ..] => length_until(rest, |rest| rest[0] == '\n'),
            ['/', '*', ..] => block_comment(rest),
            ['"', ..] => string(rest),
            ['\'', '\\', _, ..] => 3 + length_until(&rest[3..], |rest| rest[0] == '\'') + 1,
            ['\'', _, '\'', ..] => 3,
            ['\'', ..] => 1 + length_until(&rest[1..], |rest| !is_name(rest[0])),
            ['r' | 'b' | 'c', ..] if raw_string(rest).is_some() => raw_string(rest).unwrap(),
            [':', ':', ..] => {
                tokens.push("::".to_owned());
                2
            }
            [first, ..] if is_name(*first) => {
                let length = length_until(rest, |rest| !is_name(rest[0]));
                tokens.push(rest[..length].iter().collect());
                length
            }
            [first, ..] => {
                if !first.is_whitespace() {
                    tokens.push(first.to_string());
                }
                1
            }
            [] => unreachable!("the loop ends before"),
        };
    }
    tokens
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn length_until(text: &[char], end: impl Fn(&[char]) -> bool) -> usize {
    (0..text.len())
        .find(|&index| end(&text[index..]))
        .unwrap_or(text.len())
}

/// The length of a block comment, which may hold others.
fn block_comment(text: &[char]) -> usize {
    let (mut depth, mut index) = (0, 0);
    while index < text.len() {
        match &text[index..] {
            ['/', '*', ..] => (depth, index) = (depth + 1, index + 2),
            ['*', '/', ..] => (depth, index) = (depth - 1, index + 2),
            _ => index += 1,
        }
        if depth == 0 {
            break;
        }
    }
    index
}

/// The length of a string with escapes.
fn string(text: &[char]) -> usize {
    let mut index = 1;
    while index < text.len() && text[index] != '"' {
        index += if text[index] == '\\' { 2 } else { 1 };
    }
    index + 1
}

/// The length of a raw string (`r"…"`, `br#"…"#`), if this is one.
fn raw_string(text: &[char]) -> Option<usize> {
    let prefix = text
        .iter()
        .take_while(|c| matches!(c, 'r' | 'b' | 'c'))
        .count();
    if prefix > 2 || text[prefix - 1] != 'r' {
        return None;
    }
    let hashes = text[prefix..].iter().take_while(|c| **c == '#').count();
    let start = prefix + hashes + 1;
    if text.get(start - 1) != Some(&'"') {
        return None;
    }
    let end = length_until(&text[start..], |rest| {
        rest[0] == '"' && rest[1..].iter().take_while(|c| **c == '#').count() >= hashes
    });
    Some(start + end + 1 + hashes)
}
