//! Accounts that bad passwords lock for a time.

use std::time::Instant;

use crate::sim::faults::Lockout;

/// The bad passwords of each user, by index. Empty, and of no size, until the first.
#[derive(Debug, Default)]
pub(super) struct Lockouts(Vec<Account>);

#[derive(Debug, Default, Clone)]
struct Account {
    failures: u32,
    locked_until: Option<Instant>,
}

impl Lockouts {
    pub(super) fn is_locked(&self, user: usize, now: Instant) -> bool {
        let until = self.0.get(user).and_then(|account| account.locked_until);
        until.is_some_and(|until| now < until)
    }

    pub(super) fn on_bad_password(&mut self, user: usize, now: Instant, rule: Option<Lockout>) {
        let Some(rule) = rule else { return };
        if self.0.len() <= user {
            self.0.resize(user + 1, Account::default());
        }
        if let Some(account) = self.0.get_mut(user) {
            account.failures += 1;
            if account.failures >= rule.after {
                account.failures = 0;
                account.locked_until = Some(now + rule.lasts);
            }
        }
    }

    pub(super) fn on_good_password(&mut self, user: usize) {
        if let Some(account) = self.0.get_mut(user) {
            *account = Account::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn account_is_locked_for_its_time_after_so_many_bad_passwords_in_a_row() {
        let (now, mut lockouts) = (crate::time::instant(), Lockouts::default());
        let lasts = Duration::from_secs(60);
        let rule = Some(Lockout { after: 2, lasts });
        lockouts.on_bad_password(1, now, rule);
        lockouts.on_good_password(1);
        lockouts.on_bad_password(1, now, rule);
        assert!(
            !lockouts.is_locked(1, now),
            "a good one starts the count again"
        );
        lockouts.on_bad_password(1, now, rule);
        assert!(lockouts.is_locked(1, now));
        assert!(!lockouts.is_locked(0, now));
        assert!(!lockouts.is_locked(1, now + lasts));
    }
}
