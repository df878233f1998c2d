//! What is counted of the boot service.

use crate::meter::{CounterOf, Label};

/// What a machine was answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// The script that all are given first.
    First,
    /// Its own script.
    Script,
    /// A script that boots the next device, because it is not being deployed.
    NextDevice,
    /// A script that asks again, because its files are not here yet.
    NotYet,
    /// Its kernel, or a part of it.
    Kernel,
    /// Its initrd, or a part of it.
    Initrd,
    /// Data for cloud-init.
    Data,
    /// That it has phoned home.
    PhoneHome,
    /// That there is nothing.
    NotFound,
    /// That it asks for something impossible.
    Refused,
    /// That something went wrong here.
    Failed,
}

impl Label for Served {
    const ALL: &'static [Self] = &[
        Self::First,
        Self::Script,
        Self::NextDevice,
        Self::NotYet,
        Self::Kernel,
        Self::Initrd,
        Self::Data,
        Self::PhoneHome,
        Self::NotFound,
        Self::Refused,
        Self::Failed,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::First => "boot_ipxe",
            Self::Script => "script",
            Self::NextDevice => "next_device",
            Self::NotYet => "not_yet",
            Self::Kernel => "kernel",
            Self::Initrd => "initrd",
            Self::Data => "data",
            Self::PhoneHome => "phone_home",
            Self::NotFound => "not_found",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// The numbers of the boot service; all zero where there is none.
#[derive(Debug, Default)]
pub struct Netboot {
    /// Requests, by what they were answered with.
    pub answers: CounterOf<Served>,
}
