//! Completion of the command line in a shell: commands, options and the names of things.
//!
//! The scripts for the shells call `ostler` with the variable `OSTLER_COMPLETE` at each press of Tab, so what is completed is what
//! this very program knows; `names` asks the daemon for the names. Whatever goes wrong, nothing is said: the line that somebody
//! is typing would be spoilt.

mod names;

use std::ffi::OsString;
use std::io;

use clap::CommandFactory as _;
use clap_complete::CompleteEnv;
use clap_complete::env::{Bash, EnvCompleter, Fish, Shells, Zsh};

use crate::cli::Cli;
use crate::cli::exit::Exit;
use crate::cli::output::complain;

/// Tells `ostler` to complete, and for which shell.
const VARIABLE: &str = "OSTLER_COMPLETE";

const SHELLS: Shells<'_> = Shells(&[&Bash, &Zsh, &Fish]);

/// What a shell has to read so that it completes.
#[derive(Debug)]
pub struct Script {
    /// The name of its file, as the shell looks for it.
    pub file: &'static str,
    /// What is in it.
    pub text: String,
}

/// How the script for zsh ends, and what its file needs instead: zsh reads the file when Tab is pressed for the first time, as
/// the body of a function, which has to complete at once.
const ZSH_ENDS: &str = "compdef _clap_dynamic_completer_ostler ostler";
const ZSH_FILE_ENDS: &str = "\
if [[ $funcstack[1] == _ostler ]]; then
    _clap_dynamic_completer_ostler \"$@\"
else
    compdef _clap_dynamic_completer_ostler ostler
fi";

/// The scripts for bash, zsh and fish, which find `ostler` by the search path.
///
/// # Errors
///
/// A script is not text, or not what it used to be.
pub fn scripts() -> io::Result<Vec<Script>> {
    let shells: [(&'static str, &dyn EnvCompleter); 3] = [
        ("ostler.bash", &Bash),
        ("_ostler", &Zsh),
        ("ostler.fish", &Fish),
    ];
    let mut scripts = Vec::new();
    for (file, shell) in shells {
        let mut text = Vec::new();
        shell.write_registration(VARIABLE, "ostler", "ostler", "ostler", &mut text)?;
        let mut text = String::from_utf8(text).map_err(io::Error::other)?;
        if file == "_ostler" {
            if !text.contains(ZSH_ENDS) {
                return Err(io::Error::other("the script for zsh ends in another way"));
            }
            text = text.replace(ZSH_ENDS, ZSH_FILE_ENDS);
        }
        scripts.push(Script { file, text });
    }
    Ok(scripts)
}

/// Completes, or prints a script, where the variable asks for it.
pub(super) fn answer(args: &[OsString]) -> Option<Exit> {
    let typed: Vec<OsString> = args
        .iter()
        .skip_while(|arg| *arg != "--")
        .skip(1)
        .cloned()
        .collect();
    let here = std::env::current_dir().ok();
    let completed = CompleteEnv::with_factory(|| names::completed(Cli::command(), &typed))
        .var(VARIABLE)
        .shells(SHELLS)
        .try_complete(args, here.as_deref());
    match completed {
        Ok(false) => None,
        Ok(true) => Some(Exit::Done),
        // A shell that is not known, or a reader that left. Where a line is being typed it would be spoilt.
        Err(_) => {
            if typed.is_empty() {
                complain(
                    "cannot write a completion script: OSTLER_COMPLETE has to be bash, zsh or fish",
                );
            }
            Some(Exit::Usage)
        }
    }
}
