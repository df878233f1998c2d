//! Events: each change is one, in order, with its cause and its actor; whoever comes back misses nothing.
#![cfg(test)]

use ostler::model::power::PowerState;
use ostler::sim::SimBmcConfig;
use serde_json::{Value, json};

use crate::common::bench::{Bench, node};
use crate::common::daemon::Parts;
use crate::common::events::Events;
use crate::common::wait::until;

const POWER: &str =
    "poll_interval_secs = 1\nchange_deadline_secs = 20\ntransition_grace_secs = 5\n";

fn bench(names: &[&str]) -> Bench {
    let on = |name: &&str| SimBmcConfig {
        power: PowerState::On,
        ..SimBmcConfig::new(*name)
    };
    Bench::start(names.iter().map(on).collect(), POWER)
}

#[test]
fn a_power_order_is_told_from_its_acceptance_to_its_end_with_who_wanted_it() {
    let bench = bench(&["n"]);
    let events = Events::open(&bench.admin, "/v1/events");
    let task = bench.order_until(&node("n"), "off", "done");
    events.wait_short("task waiting->done task");

    assert_eq!(
        events.shorts(),
        [
            "task -->queued request",
            "task queued->issued task",
            "task issued->waiting task",
            "power power on->power off task",
            "task waiting->done task",
        ]
    );
    let user = &task["requested_by"];
    for event in events.seen() {
        assert_eq!(event.data["node_name"], "n");
        assert_eq!(event.data["task"]["uuid"], task["uuid"], "{event:?}");
        assert_eq!(event.data["task"]["target"], "off", "{event:?}");
        assert_eq!(&event.data["actor"], user, "{event:?}");
        assert_eq!(event.data["id"], event.id);
    }
}

#[test]
fn the_life_of_an_instance_is_told_with_its_last_breath() {
    let bench = bench(&["n"]);
    let parts = Parts::make(&bench.admin);
    let events = Events::open(&bench.admin, "/v1/events?kind=status,maintenance");
    let instance = bench.create_active(&parts, "n");
    let reason = json!({"reason": "a fan"});
    bench
        .admin
        .put(&format!("{}/maintenance", node("n")), &reason)
        .expect(204);
    bench
        .admin
        .delete(&format!("{}/maintenance", node("n")))
        .expect(204);
    bench.admin.delete(&instance).expect(204);
    bench.wait_gone(&instance);
    let last = events.wait_short("status deleting->- task");

    assert_eq!(
        events.shorts(),
        [
            "status -->building request",
            "status building->active task",
            "maintenance off->on request",
            "maintenance on->off request",
            "status active->deleting request",
            "status deleting->- task",
        ]
    );
    assert_eq!(events.seen()[2].data["detail"], "a fan");
    assert_eq!(last.data["instance_name"], "n");
    assert!(instance.ends_with(last.data["instance_uuid"].as_str().unwrap()));
}

#[test]
fn what_nobody_here_did_is_told_as_such() {
    let bench = bench(&["n"]);
    let events = Events::open(&bench.admin, "/v1/events?node=n");
    bench.bmc("n").set_power(PowerState::Off);
    let told = events.wait_short("power power on->power off outside");
    assert!(
        told.data["actor"].is_null() && told.data["task"].is_null(),
        "{told:?}"
    );
    assert_eq!(events.seen().len(), 1, "{:?}", events.seen());
}

#[test]
fn a_client_that_comes_back_goes_on_where_it_was() {
    let mut bench = bench(&["n"]);
    let first = Events::open(&bench.admin, "/v1/events?kind=power");
    bench.order_until(&node("n"), "off", "done");
    let seen = first.wait_short("power power on->power off task");

    assert!(
        bench.daemon.stop(),
        "an open stream does not hold up the end"
    );
    until("the stream to end", || first.has_ended().then_some(()));
    bench.daemon.start_again();
    bench.order_until(&node("n"), "on", "done");
    bench.order_until(&node("n"), "off", "done");
    let back = bench.admin.with("Last-Event-ID", &seen.id.to_string());
    let second = Events::open(&back, "/v1/events?kind=power");
    second.wait_short("power power on->power off task");
    assert_eq!(
        second.shorts(),
        [
            "power power off->power on task",
            "power power on->power off task"
        ]
    );
    let marker = format!("/v1/events?kind=power&marker={}", seen.id);
    assert_eq!(
        Events::open(&bench.admin, &marker)
            .wait_short("power power off->power on task")
            .id,
        second.seen()[0].id
    );

    let ahead = bench.admin.with("Last-Event-ID", "999999999");
    let message = ahead
        .with("Accept", "text/event-stream")
        .get("/v1/events")
        .expect_error(400);
    assert!(message.contains("has not happened"), "{message}");
    for (query, named) in [
        ("kind=nonsense", "kind"),
        ("marker=x", "marker"),
        ("what=1", "what"),
    ] {
        let message = bench
            .admin
            .get(&format!("/v1/events?{query}"))
            .expect_error(400);
        assert!(message.starts_with(named), "{message}");
    }
}

#[test]
fn a_project_hears_of_its_own_instances_and_of_nothing_else() {
    let bench = bench(&["mine", "theirs"]);
    let parts = Parts::make(&bench.admin);
    let member = bench.daemon.tcp_as("u1", "p1", "member");
    let other = bench.daemon.tcp_as("u2", "p2", "member");
    let events = Events::open(&member, "/v1/events");
    for (client, name) in [(&member, "mine"), (&other, "theirs")] {
        let mut body = parts.instance(name);
        body["availability_zone"] = json!(format!("z-{name}"));
        client.post("/v1/instances", &body).expect(201);
    }
    let path = "/v1/instances/theirs";
    until("theirs to be active", || {
        (other.get(path).expect(200).json()["status"] == "active").then_some(())
    });
    bench.bmc("theirs").set_power(PowerState::Off);
    until("the change to be seen", || {
        (other.get(path).expect(200).json()["power_state"] == "power off").then_some(())
    });
    bench.bmc("mine").set_power(PowerState::Off);
    events.wait_short("power power on->power off outside");
    for event in events.seen() {
        assert_eq!(event.data["project_id"], "p1", "{event:?}");
        assert_eq!(event.data["instance_name"], "mine", "{event:?}");
        assert!(event.data.get("node_uuid").is_none() && event.data.get("node_name").is_none());
    }
    let all = member
        .with("Accept", "application/json")
        .get("/v1/events")
        .expect(200)
        .json();
    let all = all["events"].as_array().unwrap();
    assert!(
        all.iter().all(|event| event["project_id"] == "p1"),
        "{all:?}"
    );

    for query in ["node=theirs", "project_id=p2"] {
        member.get(&format!("/v1/events?{query}")).expect_error(403);
    }
    member.get("/v1/events?instance=theirs").expect_error(404);
    bench.daemon.tcp().get("/v1/events").expect_error(401);
    bench
        .daemon
        .tcp_as("m", "p1", "monitor")
        .get("/v1/events")
        .expect_error(403);
}

#[test]
fn what_is_kept_can_be_read_as_a_list_in_both_directions() {
    let bench = bench(&["n"]);
    bench.order_until(&node("n"), "off", "done");
    let json = bench.admin.with("Accept", "application/json");
    let list = |query: &str| -> Vec<Value> {
        let list = json.get(&format!("/v1/events?{query}")).expect(200).json();
        list["events"].as_array().unwrap().clone()
    };
    let ids = |events: &[Value]| -> Vec<u64> {
        events
            .iter()
            .map(|event| event["id"].as_u64().unwrap())
            .collect()
    };
    let all = ids(&list("node=n"));
    assert!(all.len() >= 6 && all.is_sorted(), "{all:?}");
    let mut backwards = ids(&list("node=n&sort_dir=desc"));
    backwards.reverse();
    assert_eq!(backwards, all);
    let page = json
        .get("/v1/events?node=n&limit=2&fields=id")
        .expect(200)
        .json();
    assert_eq!(ids(page["events"].as_array().unwrap()), all[..2]);
    assert_eq!(page["events"][0].as_object().unwrap().len(), 1);
    let next = page["events_links"][0]["href"].as_str().unwrap();
    let next = &next[next.find("/v1/").unwrap()..];
    let page = json.get(next).expect(200).json();
    assert_eq!(ids(page["events"].as_array().unwrap()), all[2..4]);
    bench
        .admin
        .with("Accept", "text/html")
        .get("/v1/events")
        .expect_error(406);
}
