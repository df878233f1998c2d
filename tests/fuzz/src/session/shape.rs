//! What client and BMC are like: the first bytes of the tape.

use std::time::Instant;

use ostler::ipmi::crypto::suite::Suite;
use ostler::ipmi::privilege::Privilege;
use ostler::ipmi::quirk::Quirk;
use ostler::ipmi::session::{Entropy, Profile, Rtt, Session, Settings, SuiteSet};
use ostler::sim::fuzzing::Bmc;
use ostler::sim::{self, SimBmcConfig, SimUser};

use crate::tape::Tape;

/// A client and a BMC that may or may not come to terms. All zeros are a pair that does.
pub(super) fn pair(tape: &mut Tape<'_>, now: Instant) -> (Session, Bmc) {
    let (ours, theirs, known) = (tape.byte(), tape.byte(), tape.byte());
    (client(ours, known), bmc(theirs, now))
}

fn client(ours: u8, known: u8) -> Session {
    let limit = match ours & 0x03 {
        0 => Privilege::Administrator,
        1 => Privilege::Operator,
        _ => Privilege::User,
    };
    let suite = match ours >> 2 & 0x07 {
        0..=3 => None,
        number => Suite::ALL.into_iter().nth(usize::from(number - 4)),
    };
    let password: &[u8] = if ours & 0x20 != 0 { b"wrong" } else { b"admin" };
    let kg = (ours & 0x40 != 0).then_some(&b"rack-key"[..]);
    let settings = Settings::new(b"admin", password, kg, limit)
        .expect("all of them are short")
        .with_suite(suite);
    Session::new(settings.into(), profile(known), Rtt::default())
}

fn profile(known: u8) -> Profile {
    // No quirk, one of them, or all at once.
    let chosen = usize::from(known >> 3 & 0x0F);
    let all = Quirk::ALL.len();
    Profile {
        suite: Suite::ALL.into_iter().nth(usize::from(known & 0x07)),
        quirks: Quirk::ALL
            .into_iter()
            .enumerate()
            .filter(|(index, _)| chosen == index + 1 || chosen > all)
            .map(|(_, quirk)| quirk)
            .collect(),
        highest: (known & 0x80 != 0).then_some(Privilege::Operator),
        // A stranger, unless this says that it was asked and gave no list.
        offered: (known & 0x07 == 0x07).then(|| SuiteSet::from_numbers(&[])),
        unanswered_closes: 0,
    }
}

fn bmc(theirs: u8, now: Instant) -> Bmc {
    let mut config = SimBmcConfig::new("fuzz");
    let limit = match theirs & 0x03 {
        0 => sim::Privilege::Administrator,
        1 => sim::Privilege::Operator,
        2 => sim::Privilege::User,
        _ => sim::Privilege::Callback,
    };
    config.users = vec![SimUser::limited("admin", "admin", limit)];
    config.kg = (theirs & 0x04 != 0).then(|| b"rack-key".to_vec());
    config.suites = match theirs >> 3 & 0x03 {
        1 => vec![sim::Suite::Sha1],
        2 => vec![sim::Suite::Sha256],
        _ => vec![sim::Suite::Sha1, sim::Suite::Sha256],
    };
    config.session_cap = 1 + usize::from(!theirs >> 5 & 0x03);
    config.faults.starts_at_full_privilege = theirs & 0x80 != 0;
    Bmc::new(now, config)
}

/// SplitMix64: the same numbers for the same seed.
pub(super) struct Seeded(pub(super) u64);

impl Entropy for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = self.0;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^= mixed >> 31;
            chunk.copy_from_slice(&mixed.to_le_bytes()[..chunk.len()]);
        }
    }
}
