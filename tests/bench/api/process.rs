//! Processes that are measured: their CPU time and their memory, as the kernel counts them.

use std::fs;
use std::process::Child;

use anyhow::Context;

/// A process that ends with the value.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    /// CPU time of the threads that there are, user and system, in seconds.
    pub(crate) fn cpu_secs(&self) -> anyhow::Result<f64> {
        let mut nanos = 0.0;
        for task in fs::read_dir(format!("/proc/{}/task", self.0.id()))? {
            // A thread may end meanwhile.
            let Ok(stat) = fs::read_to_string(task?.path().join("schedstat")) else {
                continue;
            };
            let first = stat.split_whitespace().next().context("no schedstat")?;
            nanos += first.parse::<f64>()?;
        }
        Ok(nanos / 1e9)
    }

    /// A line of `/proc/PID/status`, in MiB.
    pub(crate) fn memory_mib(&self, line: &str) -> anyhow::Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find_map(|of| of.strip_prefix(line));
        let kib = line.and_then(|of| of.trim_start_matches(':').split_whitespace().next());
        Ok(kib.context("no such line")?.parse::<f64>()? / 1024.0)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
