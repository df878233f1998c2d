//! The commands of a BMC: one table says what there is, who may, and what does it.

mod app;
mod channel;
mod chassis;
mod session;
mod storage;
mod user;

use std::time::Instant;

use crate::sim::chassis::Control;
use crate::sim::config::Privilege;
use crate::sim::device::Device;
use crate::sim::faults::use_up;
use crate::sim::wire::message::Request;

/// Network functions (IPMI v2.0 table 5-1).
const CHASSIS: u8 = 0x00;
const APP: u8 = 0x06;
const STORAGE: u8 = 0x0a;

const CLOSE_SESSION: (u8, u8) = (APP, 0x3c);
const GET_CHANNEL_CIPHER_SUITES: (u8, u8) = (APP, 0x54);
const CHASSIS_CONTROL: (u8, u8) = (CHASSIS, 0x02);
const SET_USER_PASSWORD: (u8, u8) = (APP, 0x47);

/// A completion code that is not "done" (IPMI v2.0 table 5-2, and per command from 80h on).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Completion(u8);

impl Completion {
    const NODE_BUSY: Self = Self(0xc0);
    const INVALID_COMMAND: Self = Self(0xc1);
    const INVALID_FOR_LUN: Self = Self(0xc2);
    const WRONG_LENGTH: Self = Self(0xc7);
    const NOT_PRESENT: Self = Self(0xcb);
    const INVALID_FIELD: Self = Self(0xcc);
    const INSUFFICIENT_PRIVILEGE: Self = Self(0xd4);
    const NOT_IN_THIS_STATE: Self = Self(0xd5);
}

/// The data after the completion code, or the completion code that says why not.
type Answer = Result<Vec<u8>, Completion>;

/// One call of a command.
struct Call<'a> {
    now: Instant,
    /// The session that it came in, by the BMC's ID.
    session: Option<u32>,
    data: &'a [u8],
}

impl Call<'_> {
    /// The data where it has exactly this length.
    fn exactly<const N: usize>(&self) -> Result<[u8; N], Completion> {
        self.data.try_into().map_err(|_| Completion::WRONG_LENGTH)
    }

    /// The beginning of the data where more may follow.
    fn at_least<const N: usize>(&self) -> Result<[u8; N], Completion> {
        self.data
            .first_chunk()
            .copied()
            .ok_or(Completion::WRONG_LENGTH)
    }
}

/// Who may call a command (IPMI v2.0 appendix G).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    /// Anybody, also outside a session.
    Anybody,
    /// Sessions of this privilege and above.
    From(Privilege),
}

struct Command {
    code: (u8, u8),
    name: &'static str,
    access: Access,
    run: fn(&mut Device, &Call<'_>) -> Answer,
}

/// What has no entry is answered C1h.
const COMMANDS: &[&[Command]] = &[
    chassis::COMMANDS,
    app::COMMANDS,
    channel::COMMANDS,
    session::COMMANDS,
    storage::COMMANDS,
    user::COMMANDS,
];

fn find(request: &Request<'_>) -> Option<&'static Command> {
    COMMANDS
        .iter()
        .copied()
        .flatten()
        .find(|command| command.code == (request.net_fn, request.command))
}

/// The chassis control that a request is, if it is one.
pub(super) fn as_control(request: &Request<'_>) -> Option<Control> {
    let kind = request.data.first().copied()?;
    ((request.net_fn, request.command) == CHASSIS_CONTROL)
        .then(|| Control::from_number(kind))
        .flatten()
}

/// Whether a request is to set a password.
pub(super) fn sets_password(request: &Request<'_>) -> bool {
    let operation = request.data.get(1).map(|operation| operation & 0x03);
    (request.net_fn, request.command) == SET_USER_PASSWORD && operation == Some(user::SET)
}

/// Answers a message outside a session; `None` is silence.
pub(super) fn sessionless(device: &mut Device, now: Instant, message: &[u8]) -> Option<Vec<u8>> {
    let request = Request::decode(message)?;
    let code = (request.net_fn, request.command);
    if code == GET_CHANNEL_CIPHER_SUITES && device.faults.ignore_cipher_suites {
        return None;
    }
    let call = Call {
        now,
        session: None,
        data: request.data,
    };
    Some(execute(device, &call, &request, None))
}

/// Answers a request in an active session; `None` is silence.
pub(super) fn in_session(
    device: &mut Device,
    now: Instant,
    session: u32,
    request: &Request<'_>,
) -> Option<Vec<u8>> {
    let code = (request.net_fn, request.command);
    let silent = match code {
        CLOSE_SESSION => device.faults.ignore_close_session,
        GET_CHANNEL_CIPHER_SUITES => device.faults.ignore_cipher_suites,
        _ => false,
    };
    if silent {
        return None;
    }
    if code != CLOSE_SESSION {
        if use_up(&mut device.faults.busy) {
            return Some(request.answer(Completion::NODE_BUSY.0, &[]));
        }
        if let Some(refuse) = &mut device.faults.refuse
            && use_up(&mut refuse.next)
        {
            return Some(request.answer(refuse.code, &[]));
        }
        if let Some(code) = device.spell() {
            return Some(request.answer(code, &[]));
        }
        if device.faults.exact_privilege && !has_users_limit(device, session) {
            device.counters.privilege_refusals += 1;
            return Some(request.answer(Completion::INSUFFICIENT_PRIVILEGE.0, &[]));
        }
    }
    let privilege = device.sessions.active(session)?.privilege;
    let call = Call {
        now,
        session: Some(session),
        data: request.data,
    };
    Some(execute(device, &call, request, Some(privilege)))
}

/// Whether a session asked for just what its user may have at most.
fn has_users_limit(device: &mut Device, session: u32) -> bool {
    let asked = device.sessions.active(session).map(|s| (s.user, s.limit));
    asked.is_some_and(|(user, limit)| {
        let user = device.config.users.get(user);
        user.is_some_and(|user| user.limit == limit)
    })
}

fn execute(
    device: &mut Device,
    call: &Call<'_>,
    request: &Request<'_>,
    privilege: Option<Privilege>,
) -> Vec<u8> {
    let command = find(request);
    let name = command.map_or("unknown", |command| command.name);
    *device.counters.commands.entry(name).or_default() += 1;
    let answer = match command {
        _ if request.lun != 0 => Err(Completion::INVALID_FOR_LUN),
        None if privilege.is_none() => Err(Completion::INSUFFICIENT_PRIVILEGE),
        None => Err(Completion::INVALID_COMMAND),
        Some(command) => {
            let may = match command.access {
                Access::Anybody => true,
                Access::From(least) => privilege.is_some_and(|privilege| privilege >= least),
            };
            if may {
                (command.run)(device, call)
            } else {
                device.counters.privilege_refusals += 1;
                Err(Completion::INSUFFICIENT_PRIVILEGE)
            }
        }
    };
    match answer {
        Ok(data) => request.answer(0x00, &data),
        Err(Completion(code)) => request.answer(code, &[]),
    }
}
