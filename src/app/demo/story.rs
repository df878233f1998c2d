//! The story: nodes are registered, and one machine goes through everything that a machine goes through.
//!
//! Each step is verified by what the API says and by what the simulated machine is and has counted; the first that is not
//! true ends the story.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::demo::narrator::seconds;
use crate::app::demo::parts::{LARGE_CPUS, Parts, SUBNET, SUBNET_PREFIX};
use crate::app::demo::rack::{MACHINES, Machine, Reach};
use crate::app::demo::teller::{TaleError, Teller, text, uuid};
use crate::app::demo::truth::{Effect, Findings, Moment, plain, shown};
use crate::app::demo::workspace::POLL_INTERVAL;
use crate::sim::{BootSource, SimBmc};
use crate::time;

/// The zone that the instance asks for.
const ZONE: &str = "az2";
/// How late a change behind the daemon's back may be noticed: polls are up to one and a half intervals apart, and the
/// machine that runs the demo may be busy.
const NOTICE_WITHIN: Duration = POLL_INTERVAL.saturating_mul(3);
/// How long it is watched that nobody undoes what happened at the front panel.
const HANDS_OFF: Duration = Duration::from_secs(1);

/// The instance of the story, and the machine that it got.
struct Instance {
    path: String,
    node: &'static Machine,
    bmc: SimBmc,
}

impl Teller<'_> {
    /// Tells all of it.
    pub(super) async fn tell(&mut self) -> Result<(), TaleError> {
        self.narrator.heading("The rack")?;
        self.register().await?;
        self.read_power().await?;
        let parts = self.make_parts().await?;
        self.narrator
            .heading("An instance: a machine handed to a project")?;
        let (instance, created) = self.create(&parts).await?;
        self.becomes_active(&instance, &created).await?;
        let sentence = "Turned off: the API says so only once the machine is off";
        self.ordered(&instance, "off", Effect::off(), sentence)
            .await?;
        let sentence = "Turned on again";
        self.ordered(&instance, "on", Effect::on(), sentence)
            .await?;
        let sentence = "Rebooted: off, and when that was seen, on";
        self.ordered(&instance, "reboot", Effect::reboot(), sentence)
            .await?;
        self.front_panel(&instance).await?;
        let sentence = "Turned on again, because somebody ordered it";
        self.ordered(&instance, "on", Effect::on(), sentence)
            .await?;
        self.delete(&instance).await?;
        self.narrator.heading("Meanwhile")?;
        self.lossy().await?;
        self.dead().await
    }

    async fn register(&mut self) -> Result<(), TaleError> {
        self.narrator.begin(format!(
            "{} nodes registered: address and password of each BMC, CPUs, ports",
            MACHINES.len()
        ))?;
        for (number, machine) in (1..).zip(&MACHINES) {
            let body = machine.node(number, &self.bmc(machine.name)?);
            self.client.post("/v1/nodes", &body).await?;
        }
        let listed = self.show("/v1/nodes").await?;
        let count = listed["nodes"].as_array().map_or(0, Vec::len);
        let mut findings = Findings::default();
        findings.same("nodes in the API", MACHINES.len(), count);
        self.finish(findings, &[])
    }

    /// The healthy ones are read at once; the others have their own steps.
    async fn read_power(&mut self) -> Result<(), TaleError> {
        let healthy = MACHINES
            .iter()
            .filter(|machine| machine.reach == Reach::Well);
        self.narrator.begin(format!(
            "The power of {} of them read over IPMI; the other BMCs are not well",
            healthy.clone().count()
        ))?;
        let mut findings = Findings::default();
        for machine in healthy {
            let path = node_path(machine);
            let node = self
                .wait(&path, "a power state", |node| {
                    node["power_state"].is_string()
                })
                .await?;
            let truth = self.bmc(machine.name)?.power();
            findings.same(
                &format!("power_state of {} in the API", machine.name),
                shown(truth).to_owned(),
                plain(&node["power_state"]),
            );
            let when = node["power_state_at"].is_string();
            findings.holds(
                &format!("{path} power_state_at"),
                when,
                "a time",
                &node["power_state_at"],
            );
        }
        let lines = self.rack_lines().await?;
        self.finish(findings, &lines)
    }

    /// The rack as the API shows it, a line for each zone.
    async fn rack_lines(&self) -> Result<Vec<String>, TaleError> {
        let listed = self.show("/v1/nodes").await?;
        let nodes = listed["nodes"].as_array().cloned().unwrap_or_default();
        let mut zones: Vec<&str> = MACHINES.iter().map(|machine| machine.zone).collect();
        zones.dedup();
        let line = |zone: &str| {
            let words: Vec<String> = nodes
                .iter()
                .filter(|node| node["availability_zone"] == zone)
                .map(|node| format!("{} {}", plain(&node["name"]), word(&node["power_state"])))
                .collect();
            format!("{zone}: {}", words.join(", "))
        };
        Ok(zones.into_iter().map(line).collect())
    }

    async fn make_parts(&mut self) -> Result<Parts, TaleError> {
        self.narrator
            .begin("Types, images and a network made: what instances are asked to be")?;
        let parts = Parts::make(self.client).await?;
        self.finish(Findings::default(), &[])?;
        Ok(parts)
    }

    async fn create(&mut self, parts: &Parts) -> Result<(Instance, Moment), TaleError> {
        self.narrator.begin("Instance \"web\" created")?;
        let before: Vec<Moment> = self.rack.bmcs().map(|bmc| Moment::of(&bmc)).collect();
        let body = json!({
            "name": "web", "availability_zone": ZONE,
            "instance_type_uuid": parts.large, "image_uuid": parts.debian,
            "networks": [{"net_id": parts.lan, "port_type": "10GE"}],
        });
        let made = self.client.post("/v1/instances", &body).await?.json()?;
        let path = format!("/v1/instances/{}", uuid(&made)?);
        let node_uuid = text(&made, "node_uuid")?;
        let node = self.show(&format!("/v1/nodes/{node_uuid}")).await?;
        let name = text(&node, "name")?;
        let position = MACHINES.iter().position(|machine| machine.name == name);
        let known = position.and_then(|at| Some((MACHINES.get(at)?, before.get(at)?)));
        let Some((machine, before)) = known else {
            return Err(TaleError::one(
                "the node of the instance",
                "one of the rack",
                name,
            ));
        };
        let mut findings = Findings::default();
        findings.same("status", "building".to_owned(), plain(&made["status"]));
        findings.same("zone of the node", ZONE, machine.zone);
        let enough = machine.cpus >= LARGE_CPUS;
        findings.holds("CPUs of the node", enough, "32 or more", machine.cpus);
        let alive = machine.reach != Reach::Dead;
        findings.holds("the node", alive, "one whose BMC answers", machine.name);
        let address = first_address(&made);
        let fits = address.starts_with(SUBNET_PREFIX);
        findings.holds("the address", fits, &format!("one in {SUBNET}"), &address);
        let silent = MACHINES
            .iter()
            .filter(|of| of.zone == ZONE && of.cpus >= LARGE_CPUS && of.reach == Reach::Dead)
            .map(|of| of.name)
            .collect::<Vec<_>>()
            .join(", ");
        let evidence = [
            format!(
                "Asked for: zone {ZONE}, {LARGE_CPUS} CPUs or more, a 10GE port. Got: {name}, at {address}."
            ),
            format!(
                "{silent} would fit as well, but its BMC does not answer: such nodes come last."
            ),
        ];
        self.finish(findings, &evidence)?;
        let bmc = self.bmc(machine.name)?;
        let node = machine;
        Ok((Instance { path, node, bmc }, before.clone()))
    }

    async fn becomes_active(&mut self, of: &Instance, created: &Moment) -> Result<(), TaleError> {
        self.narrator.begin(format!(
            "{} told to start from the network, turned on: \"web\" is active",
            of.node.name
        ))?;
        let instance = self
            .wait(&of.path, "active", |instance| {
                instance["status"] == "active"
            })
            .await?;
        let effect = Effect::on();
        let mut findings = Findings::default();
        effect.check_api(&instance, &mut findings);
        let launched = instance["launched_at"].is_string();
        findings.holds("launched_at", launched, "a time", &instance["launched_at"]);
        let now = Moment::of(&of.bmc);
        effect.check(created, &now, &mut findings);
        let boot = now.counters.last_boot;
        let network = boot.is_some_and(|boot| boot.device == Some(BootSource::Pxe) && boot.efi);
        let seen = format!("{boot:?}");
        findings.holds(
            "what the machine started from",
            network,
            "the network, by UEFI",
            seen,
        );
        self.finish(findings, &[effect.evidence()])
    }

    /// A power order, from the request to the machine.
    async fn ordered(
        &mut self,
        of: &Instance,
        target: &str,
        effect: Effect,
        sentence: &str,
    ) -> Result<(), TaleError> {
        self.narrator.begin(sentence)?;
        let before = Moment::of(&of.bmc);
        self.order(&of.path, target).await?;
        let states = self.wait_settled(&of.path, shown(effect.power)).await?;
        let mut findings = Findings::default();
        effect.check_api(&states, &mut findings);
        effect.check(&before, &Moment::of(&of.bmc), &mut findings);
        self.finish(findings, &[effect.evidence()])
    }

    /// Somebody turns the machine off by hand: that is noticed, and not undone.
    async fn front_panel(&mut self, of: &Instance) -> Result<(), TaleError> {
        self.narrator.begin(format!(
            "Somebody presses the power button of {}: noticed, and left alone",
            of.node.name
        ))?;
        let tasks = self.count_tasks(of).await?;
        let before = Moment::of(&of.bmc);
        let pressed = time::instant();
        of.bmc.press_power_button();
        let effect = Effect::off_by_itself();
        self.wait_settled(&of.path, shown(effect.power)).await?;
        let noticed = time::instant() - pressed;
        tokio::time::sleep(HANDS_OFF).await;

        let instance = self.show(&of.path).await?;
        let mut findings = Findings::default();
        effect.check_api(&instance, &mut findings);
        effect.check(&before, &Moment::of(&of.bmc), &mut findings);
        findings.same("status", "active".to_owned(), plain(&instance["status"]));
        findings.same("tasks of the node", tasks, self.count_tasks(of).await?);
        let limit = format!("within {}", seconds(NOTICE_WITHIN));
        let in_time = noticed <= NOTICE_WITHIN;
        findings.holds("noticed", in_time, &limit, seconds(noticed));
        let evidence = [
            format!(
                "Noticed after {}: every machine is read about every {} seconds here.",
                seconds(noticed),
                POLL_INTERVAL.as_secs()
            ),
            effect.evidence(),
        ];
        self.finish(findings, &evidence)
    }

    async fn count_tasks(&self, of: &Instance) -> Result<usize, TaleError> {
        let listed = self.show(&format!("{}/tasks", node_path(of.node))).await?;
        Ok(listed["tasks"].as_array().map_or(0, Vec::len))
    }

    async fn delete(&mut self, of: &Instance) -> Result<(), TaleError> {
        self.narrator.begin(format!(
            "\"web\" deleted: {} turned off, checked, and free again",
            of.node.name
        ))?;
        let before = Moment::of(&of.bmc);
        self.client.delete(&of.path).await?;
        self.wait_gone(&of.path).await?;
        // Whoever hears that it is gone may rely on all of it, so nothing is waited for here.
        let after = Moment::of(&of.bmc);
        let node = self.show(&node_path(of.node)).await?;
        let effect = Effect::off();
        let mut findings = Findings::default();
        effect.check_api(&node, &mut findings);
        effect.check(&before, &after, &mut findings);
        findings.same(
            "instance_uuid of the node",
            "null".to_owned(),
            plain(&node["instance_uuid"]),
        );
        self.finish(findings, &[effect.evidence()])
    }

    /// The BMC that loses packets is read all the same.
    async fn lossy(&mut self) -> Result<(), TaleError> {
        for machine in MACHINES.iter().filter(|of| of.reach == Reach::Lossy) {
            let name = machine.name;
            self.narrator.begin(format!(
                "{name}'s BMC loses packets, and its power is known all the same"
            ))?;
            let node = self
                .wait(&node_path(machine), "a power state", |node| {
                    node["power_state"].is_string()
                })
                .await?;
            let now = Moment::of(&self.bmc(name)?);
            let mut findings = Findings::default();
            let seen = plain(&node["power_state"]);
            findings.same("power_state in the API", shown(now.power).to_owned(), seen);
            let (came, went) = (now.counters.packets_in, now.counters.packets_out);
            let evidence = format!(
                "{came} packets sent to it, {went} answers came back: {}.",
                shown(now.power)
            );
            self.finish(findings, &[evidence])?;
        }
        Ok(())
    }

    /// What cannot be read is not made up.
    async fn dead(&mut self) -> Result<(), TaleError> {
        for machine in MACHINES.iter().filter(|of| of.reach == Reach::Dead) {
            let name = machine.name;
            self.narrator.begin(format!(
                "{name}'s BMC is dead: its power is unknown, not guessed"
            ))?;
            let node = self
                .wait(&node_path(machine), "a reason", |node| {
                    node["last_error"].is_string()
                })
                .await?;
            let now = Moment::of(&self.bmc(name)?);
            let mut findings = Findings::default();
            findings.same(
                "power_state in the API",
                "null".to_owned(),
                plain(&node["power_state"]),
            );
            findings.same("answers of the BMC", 0, now.counters.packets_out);
            let asked = now.counters.packets_in;
            findings.holds(
                "packets that the BMC was asked with",
                asked > 0,
                "some",
                asked,
            );
            let evidence = format!("The API says why: \"{}\"", plain(&node["last_error"]));
            self.finish(findings, &[evidence])?;
        }
        Ok(())
    }
}

fn node_path(machine: &Machine) -> String {
    format!("/v1/nodes/{}", machine.name)
}

fn first_address(instance: &Value) -> String {
    let ports = instance["network_info"].as_object();
    let address = ports
        .and_then(|ports| ports.values().next())
        .and_then(|port| port.pointer("/fixed_ips/0/ip_address"));
    address.map_or_else(|| "none".to_owned(), plain)
}

/// A power state in a word.
fn word(state: &Value) -> &'static str {
    match state.as_str() {
        Some("power on") => "on",
        Some("power off") => "off",
        Some(_) | None => "unknown",
    }
}
