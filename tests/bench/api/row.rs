//! A row of the table, and the middle of several figures.

use std::fmt;

/// One measure.
pub(crate) struct Row {
    /// What was measured, with its unit.
    pub(crate) what: String,
    /// What the daemon reached.
    pub(crate) ours: f64,
    /// What it stands beside, and what that reached.
    pub(crate) peer: Option<(&'static str, f64)>,
}

impl Row {
    pub(crate) const HEAD: &'static str =
        "| measure | ostlerd | beside | what | ratio |\n|---|---:|---:|---|---:|";

    /// A figure beside that of a peer.
    pub(crate) fn beside(
        what: impl Into<String>,
        ours: f64,
        peer: &'static str,
        theirs: f64,
    ) -> Self {
        Self {
            what: what.into(),
            ours,
            peer: Some((peer, theirs)),
        }
    }

    /// A figure that stands alone.
    pub(crate) fn alone(what: impl Into<String>, ours: f64) -> Self {
        Self {
            what: what.into(),
            ours,
            peer: None,
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| {} | {} | ", self.what, figure(self.ours))?;
        match self.peer {
            Some((peer, theirs)) => {
                let ratio = self.ours / theirs;
                write!(f, "{} | {peer} | {ratio:.2} |", figure(theirs))
            }
            None => f.write_str("| | |"),
        }
    }
}

/// Three digits that count, and all those before the point.
fn figure(value: f64) -> String {
    let decimals = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.decimals$}")
}

/// The one in the middle; of an even number, the higher of the two.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    quantile(&mut values, 0.5)
}

/// The one that this share of them does not exceed.
pub(crate) fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a list of figures"
    )]
    let place = (values.len() as f64 * share) as usize;
    let place = place.min(values.len().saturating_sub(1));
    values.get(place).copied().unwrap_or(f64::NAN)
}
