//! What follows from what was found: which login to register a node with, and what to change in the BMC.

use crate::bmc::{BmcError, CredentialsFault, Findings, Stage, Survey};
use crate::cli::bmc::report::may_control;
use crate::ipmi::quirk::Quirk;
use crate::model::bmc::{CipherSuite, RMCP_PORT};

/// The suites that are recommended, best first. 17 and 3 are those that the daemon tries by itself.
const BEST: [CipherSuite; 4] = [
    CipherSuite::S17,
    CipherSuite::S3,
    CipherSuite::S12,
    CipherSuite::S8,
];

/// Who asked, in the words of the command line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account<'a> {
    pub(super) address: &'a str,
    pub(super) port: u16,
    pub(super) username: &'a str,
    /// The file that K_G came from.
    pub(super) kg_file: Option<&'a str>,
}

/// What an admin wants to know in the end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Advice {
    /// Whether the daemon could do its work with this login.
    pub(super) usable: bool,
    /// What would work, in a sentence.
    pub(super) verdict: String,
    /// The command that registers the node.
    pub(super) command: Option<String>,
    /// What to change, the most pressing first.
    pub(super) changes: Vec<String>,
}

/// Judges a login.
pub(super) fn of_login(account: Account<'_>, findings: &Findings, survey: &Survey) -> Advice {
    let mut changes = Vec::new();
    let best = BEST
        .into_iter()
        .find(|suite| survey.working().any(|s| s == *suite));
    let (Some(suite), Some(facts)) = (best, &survey.facts) else {
        changes.extend(survey.failure().map(|error| after_failure(account, error)));
        changes.extend(of_findings(findings));
        return Advice {
            usable: false,
            verdict: format!("no login works as {}", shown_user(account.username)),
            command: None,
            changes,
        };
    };
    let user = shown_user(account.username);
    let (level, can) = match (may_control(&facts.control), &facts.control) {
        (Some(true), _) | (_, Ok(())) => ("OPERATOR", "the power can be read and changed"),
        (Some(false), Err(_)) => {
            changes.push(format!(
                "raise the privilege limit of {user} in the BMC to OPERATOR: the power cannot be changed with USER"
            ));
            ("USER", "the power can be read, but not changed")
        }
        (None, Err(error)) => {
            changes.push(format!(
                "probe again: what the user may do did not show, for {error}"
            ));
            (
                "USER",
                "the power can be read; whether it can be changed did not show",
            )
        }
    };
    changes.extend(about_suite(suite));
    if facts.sel.as_ref().is_some_and(|sel| sel.overflow) {
        changes.push(
            "clear the event log of the BMC: it is full, and what happens is no longer recorded"
                .to_owned(),
        );
    }
    changes.extend(of_findings(findings));
    Advice {
        usable: may_control(&facts.control) != Some(false),
        verdict: format!("cipher suite {suite}, {user}, privilege {level}: {can}"),
        command: Some(command(account, suite, &facts.quirks)),
        changes,
    }
}

/// What can be said of a BMC without a login.
pub(super) fn of_findings(findings: &Findings) -> Vec<String> {
    let mut changes = Vec::new();
    if let Some(c) = &findings.capabilities {
        if !c.ipmi2_connections_supported {
            changes.push("enable IPMI 2.0 (RMCP+) in the BMC, or update its firmware: it says that it has only IPMI 1.5".to_owned());
        }
        if c.anonymous_login_enabled {
            changes
                .push("disable the anonymous login in the BMC: it lets in whoever asks".to_owned());
        }
    }
    if findings
        .suites
        .as_ref()
        .is_some_and(|suites| suites.contains(&0))
    {
        changes.push(
            "see to it that cipher suite 0 is disabled in the BMC, which lists it: it lets in whoever knows a user's name"
                .to_owned(),
        );
    }
    changes
}

fn after_failure(account: Account<'_>, error: &BmcError) -> String {
    let user = shown_user(account.username);
    match error {
        BmcError::Credentials { fault, .. } => match fault {
            CredentialsFault::Username(_) => format!(
                "correct the user name, or enable {user} in the BMC, and IPMI over LAN for it: the BMC does not let it log in"
            ),
            CredentialsFault::Password | CredentialsFault::PasswordRefused(_) => format!(
                "correct the password of {user}: the BMC has another one. It was tried once, because BMCs lock accounts"
            ),
            CredentialsFault::Kg => {
                "correct the BMC key (K_G): the password is right, the key is not".to_owned()
            }
            CredentialsFault::KgMissing => {
                "give the BMC key (K_G) with --kg-file: the password is right, but the BMC has a key beside it".to_owned()
            }
        },
        BmcError::SuitesRefused { .. } => {
            "enable cipher suite 17 or 3 in the BMC: it refuses all that Ostler speaks".to_owned()
        }
        BmcError::NoFreeSession { .. } => {
            "close what other tools hold open, or reset the BMC: it has no free session".to_owned()
        }
        BmcError::Privilege { .. } => format!(
            "raise the privilege limit of {user}, or of the LAN channel, in the BMC: not even USER is allowed"
        ),
        BmcError::Silent { stage, .. } => match stage {
            Stage::OpenSession | Stage::FirstLogin => {
                "enable IPMI over LAN in the BMC, and look for a firewall on the way: logins are not answered".to_owned()
            }
            Stage::Rakp3 => format!(
                "correct the password of {user}: the BMC fell silent at it, as some do. It was tried once, because BMCs lock \
                 accounts"
            ),
            Stage::Rakp1 | Stage::Privilege | Stage::Command => {
                "try again later: the BMC answers, but fell silent halfway; it may be overloaded or rebooting".to_owned()
            }
        },
        BmcError::Resting { .. }
        | BmcError::Unsendable { .. }
        | BmcError::Unresolvable { .. }
        | BmcError::LockedOut { .. }
        | BmcError::LoginRefused { .. }
        | BmcError::Completion { .. }
        | BmcError::Malformed { .. }
        | BmcError::UnknownBootDevice { .. }
        | BmcError::TooLong { .. }
        | BmcError::NoSuchUser { .. }
        | BmcError::Device { .. }
        | BmcError::DeviceSilent { .. }
        | BmcError::Stopping { .. }
        | BmcError::CalledOff { .. } => error.to_string(),
    }
}

fn about_suite(best: CipherSuite) -> Option<String> {
    let weak = match best {
        CipherSuite::S17 => return None,
        CipherSuite::S3 => "SHA-1",
        CipherSuite::S8 | CipherSuite::S12 => "MD5",
    };
    Some(format!(
        "consider enabling cipher suite 17 (SHA-256) in the BMC, if it has it: the best that works is {best} ({weak})"
    ))
}

fn command(account: Account<'_>, suite: CipherSuite, quirks: &[String]) -> String {
    let mut words = vec![
        "ostler node create NAME --bmc-address".to_owned(),
        quoted(account.address),
    ];
    if account.port != RMCP_PORT {
        words.push(format!("--bmc-port {}", account.port));
    }
    words.push(format!("--bmc-username {}", quoted(account.username)));
    if let Some(file) = account.kg_file {
        words.push(format!("--bmc-kg-file {}", quoted(file)));
    }
    if !matches!(suite, CipherSuite::S17 | CipherSuite::S3) {
        words.push(format!("--cipher-suite {suite}"));
    }
    // It worked because the probe asked for the most there is; a node asks for OPERATOR at most, unless this is said.
    let exact = Quirk::ExactPrivilege.as_str();
    if quirks.iter().any(|quirk| quirk == exact) {
        words.push("--privilege-level administrator".to_owned());
    }
    words.join(" ")
}

fn shown_user(username: &str) -> String {
    if username.is_empty() {
        "the null user".to_owned()
    } else {
        format!("user {username}")
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-:/@%+,=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::bmc::Trial;

    const ACCOUNT: Account<'_> = Account {
        address: "10.0.0.7",
        port: 623,
        username: "admin",
        kg_file: None,
    };

    fn failed(error: BmcError) -> Survey {
        Survey {
            trials: vec![Trial {
                suite: CipherSuite::S17,
                outcome: Err(error),
            }],
            facts: None,
        }
    }

    fn refused(fault: CredentialsFault) -> BmcError {
        BmcError::Credentials {
            at: "10.0.0.7:623".to_owned(),
            username: "admin".to_owned(),
            fault,
            pause: Duration::from_secs(300),
        }
    }

    fn silent(stage: Stage) -> BmcError {
        BmcError::Silent {
            at: "10.0.0.7:623".to_owned(),
            stage,
            sent: false,
            command: "chassis status",
        }
    }

    #[test]
    fn each_failure_says_what_to_change_and_promises_no_login() {
        for (error, word) in [
            (refused(CredentialsFault::Password), "correct the password"),
            (refused(CredentialsFault::KgMissing), "--kg-file"),
            (refused(CredentialsFault::Kg), "correct the BMC key"),
            (silent(Stage::OpenSession), "enable IPMI over LAN"),
            (silent(Stage::Rakp3), "correct the password"),
            (silent(Stage::Rakp1), "try again later"),
            (
                BmcError::NoFreeSession {
                    at: "10.0.0.7:623".to_owned(),
                },
                "no free session",
            ),
            (
                BmcError::SuitesRefused {
                    at: "10.0.0.7:623".to_owned(),
                    refusals: Vec::new(),
                },
                "cipher suite 17 or 3",
            ),
        ] {
            let advice = of_login(ACCOUNT, &Findings::default(), &failed(error));
            assert!(!advice.usable && advice.command.is_none());
            assert_eq!(advice.verdict, "no login works as user admin");
            assert!(advice.changes[0].contains(word), "{:?}", advice.changes);
        }
    }

    #[test]
    fn a_refused_account_outranks_a_refused_suite() {
        let mut survey = failed(BmcError::SuitesRefused {
            at: String::new(),
            refusals: Vec::new(),
        });
        survey.trials.push(Trial {
            suite: CipherSuite::S3,
            outcome: Err(refused(CredentialsFault::Password)),
        });
        let advice = of_login(ACCOUNT, &Findings::default(), &survey);
        assert!(
            advice.changes[0].contains("password"),
            "{:?}",
            advice.changes
        );
    }

    #[test]
    fn the_command_can_be_pasted_into_a_shell() {
        assert_eq!(
            command(ACCOUNT, CipherSuite::S3, &[]),
            "ostler node create NAME --bmc-address 10.0.0.7 --bmc-username admin"
        );
        let odd = Account {
            port: 6230,
            username: "o'brien; reboot",
            kg_file: Some("/run/my keys"),
            ..ACCOUNT
        };
        assert_eq!(
            command(odd, CipherSuite::S12, &[]),
            "ostler node create NAME --bmc-address 10.0.0.7 --bmc-port 6230 --bmc-username 'o'\\''brien; reboot' \
             --bmc-kg-file '/run/my keys' --cipher-suite 12"
        );
    }

    #[test]
    fn doors_that_stand_open_are_named() {
        let findings = Findings {
            suites: Some(vec![0, 3, 17]),
            ..Findings::default()
        };
        assert!(of_findings(&findings)[0].contains("suite 0"));
        assert!(of_findings(&Findings::default()).is_empty());
    }
}
