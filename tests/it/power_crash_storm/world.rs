//! The rack, its faults, and the daemon.

use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::{Delays, Faults, Flapping, SimBmc, SimBmcConfig, Spell};
use serde_json::{Value, json};

use super::{CUSTOMERS, RENTERS};
use crate::common::bench::{bmc_settings, node, register};
use crate::common::daemon::{Daemon, Parts};
use crate::common::http::Client;
use crate::common::sim::SimRack;

/// Nodes that belong to one customer each.
pub(super) const OWNED: usize = 40;
/// Nodes that the renters share.
pub(super) const POOL: usize = 10;
/// The number of one whose BMC is not there, and of which nobody orders anything.
const GONE: usize = OWNED + POOL;
/// The name of one that is registered with a wrong password.
pub(super) const LOCKED: &str = "locked";

/// Longer than any transition here.
pub(super) const GRACE_SECS: u64 = 4;
const POWER: &str = "poll_interval_secs = 1\nchange_deadline_secs = 60\nsoft_deadline_secs = 60\n\
     transition_grace_secs = 4\nbackoff_max_secs = 2\nunreachable_after_misses = 1\n";

/// What is the matter with a BMC, beside the network, which is bad for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    /// Nothing.
    Well,
    /// It is busy now and then, and after each change.
    Busy,
    /// Answers to chassis control get lost.
    LosesReplies,
    /// Chassis control gets lost.
    LosesRequests,
    /// It has no free session now and then.
    Full,
    /// It answers and switches slowly.
    Slow,
    /// Its operating system does not hear the power button.
    Deaf,
    /// It says yes and does nothing.
    Lies,
    /// It is away for seconds.
    Flaps,
    /// It is not there.
    Gone,
}

/// What has no effect.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ignored {
    Nothing,
    SoftOff,
    Everything,
}

impl Habit {
    pub(super) fn ignores(self) -> Ignored {
        match self {
            Self::Deaf => Ignored::SoftOff,
            Self::Lies => Ignored::Everything,
            Self::Well
            | Self::Busy
            | Self::LosesReplies
            | Self::LosesRequests
            | Self::Full
            | Self::Slow
            | Self::Flaps
            | Self::Gone => Ignored::Nothing,
        }
    }

    pub(super) fn of(number: usize) -> Self {
        if number >= OWNED {
            return if number == GONE {
                Self::Gone
            } else {
                Self::Well
            };
        }
        match number % 10 {
            0 | 1 => Self::Well,
            2 => Self::Busy,
            3 => Self::LosesReplies,
            4 => Self::LosesRequests,
            5 => Self::Full,
            6 => Self::Slow,
            7 => Self::Deaf,
            8 => Self::Lies,
            _ if number == OWNED - 1 => Self::Gone,
            _ => Self::Flaps,
        }
    }

    /// Whether an order to it may fail, which then is to happen soon.
    pub(super) fn may_fail(self) -> bool {
        matches!(self, Self::Deaf | Self::Lies | Self::Flaps | Self::Gone)
    }

    /// Whether it can be turned off: a delete of one that cannot never ends, and is never given up.
    pub(super) fn can_be_off(self) -> bool {
        !matches!(self, Self::Lies | Self::Gone)
    }

    fn faults(self) -> Faults {
        let spell = Spell {
            code: 0xc0,
            lasts: Duration::from_millis(300),
        };
        let network = Faults {
            loss: 0.03,
            duplicate: 0.03,
            reorder: 0.05,
            stale: 0.02,
            ..Faults::default()
        };
        match self {
            Self::Well | Self::Slow | Self::Deaf => network,
            Self::Busy => Faults {
                busy: 2,
                after_control: Some(spell),
                ..network
            },
            Self::LosesReplies => Faults {
                drop_control_replies: 1,
                ..network
            },
            Self::LosesRequests => Faults {
                drop_control_requests: 1,
                ..network
            },
            Self::Full => Faults {
                no_resources: 1,
                ..network
            },
            Self::Lies => Faults {
                lying_success: true,
                ..network
            },
            Self::Gone => Faults {
                dead: true,
                ..network
            },
            Self::Flaps => Faults {
                flapping: Some(Flapping {
                    up: Duration::from_secs(2),
                    down: Duration::from_secs(4),
                }),
                ..network
            },
        }
    }

    fn delays(self) -> Delays {
        match self {
            Self::Slow => Delays {
                power_on: Duration::from_millis(800),
                power_off: Duration::from_millis(800),
                soft_off: Some(Duration::from_millis(1_500)),
                reply: Duration::from_millis(15),
                ..Delays::default()
            },
            Self::Deaf => Delays {
                soft_off: None,
                ..Delays::default()
            },
            Self::Well
            | Self::Busy
            | Self::LosesReplies
            | Self::LosesRequests
            | Self::Full
            | Self::Lies
            | Self::Flaps
            | Self::Gone => Delays::default(),
        }
    }
}

pub(super) struct World {
    pub(super) rack: SimRack,
    pub(super) daemon: Daemon,
    pub(super) admin: Client,
    pub(super) parts: Parts,
}

impl World {
    /// A rack of [`OWNED`] nodes `n0`, `n1`, …, each in a zone of its own, of [`POOL`] nodes in the zone `pool`, and
    /// of one that is not there.
    pub(super) fn start() -> Self {
        let name = |number| match number {
            0..OWNED => format!("n{number}"),
            OWNED..GONE => format!("p{}", number - OWNED),
            GONE => "gone".to_owned(),
            _ => LOCKED.to_owned(),
        };
        let rack = (0..=GONE + 1).map(|number| config(name(number), Habit::of(number)));
        let rack = SimRack::start(rack.collect());
        let daemon = Daemon::with_power(POWER);
        let admin = daemon.unix();
        for number in (0..OWNED).chain([GONE]) {
            let bmc = rack.bmc(number).unwrap();
            register(&admin, bmc.name(), bmc_settings(&bmc));
        }
        for number in OWNED..GONE {
            let bmc = rack.bmc(number).unwrap();
            let node = json!({
                "name": bmc.name(),
                "availability_zone": "pool",
                "bmc": bmc_settings(&bmc),
                "ports": [{"mac_address": format!("02:00:00:01:00:{number:02x}")}],
            });
            admin.post("/v1/nodes", &node).expect(201);
        }
        let locked = rack.by_name(LOCKED).unwrap();
        let mut settings = bmc_settings(&locked);
        settings["password"] = json!("not this one");
        register(&admin, LOCKED, settings);
        let parts = Parts::make(&admin);
        let world = Self {
            rack,
            daemon,
            admin,
            parts,
        };
        world.set_faults();
        world
    }

    /// Faults that are counted are there again.
    pub(super) fn set_faults(&self) {
        for (number, bmc) in self.rack.bmcs().enumerate() {
            let habit = Habit::of(number);
            let flaps = habit == Habit::Flaps && bmc.faults().flapping.is_some();
            if !flaps {
                bmc.set_faults(habit.faults());
            }
        }
    }

    /// The BMCs of a customer's nodes, with their numbers.
    pub(super) fn bmcs_of(&self, customer: usize) -> Vec<(usize, SimBmc)> {
        let mine = (0..OWNED).filter(|number| number % CUSTOMERS == customer);
        mine.map(|number| (number, self.rack.bmc(number).unwrap()))
            .collect()
    }

    /// Every node is there, and the renters have given theirs back.
    pub(super) fn check_the_pool(&self) {
        let nodes = self.admin.get("/v1/nodes?limit=100").expect(200).json();
        assert_eq!(nodes["nodes"].as_array().unwrap().len(), GONE + 2);
        for number in 0..POOL {
            let node: Value = self
                .admin
                .get(&node(&format!("p{number}")))
                .expect(200)
                .json();
            assert!(
                node["instance_uuid"].is_null(),
                "{RENTERS} renters left: {node:#}"
            );
        }
    }

    /// Nothing was ordered that Ostler has no words for, and whoever was told to turn on was off.
    pub(super) fn check_commands(&self) {
        for (number, bmc) in self.rack.bmcs().enumerate() {
            let counters = bmc.counters();
            let (received, acted) = (counters.controls_received, counters.controls_acted);
            assert_eq!((received.cycle, received.reset, received.diag), (0, 0, 0));
            let honest = Habit::of(number) != Habit::Lies;
            if honest {
                assert_eq!(
                    received.up,
                    acted.up,
                    "{} was told to be what it was",
                    bmc.name()
                );
            }
        }
    }
}

fn config(name: String, habit: Habit) -> SimBmcConfig {
    SimBmcConfig {
        seed: 11,
        power: PowerState::On,
        // Each crash leaves sessions behind, which only their idle limit ends.
        session_cap: 60,
        session_idle_limit: Duration::from_secs(8),
        delays: habit.delays(),
        ..SimBmcConfig::new(name)
    }
}
