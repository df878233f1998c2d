//! Which cipher suite to try next.

use super::output::SuiteRefusal;
use super::settings::Profile;
use crate::ipmi::crypto::suite::Suite;
use crate::ipmi::quirk::{Quirk, Quirks};
use crate::ipmi::wire::status::Status;

/// Tried whatever a BMC lists: lists are known to lie (an Intel S2600JF has 1 to 16 in its for 0 to 15).
const ALWAYS: [Suite; 2] = [Suite::S17, Suite::S3];

/// A set of the cipher suites that we speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SuiteSet([bool; Suite::ALL.len()]);

impl SuiteSet {
    /// Those of these numbers that are ours. So 0, 1 and 2, 6 and 7, which leave something unprotected, are never in it.
    pub fn from_numbers(numbers: &[u8]) -> Self {
        Self(Suite::ALL.map(|suite| numbers.contains(&suite.number())))
    }

    /// Whether it is in the set.
    pub fn has(self, suite: Suite) -> bool {
        self.iter().any(|of_set| of_set == suite)
    }

    /// Those in the set, in the order in which they are tried.
    pub fn iter(self) -> impl Iterator<Item = Suite> {
        Suite::ALL
            .into_iter()
            .zip(self.0)
            .filter_map(|(suite, present)| present.then_some(suite))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Untried,
    /// 01h: no free session; or, on an Intel M50CYP, this suite is disabled.
    Full,
    Refused(SuiteRefusal),
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Try this suite.
    Try(Suite),
    /// All that could work said that the BMC has no free session: wait, then try them again.
    Wait,
    /// Nothing is left.
    Refused(Vec<(Suite, SuiteRefusal)>),
}

/// The suites that can be tried, in order, with what the BMC said to each.
#[derive(Debug)]
pub(super) struct Candidates {
    suites: Vec<(Suite, Verdict)>,
    /// The one that worked last.
    worked: Option<Suite>,
    /// Whether 01h of any other suite does not mean that the BMC is full.
    only_that: bool,
    offered: SuiteSet,
}

impl Candidates {
    /// The configured suite alone; or the one that worked last, then those that the BMC lists, then the others.
    pub(super) fn new(configured: Option<Suite>, profile: &Profile, quirks: Quirks) -> Self {
        let offered = profile.offered.unwrap_or_default();
        let mut order = Vec::new();
        match configured {
            Some(suite) => order.push(suite),
            None => order.extend(
                profile
                    .suite
                    .into_iter()
                    .chain(offered.iter())
                    .chain(ALWAYS),
            ),
        }
        let mut suites: Vec<(Suite, Verdict)> = Vec::with_capacity(order.len());
        for suite in order {
            if !suites.iter().any(|(of_list, _)| *of_list == suite) {
                suites.push((suite, Verdict::Untried));
            }
        }
        Self {
            suites,
            worked: profile.suite,
            only_that: quirks.has(Quirk::SuiteRefusedAsFull),
            offered,
        }
    }

    pub(super) fn next(&self) -> Next {
        if self.only_is_full() {
            return Next::Wait;
        }
        let untried = self
            .suites
            .iter()
            .find(|(_, verdict)| *verdict == Verdict::Untried);
        if let Some((suite, _)) = untried {
            return Next::Try(*suite);
        }
        if self.full_ones().next().is_some() {
            return Next::Wait;
        }
        Next::Refused(self.refusals())
    }

    /// The BMC refused this one.
    pub(super) fn refuse(&mut self, suite: Suite, refusal: SuiteRefusal) {
        self.mark(suite, Verdict::Refused(refusal));
    }

    /// The BMC said that it has no free session.
    pub(super) fn full(&mut self, suite: Suite) {
        self.mark(suite, Verdict::Full);
    }

    /// The wait is over.
    pub(super) fn try_full_again(&mut self) {
        let only = self.worked.filter(|_| self.only_is_full());
        for (suite, verdict) in &mut self.suites {
            if *verdict == Verdict::Full && only.is_none_or(|only| only == *suite) {
                *verdict = Verdict::Untried;
            }
        }
    }

    /// Whether some refusal may have been about the privilege that was asked for.
    pub(super) fn privilege_suspected(&self) -> bool {
        self.refusals().iter().any(|(_, refusal)| {
            *refusal == SuiteRefusal::Status(Status::UnauthorizedRole)
                || *refusal == SuiteRefusal::Status(Status::InvalidRole)
        })
    }

    /// Whether the BMC said 01h to a suite of which nothing speaks, where this one worked at once.
    pub(super) fn refused_as_full(&self, worked: Suite) -> bool {
        self.full_ones()
            .any(|suite| suite != worked && !self.is_good(suite))
    }

    /// Whether the BMC was full for a suite that it lists, or that worked before: then this one was only a way out.
    pub(super) fn is_way_out(&self, worked: Suite) -> bool {
        self.full_ones()
            .any(|suite| suite != worked && self.is_good(suite))
    }

    fn is_good(&self, suite: Suite) -> bool {
        self.offered.has(suite) || self.worked == Some(suite)
    }

    fn full_ones(&self) -> impl Iterator<Item = Suite> {
        self.suites
            .iter()
            .filter(|(_, verdict)| *verdict == Verdict::Full)
            .map(|(suite, _)| *suite)
    }

    fn said_full(&self, suite: Suite) -> bool {
        self.full_ones().any(|full| full == suite)
    }

    fn only_is_full(&self) -> bool {
        self.only_that && self.worked.is_some_and(|worked| self.said_full(worked))
    }

    fn refusals(&self) -> Vec<(Suite, SuiteRefusal)> {
        self.suites
            .iter()
            .filter_map(|(suite, verdict)| match verdict {
                Verdict::Refused(refusal) => Some((*suite, *refusal)),
                Verdict::Untried | Verdict::Full => None,
            })
            .collect()
    }

    fn mark(&mut self, suite: Suite, verdict: Verdict) {
        for (candidate, of_candidate) in &mut self.suites {
            if *candidate == suite {
                *of_candidate = verdict;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: SuiteRefusal = SuiteRefusal::Status(Status::NoCipherSuiteMatch);

    fn candidates(worked: Option<Suite>, listed: &[u8], quirks: &[Quirk]) -> Candidates {
        let profile = Profile {
            suite: worked,
            offered: Some(SuiteSet::from_numbers(listed)),
            ..Profile::default()
        };
        Candidates::new(None, &profile, quirks.iter().copied().collect())
    }

    fn order(mut candidates: Candidates) -> Vec<u8> {
        let mut order = Vec::new();
        while let Next::Try(suite) = candidates.next() {
            order.push(suite.number());
            candidates.refuse(suite, REFUSED);
        }
        order
    }

    #[test]
    fn what_worked_comes_first_then_what_is_listed_then_17_and_3_all_the_same() {
        assert_eq!(order(candidates(None, &[], &[])), [17, 3]);
        assert_eq!(order(candidates(None, &[3], &[])), [3, 17]);
        assert_eq!(
            order(candidates(None, &[8, 12, 3, 17], &[])),
            [17, 3, 12, 8]
        );
        assert_eq!(
            order(candidates(None, &[0, 1, 2, 6, 7, 12], &[])),
            [12, 17, 3]
        );
        assert_eq!(
            order(candidates(Some(Suite::S3), &[3, 8, 17], &[])),
            [3, 17, 8]
        );
        let all: Vec<u8> = (0..=u8::MAX).collect();
        assert_eq!(order(candidates(None, &all, &[])), [17, 3, 12, 8]);
    }

    #[test]
    fn a_configured_suite_has_no_alternative() {
        let profile = Profile {
            suite: Some(Suite::S3),
            ..Profile::default()
        };
        let mut candidates = Candidates::new(Some(Suite::S17), &profile, Quirks::default());
        assert_eq!(candidates.next(), Next::Try(Suite::S17));
        candidates.refuse(Suite::S17, REFUSED);
        assert_eq!(
            candidates.next(),
            Next::Refused(vec![(Suite::S17, REFUSED)])
        );
    }

    #[test]
    fn no_free_session_may_mean_a_disabled_suite_so_the_other_is_tried_before_waiting() {
        let mut candidates = candidates(None, &[], &[]);
        candidates.full(Suite::S17);
        assert!(candidates.refused_as_full(Suite::S3));
        assert_eq!(candidates.next(), Next::Try(Suite::S3));
        candidates.full(Suite::S3);
        assert_eq!(candidates.next(), Next::Wait);
        candidates.try_full_again();
        assert_eq!(candidates.next(), Next::Try(Suite::S17));
        candidates.full(Suite::S17);
        candidates.refuse(Suite::S3, REFUSED);
        assert_eq!(candidates.next(), Next::Wait, "only 17 can be meant");
    }

    #[test]
    fn no_free_session_for_a_listed_suite_is_believed() {
        let mut candidates = candidates(None, &[3, 17], &[]);
        candidates.full(Suite::S17);
        assert!(!candidates.refused_as_full(Suite::S3));
        assert!(candidates.is_way_out(Suite::S3));
    }

    #[test]
    fn where_01h_is_known_to_mean_disabled_only_the_suite_that_worked_is_waited_for() {
        let quirk = [Quirk::SuiteRefusedAsFull];
        let mut known = candidates(Some(Suite::S3), &[], &quirk);
        known.full(Suite::S3);
        assert_eq!(known.next(), Next::Wait, "17 is not even tried");
        known.try_full_again();
        assert_eq!(known.next(), Next::Try(Suite::S3));
        // It was disabled too: then 01h may mean anything again.
        known.refuse(Suite::S3, REFUSED);
        assert_eq!(known.next(), Next::Try(Suite::S17));
        known.full(Suite::S17);
        assert_eq!(known.next(), Next::Wait);
        known.try_full_again();
        assert_eq!(known.next(), Next::Try(Suite::S17));
    }
}
