//! What else can be asked of a BMC: who it is, its sessions, its log, its light.

use super::error::BmcError;
use super::fleet::Bmcs;
use super::settings::{BmcRef, Urgency};
use crate::ipmi::command::chassis_identify::ChassisIdentifyRequest;
use crate::ipmi::command::chassis_status::RestorePolicy;
use crate::ipmi::command::device_guid::{DeviceGuidRequest, SystemGuidRequest};
use crate::ipmi::command::power_restore_policy::{
    PowerRestorePolicyRequest, PowerRestorePolicyResponse,
};
use crate::ipmi::command::sel_entry::{self, SelEntryRequest, SelEntryResponse};
use crate::ipmi::command::sel_info::{GetSelInfo, SelInfo};
use crate::ipmi::command::session_info::{SessionInfoRequest, SessionInfoResponse};

impl Bmcs {
    /// Turns the light on or off that shows which machine it is.
    pub async fn identify(
        &self,
        bmc: &BmcRef,
        light: ChassisIdentifyRequest,
    ) -> Result<(), BmcError> {
        self.ask(bmc, light, Urgency::User).await
    }

    /// Sets what happens when AC power comes back, and says which policies the BMC has. [`RestorePolicy::Unknown`] only asks.
    pub async fn set_restore_policy(
        &self,
        bmc: &BmcRef,
        policy: RestorePolicy,
    ) -> Result<PowerRestorePolicyResponse, BmcError> {
        let request = PowerRestorePolicyRequest(policy);
        self.ask(bmc, request, Urgency::User).await
    }

    /// Reads how many sessions the BMC has, and has room for; the one that asks is among them.
    pub async fn session_info(&self, bmc: &BmcRef) -> Result<SessionInfoResponse, BmcError> {
        self.ask(bmc, SessionInfoRequest, Urgency::User).await
    }

    /// Reads the GUID of the machine as the BMC sends it; where the BMC knows none, its own.
    pub async fn guid(&self, bmc: &BmcRef, urgency: Urgency) -> Result<[u8; 16], BmcError> {
        match self.ask(bmc, SystemGuidRequest, urgency).await {
            Err(BmcError::Completion { .. } | BmcError::Malformed { .. }) => {
                self.ask(bmc, DeviceGuidRequest, urgency).await
            }
            answered => answered,
        }
    }

    /// Reads how full the event log is.
    pub async fn sel_info(&self, bmc: &BmcRef) -> Result<SelInfo, BmcError> {
        self.ask(bmc, GetSelInfo, Urgency::User).await
    }

    /// Reads the event log from its first record on, at most `limit` records: each is an exchange of its own.
    pub async fn sel_entries(
        &self,
        bmc: &BmcRef,
        limit: usize,
    ) -> Result<Vec<SelEntryResponse>, BmcError> {
        let mut entries = Vec::new();
        if self.sel_info(bmc).await?.entries == 0 {
            return Ok(entries);
        }
        let mut record = sel_entry::FIRST;
        while entries.len() < limit {
            let request = SelEntryRequest { record };
            let entry = self.ask(bmc, request, Urgency::User).await?;
            let next = entry.next;
            entries.push(entry);
            // A next record that is the same again would be asked for until the limit.
            if next == sel_entry::LAST || next == record {
                break;
            }
            record = next;
        }
        Ok(entries)
    }
}
