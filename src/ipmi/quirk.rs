//! What some BMCs do differently from the specification, by name.
//!
//! All are off until the BMC shows them; what was found is remembered with the BMC's profile, so that it is found once.

use std::fmt;

/// A known fault of some BMCs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quirk {
    /// RAKP codes and keys are hashed with the privilege of Open Session in place of the role byte of RAKP 1.
    /// Supermicro X8 and relatives; FreeIPMI calls the workaround `opensesspriv`.
    OpenSessionPrivilegeKeys,
    /// RAKP codes and keys are hashed with the user name padded with zeros to 16 bytes. Intel SE7520AF2 and relatives;
    /// part of FreeIPMI's `intel20`.
    PaddedUserName,
    /// The code of RAKP 2 is one byte too short, or too long. Supermicro H8QME, Sun Fire 4100.
    Rakp2Length,
    /// The requested privilege has to be the user's limit, nothing lower (Xyratex; answered with D4h, 81h, 09h or 0Ah).
    ExactPrivilege,
}

impl Quirk {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Rakp2Length,
        Self::OpenSessionPrivilegeKeys,
        Self::PaddedUserName,
        Self::ExactPrivilege,
    ];

    /// Its name, as a profile stores it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenSessionPrivilegeKeys => "open_session_privilege_keys",
            Self::PaddedUserName => "padded_user_name",
            Self::Rakp2Length => "rakp2_length",
            Self::ExactPrivilege => "exact_privilege",
        }
    }

    /// Reads its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quirk| quirk.as_str() == name)
    }

    fn bit(self) -> u8 {
        match self {
            Self::OpenSessionPrivilegeKeys => 0x01,
            Self::PaddedUserName => 0x02,
            Self::ExactPrivilege => 0x04,
            Self::Rakp2Length => 0x08,
        }
    }
}

/// A set of quirks.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Quirks(u8);

impl Quirks {
    /// Whether it is in the set.
    pub fn has(self, quirk: Quirk) -> bool {
        self.0 & quirk.bit() != 0
    }

    /// Adds one.
    pub fn insert(&mut self, quirk: Quirk) {
        self.0 |= quirk.bit();
    }

    /// Takes one out: the BMC no longer shows it.
    pub fn remove(&mut self, quirk: Quirk) {
        self.0 &= !quirk.bit();
    }

    /// Those in the set.
    pub fn iter(self) -> impl Iterator<Item = Quirk> {
        Quirk::ALL.into_iter().filter(move |quirk| self.has(*quirk))
    }
}

impl FromIterator<Quirk> for Quirks {
    fn from_iter<I: IntoIterator<Item = Quirk>>(quirks: I) -> Self {
        let mut set = Self::default();
        quirks.into_iter().for_each(|quirk| set.insert(quirk));
        set
    }
}

impl fmt::Debug for Quirks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quirk_is_found_again_under_its_name() {
        for quirk in Quirk::ALL {
            assert_eq!(Quirk::parse(quirk.as_str()), Some(quirk));
            assert_eq!(
                Quirks::from_iter([quirk]).iter().collect::<Vec<_>>(),
                [quirk]
            );
        }
        assert_eq!(Quirk::parse("no_such_quirk"), None);
    }
}
