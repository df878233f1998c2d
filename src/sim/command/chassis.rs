//! Chassis commands (IPMI v2.0 §28).

use super::{Access, Answer, CHASSIS, CHASSIS_CONTROL, Call, Command, Completion};
use crate::model::power::PowerState;
use crate::sim::boot::{BootOptionError, StartedBy};
use crate::sim::chassis::{Control, Effect};
use crate::sim::config::Privilege;
use crate::sim::device::Device;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        code: (CHASSIS, 0x00),
        name: "get_chassis_capabilities",
        access: Access::From(Privilege::User),
        run: capabilities,
    },
    Command {
        code: (CHASSIS, 0x01),
        name: "get_chassis_status",
        access: Access::From(Privilege::User),
        run: status,
    },
    Command {
        code: CHASSIS_CONTROL,
        name: "chassis_control",
        access: Access::From(Privilege::Operator),
        run: control,
    },
    Command {
        code: (CHASSIS, 0x04),
        name: "chassis_identify",
        access: Access::From(Privilege::Operator),
        run: identify,
    },
    Command {
        code: (CHASSIS, 0x06),
        name: "set_power_restore_policy",
        access: Access::From(Privilege::Operator),
        run: set_power_restore_policy,
    },
    Command {
        code: (CHASSIS, 0x07),
        name: "get_system_restart_cause",
        access: Access::From(Privilege::User),
        run: restart_cause,
    },
    Command {
        code: (CHASSIS, 0x08),
        name: "set_system_boot_options",
        access: Access::From(Privilege::Operator),
        run: set_boot_options,
    },
    Command {
        code: (CHASSIS, 0x09),
        name: "get_system_boot_options",
        access: Access::From(Privilege::Operator),
        run: boot_options,
    },
];

/// §28.1: no intrusion sensor, no lockout; every management controller is the BMC itself.
fn capabilities(_device: &mut Device, _call: &Call<'_>) -> Answer {
    Ok(vec![0x00, 0x20, 0x20, 0x20, 0x20])
}

/// §28.2
fn status(device: &mut Device, call: &Call<'_>) -> Answer {
    let chassis = &device.chassis;
    let power = chassis.power_seen(call.now, device.faults.status_lag);
    let on = u8::from(power == PowerState::On);
    let by_command = chassis.started_by() == Some(StartedBy::Command);
    // Bit 6: identify is supported, and bits 5:4 are its state.
    let misc = 0x40 | (chassis.identify_state(call.now) << 4);
    Ok(vec![
        on | (chassis.restore_policy << 5),
        u8::from(by_command && power == PowerState::On) << 4,
        misc,
        0x00,
    ])
}

/// §28.3
fn control(device: &mut Device, call: &Call<'_>) -> Answer {
    let [kind] = call.exactly()?;
    let control = Control::from_number(kind).ok_or(Completion::INVALID_FIELD)?;
    device.counters.controls_received.count(control);
    if device.faults.lying_success {
        return Ok(Vec::new());
    }
    match device
        .chassis
        .control(call.now, control, &device.config.delays)
    {
        Effect::Acted => {
            device.counters.controls_acted.count(control);
            device.begin_spell(call.now, device.faults.after_control);
        }
        Effect::Nothing => {}
        Effect::NotWhileOff => return Err(Completion::NOT_IN_THIS_STATE),
    }
    // A machine without delays is there at once, also for whoever looks through another door.
    device.chassis.settle(call.now);
    Ok(Vec::new())
}

/// §28.5: without data the light is on for 15 seconds.
fn identify(device: &mut Device, call: &Call<'_>) -> Answer {
    let seconds = match call.data {
        [] => Some(15),
        [seconds] => Some(*seconds),
        [seconds, force] => (force & 0x01 == 0).then_some(*seconds),
        _ => return Err(Completion::WRONG_LENGTH),
    };
    device.chassis.identify(call.now, seconds);
    Ok(Vec::new())
}

/// §28.8: all three policies are there; 3 asks only for that.
fn set_power_restore_policy(device: &mut Device, call: &Call<'_>) -> Answer {
    let [policy] = call.exactly()?;
    match policy & 0x07 {
        policy @ 0..=2 => device.chassis.restore_policy = policy,
        3 => {}
        _ => return Err(Completion::INVALID_FIELD),
    }
    Ok(vec![0x07])
}

/// §28.11: 1 is Chassis Control, 3 is the power button, 0 is unknown; on channel 1.
fn restart_cause(device: &mut Device, _call: &Call<'_>) -> Answer {
    let cause = match device.chassis.started_by() {
        Some(StartedBy::Command) => 0x01,
        Some(StartedBy::Button) => 0x03,
        None => 0x00,
    };
    Ok(vec![cause, 0x01])
}

/// §28.12
fn set_boot_options(device: &mut Device, call: &Call<'_>) -> Answer {
    if device.faults.forgets_boot_options {
        return Ok(Vec::new());
    }
    device.chassis.boot.set(call.now, call.data).map_err(code)?;
    Ok(Vec::new())
}

/// §28.13
fn boot_options(device: &mut Device, call: &Call<'_>) -> Answer {
    let [selector, _set, _block] = call.exactly()?;
    device.chassis.boot.read(selector).map_err(code)
}

fn code(error: BootOptionError) -> Completion {
    match error {
        BootOptionError::NoSuchParameter => Completion(0x80),
        BootOptionError::AlreadyInProgress => Completion(0x81),
        BootOptionError::WrongLength => Completion::WRONG_LENGTH,
    }
}
