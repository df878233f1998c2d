//! What `/metrics` says of the process, under the names that all exporters use.

use super::nodes::seconds;
use super::page::Page;
use crate::time::Timestamp;

/// What the process takes; `None` where the kernel does not say.
#[derive(Debug, Clone, Copy)]
pub struct Process {
    /// When it started.
    pub started_at: Timestamp,
    /// Seconds of processor time.
    pub cpu_seconds: Option<f64>,
    /// Bytes in RAM.
    pub resident_bytes: Option<u64>,
    /// Bytes that are mapped.
    pub virtual_bytes: Option<u64>,
    /// Files and sockets that are open.
    pub open_fds: Option<u64>,
    /// As many may be.
    pub max_fds: Option<u64>,
}

pub(super) fn write(page: &mut Page, process: &Process) {
    page.gauge(
        "process_start_time_seconds",
        "When the daemon started, in seconds since 1970.",
        seconds(process.started_at),
    );
    if let Some(seconds) = process.cpu_seconds {
        page.counter(
            "process_cpu_seconds_total",
            "Processor time of all threads together.",
            seconds,
        );
    }
    for (name, help, value) in [
        (
            "process_resident_memory_bytes",
            "Memory that is in RAM.",
            process.resident_bytes,
        ),
        (
            "process_virtual_memory_bytes",
            "Memory that is mapped.",
            process.virtual_bytes,
        ),
        (
            "process_open_fds",
            "Files and sockets that are open.",
            process.open_fds,
        ),
        (
            "process_max_fds",
            "As many files and sockets may be open.",
            process.max_fds,
        ),
    ] {
        if let Some(value) = value {
            page.gauge(name, help, value);
        }
    }
}
