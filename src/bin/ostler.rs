//! `ostler`: the command line. All of it is in the library, `ostler::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ostler::cli::run(std::env::args_os())
}
