//! The program that the benchmarks measure.

use std::path::PathBuf;

/// The `ostlerd` that was built beside the benchmark, by the same command (`tests/bench/run`).
///
/// Where the benchmark's own path is not known this is what the search path has.
#[must_use]
pub fn ostlerd() -> PathBuf {
    let own = std::env::current_exe().ok();
    let beside = own.map(|path| path.with_file_name("ostlerd"));
    beside.unwrap_or_else(|| PathBuf::from("ostlerd"))
}
