//! The rack as it was last heard of, and which of its machines need a person first. Pure: no clock, no terminal, no daemon.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::model::health::HealthState;
use crate::time::Timestamp;

/// The fields of a node that [`Machine::read`] reads.
pub(super) const NODE_FIELDS: &str = "uuid,name,power_state,power_state_at,target_power_state,health,maintenance,\
     maintenance_reason,instance_uuid,last_error";

/// What is being done to a machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Work {
    /// What is ordered: `reboot`.
    pub(super) target: String,
    /// How far it is: `waiting`. Empty where that is not known.
    pub(super) state: String,
    /// The state that is waited for: `ensure_off`. Empty where that is not known.
    pub(super) step: String,
}

/// The instance that a machine is handed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tenant {
    /// Its name; its uuid where that is not known.
    pub(super) name: String,
    /// Its status: `active`.
    pub(super) status: String,
}

/// A machine of the rack.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Machine {
    pub(super) name: String,
    /// What its BMC says: `power on`. Nothing where it cannot be read.
    pub(super) power: Option<String>,
    /// Since when.
    pub(super) power_since: Option<Timestamp>,
    /// What is thought of its BMC: `good`.
    pub(super) health: String,
    pub(super) health_message: String,
    /// Nothing happens to it by itself, and why.
    pub(super) maintenance: Option<String>,
    pub(super) instance: Option<Tenant>,
    pub(super) work: Option<Work>,
    /// When its BMC last answered.
    pub(super) seen: Option<Timestamp>,
    pub(super) last_error: Option<String>,
}

/// How the machines are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Order {
    /// Those that need a person first.
    #[default]
    Need,
    /// By name.
    Name,
    /// Those whose power changed last first.
    Change,
}

impl Order {
    /// The next one, for the key that goes round.
    pub(super) fn next(self) -> Self {
        match self {
            Self::Need => Self::Name,
            Self::Name => Self::Change,
            Self::Change => Self::Need,
        }
    }

    /// In words.
    pub(super) fn shown(self) -> &'static str {
        match self {
            Self::Need => "by need",
            Self::Name => "by name",
            Self::Change => "by last change of power",
        }
    }
}

/// Why a machine stands where it stands, the most urgent last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    /// Nothing is wrong with it.
    Nothing,
    /// Somebody has taken it out on purpose.
    Maintenance,
    /// Something is being done to it, which ends by itself.
    Work,
    /// It cannot be told yet.
    Unknown,
    /// Its BMC is slow or busy.
    Slow,
    /// Something that was asked for has failed.
    Failed,
    /// Its BMC cannot be used.
    Lost,
}

impl Machine {
    /// A node as the API shows it.
    pub(super) fn read(node: &Value, instances: &HashMap<String, Tenant>) -> Self {
        let text = |pointer: &str| node.pointer(pointer).and_then(Value::as_str);
        let owned = |pointer: &str| text(pointer).map(str::to_owned);
        let is_in_maintenance = node.get("maintenance").and_then(Value::as_bool) == Some(true);
        let instance = text("/instance_uuid").map(|uuid| {
            let unknown = || Tenant {
                name: uuid.to_owned(),
                status: String::new(),
            };
            instances.get(uuid).cloned().unwrap_or_else(unknown)
        });
        Self {
            name: owned("/name").unwrap_or_default(),
            power: owned("/power_state"),
            power_since: text("/power_state_at").and_then(Timestamp::parse),
            health: owned("/health/state").unwrap_or_default(),
            health_message: owned("/health/message").unwrap_or_default(),
            maintenance: is_in_maintenance
                .then(|| owned("/maintenance_reason").unwrap_or_default()),
            instance,
            work: text("/target_power_state").map(|target| Work {
                target: target.to_owned(),
                ..Work::default()
            }),
            seen: None,
            last_error: owned("/last_error"),
        }
    }

    /// What it needs.
    pub(super) fn need(&self) -> Need {
        let health = HealthState::parse(&self.health);
        let is_lost = health.is_some_and(|state| !state.answers() && state != HealthState::Unknown);
        let has_failed = self.last_error.is_some()
            || self
                .instance
                .as_ref()
                .is_some_and(|of| of.status == "error");
        if self.maintenance.is_some() {
            Need::Maintenance
        } else if is_lost {
            Need::Lost
        } else if has_failed {
            Need::Failed
        } else if health == Some(HealthState::Slow) {
            Need::Slow
        } else if self.power.is_none() {
            Need::Unknown
        } else if self.work.is_some() {
            Need::Work
        } else {
            Need::Nothing
        }
    }

    /// Why it is not as it should be, in a sentence; empty where it is.
    pub(super) fn reason(&self) -> &str {
        let of_health = match HealthState::parse(&self.health) {
            Some(HealthState::Good) => "",
            _ => self.health_message.as_str(),
        };
        match (&self.maintenance, &self.last_error) {
            (Some(reason), _) if !reason.is_empty() => reason,
            (_, Some(error)) => error,
            _ => of_health,
        }
    }

    /// Whether any word of it holds `text`, which is in small letters.
    pub(super) fn holds(&self, text: &str) -> bool {
        let work = self.work.clone().unwrap_or_default();
        let instance = self.instance.as_ref();
        let words = [
            self.name.as_str(),
            self.power.as_deref().unwrap_or("unknown"),
            &self.health,
            instance.map_or("", |of| &of.name),
            instance.map_or("", |of| &of.status),
            &work.target,
            &work.state,
            if self.maintenance.is_some() {
                "maintenance"
            } else {
                ""
            },
            self.reason(),
        ];
        words.iter().any(|word| word.to_lowercase().contains(text))
    }
}

/// All machines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Rack {
    pub(super) machines: Vec<Machine>,
}

/// How many machines are how. Each is a list of words and numbers, without those that are zero.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) power: Vec<(String, usize)>,
    pub(super) health: Vec<(String, usize)>,
    pub(super) work: Vec<(String, usize)>,
    pub(super) maintenance: usize,
}

impl Rack {
    /// Counts them.
    pub(super) fn counts(&self) -> Counts {
        let of = |word: fn(&Machine) -> Option<&str>| {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for word in self.machines.iter().filter_map(word) {
                *counts.entry(word).or_default() += 1;
            }
            counts
        };
        let power = of(|machine| Some(machine.power.as_deref().unwrap_or("unknown")));
        let power = ["power on", "power off", "rebooting", "unknown"]
            .iter()
            .filter_map(|word| Some((*word, *power.get(word)?)))
            .map(|(word, count)| (word.trim_start_matches("power ").to_owned(), count));
        let health = of(|machine| Some(&machine.health));
        let health = HealthState::ALL
            .iter()
            .rev()
            .filter_map(|state| Some((state.as_str(), *health.get(state.as_str())?)))
            .map(|(word, count)| (word.to_owned(), count));
        let work = of(|machine| {
            let state = machine.work.as_ref()?.state.as_str();
            Some(if state.is_empty() { "under way" } else { state })
        });
        Counts {
            power: power.collect(),
            health: health.collect(),
            work: work
                .into_iter()
                .map(|(word, count)| (word.to_owned(), count))
                .collect(),
            maintenance: self
                .machines
                .iter()
                .filter(|of| of.maintenance.is_some())
                .count(),
        }
    }

    /// Those that hold `filter`, in this order.
    pub(super) fn sorted(&self, order: Order, filter: &str) -> Vec<&Machine> {
        let filter = filter.to_lowercase();
        let mut machines: Vec<&Machine> = self
            .machines
            .iter()
            .filter(|machine| filter.is_empty() || machine.holds(&filter))
            .collect();
        machines.sort_by(|a, b| {
            let first = match order {
                Order::Need => b.need().cmp(&a.need()),
                Order::Name => Ordering::Equal,
                Order::Change => b.power_since.cmp(&a.power_since),
            };
            first.then_with(|| by_number(&a.name, &b.name))
        });
        machines
    }
}

/// As people count: `n2` before `n10`.
fn by_number(a: &str, b: &str) -> Ordering {
    let (mut a_rest, mut b_rest) = (a, b);
    loop {
        match (split(a_rest), split(b_rest)) {
            (None, None) => return a.cmp(b),
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some((a_part, a_after)), Some((b_part, b_after))) => {
                let order = by_part(a_part, b_part);
                if order != Ordering::Equal {
                    return order;
                }
                (a_rest, b_rest) = (a_after, b_after);
            }
        }
    }
}

/// Compares two parts as [`split`] gives them. Numbers are not parsed: one may be of any length.
fn by_part(a: &str, b: &str) -> Ordering {
    let digits = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    if !digits(a) || !digits(b) {
        return a.cmp(b);
    }
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// The digits at the beginning, or what stands before the next ones.
fn split(text: &str) -> Option<(&str, &str)> {
    let first = text.chars().next()?;
    let is_other = |c: char| c.is_ascii_digit() != first.is_ascii_digit();
    Some(text.split_at(text.find(is_other).unwrap_or(text.len())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn machine(node: Value) -> Machine {
        Machine::read(&node, &HashMap::new())
    }

    #[test]
    fn what_needs_a_person_comes_first() {
        let node = |name: &str, health: &str, more: Value| {
            let mut node = json!({"name": name, "power_state": "power on",
                "health": {"state": health, "message": "M"}, "maintenance": false});
            for (key, value) in more.as_object().unwrap() {
                node[key] = value.clone();
            }
            machine(node)
        };
        let rack = Rack {
            machines: vec![
                node("n10", "good", json!({})),
                node("n2", "good", json!({})),
                node("repair", "unreachable", json!({"maintenance": true})),
                node("busy", "good", json!({"target_power_state": "power off"})),
                node("dark", "unknown", json!({"power_state": null})),
                node("failed", "good", json!({"last_error": "E"})),
                node("slow", "slow", json!({})),
                node("lost", "bad credentials", json!({})),
            ],
        };
        let names = |order| -> Vec<&str> {
            let sorted = rack.sorted(order, "");
            sorted.iter().map(|of| of.name.as_str()).collect()
        };
        assert_eq!(
            names(Order::Need),
            [
                "lost", "failed", "slow", "dark", "busy", "repair", "n2", "n10"
            ]
        );
        assert_eq!(
            names(Order::Name),
            [
                "busy", "dark", "failed", "lost", "n2", "n10", "repair", "slow"
            ]
        );
        let found = rack.sorted(Order::Need, "CREDENTIALS");
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn names_are_sorted_as_people_count() {
        let mut names = ["r10n1", "r2n10", "r2n9", "r2n09", "r2", "a"];
        names.sort_by(|a, b| by_number(a, b));
        assert_eq!(names, ["a", "r2", "r2n09", "r2n9", "r2n10", "r10n1"]);
    }

    #[test]
    fn numbers_of_any_length_are_numbers() {
        // The last two do not fit 64 bits, and as text they would stand the other way round.
        let (small, middle, great) = ("n9", "n99999999999999999999", "n100000000000000000000");
        let mut names = [great, "n000000000000000000000000009x", middle, small];
        names.sort_by(|a, b| by_number(a, b));
        assert_eq!(
            names,
            [small, "n000000000000000000000000009x", middle, great]
        );
        let ordered = |a: &str, b: &str| assert_eq!(by_number(a, b), Ordering::Less, "{a} {b}");
        ordered("n3", "n20000000000000000000");
        ordered("n20000000000000000000", "n100000000000000000000");
        ordered("n3", "n100000000000000000000");
    }

    #[test]
    fn machines_are_counted_by_what_they_are() {
        let rack = Rack {
            machines: vec![
                machine(json!({"power_state": "power on", "health": {"state": "good"}})),
                machine(
                    json!({"power_state": null, "health": {"state": "unreachable"},
                    "maintenance": true, "target_power_state": "reboot"}),
                ),
            ],
        };
        let count = |word: &str| vec![(word.to_owned(), 1)];
        let counts = rack.counts();
        assert_eq!(counts.power, [count("on"), count("unknown")].concat());
        assert_eq!(
            counts.health,
            [count("unreachable"), count("good")].concat()
        );
        assert_eq!((counts.work, counts.maintenance), (count("under way"), 1));
    }
}
