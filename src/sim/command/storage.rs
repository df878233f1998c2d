//! An empty event log, an empty sensor repository and an empty inventory (IPMI v2.0 §31, §33, §34).

use super::{Access, Answer, Call, Command, Completion, STORAGE};
use crate::sim::config::Privilege;
use crate::sim::device::Device;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        code: (STORAGE, 0x10),
        name: "get_fru_inventory_area_info",
        access: Access::From(Privilege::User),
        run: fru_area,
    },
    Command {
        code: (STORAGE, 0x20),
        name: "get_sdr_repository_info",
        access: Access::From(Privilege::User),
        run: repository_info,
    },
    Command {
        code: (STORAGE, 0x22),
        name: "reserve_sdr_repository",
        access: Access::From(Privilege::User),
        run: reserve,
    },
    Command {
        code: (STORAGE, 0x23),
        name: "get_sdr",
        access: Access::From(Privilege::User),
        run: no_entry,
    },
    Command {
        code: (STORAGE, 0x40),
        name: "get_sel_info",
        access: Access::From(Privilege::User),
        run: repository_info,
    },
    Command {
        code: (STORAGE, 0x42),
        name: "reserve_sel",
        access: Access::From(Privilege::User),
        run: reserve,
    },
    Command {
        code: (STORAGE, 0x43),
        name: "get_sel_entry",
        access: Access::From(Privilege::User),
        run: no_entry,
    },
    Command {
        code: (STORAGE, 0x47),
        name: "clear_sel",
        access: Access::From(Privilege::Operator),
        run: clear_sel,
    },
    Command {
        code: (STORAGE, 0x48),
        name: "get_sel_time",
        access: Access::From(Privilege::User),
        run: sel_time,
    },
];

/// §33.9, §31.2: version 1.5 (51h), no entries, 64 KiB free, never changed; reserving is supported.
fn repository_info(_device: &mut Device, _call: &Call<'_>) -> Answer {
    let mut out = vec![0x51, 0x00, 0x00, 0xff, 0xff];
    out.extend([0; 8]);
    out.push(0x02);
    Ok(out)
}

/// §33.11, §31.4
fn reserve(_device: &mut Device, _call: &Call<'_>) -> Answer {
    Ok(vec![0x01, 0x00])
}

/// §33.12, §31.5
fn no_entry(_device: &mut Device, _call: &Call<'_>) -> Answer {
    Err(Completion::NOT_PRESENT)
}

/// §31.9: erasure completed.
fn clear_sel(_device: &mut Device, _call: &Call<'_>) -> Answer {
    Ok(vec![0x01])
}

/// §31.10: seconds since 1970.
fn sel_time(_device: &mut Device, _call: &Call<'_>) -> Answer {
    let seconds = crate::time::now().as_micros() / 1_000_000;
    Ok(u32::try_from(seconds).unwrap_or(0).to_le_bytes().to_vec())
}

/// §34.1: there is no inventory device.
fn fru_area(_device: &mut Device, _call: &Call<'_>) -> Answer {
    Err(Completion::NOT_PRESENT)
}
