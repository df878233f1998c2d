//! `ostlerd generate`: writes the manual and the completions, for those who make packages. It needs no settings and no daemon.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Command};
use clap_complete::aot::{Bash, Fish, Zsh, generate};

use crate::cli::{completion, manual};
use crate::time::Timestamp;

/// Options of `ostlerd generate`.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// Where to: man/ and completions/ are made there.
    directory: PathBuf,
    /// The day that the pages are of, in seconds since 1970-01-01 UTC; no day without it.
    #[arg(long, env = "SOURCE_DATE_EPOCH", value_name = "SECS")]
    source_date: Option<u32>,
}

/// Writes them.
///
/// # Errors
///
/// A directory or a file cannot be written.
pub fn run(args: &GenerateArgs, mut daemon: Command) -> anyhow::Result<()> {
    let date = args.source_date.map(day).unwrap_or_default();
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for page in manual::pages(daemon.clone(), &date) {
        files.push((format!("man/{}", page.file), page.text.into_bytes()));
    }
    let mut add = |file: &str, text: Vec<u8>| files.push((format!("completions/{file}"), text));
    for script in completion::scripts().context("cannot make the completions of ostler")? {
        add(script.file, script.text.into_bytes());
    }
    let name = daemon.get_name().to_owned();
    let mut text = Vec::new();
    generate(Bash, &mut daemon, &name, &mut text);
    add("ostlerd.bash", std::mem::take(&mut text));
    generate(Zsh, &mut daemon, &name, &mut text);
    add("_ostlerd", std::mem::take(&mut text));
    generate(Fish, &mut daemon, &name, &mut text);
    add("ostlerd.fish", text);
    for (file, text) in files {
        let path = args.directory.join(file);
        let directory = path.parent().unwrap_or(&args.directory);
        fs::create_dir_all(directory)
            .with_context(|| format!("cannot make {}", directory.display()))?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// `2026-11-24`
fn day(secs: u32) -> String {
    let at = Timestamp::from_micros(i64::from(secs) * 1_000_000).to_string();
    at.get(..10).unwrap_or_default().to_owned()
}
