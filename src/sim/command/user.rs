//! Commands about users (IPMI v2.0 §22.27 to §22.30).

use super::channel::lan_channel;
use super::{APP, Access, Answer, Call, Command, Completion, SET_USER_PASSWORD};
use crate::sim::config::Privilege;
use crate::sim::crypto::same;
use crate::sim::device::Device;

/// User IDs start here: 1 is the null user.
const FIRST_USER_ID: u8 = 2;
/// The highest user ID.
const LAST_USER_ID: u8 = 16;

/// Set User Password: the operations.
const DISABLE: u8 = 0;
const ENABLE: u8 = 1;
pub(super) const SET: u8 = 2;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        code: (APP, 0x44),
        name: "get_user_access",
        access: Access::From(Privilege::Operator),
        run: access,
    },
    Command {
        code: (APP, 0x46),
        name: "get_user_name",
        access: Access::From(Privilege::Operator),
        run: name,
    },
    Command {
        code: SET_USER_PASSWORD,
        name: "set_user_password",
        access: Access::From(Privilege::Administrator),
        run: password,
    },
];

/// §22.27: maximum of users, enabled ones, ones with a fixed name, then this one's limit.
fn access(device: &mut Device, call: &Call<'_>) -> Answer {
    let [channel, id] = call.exactly()?;
    lan_channel(channel)?;
    let users = u8::try_from(device.config.users.len()).unwrap_or(0x3f);
    let access = match index(id)? {
        // The user takes part in IPMI messaging.
        Some(index) => match device.config.users.get(index) {
            Some(user) => 0x10 | user.limit.number(),
            None => 0x0f,
        },
        None => 0x0f,
    };
    Ok(vec![LAST_USER_ID, 0x40 | users.min(0x3f), 0x00, access])
}

/// §22.29: sixteen bytes, padded with zeros.
fn name(device: &mut Device, call: &Call<'_>) -> Answer {
    let [id] = call.exactly()?;
    let index = index(id)?;
    let user = index.and_then(|index| device.config.users.get(index));
    let mut name = user.map_or_else(Vec::new, |user| user.name.clone().into_bytes());
    name.resize(16, 0);
    Ok(name)
}

/// §22.30. The short form has 16 bytes, the long one 20; which of them set a password is remembered, because a test in the
/// other form fails with 81h where one with a wrong password fails with 80h. Sessions that are open stay so.
fn password(device: &mut Device, call: &Call<'_>) -> Answer {
    let [head, operation] = call.at_least()?;
    let index = index(head)?.ok_or(Completion::INVALID_FIELD)?;
    if index >= device.config.users.len() {
        return Err(Completion::INVALID_FIELD);
    }
    let operation = operation & 0x03;
    if let DISABLE | ENABLE = operation {
        device.accounts.set_enabled(index, operation == ENABLE);
        return Ok(Vec::new());
    }
    let is_long = head & 0x80 != 0;
    let (_, padded) = call.data.split_at(2);
    if padded.len() != if is_long { 20 } else { 16 } {
        return Err(Completion::WRONG_LENGTH);
    }
    let text = padded.iter().copied().take_while(|byte| *byte != 0);
    let text = String::from_utf8(text.collect()).map_err(|_| Completion::INVALID_FIELD)?;
    if operation == SET {
        set(device, index, text, is_long)
    } else {
        test(device, index, &text, is_long)
    }
}

fn set(device: &mut Device, index: usize, text: String, is_long: bool) -> Answer {
    device.accounts.was_sent(&text);
    if let Some(code) = device.faults.refuse_password {
        return Err(Completion(code));
    }
    if !device.faults.keeps_old_password
        && let Some(user) = device.config.users.get_mut(index)
    {
        user.password = text;
        device.accounts.set_long(index, is_long);
        device.counters.passwords_set += 1;
    }
    Ok(Vec::new())
}

fn test(device: &mut Device, index: usize, text: &str, is_long: bool) -> Answer {
    let stored = device.config.users.get(index);
    let stored = stored.map_or("", |user| user.password.as_str());
    if is_long != device.accounts.is_long(index).unwrap_or(stored.len() > 16) {
        return Err(Completion(0x81));
    }
    if same(stored.as_bytes(), text.as_bytes()) {
        Ok(Vec::new())
    } else {
        Err(Completion(0x80))
    }
}

/// The position of a user ID among the configured users; `None` for the null user.
fn index(id: u8) -> Result<Option<usize>, Completion> {
    match id & 0x3f {
        id @ 1..=LAST_USER_ID => Ok(id.checked_sub(FIRST_USER_ID).map(usize::from)),
        _ => Err(Completion::INVALID_FIELD),
    }
}
