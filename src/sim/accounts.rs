//! What was done to the users of a BMC since it started, beside their passwords.

/// By the position of the user. Empty, and of no size, until something is done.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    changed: Vec<(usize, Account)>,
    sent: Vec<String>,
}

#[derive(Debug, Default)]
struct Account {
    disabled: bool,
    /// Whether the password was set in the form of 20 bytes.
    long: Option<bool>,
}

impl Accounts {
    pub(super) fn is_enabled(&self, user: usize) -> bool {
        !self.find(user).is_some_and(|account| account.disabled)
    }

    pub(super) fn set_enabled(&mut self, user: usize, enabled: bool) {
        self.of(user, |account| account.disabled = !enabled);
    }

    /// Whether the password was set in the form of 20 bytes, if it was set.
    pub(super) fn is_long(&self, user: usize) -> Option<bool> {
        self.find(user)?.long
    }

    pub(super) fn set_long(&mut self, user: usize, long: bool) {
        self.of(user, |account| account.long = Some(long));
    }

    /// A password was sent to be set, whatever became of it.
    pub(super) fn was_sent(&mut self, password: &str) {
        self.sent.push(password.to_owned());
    }

    /// All that were sent, in order.
    pub(super) fn sent(&self) -> &[String] {
        &self.sent
    }

    fn find(&self, user: usize) -> Option<&Account> {
        let mut changed = self.changed.iter();
        changed
            .find(|(of, _)| *of == user)
            .map(|(_, account)| account)
    }

    fn of(&mut self, user: usize, change: impl FnOnce(&mut Account)) {
        match self.changed.iter_mut().find(|(of, _)| *of == user) {
            Some((_, account)) => change(account),
            None => {
                let mut account = Account::default();
                change(&mut account);
                self.changed.push((user, account));
            }
        }
    }
}
