//! Commands about the LAN channel (IPMI v2.0 §22.13, §22.15, §22.22 to §22.24).

use super::{APP, Access, Answer, Call, Command, Completion, GET_CHANNEL_CIPHER_SUITES};
use crate::sim::config::Privilege;
use crate::sim::device::Device;

/// The one channel that there is, and the number that means "this one".
const LAN_CHANNEL: u8 = 0x01;
const THIS_CHANNEL: u8 = 0x0e;
/// Bytes of cipher suite records in one answer.
const RECORD_PAGE: usize = 16;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        code: (APP, 0x38),
        name: "get_channel_authentication_capabilities",
        access: Access::Anybody,
        run: authentication_capabilities,
    },
    Command {
        code: GET_CHANNEL_CIPHER_SUITES,
        name: "get_channel_cipher_suites",
        access: Access::Anybody,
        run: cipher_suites,
    },
    Command {
        code: (APP, 0x41),
        name: "get_channel_access",
        access: Access::From(Privilege::User),
        run: channel_access,
    },
    Command {
        code: (APP, 0x42),
        name: "get_channel_info",
        access: Access::From(Privilege::User),
        run: channel_info,
    },
];

pub(super) fn lan_channel(number: u8) -> Result<(), Completion> {
    match number & 0x0f {
        LAN_CHANNEL | THIS_CHANNEL => Ok(()),
        _ => Err(Completion::INVALID_FIELD),
    }
}

/// §22.13: IPMI v2.0 only, so none of the v1.5 authentication types is listed.
fn authentication_capabilities(device: &mut Device, call: &Call<'_>) -> Answer {
    let [channel, privilege] = call.exactly()?;
    lan_channel(channel)?;
    if !(1..=5).contains(&(privilege & 0x0f)) {
        return Err(Completion::INVALID_FIELD);
    }
    let extended = channel & 0x80 != 0;
    let kg = u8::from(extended && device.config.kg.is_some()) << 5;
    let named = device.config.users.iter().any(|user| !user.name.is_empty());
    let null = device.config.users.iter().find(|user| user.name.is_empty());
    let logins = u8::from(named) << 2
        | u8::from(null.is_some()) << 1
        | u8::from(null.is_some_and(|user| user.password.is_empty()));
    let (types, versions) = if extended { (0x80, 0x02) } else { (0x00, 0x00) };
    Ok(vec![LAN_CHANNEL, types, kg | logins, versions, 0, 0, 0, 0])
}

/// §22.15: records of the suites, or a bare list of algorithms, sixteen bytes at a time.
fn cipher_suites(device: &mut Device, call: &Call<'_>) -> Answer {
    let [channel, payload_type, index] = call.exactly()?;
    lan_channel(channel)?;
    if payload_type & 0x3f != 0 {
        return Err(Completion::INVALID_FIELD);
    }
    let by_suite = index & 0x80 != 0;
    let mut list = Vec::new();
    for suite in &device.config.suites {
        let [authentication, integrity, confidentiality] = suite.algorithms();
        let tagged = [authentication, 0x40 | integrity, 0x80 | confidentiality];
        if by_suite {
            list.extend([0xc0, suite.number()]);
            list.extend(tagged);
        } else {
            list.extend(tagged);
        }
    }
    if !by_suite {
        list.sort_unstable();
        list.dedup();
    }
    let page = list
        .chunks(RECORD_PAGE)
        .nth(usize::from(index & 0x3f))
        .unwrap_or_default();
    let mut out = vec![LAN_CHANNEL];
    out.extend(page);
    Ok(out)
}

/// §22.23: always available, limit ADMINISTRATOR.
fn channel_access(_device: &mut Device, call: &Call<'_>) -> Answer {
    let [channel, _which] = call.exactly()?;
    lan_channel(channel)?;
    Ok(vec![0x22, 0x04])
}

/// §22.24: 802.3 LAN, IPMB protocol, multi-session.
fn channel_info(device: &mut Device, call: &Call<'_>) -> Answer {
    let [channel] = call.exactly()?;
    lan_channel(channel)?;
    let (active, _) = device.sessions.count();
    let active = u8::try_from(active).unwrap_or(0x3f).min(0x3f);
    Ok(vec![
        LAN_CHANNEL,
        0x04,
        0x01,
        0x80 | active,
        0xf2,
        0x1b,
        0x00,
        0x00,
        0x00,
    ])
}
