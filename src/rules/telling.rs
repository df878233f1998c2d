//! What the journal says of an event: one sentence that stands alone, and how much it is worth.
//!
//! `journalctl` shows the sentence and hides the fields, so the sentence names the machine.

use crate::model::event::{Cause, Event, EventKind};
use crate::model::health::HealthState;
use crate::model::instance::InstanceStatus;
use crate::model::netboot::Milestone;
use crate::model::power::PowerTarget;
use crate::model::task::TaskState;

/// How much a line is worth to an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Only who looks for a defect wants it.
    Detail,
    /// Things go as they were ordered.
    News,
    /// Something is not as somebody wanted it.
    Trouble,
}

/// What is said of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How much it is worth.
    pub weight: Weight,
    /// The sentence.
    pub sentence: String,
}

/// What is said of an event.
pub fn tell(event: &Event) -> Line {
    let node = event.node_name.as_deref().unwrap_or("a node that is gone");
    let (weight, what) = match event.kind {
        EventKind::Task => task(event),
        EventKind::Power => power(event),
        EventKind::Status => status(event),
        EventKind::Health => health(event),
        EventKind::Maintenance => maintenance(event),
        EventKind::Netboot => (Weight::News, netboot(event)),
        // The answer to the request tells it, with the status; see `service/audit.rs`.
        EventKind::Audit => (Weight::Detail, "a client changed something".to_owned()),
    };
    Line {
        weight,
        sentence: format!("{node}: {what}"),
    }
}

fn task(event: &Event) -> (Weight, String) {
    let task = event.origin.task.as_ref();
    let what = match task.and_then(|task| task.target) {
        Some(target @ (PowerTarget::On | PowerTarget::Off)) => format!("power {target}"),
        Some(target) => target.as_str().replace('_', " "),
        None => task.map_or_else(|| "task".to_owned(), |task| task.kind.replace('_', " ")),
    };
    let by = event.origin.actor.as_ref();
    let by = by.map_or(String::new(), |by| format!(" by {}", by.user_id));
    let state = event.new.as_deref().and_then(TaskState::parse);
    match state {
        Some(TaskState::Queued) if event.old.is_none() => {
            (Weight::News, format!("{what} ordered{by}"))
        }
        Some(TaskState::Done) => (Weight::News, format!("{what} done")),
        Some(TaskState::Failed) => (Weight::Trouble, because(&format!("{what} failed"), event)),
        Some(TaskState::Cancelled) => (Weight::News, because(&format!("{what} cancelled"), event)),
        Some(TaskState::Queued | TaskState::Observing | TaskState::Issued | TaskState::Waiting)
        | None => {
            let step = task.and_then(|task| task.step.as_deref()).unwrap_or("end");
            let state = event.new.as_deref().unwrap_or("unknown");
            (
                Weight::Detail,
                format!("{what}: {state}, at the step {step}"),
            )
        }
    }
}

fn power(event: &Event) -> (Weight, String) {
    let was = event.old.as_deref();
    let change = match (event.new.as_deref(), was) {
        (Some(now), Some(was)) => format!("{now}, was {was}"),
        (Some(now), None) => format!("{now}, was unknown"),
        (None, Some(was)) => format!("power unknown, was {was}"),
        (None, None) => "power unknown".to_owned(),
    };
    match event.origin.cause {
        Cause::Outside => (
            Weight::Trouble,
            format!("{change}: nobody ordered that here"),
        ),
        _ if event.new.is_none() => (Weight::Trouble, because(&change, event)),
        Cause::Request | Cause::Task | Cause::Contact | Cause::Policy => (Weight::News, change),
    }
}

fn status(event: &Event) -> (Weight, String) {
    let instance = event.instance_name.as_deref().unwrap_or("?");
    let change = match (event.new.as_deref(), event.old.as_deref()) {
        (Some(now), Some(was)) => format!("instance {instance} is {now}, was {was}"),
        (Some(now), None) => format!("instance {instance} is {now}"),
        (None, _) => format!("instance {instance} is gone, the node is free"),
    };
    if event.new.as_deref() == Some(InstanceStatus::Error.as_str()) {
        (Weight::Trouble, because(&change, event))
    } else {
        (Weight::News, change)
    }
}

fn netboot(event: &Event) -> String {
    let milestone = event.new.as_deref().and_then(Milestone::parse);
    because(milestone.map_or("booting", Milestone::in_words), event)
}

fn health(event: &Event) -> (Weight, String) {
    let state = event.new.as_deref().and_then(HealthState::parse);
    let now = event.new.as_deref().unwrap_or("unknown");
    let was = event.old.as_deref().unwrap_or("unknown");
    let change = format!("BMC {now}, was {was}");
    match state {
        Some(HealthState::Good | HealthState::Unknown) => (Weight::News, change),
        Some(
            HealthState::Slow
            | HealthState::Unreachable
            | HealthState::BadCredentials
            | HealthState::LockedOut
            | HealthState::SessionsFull,
        )
        | None => (Weight::Trouble, because(&change, event)),
    }
}

fn maintenance(event: &Event) -> (Weight, String) {
    let now = event.new.as_deref().unwrap_or("unknown");
    (Weight::News, because(&format!("maintenance {now}"), event))
}

/// With the reason, where there is one.
fn because(what: &str, event: &Event) -> String {
    match &event.detail {
        Some(reason) => format!("{what}: {reason}"),
        None => what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::{Origin, TaskRef};
    use crate::model::ids::TaskId;
    use crate::model::task::Requester;
    use crate::time::Timestamp;
    use Weight::{Detail, News, Trouble};

    /// From old to new, with a reason; empty for none.
    type Change = (&'static str, &'static str, &'static str);

    fn event(kind: EventKind, (old, new, detail): Change, cause: Cause) -> Event {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Event {
            id: 1,
            at: Timestamp::from_micros(0),
            kind,
            old: given(old),
            new: given(new),
            detail: given(detail),
            node_id: None,
            node_name: given("n1"),
            instance_id: None,
            instance_name: given("web1"),
            project_id: None,
            origin: Origin::nobody(cause),
            audit: None,
        }
    }

    fn of_task(change: Change, kind: &str, target: Option<PowerTarget>) -> Event {
        let mut event = event(EventKind::Task, change, Cause::Task);
        event.origin.task = Some(TaskRef {
            uuid: TaskId(uuid::Uuid::nil()),
            kind: kind.to_owned(),
            target,
            step: Some("ensure_off".to_owned()),
        });
        event.origin.actor = Some(Requester {
            user_id: "alice".to_owned(),
            project_id: "p".to_owned(),
            transport: "tcp".to_owned(),
            request_id: "req-1".to_owned(),
        });
        event
    }

    #[track_caller]
    fn assert_told(event: &Event, weight: Weight, sentence: &str) {
        let told = tell(event);
        assert_eq!((told.weight, told.sentence.as_str()), (weight, sentence));
    }

    #[test]
    fn a_task_is_told_when_it_is_ordered_and_when_it_ends() {
        let power = |change, target, weight, sentence| {
            assert_told(&of_task(change, "power", Some(target)), weight, sentence);
        };
        let (reboot, off) = (PowerTarget::Reboot, PowerTarget::Off);
        let ordered = ("", "queued", "");
        power(ordered, reboot, News, "n1: reboot ordered by alice");
        power(ordered, off, News, "n1: power off ordered by alice");
        let step = "n1: reboot: observing, at the step ensure_off";
        power(("queued", "observing", ""), reboot, Detail, step);
        let again = "n1: reboot: queued, at the step ensure_off";
        power(("waiting", "queued", ""), reboot, Detail, again);
        let soft = PowerTarget::SoftOff;
        power(("waiting", "done", ""), soft, News, "n1: soft off done");
        let called_off = ("queued", "cancelled", "");
        power(called_off, reboot, News, "n1: reboot cancelled");
        let failed = of_task(("waiting", "failed", "no answer"), "boot_device", None);
        assert_told(&failed, Trouble, "n1: boot device failed: no answer");
    }

    #[test]
    fn what_a_booting_machine_does_is_told_in_words() {
        let change = ("script", "kernel", "from 10.0.0.7");
        let fetched = event(EventKind::Netboot, change, Cause::Task);
        assert_told(&fetched, News, "n1: kernel fetched: from 10.0.0.7");
    }

    #[test]
    fn what_nobody_ordered_and_what_does_not_work_is_trouble() {
        use EventKind::{Health, Maintenance, Power, Status};
        let table = [
            (
                Power,
                ("power off", "power on", ""),
                Cause::Task,
                News,
                "power on, was power off",
            ),
            (
                Power,
                ("", "power on", ""),
                Cause::Contact,
                News,
                "power on, was unknown",
            ),
            (
                Power,
                ("power on", "power off", ""),
                Cause::Outside,
                Trouble,
                "power off, was power on: nobody ordered that here",
            ),
            (
                Power,
                ("power on", "", "no answer"),
                Cause::Contact,
                Trouble,
                "power unknown, was power on: no answer",
            ),
            (
                Status,
                ("", "building", ""),
                Cause::Request,
                News,
                "instance web1 is building",
            ),
            (
                Status,
                ("building", "error", "no image"),
                Cause::Task,
                Trouble,
                "instance web1 is error, was building: no image",
            ),
            (
                Status,
                ("deleting", "", ""),
                Cause::Task,
                News,
                "instance web1 is gone, the node is free",
            ),
            (
                Health,
                ("good", "unreachable", "no answer"),
                Cause::Contact,
                Trouble,
                "BMC unreachable, was good: no answer",
            ),
            (
                Health,
                ("slow", "good", "it answers"),
                Cause::Contact,
                News,
                "BMC good, was slow",
            ),
            (
                Maintenance,
                ("off", "on", "new fan"),
                Cause::Request,
                News,
                "maintenance on: new fan",
            ),
        ];
        for (kind, change, cause, weight, sentence) in table {
            assert_told(
                &event(kind, change, cause),
                weight,
                &format!("n1: {sentence}"),
            );
        }
    }
}
