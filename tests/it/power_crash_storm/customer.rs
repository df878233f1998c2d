//! One who orders all kinds of changes of a node of their own, and looks what became of each.

use std::collections::HashSet;
use std::io;
use std::time::Duration;

use ostler::sim::{ControlCounts, SimBmc};
use ostler::time::Timestamp;
use serde_json::{Value, json};

use super::world::{GRACE_SECS, Habit, Ignored, World};
use super::{Mood, Tally};
use crate::common::bench::node;
use crate::common::chance::Chance;
use crate::common::http::{Client, Response};

/// What got a 2xx in this round.
#[derive(Debug)]
enum Promise {
    /// A power order with this target.
    Power(&'static str),
    BootDevice,
    /// The path of the new instance.
    Create(String),
    Delete,
}

/// A node, and what is being done to it: a round is one order, perhaps a second that meets it, and all that follows.
pub(super) struct Customer {
    bmc: SimBmc,
    habit: Habit,
    path: String,
    body: Value,
    chance: Chance,
    rounds: u64,
    /// The tasks of earlier rounds; all have ended.
    before: HashSet<String>,
    counts: ControlCounts,
    promises: Vec<Promise>,
    /// The path of the instance on this node.
    instance: Option<String>,
    /// A create under this key was sent, and not answered yet.
    creating: Option<String>,
    /// A delete was sent, answered or not.
    deleting: bool,
}

/// Works until all rounds are over.
pub(super) fn run(mut customers: Vec<Customer>, admin: &Client, mood: &Mood) -> Tally {
    let mut tally = Tally::default();
    while !customers.is_empty() && !mood.is_broken() {
        customers.retain_mut(|customer| {
            // An error is a daemon that is just dead.
            customer.turn(admin, mood, &mut tally).unwrap_or(true)
        });
        std::thread::sleep(Duration::from_millis(20));
    }
    tally
}

impl Customer {
    /// All that one thread cares for.
    pub(super) fn all(world: &World, thread: usize) -> Vec<Self> {
        let customer = |(number, bmc): (usize, SimBmc)| {
            let mut body = world.parts.instance(bmc.name());
            body["availability_zone"] = json!(format!("z-{}", bmc.name()));
            Self {
                habit: Habit::of(number),
                path: node(bmc.name()),
                body,
                chance: Chance(0x5eed + number as u64),
                rounds: 0,
                before: HashSet::new(),
                counts: bmc.counters().controls_received,
                promises: Vec::new(),
                instance: None,
                creating: None,
                deleting: false,
                bmc,
            }
        };
        world.bmcs_of(thread).into_iter().map(customer).collect()
    }

    /// Does what is to be done now. False when there is nothing left to do.
    fn turn(&mut self, admin: &Client, mood: &Mood, tally: &mut Tally) -> io::Result<bool> {
        if self.creating.is_some() {
            self.create(admin)?;
        }
        let tasks = self.tasks(admin)?;
        if tasks.iter().any(|task| task["finished_at"].is_null()) {
            if self.promises.len() == 1 && self.chance.below(3) == 0 {
                self.meet(admin)?;
            }
            return Ok(true);
        }
        self.verify(admin, &tasks, tally)?;
        if mood.is_closing() {
            return Ok(false);
        }
        let ended = tasks
            .iter()
            .map(|task| task["uuid"].as_str().unwrap().to_owned());
        self.before.extend(ended);
        self.counts = self.bmc.counters().controls_received;
        self.rounds += 1;
        self.order(admin)?;
        Ok(true)
    }

    /// The tasks of this round, newest first.
    fn tasks(&self, admin: &Client) -> io::Result<Vec<Value>> {
        let mut tasks = get(admin, &format!("{}/tasks", self.path))?
            .expect(200)
            .json();
        let Value::Array(mut tasks) = tasks["tasks"].take() else {
            panic!("no tasks");
        };
        tasks.retain(|task| !self.before.contains(task["uuid"].as_str().unwrap()));
        Ok(tasks)
    }

    /// Begins a round.
    fn order(&mut self, admin: &Client) -> io::Result<()> {
        match (self.chance.below(10), self.instance.is_some()) {
            (0 | 1, false) if self.habit.can_be_off() => {
                self.creating = Some(format!("{}-{}", self.bmc.name(), self.rounds));
                self.create(admin)
            }
            (0 | 1, true) => self.delete(admin),
            // There is no timeout for it.
            (2, _) if self.habit != Habit::Gone => self.boot_device(admin),
            _ => {
                let target =
                    self.chance
                        .of(&["on", "off", "off", "reboot", "soft_off", "soft_reboot"]);
                self.power(admin, target)
            }
        }
    }

    /// Sends a second order while a first is under way.
    fn meet(&mut self, admin: &Client) -> io::Result<()> {
        match (self.chance.below(4), self.instance.is_some()) {
            (0, true) => self.delete(admin),
            (0, false) | (1.., _) => self.power(admin, "off"),
        }
    }

    fn power(&mut self, admin: &Client, target: &'static str) -> io::Result<()> {
        let body = if self.habit.may_fail() {
            json!({"target": target, "timeout": 3})
        } else {
            json!({"target": target})
        };
        let path = format!("{}/states/power", self.path);
        let answer = admin.try_send("PUT", &path, Some(body.to_string().as_bytes()))?;
        self.keep(&answer, 202, Promise::Power(target));
        Ok(())
    }

    fn boot_device(&mut self, admin: &Client) -> io::Result<()> {
        let body = json!({"boot_device": "disk"}).to_string();
        let path = format!("{}/management/boot_device", self.path);
        let answer = admin.try_send("PUT", &path, Some(body.as_bytes()))?;
        self.keep(&answer, 202, Promise::BootDevice);
        Ok(())
    }

    fn create(&mut self, admin: &Client) -> io::Result<()> {
        let key = self.creating.clone().unwrap();
        let body = self.body.to_string();
        let keyed = admin.with("Idempotency-Key", &key);
        let answer = keyed.try_send("POST", "/v1/instances", Some(body.as_bytes()))?;
        self.creating = None;
        let made = answer.expect(201).json();
        let path = format!("/v1/instances/{}", made["uuid"].as_str().unwrap());
        self.instance = Some(path.clone());
        self.promises.push(Promise::Create(path));
        Ok(())
    }

    fn delete(&mut self, admin: &Client) -> io::Result<()> {
        self.deleting = true;
        let answer = admin.try_send("DELETE", self.instance.as_ref().unwrap(), None)?;
        self.keep(&answer, 204, Promise::Delete);
        Ok(())
    }

    fn keep(&mut self, answer: &Response, accepted: u16, promise: Promise) {
        if answer.status == accepted {
            self.promises.push(promise);
        } else {
            let body = String::from_utf8_lossy(&answer.body);
            // A delete may have gone through that was not answered.
            let twice = answer.status == 404 && matches!(promise, Promise::Delete);
            assert!(twice || answer.status == 409, "{promise:?}: {body}");
        }
    }

    /// Looks what became of a round whose tasks have all ended. An error comes before anything is changed.
    fn verify(&mut self, admin: &Client, tasks: &[Value], tally: &mut Tally) -> io::Result<()> {
        let gone = match &self.instance {
            Some(path) => get(admin, path)?.status == 404,
            None => false,
        };
        let name = self.bmc.name();
        for task in tasks {
            let (state, reason) = (task["state"].as_str().unwrap(), task["error"].as_str());
            let has_reason = reason.is_some_and(|reason| !reason.is_empty());
            match state {
                "done" => tally.done += 1,
                "failed" => tally.failed += 1,
                "cancelled" => tally.cancelled += 1,
                other => panic!("{name}: {other}: {task:#}"),
            }
            assert!(state == "done" || has_reason, "{name}: {task:#}");
            assert!(state != "cancelled" || self.deleting, "{name}: {task:#}");
            assert!(
                task["kind"] != "delete" || state == "done",
                "{name}: {task:#}"
            );
        }
        for promise in std::mem::take(&mut self.promises) {
            tally.accepted += 1;
            let kept = match &promise {
                Promise::Power(target) => tasks.iter().any(|task| {
                    task["kind"] == "power" && task["target"] == **target || was_hardened(task)
                }),
                Promise::BootDevice => tasks.iter().any(|task| task["kind"] == "boot_device"),
                Promise::Create(path) => {
                    let of = |task: &&Value| {
                        path.ends_with(task["instance_uuid"].as_str().unwrap_or("-"))
                    };
                    tasks.iter().filter(of).any(|task| task["kind"] == "deploy")
                }
                Promise::Delete => gone,
            };
            assert!(
                kept,
                "{name}: {promise:?} was accepted, and there is only {tasks:#?}"
            );
        }
        assert!(
            !gone || self.deleting,
            "{name}: an instance that nobody deleted is gone"
        );
        if gone {
            self.instance = None;
        }
        self.deleting = false;
        self.verify_commands(tasks);
        Ok(())
    }

    /// Each task has sent at most one command for each of its steps, and the machine is where the last one left it.
    fn verify_commands(&self, tasks: &[Value]) {
        let name = self.bmc.name();
        let now = self.bmc.counters().controls_received;
        let before = &self.counts;
        let told = [
            now.down - before.down,
            now.up - before.up,
            now.soft - before.soft,
        ];
        let mut most = [0, 0, 0];
        for task in tasks {
            let of_task = commands(task);
            most = [0, 1, 2].map(|index| most[index] + of_task[index]);
        }
        // Where a command has no effect it is sent again, each time after the grace time.
        let again = 1 + tasks.iter().map(seconds).sum::<u64>() / GRACE_SECS;
        let (any, soft) = match self.habit.ignores() {
            Ignored::Nothing => (1, 1),
            Ignored::SoftOff => (1, again),
            Ignored::Everything => (again, again),
        };
        let tries = [any, any, soft];
        for kind in 0..3 {
            assert!(
                told[kind] <= most[kind] * tries[kind],
                "{name} was told (off, on, soft) {told:?} for {tasks:#?}"
            );
        }
        let Some(last) = tasks.first().filter(|task| task["state"] == "done") else {
            return;
        };
        let on = match (last["kind"].as_str().unwrap(), last["target"].as_str()) {
            ("power", Some("off" | "soft_off")) | ("delete", _) => "power off",
            ("power", _) | ("deploy", _) => "power on",
            _ => return,
        };
        assert_eq!(self.bmc.power().as_str(), on, "{name}: {last:#}");
    }
}

/// How many commands a task needs at most: off, on, soft.
fn commands(task: &Value) -> [u64; 3] {
    let hardened = u64::from(was_hardened(task));
    match (task["kind"].as_str().unwrap(), task["target"].as_str()) {
        ("boot_device", _) => [0, 0, 0],
        ("deploy", _) | ("power", Some("reboot")) => [1, 1, 0],
        ("power", Some("on")) => [0, 1, 0],
        ("power", Some("soft_off")) => [0, 0, 1],
        ("power", Some("soft_reboot")) => [0, 1, 1],
        ("delete", _) | ("power", Some("off")) => [1, 0, hardened],
        other => panic!("{other:?}"),
    }
}

/// How long a task took.
fn seconds(task: &Value) -> u64 {
    let at = |field: &str| Timestamp::parse(task[field].as_str().unwrap()).unwrap();
    at("finished_at").since(at("created_at")).as_secs()
}

/// Whether it was a soft off at first.
fn was_hardened(task: &Value) -> bool {
    let attempts = task["attempts"].as_array().unwrap();
    attempts
        .iter()
        .any(|attempt| attempt["outcome"] == "hardened")
}

pub(super) fn get(client: &Client, path: &str) -> io::Result<Response> {
    client.try_send("GET", path, None)
}
