//! Between the nouns of the model and those of IPMI.

use super::error::BmcError;
use super::settings::BmcSettings;
use crate::ipmi::crypto::suite::Suite;
use crate::ipmi::privilege::Privilege;
use crate::ipmi::quirk::{Quirk, Quirks};
use crate::ipmi::session::{Profile, Settings, SettingsError, SuiteSet};
use crate::model::bmc::{BmcProfile, CipherSuite, LanConfig, PrivilegeLevel};

pub(super) fn suite(suite: CipherSuite) -> Suite {
    match suite {
        CipherSuite::S3 => Suite::S3,
        CipherSuite::S8 => Suite::S8,
        CipherSuite::S12 => Suite::S12,
        CipherSuite::S17 => Suite::S17,
    }
}

fn cipher_suite(suite: Suite) -> CipherSuite {
    match suite {
        Suite::S3 => CipherSuite::S3,
        Suite::S8 => CipherSuite::S8,
        Suite::S12 => CipherSuite::S12,
        Suite::S17 => CipherSuite::S17,
    }
}

fn privilege(level: PrivilegeLevel) -> Privilege {
    match level {
        PrivilegeLevel::User => Privilege::User,
        PrivilegeLevel::Operator => Privilege::Operator,
        PrivilegeLevel::Administrator => Privilege::Administrator,
    }
}

/// Names that no quirk has are left out: they come from a version of Ostler that knew more.
fn quirks(names: &[String]) -> Quirks {
    names.iter().filter_map(|name| Quirk::parse(name)).collect()
}

pub(super) fn to_session(profile: &BmcProfile) -> Profile {
    let numbers =
        |suites: &Vec<CipherSuite>| -> Vec<u8> { suites.iter().copied().map(u8::from).collect() };
    let offered = profile.offered_suites.as_ref().map(numbers);
    Profile {
        suite: profile.cipher_suite.map(suite),
        quirks: quirks(&profile.quirks),
        offered: offered.as_deref().map(SuiteSet::from_numbers),
        unanswered_closes: 0,
        highest: None,
    }
}

pub(super) fn from_session(profile: Profile) -> BmcProfile {
    BmcProfile {
        cipher_suite: profile.suite.map(cipher_suite),
        quirks: profile
            .quirks
            .iter()
            .map(|quirk| quirk.as_str().to_owned())
            .collect(),
        offered_suites: profile
            .offered
            .map(|offered| offered.iter().map(cipher_suite).collect()),
    }
}

/// The settings of a session, if such an account is possible.
pub(super) fn settings(lan: &LanConfig, bmc: &BmcSettings) -> Result<Settings, BmcError> {
    let settings = Settings::new(
        lan.username.as_bytes(),
        lan.password.expose().as_bytes(),
        lan.kg.as_ref().map(|kg| kg.expose().as_slice()),
        privilege(lan.privilege_level),
    );
    let settings = settings.map_err(|error| {
        let (field, too_long) = match error {
            SettingsError::Username(too_long) => ("bmc.username", too_long),
            SettingsError::Password(too_long) => ("bmc.password", too_long),
            SettingsError::Kg(too_long) => ("bmc.kg", too_long),
        };
        BmcError::TooLong {
            field,
            length: too_long.length,
            limit: too_long.limit,
        }
    })?;
    let settings = settings
        .with_suite(lan.cipher_suite.map(suite))
        .with_quirks(quirks(&lan.quirks))
        .with_timing(bmc.timing);
    Ok(if bmc.first_contact {
        settings
    } else {
        settings.without_first_contact()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_survives_the_way_through_the_database() {
        for (suite, offered) in [
            (Suite::S17, None),
            (Suite::S3, Some(SuiteSet::default())),
            (Suite::S8, Some(SuiteSet::from_numbers(&[17]))),
            (Suite::S12, Some(SuiteSet::from_numbers(&[3, 8, 12, 17]))),
        ] {
            let profile = Profile {
                suite: Some(suite),
                quirks: Quirk::ALL.into_iter().collect(),
                offered,
                unanswered_closes: 0,
                highest: None,
            };
            assert_eq!(to_session(&from_session(profile)), profile);
        }
    }
}
