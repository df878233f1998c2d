//! What `/metrics` says of all BMCs together.

use super::page::Page;

/// The numbers of all BMCs over LAN.
#[derive(Debug, Clone, Copy)]
pub struct Bmcs {
    /// Packets that left.
    pub packets_sent: u64,
    /// Packets that came.
    pub packets_received: u64,
    /// Packets that wait for their turn.
    pub packets_waiting: u64,
    /// Sessions that were opened.
    pub sessions_opened: u64,
    /// Sessions that were closed or given up.
    pub sessions_closed: u64,
    /// Sessions that are open.
    pub sessions_open: u64,
    /// BMCs that are spoken to.
    pub in_flight: u64,
}

pub(super) fn write(page: &mut Page, bmcs: &Bmcs) {
    page.counter(
        "ostler_ipmi_packets_sent_total",
        "Packets that were sent to BMCs.",
        bmcs.packets_sent,
    );
    page.counter(
        "ostler_ipmi_packets_received_total",
        "Packets that came from BMCs, also those that nobody waited for.",
        bmcs.packets_received,
    );
    page.gauge(
        "ostler_ipmi_packets_waiting",
        "Packets that wait to be sent, because of power.packets_per_sec or the kernel.",
        bmcs.packets_waiting,
    );
    page.counter(
        "ostler_ipmi_sessions_opened_total",
        "Logins at BMCs that worked.",
        bmcs.sessions_opened,
    );
    page.counter(
        "ostler_ipmi_sessions_closed_total",
        "Sessions with BMCs that were closed, or given up because the BMC fell silent.",
        bmcs.sessions_closed,
    );
    page.gauge(
        "ostler_ipmi_sessions_open",
        "Sessions with BMCs that are open.",
        bmcs.sessions_open,
    );
    page.gauge(
        "ostler_ipmi_bmcs_in_flight",
        "BMCs that are spoken to now, as power.max_in_flight counts them.",
        bmcs.in_flight,
    );
}
