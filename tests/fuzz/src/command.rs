//! Every response that an IPMI command can have: the first byte is the completion code, the rest its data. All commands read
//! the same bytes, and what they make of them is looked at as those who use it do.

use std::fmt::Debug;

use ipmi_rs::storage::sdr::record::RecordContents;
use ostler::ipmi::command::boot_options::{
    BootFlags, GetBootFlagsRequest, GetBootFlagsResponse, SetBootOptionsRequest,
};
use ostler::ipmi::command::channel_auth::GetChannelAuthenticationCapabilities;
use ostler::ipmi::command::chassis_control::ChassisControlRequest;
use ostler::ipmi::command::chassis_identify::ChassisIdentifyRequest;
use ostler::ipmi::command::chassis_status::ChassisStatusRequest;
use ostler::ipmi::command::cipher_suites::{CipherSuitesRequest, suite_numbers};
use ostler::ipmi::command::close_session::CloseSessionRequest;
use ostler::ipmi::command::device_guid::{DeviceGuidRequest, SystemGuidRequest};
use ostler::ipmi::command::device_id::GetDeviceId;
use ostler::ipmi::command::power_restore_policy::PowerRestorePolicyRequest;
use ostler::ipmi::command::sdr::SdrRequest;
use ostler::ipmi::command::sel_entry::SelEntryRequest;
use ostler::ipmi::command::sel_info::GetSelInfo;
use ostler::ipmi::command::sensor_reading::{GetSensorReading, ThresholdReading};
use ostler::ipmi::command::session_info::SessionInfoRequest;
use ostler::ipmi::command::session_privilege::SessionPrivilegeRequest;
use ostler::ipmi::command::user_access::UserAccessRequest;
use ostler::ipmi::command::user_name::UserNameRequest;
use ostler::ipmi::command::user_password::UserPasswordRequest;
use ostler::ipmi::command::{Command, Reply, ReplyError, Request};

/// Reads `data` as the response to each command.
pub fn run(data: &[u8]) {
    let Some((completion, data)) = data.split_first() else {
        return;
    };
    let reply = Reply {
        completion: *completion,
        data: data.to_vec(),
    };
    boot_flags(&reply);
    read::<ChassisControlRequest>(&reply);
    read::<ChassisIdentifyRequest>(&reply);
    read::<ChassisStatusRequest>(&reply);
    cipher_suites(&reply);
    read::<CloseSessionRequest>(&reply);
    read::<DeviceGuidRequest>(&reply);
    read::<GetChannelAuthenticationCapabilities>(&reply);
    read::<GetDeviceId>(&reply);
    read::<GetSelInfo>(&reply);
    read::<PowerRestorePolicyRequest>(&reply);
    read::<SelEntryRequest>(&reply);
    read::<SessionInfoRequest>(&reply);
    read::<SessionPrivilegeRequest>(&reply);
    read::<SystemGuidRequest>(&reply);
    read::<UserAccessRequest>(&reply);
    if let Some(name) = read::<UserNameRequest>(&reply) {
        assert!(name.len() <= 16 && !name.contains(&0));
    }
    read::<UserPasswordRequest>(&reply);
    sensor(&reply);
    sensor_record(&reply);
}

/// Only 00h is a success, and what is read from one can be shown.
fn read<C>(reply: &Reply) -> Option<C::Output>
where
    C: Command,
    C::Output: Debug,
{
    match reply.parse::<C>() {
        Ok(output) => {
            assert_eq!(reply.completion, 0x00);
            assert!(!format!("{output:?}").is_empty());
            Some(output)
        }
        Err(ReplyError::Completion { code, meaning }) => {
            assert_eq!(code, reply.completion);
            assert!(!format!("{meaning:?}").is_empty());
            None
        }
        Err(ReplyError::Malformed) => None,
    }
}

/// Boot flags that were read can be set again, and then read as the same.
fn boot_flags(reply: &Reply) {
    read::<SetBootOptionsRequest>(reply);
    let Some(GetBootFlagsResponse { flags, .. }) = read::<GetBootFlagsRequest>(reply) else {
        return;
    };
    assert_eq!(there_and_back(flags), Some(flags));
}

fn there_and_back(flags: BootFlags) -> Option<BootFlags> {
    let request = Request::new(SetBootOptionsRequest::Flags(flags));
    let stored = request.message.data();
    let answer = Reply {
        completion: 0x00,
        data: [&[0x01], stored].concat(),
    };
    read::<GetBootFlagsRequest>(&answer).map(|response| response.flags)
}

fn cipher_suites(reply: &Reply) {
    if let Some(page) = read::<CipherSuitesRequest>(reply) {
        assert!(page.records.len() <= 16);
    }
    assert!(suite_numbers(&reply.data).len() <= reply.data.len().div_ceil(2));
}

fn sensor(reply: &Reply) {
    if let Some(raw) = read::<GetSensorReading>(reply) {
        let reading = ThresholdReading::from(&raw);
        assert!(!format!("{reading:?}").is_empty());
    }
}

/// A record, and a reading of its sensor in its units.
fn sensor_record(reply: &Reply) {
    let record = read::<SdrRequest>(reply).and_then(|response| response.record);
    let Some(record) = record else { return };
    if let Some(id) = record.id() {
        assert!(id.to_string().len() <= 4 * 31);
    }
    if let RecordContents::FullSensor(sensor) = &record.contents {
        for reading in 0..=u8::MAX {
            sensor.display_reading(reading);
        }
    }
}
