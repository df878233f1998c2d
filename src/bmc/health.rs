//! How the exchanges with each node's BMC went, while the daemon runs.
//!
//! An exchange holds on to the [`Pulse`] that it began with. When a node's settings change, a new one takes its place, and
//! what still runs with the old settings says nothing about the new ones.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::error::{BmcError, CompletionClass};
use crate::ipmi::privilege::Privilege;
use crate::ipmi::session::Traffic;
use crate::model::health::{FailureKind, Numbers};
use crate::model::ids::NodeId;
use crate::time;

/// What an exchange counts for after each later one: the last sixteen or so are what a share is made of.
const KEPT: f64 = 15.0 / 16.0;
/// The weight of a new round trip; polls are a minute apart, and four slow ones are to be seen.
const SMOOTHING: f64 = 0.25;

/// How the last exchange ended, for [`crate::rules::health`].
#[derive(Debug, Clone)]
pub struct LastFailure {
    /// What kind of failure it was.
    pub kind: FailureKind,
    /// Whether somebody has to change something before it can work.
    pub is_permanent: bool,
    /// What is wrong and what to do, in a sentence.
    pub sentence: String,
}

/// What is known of a BMC after its last exchange.
#[derive(Debug, Clone)]
pub struct Vitals {
    /// What was measured.
    pub numbers: Numbers,
    /// Why the last exchange failed, if it did.
    pub failure: Option<LastFailure>,
    /// It failed right after a chassis command, when BMCs are known to fail: it says nothing.
    pub is_excused: bool,
}

/// The pulses of all nodes. Shared by the handles.
#[derive(Default)]
pub(super) struct Pulses(Mutex<HashMap<NodeId, Arc<Pulse>>>);

impl Pulses {
    /// The node's own, new where there is none.
    pub(super) fn of(&self, node: NodeId) -> Arc<Pulse> {
        lock(&self.0).entry(node).or_default().clone()
    }

    /// What is known after the node's last exchange, if there was one.
    pub(super) fn vitals(&self, node: NodeId) -> Option<Vitals> {
        let pulse = lock(&self.0).get(&node)?.clone();
        let beat = lock(&pulse.0);
        (beat.numbers.exchanges > 0).then(|| Vitals {
            numbers: beat.numbers,
            failure: beat.failure.clone(),
            is_excused: beat.is_excused,
        })
    }

    /// What was measured of one node.
    pub(super) fn numbers(&self, node: NodeId) -> Option<Numbers> {
        let pulse = lock(&self.0).get(&node)?.clone();
        let beat = lock(&pulse.0);
        Some(beat.numbers)
    }

    pub(super) fn forget(&self, node: NodeId) {
        lock(&self.0).remove(&node);
    }
}

/// How it went with one BMC under the same settings.
#[derive(Default)]
pub(super) struct Pulse(Mutex<Beat>);

#[derive(Default)]
struct Beat {
    numbers: Numbers,
    /// Packets and exchanges, each worth less with each exchange after it.
    sent: f64,
    answered: f64,
    exchanges: f64,
    busy: f64,
    /// What went to and fro for the exchange that goes on.
    traffic: Traffic,
    failure: Option<LastFailure>,
    is_excused: bool,
    /// When a chassis command was last begun.
    commanded_at: Option<Instant>,
}

/// An exchange that goes on.
pub(super) struct Exchange {
    pub(super) pulse: Arc<Pulse>,
    began: Instant,
    /// Whether there is no session that counts packets: the local device.
    is_local: bool,
}

impl Exchange {
    /// Begins one. A disruptive one begins a time of `grace` in which failures are excused.
    pub(super) fn begin(pulse: Arc<Pulse>, is_local: bool, is_disruptive: bool) -> Self {
        let began = time::instant();
        if is_disruptive {
            lock(&pulse.0).commanded_at = Some(began);
        }
        Self {
            pulse,
            began,
            is_local,
        }
    }

    /// It has ended. What was not begun at all does not count.
    pub(super) fn end(self, outcome: Result<(), &BmcError>, grace: Duration, pause: Duration) {
        if outcome.is_err_and(BmcError::was_not_asked) {
            return;
        }
        let mut beat = lock(&self.pulse.0);
        if self.is_local {
            beat.traffic = local_traffic(self.began, outcome);
        }
        let failure = outcome
            .err()
            .and_then(|error| Some((error.failure_kind()?, error)));
        let excused = beat
            .commanded_at
            .is_some_and(|at| self.began.saturating_duration_since(at) < grace);
        beat.count(failure, excused, pause);
    }
}

impl Pulse {
    /// Packets went to and fro.
    pub(super) fn carried(&self, traffic: Traffic) {
        lock(&self.0).traffic.add(traffic);
    }

    /// The power was read.
    pub(super) fn was_read(&self) {
        lock(&self.0).numbers.last_reading = Some(time::now());
    }
}

impl Beat {
    fn count(&mut self, failure: Option<(FailureKind, &BmcError)>, excused: bool, pause: Duration) {
        let (now, traffic) = (time::now(), std::mem::take(&mut self.traffic));
        let kind = failure.map(|(kind, _)| kind);
        // Whether a login is refused does not depend on what the machine is doing.
        let excused = excused && kind.is_some_and(|kind| kind != FailureKind::Credentials);
        let numbers = &mut self.numbers;
        numbers.exchanges += 1;
        numbers.packets_sent += u64::from(traffic.sent);
        numbers.packets_answered += u64::from(traffic.answered);
        numbers.retransmissions += u64::from(traffic.repeated);
        if traffic.heard {
            numbers.last_contact = Some(now);
        }
        numbers.next_login = None;
        match kind {
            None => {
                numbers.consecutive_failures = 0;
                numbers.last_success = Some(now);
            }
            Some(kind) => {
                numbers.failures.add(kind);
                numbers.last_failure = Some((kind, now));
                if !excused {
                    numbers.consecutive_failures = numbers.consecutive_failures.saturating_add(1);
                }
                if kind == FailureKind::Credentials {
                    numbers.next_login = Some(now.plus(pause));
                }
            }
        }
        self.failure = failure.map(|(kind, error)| LastFailure {
            kind,
            is_permanent: error.is_permanent(),
            sentence: error.to_string(),
        });
        self.is_excused = excused;
        // A BMC that is not there at all is not one that loses packets.
        if traffic.heard && !excused {
            self.measure(traffic, kind == Some(FailureKind::Busy));
        }
    }

    fn measure(&mut self, traffic: Traffic, busy: bool) {
        let numbers = &mut self.numbers;
        numbers.heard += 1;
        if let Some(waited) = traffic.waited.checked_div(traffic.waits) {
            numbers.round_trip = Some(match numbers.round_trip {
                None => waited,
                Some(so_far) => so_far.mul_f64(1.0 - SMOOTHING) + waited.mul_f64(SMOOTHING),
            });
        }
        self.sent = self.sent * KEPT + f64::from(traffic.sent);
        self.answered = self.answered * KEPT + f64::from(traffic.answered);
        self.exchanges = self.exchanges * KEPT + 1.0;
        self.busy = self.busy * KEPT + f64::from(u8::from(busy));
        numbers.loss = (self.sent > 0.0).then(|| (1.0 - self.answered / self.sent).clamp(0.0, 1.0));
        numbers.busy = Some(self.busy / self.exchanges);
    }
}

impl BmcError {
    /// What this says about the health of the BMC; `None` where it answered as a healthy one does, or was not asked.
    pub fn failure_kind(&self) -> Option<FailureKind> {
        match self {
            Self::Silent { .. } => Some(FailureKind::Silent),
            Self::Unsendable { .. } | Self::Unresolvable { .. } => Some(FailureKind::Network),
            Self::Credentials { .. } => Some(FailureKind::Credentials),
            Self::NoFreeSession { .. } => Some(FailureKind::SessionsFull),
            Self::SuitesRefused { .. } | Self::LoginRefused { .. } | Self::TooLong { .. } => {
                Some(FailureKind::Refused)
            }
            // An account that may read is enough to be healthy; that it may not control is the order's trouble.
            Self::Privilege { needed, .. } => {
                (*needed == Privilege::User).then_some(FailureKind::Refused)
            }
            Self::Completion { class, .. } => match class {
                CompletionClass::Transient | CompletionClass::Unsure => Some(FailureKind::Busy),
                CompletionClass::Privilege | CompletionClass::Unsupported => None,
            },
            Self::Malformed { .. } => Some(FailureKind::Malformed),
            Self::Device { .. } | Self::DeviceSilent { .. } => Some(FailureKind::Device),
            Self::Resting { .. }
            | Self::LockedOut { .. }
            | Self::UnknownBootDevice { .. }
            | Self::NoSuchUser { .. }
            | Self::Stopping { .. }
            | Self::CalledOff { .. } => None,
        }
    }

    /// Whether the BMC answered the command, though not as it was hoped for.
    fn is_an_answer(&self) -> bool {
        matches!(
            self,
            Self::Completion { .. }
                | Self::Malformed { .. }
                | Self::UnknownBootDevice { .. }
                | Self::NoSuchUser { .. }
        )
    }
}

/// The local device counts nothing by itself: one command, and its answer if one came.
fn local_traffic(began: Instant, outcome: Result<(), &BmcError>) -> Traffic {
    let answered = outcome.err().is_none_or(BmcError::is_an_answer);
    let mut traffic = Traffic {
        sent: 1,
        answered: u32::from(answered),
        heard: answered,
        ..Traffic::default()
    };
    if answered {
        traffic.waits = 1;
        traffic.waited = time::instant().saturating_duration_since(began);
    }
    traffic
}

/// A panic elsewhere leaves the numbers as good as they were.
fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipmi::session::Stage;

    const GRACE: Duration = Duration::from_secs(30);
    const PAUSE: Duration = Duration::from_secs(300);

    fn silent() -> BmcError {
        BmcError::Silent {
            at: "10.0.0.7:623".to_owned(),
            stage: Stage::OpenSession,
            sent: false,
            command: "chassis status",
        }
    }

    fn busy() -> BmcError {
        BmcError::Completion {
            at: "10.0.0.7:623".to_owned(),
            command: "chassis status",
            code: 0xC0,
            class: CompletionClass::Transient,
        }
    }

    fn traffic(sent: u32, answered: u32, millis: u64) -> Traffic {
        Traffic {
            sent,
            answered,
            repeated: sent - answered,
            waited: Duration::from_millis(millis),
            waits: 1,
            heard: answered > 0,
        }
    }

    /// An exchange with this much to and fro that ends like this.
    fn exchange(pulses: &Pulses, node: NodeId, carried: Traffic, outcome: Result<(), &BmcError>) {
        let exchange = Exchange::begin(pulses.of(node), false, false);
        exchange.pulse.carried(carried);
        exchange.end(outcome, GRACE, PAUSE);
    }

    #[test]
    fn loss_is_of_the_exchanges_in_which_the_bmc_was_there_and_fades() {
        let (pulses, node) = (Pulses::default(), NodeId::random());
        for _ in 0..20 {
            exchange(&pulses, node, traffic(4, 0, 0), Err(&silent()));
        }
        let numbers = pulses.numbers(node).unwrap();
        assert_eq!(
            (numbers.loss, numbers.consecutive_failures, numbers.heard),
            (None, 20, 0)
        );
        for _ in 0..20 {
            exchange(&pulses, node, traffic(5, 4, 10), Ok(()));
        }
        let numbers = pulses.numbers(node).unwrap();
        assert!((numbers.loss.unwrap() - 0.2).abs() < 1e-9, "{numbers:?}");
        assert_eq!(numbers.consecutive_failures, 0);
        assert_eq!((numbers.packets_sent, numbers.packets_answered), (180, 80));
        for _ in 0..48 {
            exchange(&pulses, node, traffic(4, 4, 10), Ok(()));
        }
        assert!(pulses.numbers(node).unwrap().loss.unwrap() < 0.02);
    }

    #[test]
    fn round_trips_are_smoothed_and_busy_answers_are_a_share_and_failures() {
        let (pulses, node) = (Pulses::default(), NodeId::random());
        exchange(&pulses, node, traffic(4, 4, 100), Ok(()));
        exchange(&pulses, node, traffic(4, 4, 500), Err(&busy()));
        let vitals = pulses.vitals(node).unwrap();
        assert_eq!(vitals.numbers.round_trip, Some(Duration::from_millis(200)));
        assert!((vitals.numbers.busy.unwrap() - 1.0 / (1.0 + KEPT)).abs() < 1e-9);
        assert_eq!(vitals.numbers.failures.total(), 1);
        assert_eq!(vitals.failure.unwrap().kind, FailureKind::Busy);
        assert!(vitals.numbers.last_contact.is_some());
    }

    #[test]
    fn a_failure_right_after_a_command_is_counted_and_excused() {
        let (pulses, node) = (Pulses::default(), NodeId::random());
        let control = Exchange::begin(pulses.of(node), false, true);
        control.end(Ok(()), GRACE, PAUSE);
        exchange(&pulses, node, traffic(4, 4, 10), Err(&busy()));
        let vitals = pulses.vitals(node).unwrap();
        assert!(vitals.is_excused);
        assert_eq!(vitals.numbers.consecutive_failures, 0);
        assert_eq!(
            (vitals.numbers.failures.total(), vitals.numbers.busy),
            (1, None)
        );
        let later = Exchange::begin(pulses.of(node), false, false);
        later.end(Err(&busy()), Duration::ZERO, PAUSE);
        assert!(!pulses.vitals(node).unwrap().is_excused);
    }

    /// The settings are changed while an exchange is under way: that says nothing of the new ones.
    #[test]
    fn an_exchange_with_old_settings_says_nothing_of_new_ones() {
        let (pulses, node) = (Pulses::default(), NodeId::random());
        let old = Exchange::begin(pulses.of(node), false, false);
        pulses.forget(node);
        let new = Exchange::begin(pulses.of(node), false, false);
        old.end(Err(&silent()), GRACE, PAUSE);
        assert!(pulses.vitals(node).is_none());
        new.end(Ok(()), GRACE, PAUSE);
        assert!(pulses.vitals(node).unwrap().failure.is_none());
    }

    #[test]
    fn what_was_not_asked_and_what_the_account_may_not_do_is_no_failure() {
        let (pulses, node) = (Pulses::default(), NodeId::random());
        let resting = BmcError::Resting {
            at: String::new(),
            times: 3,
            remaining: PAUSE,
        };
        exchange(&pulses, node, Traffic::default(), Err(&resting));
        assert!(pulses.vitals(node).is_none());
        let privilege = |needed| BmcError::Privilege {
            at: String::new(),
            username: String::new(),
            command: "x",
            needed,
            fault: crate::ipmi::session::PrivilegeFault::Level(0x81),
        };
        assert_eq!(privilege(Privilege::Operator).failure_kind(), None);
        let read = privilege(Privilege::User).failure_kind();
        assert_eq!(read, Some(FailureKind::Refused));
    }

    #[test]
    fn a_local_command_is_one_packet_that_is_answered_by_any_answer() {
        let (pulses, node) = (Pulses::default(), NodeId::random());
        for error in [None, Some(busy()), Some(silent())] {
            let exchange = Exchange::begin(pulses.of(node), true, false);
            exchange.end(error.as_ref().map_or(Ok(()), Err), GRACE, PAUSE);
        }
        let numbers = pulses.numbers(node).unwrap();
        assert_eq!(
            (
                numbers.packets_sent,
                numbers.packets_answered,
                numbers.heard
            ),
            (3, 2, 2)
        );
        assert_eq!(numbers.loss, Some(0.0));
    }
}
