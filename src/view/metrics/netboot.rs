//! What `/metrics` says of the boot service.

use super::page::Page;
use crate::meter::Counts;

/// The numbers of the boot service; all zero where there is none.
#[derive(Debug)]
pub struct Netboot {
    /// Requests of machines, by what they were answered with.
    pub answers: Counts,
}

pub(super) fn write(page: &mut Page, netboot: &Netboot) {
    page.counts(
        "ostler_netboot_answers_total",
        "Requests of machines to the boot service, by what they were answered with.",
        "answer",
        &netboot.answers,
    );
}
