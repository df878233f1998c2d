//! A session and a simulated BMC, with a fuzzer for a user, a network and a clock.
//!
//! The tape begins with what client and BMC are like ([`shape`]); then each byte is an instruction: submit a request, deliver,
//! tamper with, repeat or lose a datagram, forge one, let the BMC say something odd under the right keys, let time pass, close.
//! After each of them [`World`] checks what a session promises.

mod forge;
mod shape;
mod world;

use ostler::ipmi::command::boot_options::{
    BootFlags, BootSelector, GetBootFlagsRequest, SetBootOptionsRequest,
};
use ostler::ipmi::command::chassis_control::ChassisControlRequest;
use ostler::ipmi::command::chassis_identify::ChassisIdentifyRequest;
use ostler::ipmi::command::chassis_status::ChassisStatusRequest;
use ostler::ipmi::command::device_id::GetDeviceId;
use ostler::ipmi::command::session_info::SessionInfoRequest;
use ostler::ipmi::command::{Effect, Request};
use ostler::ipmi::privilege::Privilege;

use ipmi_rs::connection::{Message, NetFn};

use crate::tape::Tape;
use world::World;

/// As many instructions as make a story; more make the fuzzer slow.
const MOST_INSTRUCTIONS: usize = 200;

/// Runs the instructions, then closes the session and lets time pass.
pub fn run(data: &[u8]) {
    let mut tape = Tape::new(data);
    let mut world = World::new(&mut tape);
    for _ in 0..MOST_INSTRUCTIONS {
        let Some(instruction) = tape.instruction() else {
            break;
        };
        step(&mut world, instruction, &mut tape);
    }
    world.finish();
}

fn step(world: &mut World, instruction: u8, tape: &mut Tape<'_>) {
    match instruction % 20 {
        0 => world.submit(request(tape)),
        1 => world.exchange(),
        2 => world.deliver_to_bmc(),
        3 => world.deliver_to_console(),
        4 => world.repeat_to_console(tape.number()),
        5 => world.tamper_to_console(tape),
        6 => world.tamper_to_bmc(tape),
        7 => world.lose_to_bmc(),
        8 => world.lose_to_console(),
        9 => world.noise_to_console(tape.bytes()),
        10 => world.forge(tape),
        11 => world.answer_oddly(tape),
        12 => world.say(tape.bytes()),
        13 => world.wait(tape.duration()),
        14 => world.wait_until_due(),
        15 => world.fail(tape),
        16 => world.close(),
        // The way to something interesting is long: these make it short.
        17 => {
            world.submit(Request::new(ChassisStatusRequest));
            world.exchange();
        }
        18 => world.tamper_and_forget(tape),
        _ => {
            world.deliver_to_bmc();
            world.deliver_to_console();
        }
    }
}

fn request(tape: &mut Tape<'_>) -> Request {
    let (kind, argument) = (tape.byte(), tape.byte());
    let request = match kind & 0x07 {
        0 => Request::new(ChassisStatusRequest),
        1 => Request::new(control(argument)),
        2 => Request::new(SetBootOptionsRequest::Flags(BootFlags {
            valid: true,
            persistent: argument & 0x40 != 0,
            efi: argument & 0x20 != 0,
            device: BootSelector::Other(argument & 0x0F),
        })),
        3 => Request::new(GetBootFlagsRequest),
        4 => Request::new(ChassisIdentifyRequest::Seconds(argument)),
        5 => Request::new(GetDeviceId),
        6 => Request::new(SessionInfoRequest),
        _ => any_request(argument, tape),
    };
    match Privilege::from_wire(kind >> 3 & 0x07) {
        Some(room) => request.with_room(room),
        None => request,
    }
}

fn control(number: u8) -> ChassisControlRequest {
    match number % 6 {
        0 => ChassisControlRequest::PowerDown,
        1 => ChassisControlRequest::PowerUp,
        2 => ChassisControlRequest::PowerCycle,
        3 => ChassisControlRequest::HardReset,
        4 => ChassisControlRequest::DiagnosticInterrupt,
        _ => ChassisControlRequest::SoftShutdown,
    }
}

/// A command that may not even exist, with any data.
fn any_request(net_fn: u8, tape: &mut Tape<'_>) -> Request {
    let net_fn = match net_fn % 4 {
        0 => NetFn::Chassis,
        1 => NetFn::App,
        2 => NetFn::Storage,
        _ => NetFn::SensorEvent,
    };
    let (command, data) = (tape.byte(), tape.bytes().to_vec());
    let control = net_fn == NetFn::Chassis && command == 0x02;
    Request {
        name: "anything",
        message: Message::new_request(net_fn, command, data),
        privilege: Privilege::from_wire(tape.byte() % 5).unwrap_or(Privilege::User),
        room: Privilege::User,
        effect: if control {
            Effect::Disruptive
        } else {
            Effect::Idempotent
        },
    }
}
