//! Commands about sessions (IPMI v2.0 §22.18 to §22.20).

use std::net::IpAddr;

use super::{APP, Access, Answer, CLOSE_SESSION, Call, Command, Completion};
use crate::sim::config::Privilege;
use crate::sim::device::Device;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        code: (APP, 0x3b),
        name: "set_session_privilege_level",
        access: Access::From(Privilege::Callback),
        run: set_privilege,
    },
    Command {
        code: CLOSE_SESSION,
        name: "close_session",
        access: Access::From(Privilege::Callback),
        run: close,
    },
    Command {
        code: (APP, 0x3d),
        name: "get_session_info",
        access: Access::From(Privilege::User),
        run: info,
    },
];

/// §22.18: 0 asks for the level as it is; 80h the user has no such level, 81h it is over the limit.
fn set_privilege(device: &mut Device, call: &Call<'_>) -> Answer {
    let [wanted] = call.exactly()?;
    let session = call.session.and_then(|id| device.sessions.active(id));
    let session = session.ok_or(Completion::INSUFFICIENT_PRIVILEGE)?;
    match wanted & 0x0f {
        0 => {}
        wanted => {
            let wanted = Privilege::from_number(wanted).ok_or(Completion(0x80))?;
            if wanted > session.limit {
                return Err(Completion(0x81));
            }
            session.privilege = wanted;
        }
    }
    Ok(vec![session.privilege.number()])
}

/// §22.19: by session ID, or by handle where the ID is 0. 87h there is no such ID, 88h no such handle.
fn close(device: &mut Device, call: &Call<'_>) -> Answer {
    let id = u32::from_le_bytes(call.at_least()?);
    let id = match (id, call.data) {
        (0, [_, _, _, _, handle]) => {
            let mut all = device.sessions.all_active();
            let found = all.find(|(session, _)| session.handle == *handle);
            found
                .map(|(session, _)| session.bmc_id)
                .ok_or(Completion(0x88))?
        }
        (id, [_, _, _, _]) => id,
        _ => return Err(Completion::WRONG_LENGTH),
    };
    let own = call.session == Some(id);
    let may_close_others = call
        .session
        .and_then(|id| device.sessions.active(id))
        .is_some_and(|caller| caller.privilege == Privilege::Administrator);
    let session = device.sessions.active(id).ok_or(Completion(0x87))?;
    if !own && !may_close_others {
        return Err(Completion::INSUFFICIENT_PRIVILEGE);
    }
    session.closing = true;
    device.counters.sessions_closed += 1;
    Ok(Vec::new())
}

/// §22.20: index 0 is the caller's own session, FEh one by handle, FFh one by ID, others count through the active ones.
fn info(device: &mut Device, call: &Call<'_>) -> Answer {
    let config = &device.config;
    let cap = config.session_soft_cap.unwrap_or(config.session_cap);
    let cap = u8::try_from(cap).unwrap_or(0x3f);
    let (active, _) = device.sessions.count();
    let active = u8::try_from(active).unwrap_or(0x3f);
    let mut all = device.sessions.all_active();
    let found = match *call.data {
        [0x00] => all.find(|(session, _)| Some(session.bmc_id) == call.session),
        [0xfe, handle] => all.find(|(session, _)| session.handle == handle),
        [0xff, a, b, c, d] => {
            let id = u32::from_le_bytes([a, b, c, d]);
            all.find(|(session, _)| session.bmc_id == id)
        }
        [0xfe | 0xff, ..] => return Err(Completion::WRONG_LENGTH),
        [index] => all.nth(usize::from(index.saturating_sub(1))),
        _ => return Err(Completion::WRONG_LENGTH),
    };
    let head = [cap.min(0x3f), active.min(0x3f)];
    let Some((session, details)) = found else {
        // Handle 0: no such session, only the numbers.
        return Ok(vec![0x00, head[0], head[1]]);
    };
    let mut out = vec![session.handle, head[0], head[1]];
    out.push(u8::try_from(details.user).unwrap_or(0).saturating_add(2));
    // Protocol 1 is RMCP+, channel 1 the LAN.
    out.extend([details.privilege.number(), 0x11]);
    match details.peer.ip() {
        IpAddr::V4(address) => out.extend(address.octets()),
        IpAddr::V6(_) => out.extend([0; 4]),
    }
    out.extend([0; 6]);
    out.extend(details.peer.port().to_le_bytes());
    Ok(out)
}
