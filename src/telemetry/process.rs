//! What the kernel says of this process.

use std::fs;

use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage};
use nix::sys::time::TimeValLike;

/// What the process takes; `None` where the kernel does not say.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    /// Seconds of processor time, of all threads together.
    pub cpu_seconds: Option<f64>,
    /// Bytes of memory that are in RAM.
    pub resident_bytes: Option<u64>,
    /// Bytes of memory that are mapped.
    pub virtual_bytes: Option<u64>,
    /// Files and sockets that are open.
    pub open_fds: Option<u64>,
    /// As many may be.
    pub max_fds: Option<u64>,
}

/// What the process takes now.
pub fn usage() -> Usage {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    Usage {
        cpu_seconds: cpu_seconds(),
        resident_bytes: memory(&status, "VmRSS:"),
        virtual_bytes: memory(&status, "VmSize:"),
        open_fds: open_fds(),
        max_fds: getrlimit(Resource::RLIMIT_NOFILE)
            .ok()
            .map(|(soft, _)| soft),
    }
}

fn cpu_seconds() -> Option<f64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Some(std::time::Duration::from_micros(u64::try_from(micros).ok()?).as_secs_f64())
}

/// A line such as `VmRSS:     1234 kB`.
fn memory(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1_024)
}

/// Without the one that counts them.
fn open_fds() -> Option<u64> {
    let entries = fs::read_dir("/proc/self/fd").ok()?.count();
    u64::try_from(entries.saturating_sub(1)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_bytes() {
        let status = "Name:\tostlerd\nVmSize:\t  204800 kB\nVmRSS:\t   18432 kB\n";
        assert_eq!(memory(status, "VmRSS:"), Some(18_432 * 1_024));
        assert_eq!(memory(status, "VmSize:"), Some(204_800 * 1_024));
        assert_eq!(memory(status, "VmSwap:"), None);
    }

    #[test]
    fn this_process_takes_something_of_everything() {
        let usage = usage();
        let open = usage.open_fds.unwrap();
        assert!(open > 0 && open <= usage.max_fds.unwrap());
        assert!(usage.resident_bytes.unwrap() <= usage.virtual_bytes.unwrap());
        assert!(usage.cpu_seconds.unwrap() >= 0.0);
    }
}
