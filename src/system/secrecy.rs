//! What others may not see of the daemon's memory, which holds passwords of BMCs and the key that seals them.

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};

/// From now on this process leaves no core dump, and no other process of the same user can read its memory or attach to
/// it: only root can. Its files below `/proc` belong to root.
///
/// # Errors
/// The kernel refuses, which none does that is supported.
pub fn keep_memory_private() -> Result<(), Errno> {
    // The limit as well: a pipe in `core_pattern` looks at the one, a file at both.
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    prctl::set_dumpable(false)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::system::child;

    #[test]
    fn no_core_is_left_and_what_the_process_reads_of_itself_is_still_there() {
        if !child::is_child() {
            return child::run(
                "system::secrecy::tests::no_core_is_left_and_what_the_process_reads_of_itself_is_still_there",
                |_| {},
            );
        }
        super::keep_memory_private().unwrap();
        assert!(!nix::sys::prctl::get_dumpable().unwrap());
        let limits = fs::read_to_string("/proc/self/limits").unwrap();
        let core = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"));
        let words: Vec<&str> = core.unwrap().split_whitespace().collect();
        assert_eq!(words[4..6], ["0", "0"], "{words:?}");
        // The metrics of the process come from there.
        assert!(fs::read_dir("/proc/self/fd").unwrap().count() > 2);
        assert!(
            fs::read_to_string("/proc/self/status")
                .unwrap()
                .contains("VmRSS")
        );
    }
}
