//! Commands about the LAN channel and its users (IPMI v2.0 §22.13, §22.15, §22.22 to §22.30).

use super::{APP, Access, Answer, Call, Command, Completion, GET_CHANNEL_CIPHER_SUITES};
use crate::sim::config::Privilege;
use crate::sim::device::Device;

/// The one channel that there is, and the number that means "this one".
const LAN_CHANNEL: u8 = 0x01;
const THIS_CHANNEL: u8 = 0x0e;
/// User IDs start here: 1 is the null user.
const FIRST_USER_ID: u8 = 2;
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
    Command {
        code: (APP, 0x44),
        name: "get_user_access",
        access: Access::From(Privilege::Operator),
        run: user_access,
    },
    Command {
        code: (APP, 0x46),
        name: "get_user_name",
        access: Access::From(Privilege::Operator),
        run: user_name,
    },
];

fn lan_channel(number: u8) -> Result<(), Completion> {
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

/// §22.27: maximum of users, enabled ones, ones with a fixed name, then this one's limit.
fn user_access(device: &mut Device, call: &Call<'_>) -> Answer {
    let [channel, id] = call.exactly()?;
    lan_channel(channel)?;
    let users = u8::try_from(device.config.users.len()).unwrap_or(0x3f);
    let access = match user_index(id)? {
        // The user takes part in IPMI messaging.
        Some(index) => match device.config.users.get(index) {
            Some(user) => 0x10 | user.limit.number(),
            None => 0x0f,
        },
        None => 0x0f,
    };
    Ok(vec![0x10, 0x40 | users.min(0x3f), 0x00, access])
}

/// §22.29: sixteen bytes, padded with zeros.
fn user_name(device: &mut Device, call: &Call<'_>) -> Answer {
    let [id] = call.exactly()?;
    let index = user_index(id)?;
    let user = index.and_then(|index| device.config.users.get(index));
    let mut name = user.map_or_else(Vec::new, |user| user.name.clone().into_bytes());
    name.resize(16, 0);
    Ok(name)
}

/// The position of a user ID among the configured users; `None` for the null user.
fn user_index(id: u8) -> Result<Option<usize>, Completion> {
    match id & 0x3f {
        id @ 1..=16 => Ok(id.checked_sub(FIRST_USER_ID).map(usize::from)),
        _ => Err(Completion::INVALID_FIELD),
    }
}
