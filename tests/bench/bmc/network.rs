//! What lies between the client and the BMCs.

use std::fmt;

/// A network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Network {
    /// Loopback as it is.
    Near,
    /// Every answer comes 20 ms after its request.
    Far,
    /// The same, and one BMC in twenty never answers.
    Dead,
    /// A packet in fifty is lost, each way.
    Lossy,
}

impl Network {
    pub(crate) const ALL: [Self; 4] = [Self::Near, Self::Far, Self::Dead, Self::Lossy];

    /// What the simulator is told.
    pub(crate) fn options(self) -> &'static [&'static str] {
        match self {
            Self::Near => &[],
            Self::Far => &["--reply-delay-ms=20"],
            Self::Dead => &["--reply-delay-ms=20", "--dead=5"],
            Self::Lossy => &["--loss=0.02"],
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Near => "near",
            Self::Far => "far",
            Self::Dead => "dead",
            Self::Lossy => "lossy",
        })
    }
}
