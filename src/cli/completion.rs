//! Completion of the command line in a shell: commands, options and the names of things.
//!
//! The scripts for the shells call `ostler` with the variable [`VARIABLE`] at each press of Tab.

use std::io;

use clap_complete::env::{Bash, EnvCompleter, Fish, Zsh};

/// Tells `ostler` to complete, and for which shell.
const VARIABLE: &str = "OSTLER_COMPLETE";

/// What a shell has to read so that it completes.
#[derive(Debug)]
pub struct Script {
    /// The name of its file, as the shell looks for it.
    pub file: &'static str,
    /// What is in it.
    pub text: Vec<u8>,
}

/// The scripts for bash, zsh and fish.
///
/// # Errors
///
/// None, as far as memory can be written.
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
        scripts.push(Script { file, text });
    }
    Ok(scripts)
}
