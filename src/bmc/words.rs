//! The sentences of [`BmcError`](super::BmcError): what is wrong at which BMC, and what to change.

use std::io;
use std::time::Duration;

use super::error::CompletionClass;
use crate::ipmi::crypto::suite::Suite;
use crate::ipmi::privilege::Privilege;
use crate::ipmi::session::{CredentialsFault, PrivilegeFault, Stage, SuiteRefusal};

pub(super) fn silent(at: &str, stage: Stage, sent: bool, command: &str) -> String {
    if sent {
        return format!(
            "the BMC at {at} did not answer {command} and may have acted on it; its state is read before anything is repeated"
        );
    }
    match stage {
        Stage::OpenSession => format!(
            "the BMC at {at} does not answer: check that it has power and network, that IPMI over LAN is enabled in it, and \
             the node's bmc.address and bmc.port"
        ),
        Stage::FirstLogin => format!(
            "the BMC at {at} answers, but not to a login of IPMI v2.0: enable IPMI over LAN with RMCP+ in it; a BMC that has \
             only IPMI v1.5 cannot be used"
        ),
        Stage::Rakp1 => format!(
            "the BMC at {at} answers, but fell silent during the login (no RAKP 2): it may be overloaded or rebooting"
        ),
        Stage::Rakp3 => format!(
            "the BMC at {at} answers, but fell silent during the login (no RAKP 4), as some BMCs do when the password is \
             wrong: check the node's bmc.username and bmc.password"
        ),
        Stage::Privilege | Stage::Command => format!(
            "the BMC at {at} accepted the login, but did not answer {command}: it may be overloaded or rebooting"
        ),
    }
}

pub(super) fn credentials(at: &str, username: &str, fault: CredentialsFault) -> String {
    match fault {
        CredentialsFault::Username(status) => format!(
            "the BMC at {at} does not know the user {username:?} (RAKP 2: {status}): correct the node's bmc.username"
        ),
        CredentialsFault::Password => format!(
            "the BMC at {at} has another password for the user {username:?} (RAKP 2: its proof does not match ours): correct \
             the node's bmc.username or bmc.password"
        ),
        CredentialsFault::PasswordRefused(status) => format!(
            "the BMC at {at} refused the password of the user {username:?} (RAKP 4: {status}): correct the node's \
             bmc.username or bmc.password"
        ),
        CredentialsFault::Kg => format!(
            "the BMC at {at} has another BMC key (K_G) than the node's bmc.kg (RAKP 4: its check value does not match ours): \
             correct the node's bmc.kg"
        ),
        CredentialsFault::KgMissing => format!(
            "the BMC at {at} has a BMC key (K_G) and the node has none (RAKP 4: its check value is not made with the \
             password): set the node's bmc.kg"
        ),
    }
}

pub(super) fn privilege(
    at: &str,
    username: &str,
    command: &str,
    needed: Privilege,
    fault: PrivilegeFault,
) -> String {
    match fault {
        PrivilegeFault::Limit => {
            format!("{command} needs the privilege {needed}: raise the node's bmc.privilege_level")
        }
        PrivilegeFault::Login(status) => format!(
            "the BMC at {at} does not let the user {username:?} log in as {needed}, which {command} needs ({status}): raise \
             the user's privilege limit in the BMC"
        ),
        PrivilegeFault::Level(code) => format!(
            "the BMC at {at} does not let the user {username:?} become {needed}, which {command} needs ({code:02X}h): raise \
             the privilege limit of the user or of the LAN channel in the BMC"
        ),
    }
}

pub(super) fn no_such_user(at: &str, username: &str, count: usize) -> String {
    match count {
        0 => format!(
            "the BMC at {at} lists no user {username:?}, so there is none whose password could be set: set it in the BMC, and \
             then the node's bmc.password"
        ),
        _ => format!(
            "the BMC at {at} lists {count} users {username:?} and does not say which of them logs in: set the password in the \
             BMC, and then the node's bmc.password"
        ),
    }
}

pub(super) fn suites(refusals: &[(Suite, SuiteRefusal)]) -> String {
    let parts: Vec<String> = refusals
        .iter()
        .map(|(suite, refusal)| match refusal {
            SuiteRefusal::Status(status) => format!("{suite}: {status}"),
            SuiteRefusal::OtherAlgorithms => format!("{suite}: answered with another one"),
        })
        .collect();
    parts.join(", ")
}

pub(super) fn completion(at: &str, command: &str, code: u8, class: CompletionClass) -> String {
    match class {
        CompletionClass::Transient => {
            format!("the BMC at {at} is busy and did not do {command} now ({code:02X}h)")
        }
        CompletionClass::Unsure => format!(
            "the BMC at {at} answered {command} with an error that leaves open whether it acted ({code:02X}h)"
        ),
        CompletionClass::Privilege => format!(
            "the BMC at {at} does not allow {command} to this account ({code:02X}h): raise the user's privilege in the BMC, or \
             the node's bmc.privilege_level"
        ),
        CompletionClass::Unsupported => {
            format!("the BMC at {at} does not support {command} as it was asked for ({code:02X}h)")
        }
    }
}

pub(super) fn unopened(device: &str, source: &io::Error) -> String {
    if source.kind() == io::ErrorKind::NotFound {
        format!(
            "there is no {device}: this machine has no BMC, or the kernel modules ipmi_si and ipmi_devintf are not loaded"
        )
    } else {
        format!("cannot open {device}: check its permissions and the service's device policy")
    }
}

pub(super) fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::OpenSession | Stage::FirstLogin => "Open Session",
        Stage::Rakp1 => "RAKP 2",
        Stage::Rakp3 => "RAKP 4",
        Stage::Privilege => "Set Session Privilege Level",
        Stage::Command => "command",
    }
}

/// `when it was last asked`, `3 times in a row`.
pub(super) fn times(number: u32) -> String {
    if number == 1 {
        String::from("when it was last asked")
    } else {
        format!("{number} times in a row")
    }
}

/// `5 min`, `4 min 10 s`, `9 s`.
pub(super) fn span(duration: Duration) -> String {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipmi::wire::status::Status;

    #[test]
    fn each_kind_of_trouble_names_the_bmc_and_the_setting_to_look_at() {
        let at = "10.0.0.7:623";
        let refused = CredentialsFault::PasswordRefused(Status::InvalidIntegrityCheck);
        let unknown = CredentialsFault::Username(Status::UnauthorizedName);
        for (sentence, setting) in [
            (silent(at, Stage::OpenSession, false, "x"), "bmc.address"),
            (silent(at, Stage::Rakp3, false, "x"), "bmc.password"),
            (credentials(at, "admin", refused), "bmc.password"),
            (credentials(at, "admin", unknown), "bmc.username"),
            (credentials(at, "admin", CredentialsFault::Kg), "bmc.kg"),
            (
                credentials(at, "admin", CredentialsFault::KgMissing),
                "bmc.kg",
            ),
            (silent(at, Stage::FirstLogin, false, "x"), "RMCP+"),
            (
                completion(at, "x", 0xD4, CompletionClass::Privilege),
                "bmc.privilege_level",
            ),
        ] {
            assert!(sentence.contains(at), "{sentence}");
            assert!(sentence.contains(setting), "{sentence}");
        }
    }

    #[test]
    fn a_command_that_may_have_been_acted_on_is_told_as_such_at_whatever_stage() {
        let sentence = silent("10.0.0.7:623", Stage::Command, true, "chassis control");
        assert!(sentence.contains("may have acted"), "{sentence}");
    }

    #[test]
    fn spans_are_read_by_people_and_never_zero_while_something_is_left() {
        assert_eq!(span(Duration::from_secs(300)), "5 min");
        assert_eq!(span(Duration::from_millis(249_100)), "4 min 10 s");
        assert_eq!(span(Duration::from_millis(200)), "1 s");
    }
}
