//! The machines of the demo: eight in two zones, each a little different, two with a fault.

use std::time::Duration;

use serde_json::{Value, json};

use crate::model::power::PowerState;
use crate::sim::{Delays, Faults, SimBmc, SimBmcConfig, SimUser, Suite};

/// How many packets of the BMC with the bad network are lost, in each direction.
const LOSS: f64 = 0.15;
/// A session that the BMC with the bad network loses track of is gone so soon.
const IDLE_LIMIT: Duration = Duration::from_secs(3);
const BMC_USER: &str = "ostler";

/// How well a BMC can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// It answers.
    Well,
    /// It loses packets.
    Lossy,
    /// It does not answer at all.
    Dead,
}

/// A machine of the demo.
#[derive(Debug, Clone, Copy)]
pub(super) struct Machine {
    /// Its name, as on the label.
    pub(super) name: &'static str,
    /// The availability zone.
    pub(super) zone: &'static str,
    /// CPUs.
    pub(super) cpus: u32,
    /// Memory in GB.
    pub(super) memory_gb: u32,
    /// How its BMC is reached.
    pub(super) reach: Reach,
    power: PowerState,
    suites: &'static [Suite],
    /// Milliseconds until the power is on, and until it is off.
    on_off_ms: (u64, u64),
}

/// The rack, in the order of the labels. The first of the big machines is the dead one: who picks blindly picks it.
pub(super) const MACHINES: [Machine; 8] = {
    use PowerState::{Off, On};
    use Reach::{Dead, Lossy, Well};
    const BOTH: &[Suite] = &[Suite::Sha1, Suite::Sha256];
    const OLD: &[Suite] = &[Suite::Sha1];
    const NEW: &[Suite] = &[Suite::Sha256];
    [
        machine("r1n1", "az1", (8, 16), Well, On, BOTH, (700, 500)),
        machine("r1n2", "az1", (8, 16), Well, Off, OLD, (800, 450)),
        machine("r1n3", "az1", (16, 64), Well, Off, BOTH, (650, 550)),
        machine("r1n4", "az1", (16, 64), Lossy, On, BOTH, (750, 500)),
        machine("r1n5", "az2", (16, 64), Well, On, NEW, (600, 400)),
        machine("r1n6", "az2", (32, 256), Dead, On, BOTH, (700, 500)),
        machine("r1n7", "az2", (32, 256), Well, Off, BOTH, (720, 480)),
        machine("r1n8", "az2", (32, 256), Well, Off, OLD, (780, 520)),
    ]
};

const fn machine(
    name: &'static str,
    zone: &'static str,
    (cpus, memory_gb): (u32, u32),
    reach: Reach,
    power: PowerState,
    suites: &'static [Suite],
    on_off_ms: (u64, u64),
) -> Machine {
    Machine {
        name,
        zone,
        cpus,
        memory_gb,
        reach,
        power,
        suites,
        on_off_ms,
    }
}

impl Machine {
    /// The machine of this name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        MACHINES.iter().find(|machine| machine.name == name)
    }

    /// Its simulated BMC.
    pub(super) fn bmc(&self) -> SimBmcConfig {
        let (on, off) = self.on_off_ms;
        let mut config = SimBmcConfig::new(self.name);
        config.users = vec![SimUser::administrator(BMC_USER, self.password())];
        config.suites = self.suites.to_vec();
        config.power = self.power;
        config.delays = Delays {
            power_on: Duration::from_millis(on),
            power_off: Duration::from_millis(off),
            reply: Duration::from_millis(3),
            handshake: Duration::from_millis(8),
            ..Delays::default()
        };
        match self.reach {
            Reach::Well => {}
            Reach::Dead => config.faults.dead = true,
            Reach::Lossy => {
                config.session_idle_limit = IDLE_LIMIT;
                config.faults = Faults {
                    loss: LOSS,
                    ..Faults::default()
                };
            }
        }
        config
    }

    /// The body that registers it as a node. `number` is its place in the rack, from 1.
    pub(super) fn node(&self, number: usize, bmc: &SimBmc) -> Value {
        let address = bmc.address();
        json!({
            "name": self.name,
            "availability_zone": self.zone,
            "properties": {
                "cpus": self.cpus, "memory_mb": self.memory_gb * 1024, "local_gb": 960, "cpu_arch": "x86_64",
                "capabilities": {"boot_mode": "uefi"},
            },
            "ports": [
                {"mac_address": format!("52:54:00:00:{number:02x}:01"), "port_type": "10GE"},
                {"mac_address": format!("52:54:00:00:{number:02x}:02"), "port_type": "1GE"},
            ],
            "bmc": {
                "interface": "lan", "address": address.ip().to_string(), "port": address.port(),
                "username": BMC_USER, "password": self.password(),
            },
        })
    }

    /// Each BMC has its own.
    fn password(&self) -> String {
        format!("demo-{}", self.name)
    }
}
