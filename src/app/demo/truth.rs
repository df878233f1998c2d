//! What has to be true after a step, checked twice: by what the API says, and by what the machine itself is and counted.
//!
//! Pure: everything that is looked at comes in. Each check gives all that is wrong, not only the first.

use std::fmt::Display;

use serde_json::Value;

use crate::model::power::PowerState;
use crate::sim::{ControlCounts, Counters, SimBmc};

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Untrue {
    /// What it is about.
    pub(super) what: String,
    /// How it should be.
    pub(super) expected: String,
    /// How it is.
    pub(super) seen: String,
}

/// Collects what is wrong.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Findings(Vec<Untrue>);

impl Findings {
    /// Two things have to be the same.
    pub(super) fn same<T: PartialEq + Display>(&mut self, what: &str, expected: T, seen: T) {
        if expected != seen {
            self.add(what, expected.to_string(), seen.to_string());
        }
    }

    /// Something has to hold.
    pub(super) fn holds(&mut self, what: &str, holds: bool, expected: &str, seen: impl Display) {
        if !holds {
            self.add(what, expected.to_owned(), seen.to_string());
        }
    }

    fn add(&mut self, what: &str, expected: String, seen: String) {
        self.0.push(Untrue {
            what: what.to_owned(),
            expected,
            seen,
        });
    }

    /// Good if there is nothing.
    pub(super) fn verdict(self) -> Result<(), Vec<Untrue>> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.0)
        }
    }
}

/// A simulated machine at a moment.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    pub(super) power: PowerState,
    pub(super) counters: Counters,
}

impl Moment {
    /// As it is now.
    pub(super) fn of(bmc: &SimBmc) -> Self {
        Self {
            power: bmc.power(),
            counters: bmc.counters(),
        }
    }
}

/// What a step does to the power of a machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effect {
    /// How it is afterwards.
    pub(super) power: PowerState,
    /// The chassis commands that get it there: these, and no other.
    pub(super) commands: ControlCounts,
    /// How often the power changed.
    pub(super) transitions: u64,
    /// How often the machine started.
    pub(super) boots: u64,
}

impl Effect {
    /// One command that turns it on.
    pub(super) fn on() -> Self {
        Self {
            power: PowerState::On,
            commands: commands(0, 1),
            transitions: 1,
            boots: 1,
        }
    }

    /// One command that turns it off.
    pub(super) fn off() -> Self {
        Self {
            power: PowerState::Off,
            commands: commands(1, 0),
            transitions: 1,
            boots: 0,
        }
    }

    /// Off and on again.
    pub(super) fn reboot() -> Self {
        Self {
            power: PowerState::On,
            commands: commands(1, 1),
            transitions: 2,
            boots: 1,
        }
    }

    /// It went off, and nobody sent a command.
    pub(super) fn off_by_itself() -> Self {
        Self {
            commands: commands(0, 0),
            ..Self::off()
        }
    }

    /// Checks the machine's own word.
    pub(super) fn check(&self, before: &Moment, after: &Moment, findings: &mut Findings) {
        let (old, new) = (&before.counters, &after.counters);
        let received = difference(new.controls_received, old.controls_received);
        let acted = difference(new.controls_acted, old.controls_acted);
        findings.same(
            "the machine's own power",
            shown(self.power),
            shown(after.power),
        );
        findings.same(
            "chassis commands that its BMC received",
            told(self.commands),
            told(received),
        );
        findings.same(
            "chassis commands that did something",
            told(self.commands),
            told(acted),
        );
        findings.same(
            "how often its power changed",
            self.transitions,
            new.power_transitions.wrapping_sub(old.power_transitions),
        );
        findings.same(
            "how often it started",
            self.boots,
            new.boots.wrapping_sub(old.boots),
        );
    }

    /// Checks the API's word: an answer of `…/states`, or all of an instance or node.
    pub(super) fn check_api(&self, states: &Value, findings: &mut Findings) {
        let text = |field: &str| states.get(field).map_or("missing".to_owned(), plain);
        findings.same(
            "power_state in the API",
            shown(self.power).to_owned(),
            text("power_state"),
        );
        if states.get("target_power_state").is_some() {
            findings.same(
                "target_power_state in the API",
                "null".to_owned(),
                text("target_power_state"),
            );
        }
        findings.same(
            "last_error in the API",
            "null".to_owned(),
            text("last_error"),
        );
    }

    /// How it is known, in a sentence.
    pub(super) fn evidence(&self) -> String {
        format!(
            "API: {0}. Machine: {0}. Commands to its BMC: {1}.",
            shown(self.power),
            told(self.commands)
        )
    }
}

/// Checks that a BMC has no session left, and that all were closed in good order. Where packets are `lost`, the BMC may have had to
/// end one by itself.
pub(super) fn check_sessions(name: &str, lost: bool, counters: &Counters, findings: &mut Findings) {
    findings.same(
        &format!("sessions left open at {name}"),
        0,
        counters.sessions_open,
    );
    let ended = if lost {
        counters.sessions_closed + counters.sessions_expired
    } else {
        counters.sessions_closed
    };
    findings.same(
        &format!("sessions of {name} that were closed"),
        counters.sessions_opened,
        ended,
    );
}

/// A power state as the API words it.
pub(super) fn shown(power: PowerState) -> &'static str {
    match power {
        PowerState::On => "power on",
        PowerState::Off => "power off",
    }
}

/// A JSON value without the quotes of a string.
pub(super) fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn commands(down: u64, up: u64) -> ControlCounts {
    ControlCounts {
        down,
        up,
        ..ControlCounts::default()
    }
}

fn difference(new: ControlCounts, old: ControlCounts) -> ControlCounts {
    ControlCounts {
        down: new.down.wrapping_sub(old.down),
        up: new.up.wrapping_sub(old.up),
        cycle: new.cycle.wrapping_sub(old.cycle),
        reset: new.reset.wrapping_sub(old.reset),
        diag: new.diag.wrapping_sub(old.diag),
        soft: new.soft.wrapping_sub(old.soft),
    }
}

/// Chassis commands in words.
fn told(counts: ControlCounts) -> String {
    let kinds = [
        (counts.down, "power-down"),
        (counts.up, "power-up"),
        (counts.cycle, "power-cycle"),
        (counts.reset, "reset"),
        (counts.diag, "diagnostic interrupt"),
        (counts.soft, "soft-shutdown"),
    ];
    let named: Vec<String> = kinds
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, kind)| format!("{count} {kind}"))
        .collect();
    if named.is_empty() {
        "none".to_owned()
    } else {
        named.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sim::{Rack, SimBmcConfig};

    fn moment(power: PowerState, down: u64, up: u64, transitions: u64, boots: u64) -> Moment {
        Moment {
            power,
            counters: Counters {
                controls_received: commands(down, up),
                controls_acted: commands(down, up),
                power_transitions: transitions,
                boots,
                ..Counters::default()
            },
        }
    }

    fn wrong(effect: Effect, before: &Moment, after: &Moment) -> Vec<String> {
        let mut findings = Findings::default();
        effect.check(before, after, &mut findings);
        findings.0.into_iter().map(|untrue| untrue.what).collect()
    }

    #[test]
    fn what_is_true_is_found_true() {
        let begin = moment(PowerState::On, 4, 5, 9, 5);
        for (effect, after) in [
            (Effect::off(), moment(PowerState::Off, 5, 5, 10, 5)),
            (Effect::reboot(), moment(PowerState::On, 5, 6, 11, 6)),
            (
                Effect::off_by_itself(),
                moment(PowerState::Off, 4, 5, 10, 5),
            ),
        ] {
            assert_eq!(wrong(effect, &begin, &after), [""; 0], "{effect:?}");
        }
    }

    #[test]
    fn a_machine_that_stayed_as_it_was_is_found_out() {
        let on = moment(PowerState::On, 0, 1, 1, 1);
        let mut lied_to = on.clone();
        lied_to.counters.controls_received.down = 1;
        assert_eq!(
            wrong(Effect::off(), &on, &lied_to),
            [
                "the machine's own power",
                "chassis commands that did something",
                "how often its power changed"
            ]
        );
    }

    #[test]
    fn a_second_command_is_found_out_even_where_the_state_is_right() {
        let (on, mut off) = (
            moment(PowerState::On, 0, 1, 1, 1),
            moment(PowerState::Off, 1, 1, 2, 1),
        );
        off.counters.controls_received.down = 2;
        assert_eq!(
            wrong(Effect::off(), &on, &off),
            ["chassis commands that its BMC received"]
        );
    }

    #[test]
    fn a_reboot_that_never_turned_the_machine_off_is_found_out() {
        let on = moment(PowerState::On, 0, 1, 1, 1);
        assert_eq!(wrong(Effect::reboot(), &on, &on).len(), 4);
    }

    #[test]
    fn a_command_where_nobody_ordered_one_is_found_out() {
        let on = moment(PowerState::On, 0, 1, 1, 1);
        let fought = moment(PowerState::On, 0, 2, 3, 2);
        assert_eq!(wrong(Effect::off_by_itself(), &on, &fought).len(), 5);
    }

    #[test]
    fn power_that_changes_behind_the_api_is_found_out() {
        let (rack, _driver) = Rack::bind(vec![SimBmcConfig::new("n1")]).unwrap();
        let bmc = rack.by_name("n1").unwrap();
        bmc.set_power(PowerState::On);
        let before = Moment::of(&bmc);
        let states =
            json!({"power_state": "power off", "target_power_state": null, "last_error": null});
        let mut findings = Findings::default();
        Effect::off().check_api(&states, &mut findings);
        assert_eq!(findings, Findings::default(), "the API tells a good story");
        Effect::off().check(&before, &Moment::of(&bmc), &mut findings);
        let untrue = findings.verdict().unwrap_err();
        assert_eq!(untrue[0].what, "the machine's own power");
        assert_eq!(
            (untrue[0].expected.as_str(), untrue[0].seen.as_str()),
            ("power off", "power on")
        );
    }

    #[test]
    fn an_api_that_says_something_else_is_found_out() {
        for (states, what) in [
            (
                json!({"power_state": "power on", "last_error": null}),
                "power_state in the API",
            ),
            (
                json!({"power_state": null, "last_error": null}),
                "power_state in the API",
            ),
            (
                json!({"power_state": "power off", "target_power_state": "power off", "last_error": null}),
                "target_power_state in the API",
            ),
            (
                json!({"power_state": "power off", "last_error": "no"}),
                "last_error in the API",
            ),
            (json!({"power_state": "power off"}), "last_error in the API"),
        ] {
            let mut findings = Findings::default();
            Effect::off().check_api(&states, &mut findings);
            let untrue = findings.verdict().unwrap_err();
            assert_eq!(untrue.len(), 1, "{states}");
            assert_eq!(untrue[0].what, what, "{states}");
        }
    }

    #[test]
    fn a_session_that_was_left_is_found_out_and_an_expired_one_only_forgiven_where_packets_are_lost()
     {
        let counters = |closed, expired, open| Counters {
            sessions_opened: 3,
            sessions_closed: closed,
            sessions_expired: expired,
            sessions_open: open,
            ..Counters::default()
        };
        for (lost, counters, good) in [
            (false, counters(3, 0, 0), true),
            (false, counters(2, 0, 1), false),
            (false, counters(2, 1, 0), false),
            (true, counters(2, 1, 0), true),
            (true, counters(2, 0, 1), false),
        ] {
            let mut findings = Findings::default();
            check_sessions("n1", lost, &counters, &mut findings);
            assert_eq!(findings.verdict().is_ok(), good, "{counters:?}");
        }
    }
}
