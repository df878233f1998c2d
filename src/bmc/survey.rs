//! Which logins to a BMC work, and what it says in a session. Changes nothing in it.

use std::sync::Arc;

use super::error::{BmcError, CompletionClass};
use super::fleet::{Bmcs, ChassisStatus};
use super::settings::{BmcRef, Urgency};
use crate::ipmi::command::device_id::DeviceId;
use crate::ipmi::command::sel_info::SelInfo;
use crate::ipmi::command::session_info::SessionInfoResponse;
use crate::ipmi::session::Stage;
use crate::model::bmc::{BmcConfig, BmcProfile, CipherSuite, LanConfig};
use crate::model::ids::NodeId;

/// What logins to a BMC brought to light.
#[derive(Debug, Default)]
pub struct Survey {
    /// The cipher suites that were tried, in this order.
    pub trials: Vec<Trial>,
    /// What the BMC said in the first session that worked.
    pub facts: Option<Facts>,
}

/// A login with one cipher suite, and a look at the power.
#[derive(Debug)]
pub struct Trial {
    /// The suite.
    pub suite: CipherSuite,
    /// Whether the power could be read.
    pub outcome: Result<(), BmcError>,
}

/// What a BMC said in a session; `None` where it does not say.
#[derive(Debug)]
pub struct Facts {
    /// Power, faults, last event, restore policy.
    pub chassis: ChassisStatus,
    /// What the BMC is.
    pub device: Option<DeviceId>,
    /// The GUID of the machine, or else of the BMC, as it was sent.
    pub guid: Option<[u8; 16]>,
    /// Sessions, ours included.
    pub sessions: Option<SessionInfoResponse>,
    /// How full the event log is.
    pub sel: Option<SelInfo>,
    /// Whether the account may change the power. Asked by reading the boot flags, which needs the same privilege.
    pub control: Result<(), BmcError>,
    /// Names of the faults that the BMC showed.
    pub quirks: Vec<String>,
}

impl Survey {
    /// The suites that work.
    pub fn working(&self) -> impl Iterator<Item = CipherSuite> {
        self.trials
            .iter()
            .filter(|trial| trial.outcome.is_ok())
            .map(|trial| trial.suite)
    }

    /// Whether nothing came back at all.
    pub fn is_silence(&self) -> bool {
        let mut outcomes = self.trials.iter().map(|trial| &trial.outcome);
        outcomes.all(|outcome| outcome.as_ref().is_err_and(was_silence))
    }

    /// Why the first login failed, where none worked.
    pub fn failure(&self) -> Option<&BmcError> {
        if self.working().next().is_some() {
            return None;
        }
        // A refused account says more than a refused suite.
        let errors = || self.trials.iter().filter_map(|t| t.outcome.as_ref().err());
        let refused = |error: &&BmcError| !matches!(error, BmcError::SuitesRefused { .. });
        errors().find(refused).or_else(|| errors().next())
    }
}

impl Bmcs {
    /// Logs in with each of these suites, in a session of its own. Stops where the account may be wrong, because BMCs lock
    /// accounts, and where nothing answers. `heard` says whether the BMC has answered anything before.
    pub async fn survey(&self, lan: &LanConfig, suites: &[CipherSuite], heard: bool) -> Survey {
        let (mut survey, mut heard) = (Survey::default(), heard);
        for suite in suites {
            let mut lan = lan.clone();
            lan.cipher_suite = Some(*suite);
            let bmc = BmcRef {
                node: NodeId::random(),
                config: Arc::new(BmcConfig::Lan(lan)),
                profile: BmcProfile::default(),
            };
            let chassis = self.chassis_status(&bmc, Urgency::User).await;
            let outcome = match chassis {
                Ok(chassis) if survey.facts.is_none() => {
                    survey.facts = Some(self.facts(&bmc, chassis).await);
                    Ok(())
                }
                Ok(_) => Ok(()),
                Err(error) => Err(error),
            };
            heard |= !outcome.as_ref().is_err_and(was_silence);
            let last = outcome.as_ref().is_err_and(|error| is_enough(error, heard));
            survey.trials.push(Trial {
                suite: *suite,
                outcome,
            });
            // The session ends with its node, so that a BMC with room for one has it for the next suite.
            self.forget(bmc.node);
            if last {
                break;
            }
        }
        survey
    }

    async fn facts(&self, bmc: &BmcRef, chassis: ChassisStatus) -> Facts {
        Facts {
            chassis,
            device: self.device_id(bmc).await.ok(),
            guid: self.guid(bmc, Urgency::User).await.ok(),
            sessions: self.session_info(bmc).await.ok(),
            sel: self.sel_info(bmc).await.ok(),
            control: self.may_control(bmc).await,
            quirks: self.profile(bmc.node).unwrap_or_default().quirks,
        }
    }

    async fn may_control(&self, bmc: &BmcRef) -> Result<(), BmcError> {
        match self.boot_device(bmc).await {
            // The privilege was there; what the BMC makes of boot flags is of no interest here.
            Ok(_) | Err(BmcError::UnknownBootDevice { .. } | BmcError::Malformed { .. }) => Ok(()),
            Err(BmcError::Completion {
                class: CompletionClass::Unsupported,
                ..
            }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Whether nothing came back at all.
fn was_silence(error: &BmcError) -> bool {
    matches!(error, BmcError::Silent { stage, .. } if *stage == Stage::OpenSession)
}

/// Whether another suite would make it worse, or no difference.
fn is_enough(error: &BmcError, heard: bool) -> bool {
    match error {
        BmcError::Credentials { .. } | BmcError::LockedOut { .. } => true,
        // Some BMCs answer a wrong password with silence, and some a suite that they do not know.
        BmcError::Silent { stage, .. } => *stage == Stage::Rakp3 || !heard,
        BmcError::Unsendable { .. }
        | BmcError::Unresolvable { .. }
        | BmcError::TooLong { .. }
        | BmcError::NoSuchUser { .. }
        | BmcError::Stopping { .. }
        | BmcError::CalledOff { .. } => true,
        BmcError::SuitesRefused { .. }
        | BmcError::NoFreeSession { .. }
        | BmcError::Resting { .. }
        | BmcError::Privilege { .. }
        | BmcError::LoginRefused { .. }
        | BmcError::Completion { .. }
        | BmcError::Malformed { .. }
        | BmcError::UnknownBootDevice { .. }
        | BmcError::Device { .. }
        | BmcError::DeviceSilent { .. } => false,
    }
}
