//! What `/metrics` says of Keystone.

use super::page::{Kind, Page};
use crate::meter::{Counts, Reading};

/// The numbers of questions to Keystone; all zero where there is none.
#[derive(Debug)]
pub struct Keystone {
    /// Questions about tokens, by how they ended.
    pub validations: Counts,
    /// How long they took, in seconds.
    pub times: Reading,
    /// Tokens that nobody had to be asked about.
    pub remembered: u64,
}

pub(super) fn write(page: &mut Page, keystone: &Keystone) {
    page.counts(
        "ostler_keystone_validations_total",
        "Tokens that Keystone was asked about, by how that ended.",
        "outcome",
        &keystone.validations,
    );
    let mut times = page.family(
        "ostler_keystone_validation_duration_seconds",
        Kind::Histogram,
        "How long Keystone was asked about a token.",
    );
    times.histogram(&[], &keystone.times);
    page.counter(
        "ostler_keystone_remembered_total",
        "Tokens of Keystone that were known from a short while ago.",
        keystone.remembered,
    );
}
