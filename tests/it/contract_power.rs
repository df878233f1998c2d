//! Power orders as HTTP shows them: which are taken, which join, which are refused, and that the machine is asked no more
//! than it must be.
#![cfg(test)]

use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::SimBmcConfig;
use serde_json::{Value, json};

use crate::common::http::{Client, Response};
use crate::common::wait::until;
use crate::contract_site::{NOBODY, Site, Via, keys, on_both, path_of, refused, sorted, text};

fn order(client: &Client, path: &str, target: &str) -> Response {
    client.put(&format!("{path}/states/power"), &json!({"target": target}))
}

fn states(client: &Client, path: &str) -> Value {
    client.get(&format!("{path}/states")).expect(200).json()
}

/// The tasks of an instance or a node.
fn tasks(client: &Client, path: &str) -> Vec<Value> {
    let list = client.get(&format!("{path}/tasks")).expect(200).json();
    list["tasks"].as_array().unwrap().clone()
}

fn settle(client: &Client, path: &str, power: &str) {
    until(&format!("{path} to be {power}"), || {
        let states = states(client, path);
        let settled = states["power_state"] == power && states["target_power_state"].is_null();
        settled.then_some(())
    });
}

#[test]
fn an_order_that_is_not_one_is_400_and_one_that_is_answers_202() {
    on_both(1, |site, via| {
        let member = site.client(via, "alpha", "member");
        let path = site.active(&member, "web");
        let power = format!("{path}/states/power");
        for (body, named) in [
            (json!({}), "target"),
            (json!({"target": null}), "target"),
            (json!({"target": 1}), "target"),
            (json!({"target": "ON"}), "target"),
            (json!({"target": "power off"}), "power off"),
            (json!({"target": "rebooting"}), "rebooting"),
            (json!({"target": "on", "colour": "red"}), "colour"),
            (json!({"target": "on", "timeout": 0}), "timeout"),
            (json!({"target": "on", "timeout": -1}), "timeout"),
            (json!({"target": "on", "timeout": 3601}), "timeout"),
            (json!({"target": "on", "timeout": 1.5}), "timeout"),
            (json!({"target": "on", "timeout": 1e300}), "timeout"),
            (json!({"target": "on", "timeout": "x"}), "timeout"),
            (json!({"target": "on", "timeout": true}), "timeout"),
            (json!(["on"]), ""),
            (json!(["on", 5]), ""),
            (json!("on"), ""),
        ] {
            println!("{body}");
            refused(member.put(&power, &body), 400, named);
        }
        member.send("PUT", &power, None).expect_error(400);
        refused(
            member.put(&format!("{power}?x=1"), &json!({"target": "on"})),
            400,
            "x",
        );
        site.bare(via)
            .with_token("bad")
            .put(&power, &json!({}))
            .expect_error(401);
        for role in ["reader", "monitor"] {
            let low = site.client(via, "alpha", role);
            low.put(&power, &json!({})).expect_error(403);
        }
        let stranger = site.client(via, "beta", "member");
        stranger.put(&power, &json!({})).expect_error(403);
        let nobody = format!("/v1/instances/{NOBODY}/states/power");
        member.put(&nobody, &json!({})).expect_error(404);
        let html = member.with("Accept", "text/html");
        html.put(&power, &json!({"target": "off"}))
            .expect_error(406);
        let before = site.bmcs[0].counters();
        assert_eq!(before.controls_received.down, 0);

        for (target, timeout) in [("off", json!(3600)), ("on", json!(60.0)), ("off", json!(1))] {
            let body = json!({"target": target, "timeout": timeout});
            let accepted = member.put(&power, &body).expect(202);
            assert!(accepted.body.is_empty());
            let location = accepted.header("location").unwrap();
            assert!(location.starts_with("http://"), "{location}");
            assert!(location.ends_with(&format!("{path}/states")), "{location}");
            settle(&member, &path, &format!("power {target}"));
        }
        // By its name, without the prefix, by an admin of another project.
        let admin = site.admin(via);
        order(&admin, "/instances/web", "on").expect(202);
        settle(&member, &path, "power on");
        assert_eq!(site.bmcs[0].power(), PowerState::On);
    });
}

#[test]
fn every_target_shows_while_it_is_under_way_and_changes_the_machine() {
    for via in [Via::Unix, Via::Tcp] {
        let mut config = SimBmcConfig::new("n");
        config.delays.power_on = Duration::from_millis(400);
        config.delays.power_off = Duration::from_millis(400);
        config.delays.soft_off = Some(Duration::from_millis(400));
        let site = Site::with(vec![config]);
        let member = site.client(via, "alpha", "member");
        let path = site.active(&member, "web");
        for (target, shown, after) in [
            ("reboot", "rebooting", "power on"),
            ("soft_reboot", "soft rebooting", "power on"),
            ("soft_off", "soft power off", "power off"),
            ("on", "power on", "power on"),
            ("off", "power off", "power off"),
        ] {
            let before = site.bmcs[0].counters().power_transitions;
            order(&member, &path, target).expect(202);
            assert_eq!(states(&member, &path)["target_power_state"], shown);
            settle(&member, &path, after);
            let changes = if target.contains("reboot") { 2 } else { 1 };
            let counted = site.bmcs[0].counters().power_transitions;
            assert_eq!(counted - before, changes, "{target}");
        }
    }
}

#[test]
fn already_there_is_202_without_a_word_to_the_chassis() {
    on_both(1, |site, via| {
        let member = site.client(via, "alpha", "member");
        let path = site.active(&member, "web");
        settle(&member, &path, "power on");
        let before = site.bmcs[0].counters().controls_received;
        let known = tasks(&member, &path).len();
        order(&member, &path, "on").expect(202);
        until("the order to be done", || {
            let tasks = tasks(&member, &path);
            let done = tasks.len() > known && tasks[0]["state"] == "done";
            done.then_some(())
        });
        let after = site.bmcs[0].counters().controls_received;
        assert_eq!(before, after);
    });
}

/// A site whose one machine's operating system does not listen to a soft shutdown.
fn deaf() -> Site {
    let mut config = SimBmcConfig::new("deaf");
    config.delays.soft_off = None;
    Site::with(vec![config])
}

#[test]
fn while_a_change_is_under_way_the_same_joins_another_waits_and_off_hardens() {
    for via in [Via::Unix, Via::Tcp] {
        let site = deaf();
        let member = site.client(via, "alpha", "member");
        let path = site.active(&member, "web");
        order(&member, &path, "soft_off").expect(202);
        let open = tasks(&member, &path)[0].clone();
        assert_eq!(
            (&open["kind"], &open["target"]),
            (&json!("power"), &json!("soft_off"))
        );
        order(&member, &path, "soft_off").expect(202);
        for other in ["on", "reboot", "soft_reboot"] {
            let answer = order(&member, &path, other);
            let wait = answer.header("retry-after").unwrap().parse::<u32>();
            assert!(wait.unwrap() >= 1);
            refused(answer, 409, text(&open["uuid"]));
        }
        // The node has the same task in the way.
        let admin = site.admin(via);
        let node = format!("/v1/nodes/{}", site.nodes[0]);
        refused(order(&admin, &node, "on"), 409, text(&open["uuid"]));
        assert_eq!(
            states(&member, &path)["target_power_state"],
            "soft power off"
        );
        until("the machine to have been asked", || {
            (site.bmcs[0].counters().controls_received.soft == 1).then_some(())
        });

        order(&member, &path, "off").expect(202);
        settle(&member, &path, "power off");
        assert_eq!(site.bmcs[0].power(), PowerState::Off);
        let task = member.get(&format!("/v1/tasks/{}", text(&open["uuid"])));
        let task = task.expect(200).json();
        assert_eq!(
            (&task["state"], &task["target"]),
            (&json!("done"), &json!("off"))
        );
        let counted = site.bmcs[0].counters().controls_received;
        assert_eq!((counted.soft, counted.down), (1, 1));
    }
}

#[test]
fn a_node_that_is_being_deployed_refuses_power_orders_with_409() {
    for via in [Via::Unix, Via::Tcp] {
        let mut config = SimBmcConfig::new("slow");
        config.delays.power_on = Duration::from_secs(3600);
        let site = Site::with(vec![config]);
        let admin = site.admin(via);
        let path = path_of(&site.create(&admin, "web"));
        let node = format!("/v1/nodes/{}", site.nodes[0]);
        for target in ["on", "off", "reboot"] {
            let refused = order(&admin, &node, target);
            assert!(refused.header("retry-after").is_some());
            refused.expect_error(409);
            order(&admin, &path, target).expect_error(400);
        }
        // A delete stops the deploy.
        admin.delete(&path).expect(204);
        until("it to be gone", || {
            (admin.get(&path).status == 404).then_some(())
        });
        let all = tasks(&admin, &node);
        let states: Vec<_> = all.iter().map(|task| text(&task["state"])).collect();
        assert_eq!(states, ["done", "cancelled"]);
    }
}

#[test]
fn a_task_says_what_was_tried_for_whom() {
    on_both(1, |site, via| {
        let member = site.client(via, "alpha", "member");
        let path = site.active(&member, "web");
        let accepted = order(&member, &path, "off").expect(202);
        settle(&member, &path, "power off");
        let task = tasks(&member, &path)[0].clone();
        let fields = [
            "uuid",
            "kind",
            "target",
            "state",
            "step",
            "attempts",
            "milestones",
            "node_uuid",
            "instance_uuid",
            "requested_by",
            "created_at",
            "updated_at",
            "deadline_at",
            "finished_at",
            "error",
        ];
        assert_eq!(keys(&task), sorted(&fields));
        let by = json!({
            "user_id": "alpha-member",
            "project_id": "alpha",
            "transport": if via == Via::Unix { "unix" } else { "tcp" },
            "request_id": accepted.header("x-openstack-request-id"),
        });
        assert_eq!(task["requested_by"], by);
        assert_eq!(task["state"], "done");
        assert!(task["finished_at"].is_string() && task["error"].is_null());
        assert_eq!(task["milestones"], json!([]));
        let attempts = task["attempts"].as_array().unwrap();
        assert!(!attempts.is_empty());
        let parts = sorted(&["at", "step", "outcome", "detail", "elapsed_ms"]);
        // One that was repeated says how often, too.
        assert!(attempts.iter().all(|attempt| {
            let known =
                |key: &String| parts.contains(key) || ["times", "last_at"].contains(&key.as_str());
            keys(attempt).iter().all(known) && keys(attempt).len() >= parts.len()
        }));
        let shown = member.get(&format!("/v1/tasks/{}", text(&task["uuid"])));
        assert_eq!(shown.expect(200).json(), task);
        let stranger = site.client(via, "beta", "member");
        stranger
            .get(&format!("/v1/tasks/{}", text(&task["uuid"])))
            .expect_error(403);
        member.get(&format!("/v1/tasks/{NOBODY}")).expect_error(404);
    });
}
