//! Which cipher suite to try next.

use super::output::SuiteRefusal;
use crate::ipmi::crypto::suite::Suite;
use crate::ipmi::wire::status::Status;

/// Tried in this order when nothing is known. Never 0, which is no security at all.
const ORDER: [Suite; 2] = [Suite::S17, Suite::S3];

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
pub(super) struct Candidates(Vec<(Suite, Verdict)>);

impl Candidates {
    /// The configured suite alone; or the one that worked last, then the others.
    pub(super) fn new(configured: Option<Suite>, remembered: Option<Suite>) -> Self {
        let suites: Vec<Suite> = match configured {
            Some(suite) => vec![suite],
            None => remembered
                .into_iter()
                .chain(ORDER.into_iter().filter(|suite| remembered != Some(*suite)))
                .collect(),
        };
        Self(
            suites
                .into_iter()
                .map(|suite| (suite, Verdict::Untried))
                .collect(),
        )
    }

    pub(super) fn next(&self) -> Next {
        let untried = self
            .0
            .iter()
            .find(|(_, verdict)| *verdict == Verdict::Untried);
        if let Some((suite, _)) = untried {
            return Next::Try(*suite);
        }
        if self.0.iter().any(|(_, verdict)| *verdict == Verdict::Full) {
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
        for (_, verdict) in &mut self.0 {
            if *verdict == Verdict::Full {
                *verdict = Verdict::Untried;
            }
        }
    }

    /// Everything may be tried again; `worked` first, if it is one of them.
    pub(super) fn reset(&mut self, worked: Option<Suite>) {
        for (_, verdict) in &mut self.0 {
            *verdict = Verdict::Untried;
        }
        self.0.sort_by_key(|(suite, _)| Some(*suite) != worked);
    }

    /// Whether some refusal may have been about the privilege that was asked for.
    pub(super) fn privilege_suspected(&self) -> bool {
        self.refusals().iter().any(|(_, refusal)| {
            *refusal == SuiteRefusal::Status(Status::UnauthorizedRole)
                || *refusal == SuiteRefusal::Status(Status::InvalidRole)
        })
    }

    fn refusals(&self) -> Vec<(Suite, SuiteRefusal)> {
        self.0
            .iter()
            .filter_map(|(suite, verdict)| match verdict {
                Verdict::Refused(refusal) => Some((*suite, *refusal)),
                Verdict::Untried | Verdict::Full => None,
            })
            .collect()
    }

    fn mark(&mut self, suite: Suite, verdict: Verdict) {
        for (candidate, of_candidate) in &mut self.0 {
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

    #[test]
    fn seventeen_is_tried_before_three_and_what_worked_before_both() {
        assert_eq!(Candidates::new(None, None).next(), Next::Try(Suite::S17));
        let mut candidates = Candidates::new(None, Some(Suite::S3));
        assert_eq!(candidates.next(), Next::Try(Suite::S3));
        candidates.refuse(Suite::S3, REFUSED);
        assert_eq!(candidates.next(), Next::Try(Suite::S17));
        candidates.refuse(Suite::S17, REFUSED);
        assert_eq!(
            candidates.next(),
            Next::Refused(vec![(Suite::S3, REFUSED), (Suite::S17, REFUSED)])
        );
    }

    #[test]
    fn a_configured_suite_has_no_alternative() {
        let mut candidates = Candidates::new(Some(Suite::S17), Some(Suite::S3));
        assert_eq!(candidates.next(), Next::Try(Suite::S17));
        candidates.refuse(Suite::S17, REFUSED);
        assert_eq!(
            candidates.next(),
            Next::Refused(vec![(Suite::S17, REFUSED)])
        );
    }

    #[test]
    fn no_free_session_may_mean_a_disabled_suite_so_the_other_is_tried_before_waiting() {
        let mut candidates = Candidates::new(None, None);
        candidates.full(Suite::S17);
        assert_eq!(candidates.next(), Next::Try(Suite::S3));
        candidates.full(Suite::S3);
        assert_eq!(candidates.next(), Next::Wait);
        candidates.try_full_again();
        assert_eq!(candidates.next(), Next::Try(Suite::S17));
        candidates.full(Suite::S17);
        candidates.refuse(Suite::S3, REFUSED);
        assert_eq!(candidates.next(), Next::Wait, "only 17 can be meant");
    }
}
