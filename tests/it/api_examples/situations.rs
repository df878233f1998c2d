//! Who sends the examples, and what has to be so before one is sent: the table to add to when a page gets a new example.
//!
//! A page begins in the world of [`World::start`], and its examples are sent in their order, so that what one makes is there for
//! the next.

use std::time::Duration;

use ostler::model::power::PowerState;
use ostler::sim::{Faults, Refuse};
use serde_json::json;

use super::page::Example;
use super::world::World;
use crate::common::http::Client;
use crate::common::wait::until;

/// Page, request line, status of the answer, and what makes the world so.
type Situation = (&'static str, &'static str, u16, fn(&mut World));

/// The task of `tasks.md` that can be called off.
const UNDER_WAY: &str = "9b0f63c5-2d5e-4d52-8c3a-6f2b1f0a7d11";
/// The task that `tasks.md` shows whole.
const HARDENED: &str = "26ba91ae-9994-48b6-a4ca-e70fa66c0e6d";

/// Page, how the request line begins, and who sends it.
type Sender = (&'static str, &'static str, fn(&World) -> Client);

/// What has to be so before an example is sent.
pub(super) const SITUATIONS: &[Situation] = &[
    (
        "availability-zones.md",
        "GET /v1/availability_zones",
        200,
        |world| world.node("n3"),
    ),
    (
        "events.md",
        "GET /v1/events?kind=power,task",
        200,
        |world| {
            let newest = world.newest_event();
            assert!(world.names.is_event("47", &newest.to_string()));
            world.order(&world.root, "/v1/nodes/n2", "off");
        },
    ),
    (
        "events.md",
        "GET /v1/events?kind=power&sort_dir=desc&limit=1&fields=at,node_name,old,new,cause",
        200,
        |world| {
            // The order of the example before this one.
            world.wait_ended("/v1/nodes/n2");
            world.order(&world.root, "/v1/nodes/n2", "on");
            world.wait_ended("/v1/nodes/n2");
            world.bmc("n2").set_power(PowerState::Off);
            world.wait_for("/v1/nodes/n2", "power_state", "power off");
        },
    ),
    (
        "events.md",
        "GET /v1/events?kind=audit&node=n1&sort_dir=desc&limit=1&fields=at,node_name,new,actor,audit",
        200,
        |world| {
            let password = json!([{"op": "replace", "path": "/bmc/password", "value": "admin"}]);
            world.root.patch("/v1/nodes/n1", &password).expect(200);
        },
    ),
    (
        "health.md",
        "GET /v1/health?state=slow&fields=node_name,state,round_trip_ms,loss_percent,message",
        200,
        |world| {
            let extra_delay = Duration::from_millis(1_300);
            world.bmc("n2").set_faults(Faults {
                extra_delay,
                ..Faults::default()
            });
            world.wait_for("/v1/nodes/n2/health", "state", "slow");
        },
    ),
    ("health.md", "GET /v1/nodes/n1/health", 200, |world| {
        world.silence("n1");
        world.wait_for("/v1/nodes/n1/health", "state", "unreachable");
    }),
    ("instances.md", "POST /v1/instances", 409, |world| {
        world.node("n3")
    }),
    ("instances.md", "GET /v1/instances", 200, |world| {
        world.wait_for("/v1/instances/web2", "status", "active");
    }),
    ("instances.md", "DELETE /v1/instances/web3", 204, |world| {
        world.instance(&world.ci(), "web3");
    }),
    (
        "instances.md",
        "GET /v1/instances/web2/states",
        200,
        |world| {
            world.order(&world.ci(), "/v1/instances/web2", "soft_off");
        },
    ),
    (
        "instances.md",
        "GET /v1/instances/web2/tasks?fields=kind,target,state,step",
        200,
        |world| {
            world.wait_task("/v1/instances/web2", "waiting");
        },
    ),
    (
        "instances.md",
        "DELETE /v1/instances/web4?force=true",
        204,
        |world| {
            world.wait_gone("/v1/instances/web3");
            world.instance(&world.ci(), "web4");
        },
    ),
    (
        "instances.md",
        "POST /v1/instances/web5/retry",
        202,
        |world| {
            world.node("n4");
            let refuse = Some(Refuse {
                code: 0xD4,
                next: u32::MAX,
            });
            world.bmc("n4").set_faults(Faults {
                refuse,
                ..Faults::default()
            });
            world.unready_instance(&world.ci(), "web5");
            world.wait_for("/v1/instances/web5", "status", "error");
        },
    ),
    (
        "instances.md",
        "POST /v1/instances/web5/rebuild",
        202,
        |world| {
            world.wait_for("/v1/instances/web5", "status", "error");
        },
    ),
    ("limits.md", "GET /v1/limits?limit=1", 200, |world| {
        world.instance(&world.ci(), "web2");
        world
            .root
            .put("/v1/limits/web", &json!({"instances": 10}))
            .expect(200);
    }),
    (
        "nodes.md",
        "GET /v1/nodes?fields=name,power_state,power_state_at",
        200,
        |world| {
            world.wait_for("/v1/nodes/n3", "power_state", "power off");
        },
    ),
    (
        "nodes.md",
        "GET /v1/nodes/n3?fields=name,maintenance,maintenance_reason",
        200,
        |world| {
            let reason = json!({"reason": "memory test"});
            world
                .root
                .put("/v1/nodes/n3/maintenance", &reason)
                .expect(204);
        },
    ),
    ("nodes.md", "DELETE /v1/nodes/n4", 204, |world| {
        world.node("n4")
    }),
    ("nodes.md", "GET /v1/nodes/n3/states", 200, |world| {
        world.wait_ended("/v1/nodes/n3")
    }),
    (
        "nodes.md",
        "GET /v1/nodes/n3/management/boot_device",
        200,
        |world| {
            let pxe = json!({"boot_device": "pxe", "uefi": true});
            world
                .root
                .put("/v1/nodes/n3/management/boot_device", &pxe)
                .expect(202);
            world.wait_ended("/v1/nodes/n3");
        },
    ),
    (
        "nodes.md",
        "GET /v1/nodes/n2/management/boot_device",
        502,
        |world| world.silence("n2"),
    ),
    (
        "nodes.md",
        "POST /v1/nodes/n3/rotate-password",
        202,
        |world| {
            world.wait_ended("/v1/nodes/n3");
            let op = json!([
                {"op": "replace", "path": "/bmc/privilege_level", "value": "administrator"},
            ]);
            world.root.patch("/v1/nodes/n3", &op).expect(200);
        },
    ),
    ("operations.md", "POST /v1/power", 202, |world| {
        world.node("r1n0001");
        world
            .root
            .post("/v1/power", &json!({"target": "on", "nodes": ["n1"]}))
            .expect(202);
        world.silence("r1n0002");
        world.unseen_node("r1n0002");
        world.node("r1n0003");
        let reboot = world.order(&world.root, "/v1/nodes/r1n0003", "reboot");
        world.names.is(
            "c40e5d13-6e4c-4ec4-879f-b3c57b2e35a2",
            reboot["uuid"].as_str().unwrap(),
        );
    }),
    (
        "tasks.md",
        "GET /v1/tasks/26ba91ae-9994-48b6-a4ca-e70fa66c0e6d",
        200,
        |world| {
            world.instance(&world.ci(), "web2");
            order_off_during_soft_off(world);
        },
    ),
    (
        "tasks.md",
        "DELETE /v1/tasks/9b0f63c5-2d5e-4d52-8c3a-6f2b1f0a7d11",
        204,
        |world| {
            world.order(&world.root, "/v1/instances/web2", "on");
            world.wait_ended("/v1/instances/web2");
            let task = world.order(&world.root, "/v1/instances/web2", "soft_off");
            world.names.is(UNDER_WAY, task["uuid"].as_str().unwrap());
        },
    ),
    (
        "tasks.md",
        "GET /v1/instances/web1/tasks?fields=kind,target,state,error",
        200,
        |world| {
            world.order(&world.root, "/v1/instances/web1", "reboot");
            world.wait_ended("/v1/instances/web1");
        },
    ),
    ("types.md", "DELETE /v1/types/old", 204, |world| {
        world.make("/v1/types", &json!({"name": "old"}));
    }),
    ("webhooks.md", "POST /v1/webhooks", 201, |world| {
        let newest = world.newest_event();
        assert!(world.names.is_event("47", &newest.to_string()));
    }),
];

/// Who sends a request where it is not root on the socket. The last line that fits counts.
pub(super) const SENDERS: &[Sender] = &[
    ("conventions.md", "GET /v1", World::admin),
    ("events.md", "GET /v1/events?kind=power&", World::admin),
    ("instances.md", "", World::ci),
    ("instances.md", "GET /v1/instances/detail", |world| {
        world.root.clone()
    }),
    (
        "instances.md",
        "DELETE /v1/instances/web4?force",
        World::admin,
    ),
    ("instances.md", "GET /v1/nodes/n3", World::admin),
    (
        "instances.md",
        "POST /v1/instances/web5/retry",
        World::admin,
    ),
    (
        "instances.md",
        "POST /v1/instances/web2/retry",
        World::admin,
    ),
    ("limits.md", "", World::admin),
    ("limits.md", "POST /v1/instances", World::ci),
];

/// Orders `off` while a soft off is under way, until it came before the next look at the machine.
fn order_off_during_soft_off(world: &mut World) {
    let web2 = "/v1/instances/web2";
    let task = until("a task with six attempts", || {
        let task = world.order(&world.ci(), web2, "soft_off");
        world.wait_task(web2, "waiting");
        world.order(&world.ci(), web2, "off");
        world.wait_ended(web2);
        let path = format!("/v1/tasks/{}", task["uuid"].as_str().unwrap());
        let task = world.at(&path);
        if task["attempts"].as_array().unwrap().len() == 6 {
            return Some(task);
        }
        world.order(&world.ci(), web2, "on");
        world.wait_ended(web2);
        None
    });
    assert!(world.names.is(HARDENED, task["uuid"].as_str().unwrap()));
}

/// Makes the world so as an example needs it.
pub(super) fn prepare(world: &mut World, example: &Example) {
    for (page, request, status, make) in SITUATIONS {
        if *page == example.page && *request == example.request_line() && *status == example.status
        {
            make(world);
        }
    }
}

/// Who sends an example.
pub(super) fn sender(world: &World, example: &Example) -> Client {
    let request = example.request_line();
    SENDERS
        .iter()
        .rev()
        .find(|(page, start, _)| *page == example.page && request.starts_with(start))
        .map_or_else(|| world.root.clone(), |(_, _, sender)| sender(world))
}
