//! What happened in a rack, all BMCs together.

use serde::Serialize;

use crate::model::power::PowerState;
use crate::sim::{Counters, Rack};

/// A rack in numbers.
#[derive(Serialize)]
pub(super) struct Summary {
    bmcs: usize,
    on: usize,
    total: Counters,
}

impl Summary {
    pub(super) fn of(rack: &Rack) -> Self {
        Self {
            bmcs: rack.len(),
            on: rack
                .bmcs()
                .filter(|bmc| bmc.power() == PowerState::On)
                .count(),
            total: total(rack),
        }
    }
}

/// The counters of all BMCs together.
pub(super) fn total(rack: &Rack) -> Counters {
    let mut total = Counters::default();
    for bmc in rack.bmcs() {
        total.add(&bmc.counters());
    }
    total
}

/// One line of JSON.
pub(super) fn json(rack: &Rack) -> serde_json::Result<String> {
    serde_json::to_string(&Summary::of(rack))
}

/// Some lines for people.
pub(super) fn text(rack: &Rack) -> String {
    let Summary { bmcs, on, total } = Summary::of(rack);
    let acted = total.controls_acted;
    let commands: Vec<String> = total
        .commands
        .iter()
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    format!(
        "{bmcs} BMCs, {on} on; {} datagrams in, {} out\n\
         sessions: {} opened, {} closed, {} expired, {} still open; {} leaked; {} refused, {} logins refused\n\
         commands: {}\n\
         chassis controls acted upon: {} up, {} down, {} soft, {} cycle, {} reset",
        total.packets_in,
        total.packets_out,
        total.sessions_opened,
        total.sessions_closed,
        total.sessions_expired,
        total.sessions_open,
        total.sessions_leaked,
        total.sessions_refused,
        total.logins_refused,
        commands.join(", "),
        acted.up,
        acted.down,
        acted.soft,
        acted.cycle,
        acted.reset,
    )
}
