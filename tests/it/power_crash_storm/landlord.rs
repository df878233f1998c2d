//! An admin with a machine whose BMC refuses the login: each deploy fails, is tried again, and in the end its instance is
//! released by force.

use std::io;
use std::time::Duration;

use serde_json::{Value, json};

use super::customer::get;
use super::world::{LOCKED, World};
use super::{Mood, Tally};
use crate::common::bench::node;
use crate::common::chance::Chance;
use crate::common::http::Client;

pub(super) struct Landlord {
    admin: Client,
    body: Value,
    chance: Chance,
    /// A retry or a release was sent, and not answered yet.
    asked: bool,
    tally: Tally,
}

impl Landlord {
    pub(super) fn new(world: &World) -> Self {
        let mut body = world.parts.instance("locked-out");
        body["availability_zone"] = json!(format!("z-{LOCKED}"));
        Self {
            admin: world.admin.clone(),
            body,
            chance: Chance(0x1a7d),
            asked: false,
            tally: Tally::default(),
        }
    }

    /// Works until the node is free, and in maintenance by nobody's wish but a release's.
    pub(super) fn run(&mut self, mood: &Mood) -> Tally {
        while !mood.is_broken() {
            // An error is a daemon that is just dead.
            let is_idle = self.turn(mood).unwrap_or(false);
            if is_idle && mood.is_closing() {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        std::mem::take(&mut self.tally)
    }

    /// True when there is nothing left to do.
    fn turn(&mut self, mood: &Mood) -> io::Result<bool> {
        let node = get(&self.admin, &node(LOCKED))?.expect(200).json();
        let Some(instance) = node["instance_uuid"].as_str() else {
            self.take_again(&node, mood)?;
            return Ok(true);
        };
        let path = format!("/v1/instances/{instance}");
        let shown = get(&self.admin, &path)?.expect(200).json();
        let status = shown["status"].as_str().unwrap();
        match (status, self.chance.below(3)) {
            ("building", 0) | ("error", 0) => self.release(&path)?,
            ("building", _) => {}
            ("error", _) => {
                let reason = shown["last_error"].as_str().unwrap();
                assert!(reason.contains("at the step \"power off\""), "{reason}");
                self.retry(&path)?;
            }
            _ => panic!("{status}: {shown:#}"),
        }
        Ok(false)
    }

    /// A node that was released is in maintenance, and takes an instance again when that is over.
    fn take_again(&mut self, node: &Value, mood: &Mood) -> io::Result<()> {
        if node["maintenance"] == true {
            let reason = node["maintenance_reason"].as_str().unwrap();
            assert!(reason.contains("released by force"), "{reason}");
            let path = format!("/v1/nodes/{LOCKED}/maintenance");
            self.admin.try_send("DELETE", &path, None)?.expect(204);
        } else if !mood.is_closing() {
            let body = self.body.to_string();
            let create = self
                .admin
                .try_send("POST", "/v1/instances", Some(body.as_bytes()));
            create?.expect(201);
            self.tally.accepted += 1;
        }
        Ok(())
    }

    fn retry(&mut self, path: &str) -> io::Result<()> {
        let again = std::mem::replace(&mut self.asked, true);
        let answer = self
            .admin
            .try_send("POST", &format!("{path}/retry"), None)?;
        self.asked = false;
        // One that was accepted before the daemon died has begun, and may have failed again since.
        if !(again && answer.status == 409) {
            answer.expect(202);
            self.tally.accepted += 1;
        }
        Ok(())
    }

    fn release(&mut self, path: &str) -> io::Result<()> {
        let answer = self
            .admin
            .try_send("DELETE", &format!("{path}?force=1"), None)?;
        answer.expect(204);
        let gone = get(&self.admin, path)?;
        assert_eq!(gone.status, 404, "{path} is there again");
        self.tally.accepted += 1;
        self.tally.done += 1;
        Ok(())
    }
}
