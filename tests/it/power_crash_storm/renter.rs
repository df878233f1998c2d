//! One of several who take instances from the same few nodes and give them back.

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use serde_json::{Value, json};

use super::customer::get;
use super::world::World;
use super::{Mood, Tally};
use crate::common::chance::Chance;
use crate::common::http::Client;

/// More than one third of the pool, so that it is empty now and then.
const MOST: usize = 4;

/// How far an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It was promised.
    Building,
    /// A delete was sent, and not answered.
    Returning,
    /// A delete was answered.
    Returned,
}

pub(super) struct Renter {
    admin: Client,
    name: String,
    body: Value,
    chance: Chance,
    creates: u64,
    /// A create under this key was sent, and not answered yet.
    creating: Option<String>,
    /// By path.
    instances: HashMap<String, Stage>,
    tally: Tally,
}

impl Renter {
    pub(super) fn new(world: &World, number: usize) -> Self {
        let name = format!("renter-{number}");
        let mut body = world.parts.instance(&name);
        body["availability_zone"] = json!("pool");
        Self {
            admin: world.admin.clone(),
            name,
            body,
            chance: Chance(0xcafe + number as u64),
            creates: 0,
            creating: None,
            instances: HashMap::new(),
            tally: Tally::default(),
        }
    }

    /// Works until all is given back.
    pub(super) fn run(&mut self, mood: &Mood) -> Tally {
        while !mood.is_broken() {
            // An error is a daemon that is just dead.
            let turned = self.turn(mood);
            let idle = self.creating.is_none() && self.instances.is_empty();
            if turned.is_ok() && mood.is_closing() && idle {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        std::mem::take(&mut self.tally)
    }

    fn turn(&mut self, mood: &Mood) -> io::Result<()> {
        if self.creating.is_none() && self.instances.len() < MOST && !mood.is_closing() {
            self.creates += 1;
            self.creating = Some(format!("{}-{}", self.name, self.creates));
        }
        if let Some(key) = self.creating.clone() {
            self.create(&key)?;
        }
        for (path, stage) in self.instances.clone() {
            self.look_after(&path, stage, mood)?;
        }
        Ok(())
    }

    fn create(&mut self, key: &str) -> io::Result<()> {
        let body = self.body.to_string();
        let keyed = self.admin.with("Idempotency-Key", key);
        let answer = keyed.try_send("POST", "/v1/instances", Some(body.as_bytes()))?;
        self.creating = None;
        if answer.status == 409 {
            return Ok(());
        }
        let made = answer.expect(201).json();
        let path = format!("/v1/instances/{}", made["uuid"].as_str().unwrap());
        let new = self.instances.insert(path, Stage::Building);
        assert_eq!(new, None, "one instance for two keys: {made:#}");
        self.tally.accepted += 1;
        Ok(())
    }

    fn look_after(&mut self, path: &str, stage: Stage, mood: &Mood) -> io::Result<()> {
        let answer = get(&self.admin, path)?;
        if answer.status == 404 {
            assert_ne!(stage, Stage::Building, "{path} is lost");
            self.tally.done += 1;
            self.instances.remove(path);
            return Ok(());
        }
        let instance = answer.expect(200).json();
        match (stage, instance["status"].as_str().unwrap()) {
            (Stage::Returned, status) => assert_eq!(status, "deleting", "{instance:#}"),
            (Stage::Building, "building") if !mood.is_closing() => {
                // Some change their mind.
                if self.chance.below(20) == 0 {
                    self.give_back(path)?;
                }
            }
            (Stage::Building, "building") => {}
            (Stage::Building, "active") => {
                self.tally.done += 1;
                self.give_back(path)?;
            }
            (Stage::Returning, _) => self.give_back(path)?,
            (stage, status) => panic!("{stage:?} and {status}: {instance:#}"),
        }
        Ok(())
    }

    fn give_back(&mut self, path: &str) -> io::Result<()> {
        self.instances.insert(path.to_owned(), Stage::Returning);
        let answer = self.admin.try_send("DELETE", path, None)?;
        if answer.status != 404 {
            answer.expect(204);
            self.instances.insert(path.to_owned(), Stage::Returned);
            self.tally.accepted += 1;
        }
        Ok(())
    }
}
