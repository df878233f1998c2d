//! A row of the table.

use std::fmt;

use crate::network::Network;
use crate::pass::Figures;

/// One pass.
pub(crate) struct Row {
    pub(crate) who: &'static str,
    pub(crate) network: Network,
    pub(crate) count: u32,
    /// Packets in both directions that the rack counted, also those of the pass that opened the kept sessions, and of closing.
    pub(crate) packets: u64,
    /// Sessions that nobody closed.
    pub(crate) leaked: u64,
    /// CPU time of the simulated rack.
    pub(crate) simulator_cpu: u64,
    pub(crate) figures: Figures,
}

impl Row {
    pub(crate) const HEAD: &'static str = "\
| network | BMCs | who | read | last answer, s | all done, s | CPU per BMC, µs | packets per BMC | peak memory, MiB | leaked | simulator's CPU per BMC, µs |
|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|";
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figures = &self.figures;
        let each = |total: u64| total as f64 / f64::from(self.count);
        write!(
            f,
            "| {} | {} | {} | {} | {:.2} | {:.2} | {:.0} | {:.1} | {:.1} | {} | {:.0} |",
            self.network,
            self.count,
            self.who,
            figures.answered,
            figures.answered_micros as f64 / 1e6,
            figures.all_micros as f64 / 1e6,
            each(figures.cpu_micros),
            each(self.packets),
            figures.peak_kib as f64 / 1024.0,
            self.leaked,
            each(self.simulator_cpu),
        )
    }
}
