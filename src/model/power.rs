//! Power: what was seen, what is wanted, and what a BMC can be told.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a BMC said the power is. There is no third value: what cannot be read is `None` where this stands in an `Option`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PowerState {
    /// The machine is powered (ACPI S0).
    #[serde(rename = "power on")]
    On,
    /// The machine is not powered (ACPI S5).
    #[serde(rename = "power off")]
    Off,
}

impl PowerState {
    /// The spelling of the API and of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "power on",
            Self::Off => "power off",
        }
    }

    /// Reads the spelling of the API.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "power on" => Some(Self::On),
            "power off" => Some(Self::Off),
            _ => None,
        }
    }
}

impl fmt::Display for PowerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What becomes of a change of a machine's power that nobody here asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PowerPolicy {
    /// It is recorded and left alone: hardware wins.
    #[default]
    Observe,
    /// It is undone: the machine goes back to what was last ordered.
    Enforce,
}

impl PowerPolicy {
    /// The spelling of the API and of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Enforce => "enforce",
        }
    }
}

/// What a client can order. Each is a list of states to reach, never a pulse whose effect could not be observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PowerTarget {
    /// Be on.
    On,
    /// Be off, at once.
    Off,
    /// Be off, then on.
    Reboot,
    /// Be off, by asking the operating system (ACPI).
    SoftOff,
    /// Be off by asking the operating system, then on.
    SoftReboot,
}

impl PowerTarget {
    /// All of them, in the order that error messages list them.
    pub const ALL: [Self; 5] = [
        Self::On,
        Self::Off,
        Self::Reboot,
        Self::SoftOff,
        Self::SoftReboot,
    ];

    /// The spelling in a request: `on`, `off`, `reboot`, `soft_off`, `soft_reboot`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Reboot => "reboot",
            Self::SoftOff => "soft_off",
            Self::SoftReboot => "soft_reboot",
        }
    }

    /// Reads the spelling of a request.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.as_str() == text)
    }

    /// The state that the machine is in when this is done.
    pub fn leads_to(self) -> PowerState {
        match self {
            Self::On | Self::Reboot | Self::SoftReboot => PowerState::On,
            Self::Off | Self::SoftOff => PowerState::Off,
        }
    }

    /// Whether the operating system is asked.
    pub fn is_soft(self) -> bool {
        match self {
            Self::SoftOff | Self::SoftReboot => true,
            Self::On | Self::Off | Self::Reboot => false,
        }
    }

    /// What `target_power_state` shows while this is under way.
    pub fn shown(self) -> &'static str {
        match self {
            Self::On => "power on",
            Self::Off => "power off",
            Self::Reboot => "rebooting",
            Self::SoftOff => "soft power off",
            Self::SoftReboot => "soft rebooting",
        }
    }
}

impl fmt::Display for PowerTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The chassis commands that Ostler sends. A power cycle or a reset is not among them: whether one happened cannot be
/// observed afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PowerAction {
    /// Power up.
    On,
    /// Power down, at once.
    Off,
    /// Ask the operating system to shut down (ACPI soft shutdown).
    SoftOff,
}

impl PowerAction {
    /// The words for messages: "the BMC accepted power on".
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "power on",
            Self::Off => "power off",
            Self::SoftOff => "soft power off",
        }
    }

    /// Reads the words of [`PowerAction::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::On, Self::Off, Self::SoftOff]
            .into_iter()
            .find(|action| action.as_str() == text)
    }

    /// The state that this command leads to.
    pub fn leads_to(self) -> PowerState {
        match self {
            Self::On => PowerState::On,
            Self::Off | Self::SoftOff => PowerState::Off,
        }
    }
}

impl fmt::Display for PowerAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
