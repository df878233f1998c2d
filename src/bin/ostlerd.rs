//! The daemon.

use std::process::ExitCode;

use clap::Parser;
use ostler::app::command::{Command, run};

fn main() -> ExitCode {
    run(Command::parse())
}
