//! The machine behind a BMC: its power, what is under way, and what it started from.
//!
//! Nothing here waits. A change that takes time is a plan with due times, and [`Chassis::settle`] brings the state up to a
//! moment; whoever looks settles first.

use std::time::{Duration, Instant};

use crate::model::power::PowerState;
use crate::sim::boot::{Boot, BootOptions, StartedBy};
use crate::sim::config::Delays;

/// Chassis Control (IPMI v2.0 §28.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    Down,
    Up,
    Cycle,
    Reset,
    Diag,
    Soft,
}

impl Control {
    pub(super) fn from_number(number: u8) -> Option<Self> {
        match number & 0x0f {
            0 => Some(Self::Down),
            1 => Some(Self::Up),
            2 => Some(Self::Cycle),
            3 => Some(Self::Reset),
            4 => Some(Self::Diag),
            5 => Some(Self::Soft),
            _ => None,
        }
    }
}

/// What became of a chassis control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Something changed or will.
    Acted,
    /// There was nothing to do.
    Nothing,
    /// Not possible while the machine is off (completion code D5h).
    NotWhileOff,
}

#[derive(Debug, Clone, Copy)]
struct Step {
    at: Instant,
    to: PowerState,
    by: StartedBy,
}

/// One machine.
#[derive(Debug)]
pub(super) struct Chassis {
    pub(super) boot: BootOptions,
    pub(super) restore_policy: u8,
    pub(super) transitions: u64,
    pub(super) boots: u64,
    pub(super) last_boot: Option<Boot>,
    state: PowerState,
    /// When `state` came to be; none for the state at the start.
    since: Option<Instant>,
    /// At most two steps, soonest first: a power cycle is "off, then on".
    plan: Vec<Step>,
    started_by: Option<StartedBy>,
    identify: Identify,
}

#[derive(Debug, Clone, Copy)]
enum Identify {
    Off,
    Until(Instant),
    On,
}

impl Chassis {
    pub(super) fn new(power: PowerState) -> Self {
        Self {
            boot: BootOptions::default(),
            restore_policy: 0,
            transitions: 0,
            boots: 0,
            last_boot: None,
            state: power,
            since: None,
            plan: Vec::new(),
            started_by: None,
            identify: Identify::Off,
        }
    }

    /// The power as of the last [`Self::settle`].
    pub(super) fn power(&self) -> PowerState {
        self.state
    }

    /// The power as a BMC shows it that is `lag` behind.
    pub(super) fn power_seen(&self, now: Instant, lag: Duration) -> PowerState {
        let fresh = self.since.is_some_and(|since| now < since + lag);
        match (self.state, fresh) {
            (state, false) => state,
            (PowerState::On, true) => PowerState::Off,
            (PowerState::Off, true) => PowerState::On,
        }
    }

    /// Who started the machine last.
    pub(super) fn started_by(&self) -> Option<StartedBy> {
        self.started_by
    }

    /// Brings everything up to `now`.
    pub(super) fn settle(&mut self, now: Instant) {
        while let Some(step) = self.plan.first().copied().filter(|step| step.at <= now) {
            self.plan.remove(0);
            self.become_(step.at, step.to, step.by);
        }
        self.boot.settle(now);
    }

    fn become_(&mut self, at: Instant, to: PowerState, by: StartedBy) {
        if self.state == to {
            return;
        }
        self.state = to;
        self.since = Some(at);
        self.transitions += 1;
        if to == PowerState::On {
            self.start(at, by);
        }
    }

    fn start(&mut self, at: Instant, by: StartedBy) {
        self.boots += 1;
        self.started_by = Some(by);
        self.last_boot = Some(self.boot.on_boot(at, by));
    }

    /// Carries out a chassis control; settle first.
    pub(super) fn control(&mut self, now: Instant, control: Control, delays: &Delays) -> Effect {
        self.boot.on_control(now);
        match (control, self.state) {
            (Control::Up, state) => self.power_up(now, state, StartedBy::Command, delays),
            (Control::Down, state) => self.power_down(now, state, delays),
            (Control::Soft, state) => self.soft_off(now, state, delays),
            (Control::Cycle | Control::Reset, PowerState::Off) => Effect::NotWhileOff,
            (Control::Cycle, PowerState::On) => {
                let off = now + delays.power_off;
                let on = off + delays.least_off + delays.power_on;
                let by = StartedBy::Command;
                self.plan = vec![
                    Step {
                        at: off,
                        to: PowerState::Off,
                        by,
                    },
                    Step {
                        at: on,
                        to: PowerState::On,
                        by,
                    },
                ];
                Effect::Acted
            }
            (Control::Reset, PowerState::On) => {
                self.start(now, StartedBy::Command);
                Effect::Acted
            }
            (Control::Diag, PowerState::On) => Effect::Acted,
            (Control::Diag, PowerState::Off) => Effect::Nothing,
        }
    }

    fn power_up(
        &mut self,
        now: Instant,
        state: PowerState,
        by: StartedBy,
        delays: &Delays,
    ) -> Effect {
        // A machine that is on, or on its way, is not started again; a shutdown under way is not taken back either.
        if state == PowerState::On || !self.plan.is_empty() {
            return Effect::Nothing;
        }
        let ready = self
            .since
            .map_or(now, |off| now.max(off + delays.least_off));
        self.plan = vec![Step {
            at: ready + delays.power_on,
            to: PowerState::On,
            by,
        }];
        Effect::Acted
    }

    fn power_down(&mut self, now: Instant, state: PowerState, delays: &Delays) -> Effect {
        let at = now + delays.power_off;
        let already = match (state, self.plan.as_slice()) {
            (PowerState::Off, plan) => plan.is_empty(),
            // Only "off" under way, and no later than this one would be: a slow soft shutdown is overtaken.
            (PowerState::On, [only]) => only.at <= at,
            (PowerState::On, _) => false,
        };
        if already {
            return Effect::Nothing;
        }
        self.plan.clear();
        if state == PowerState::On {
            self.plan.push(Step {
                at,
                to: PowerState::Off,
                by: StartedBy::Command,
            });
        }
        Effect::Acted
    }

    fn soft_off(&mut self, now: Instant, state: PowerState, delays: &Delays) -> Effect {
        let Some(soft_off) = delays.soft_off else {
            return Effect::Nothing;
        };
        if state == PowerState::Off || !self.plan.is_empty() {
            return Effect::Nothing;
        }
        self.plan.push(Step {
            at: now + soft_off,
            to: PowerState::Off,
            by: StartedBy::Command,
        });
        Effect::Acted
    }

    /// Someone presses the power button shortly: a machine that is off starts, one that is on is asked to shut down.
    pub(super) fn press_button(&mut self, now: Instant, delays: &Delays) {
        match self.state {
            PowerState::Off => self.power_up(now, self.state, StartedBy::Button, delays),
            PowerState::On => self.soft_off(now, self.state, delays),
        };
    }

    /// The power is so from now on, and whatever was under way is not.
    pub(super) fn force(&mut self, now: Instant, power: PowerState) {
        self.plan.clear();
        self.become_(now, power, StartedBy::Button);
    }

    /// Chassis Identify: the light is on for so many seconds, 0 is off, `None` is until told otherwise.
    pub(super) fn identify(&mut self, now: Instant, seconds: Option<u8>) {
        self.identify = match seconds {
            Some(0) => Identify::Off,
            Some(seconds) => Identify::Until(now + Duration::from_secs(seconds.into())),
            None => Identify::On,
        };
    }

    /// Chassis identify state as in Get Chassis Status: 0 off, 1 for a time, 2 on.
    pub(super) fn identify_state(&self, now: Instant) -> u8 {
        match self.identify {
            Identify::Off => 0,
            Identify::Until(until) => u8::from(now < until),
            Identify::On => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays() -> Delays {
        Delays {
            power_on: Duration::from_secs(10),
            power_off: Duration::from_secs(5),
            soft_off: Some(Duration::from_secs(60)),
            least_off: Duration::from_secs(2),
            ..Delays::default()
        }
    }

    fn at(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn power_up_takes_its_time_and_a_second_one_does_nothing() {
        let (start, mut chassis) = (crate::time::instant(), Chassis::new(PowerState::Off));
        assert_eq!(
            chassis.control(start, Control::Up, &delays()),
            Effect::Acted
        );
        let again = chassis.control(at(start, 1), Control::Up, &delays());
        assert_eq!(again, Effect::Nothing);
        chassis.settle(at(start, 9));
        assert_eq!(chassis.power(), PowerState::Off);
        chassis.settle(at(start, 10));
        assert_eq!((chassis.power(), chassis.transitions), (PowerState::On, 1));
    }

    #[test]
    fn hard_off_overtakes_a_soft_shutdown_under_way() {
        let (start, mut chassis) = (crate::time::instant(), Chassis::new(PowerState::On));
        assert_eq!(
            chassis.control(start, Control::Soft, &delays()),
            Effect::Acted
        );
        assert_eq!(
            chassis.control(start, Control::Down, &delays()),
            Effect::Acted
        );
        assert_eq!(
            chassis.control(start, Control::Down, &delays()),
            Effect::Nothing
        );
        chassis.settle(at(start, 5));
        assert_eq!(chassis.power(), PowerState::Off);
    }

    #[test]
    fn cycle_is_off_and_then_on_and_refused_when_off() {
        let (start, mut chassis) = (crate::time::instant(), Chassis::new(PowerState::On));
        chassis.control(start, Control::Cycle, &delays());
        chassis.settle(at(start, 6));
        assert_eq!(chassis.power(), PowerState::Off);
        chassis.settle(at(start, 17));
        assert_eq!((chassis.power(), chassis.transitions), (PowerState::On, 2));
        chassis.force(at(start, 20), PowerState::Off);
        let refused = chassis.control(at(start, 20), Control::Cycle, &delays());
        assert_eq!(refused, Effect::NotWhileOff);
    }

    #[test]
    fn operating_system_that_does_not_listen_stays_on() {
        let (start, mut chassis) = (crate::time::instant(), Chassis::new(PowerState::On));
        let deaf = Delays {
            soft_off: None,
            ..delays()
        };
        assert_eq!(
            chassis.control(start, Control::Soft, &deaf),
            Effect::Nothing
        );
        chassis.settle(at(start, 3600));
        assert_eq!(chassis.power(), PowerState::On);
    }

    #[test]
    fn state_shown_with_a_lag_is_the_one_before() {
        let (start, mut chassis) = (crate::time::instant(), Chassis::new(PowerState::Off));
        chassis.force(start, PowerState::On);
        let lag = Duration::from_secs(3);
        assert_eq!(chassis.power_seen(at(start, 2), lag), PowerState::Off);
        assert_eq!(chassis.power_seen(at(start, 3), lag), PowerState::On);
    }
}
