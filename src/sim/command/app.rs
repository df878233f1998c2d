//! Commands about the BMC itself (IPMI v2.0 §20, §22.14).

use super::{APP, Access, Answer, Call, Command};
use crate::sim::config::Privilege;
use crate::sim::device::Device;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        code: (APP, 0x01),
        name: "get_device_id",
        access: Access::From(Privilege::User),
        run: device_id,
    },
    Command {
        code: (APP, 0x02),
        name: "cold_reset",
        access: Access::From(Privilege::Administrator),
        run: reset,
    },
    Command {
        code: (APP, 0x03),
        name: "warm_reset",
        access: Access::From(Privilege::Administrator),
        run: reset,
    },
    Command {
        code: (APP, 0x04),
        name: "get_self_test_results",
        access: Access::From(Privilege::User),
        run: self_test,
    },
    Command {
        code: (APP, 0x08),
        name: "get_device_guid",
        access: Access::From(Privilege::User),
        run: guid,
    },
    Command {
        code: (APP, 0x2f),
        name: "get_bmc_global_enables",
        access: Access::From(Privilege::User),
        run: global_enables,
    },
    Command {
        code: (APP, 0x37),
        name: "get_system_guid",
        access: Access::Anybody,
        run: guid,
    },
];

/// §20.1: device 20h, revision 1, firmware 1.00, IPMI 2.0, chassis and FRU and SEL and SDR repository, no real
/// manufacturer (number 0 is "unspecified"), product 1.
fn device_id(_device: &mut Device, _call: &Call<'_>) -> Answer {
    Ok(vec![
        0x20, 0x01, 0x01, 0x00, 0x02, 0x8e, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00,
    ])
}

/// §20.2, §20.3: the answer is still sent, then the BMC is silent for a while.
fn reset(device: &mut Device, call: &Call<'_>) -> Answer {
    let lasts = device.config.delays.bmc_reset;
    device.reboot_after_answer(call.now, lasts);
    Ok(Vec::new())
}

/// §20.4: all is well.
fn self_test(_device: &mut Device, _call: &Call<'_>) -> Answer {
    Ok(vec![0x55, 0x00])
}

/// §20.8, §22.14: the machine and its BMC have one GUID.
fn guid(device: &mut Device, _call: &Call<'_>) -> Answer {
    Ok(device.guid.to_vec())
}

/// §22.2: the system event log is on.
fn global_enables(_device: &mut Device, _call: &Call<'_>) -> Answer {
    Ok(vec![0x08])
}
