//! How many instances a project may have: said by the settings or by an admin, and held also where creates race.
#![cfg(test)]

use std::thread;

use ostler::sim::Faults;
use serde_json::{Value, json};

use crate::common::daemon::Daemon;
use crate::common::http::{Client, Response};
use crate::common::wait::until;
use crate::contract_site::{Site, Via, column, healthy, on_both, path_of, refused};

const POWER: &str =
    "poll_interval_secs = 1\nchange_deadline_secs = 20\ntransition_grace_secs = 5\n";

fn at(project: &str) -> String {
    format!("/v1/limits/{project}")
}

fn set(admin: &Client, project: &str, instances: Value) -> Value {
    let body = json!({"instances": instances});
    admin.put(&at(project), &body).expect(200).json()
}

fn create(site: &Site, client: &Client, name: &str) -> Response {
    client.post("/v1/instances", &site.parts.instance(name))
}

#[test]
fn a_project_is_shown_what_it_may_have_and_what_it_has() {
    on_both(2, |site, via| {
        let admin = site.admin(via);
        let reader = site.client(via, "web", "reader");
        let shown = reader.get(&at("web")).expect(200);
        let etag = shown.header("etag").unwrap().to_owned();
        let shown = shown.json();
        let base = shown["links"][0]["href"].as_str().unwrap();
        assert!(base.ends_with("/v1/limits/web"), "{base}");
        assert_eq!(
            json!([
                shown["project_id"],
                shown["instances"],
                shown["instances_in_use"],
                shown["is_default"],
                shown["created_at"],
                shown["updated_at"]
            ]),
            json!(["web", null, 0, true, null, null])
        );
        refused(reader.get(&at("other")), 403, "another project");
        refused(
            reader.put(&at("web"), &json!({"instances": 3})),
            403,
            "admin",
        );
        reader.delete(&at("web")).expect_error(403);
        reader.get("/v1/limits").expect_error(403);
        assert_eq!(
            admin.get(&at("nobody")).expect(200).json()["instances_in_use"],
            0
        );

        let made = set(&admin, "web", json!(3));
        assert_eq!(
            (&made["instances"], &made["is_default"]),
            (&json!(3), &json!(false))
        );
        assert!(made["created_at"].is_string() && made["updated_at"].is_null());
        site.create(&site.client(via, "web", "member"), "one");
        let shown = reader.get(&at("web")).expect(200);
        assert_ne!(shown.header("etag"), Some(etag.as_str()));
        assert_eq!(shown.json()["instances_in_use"], 1);
        let fields = reader
            .get(&format!("{}?fields=instances", at("web")))
            .expect(200);
        assert_eq!(fields.json(), json!({"instances": 3}));
        reader
            .get(&format!("{}?fields=nonsense", at("web")))
            .expect_error(400);
        assert!(set(&admin, "web", json!(null))["instances"].is_null());
        let again = set(&admin, "web", json!(0));
        assert_eq!(
            (&again["instances"], again["updated_at"].is_string()),
            (&json!(0), true)
        );

        for wrong in [
            json!({}),
            json!({"instances": -1}),
            json!({"instances": 1_000_001}),
            json!({"instances": 1.5}),
            json!({"instances": "3"}),
            json!({"instances": 3, "cores": 4}),
            json!([3]),
        ] {
            admin.put(&at("web"), &wrong).expect_error(400);
        }
        admin
            .put(&at("%0a"), &json!({"instances": 3}))
            .expect_error(400);
        admin
            .put(&at(&"p".repeat(256)), &json!({"instances": 3}))
            .expect_error(400);
        assert_eq!(admin.get(&at("web")).expect(200).json(), again);

        for _ in 0..2 {
            admin.delete(&at("web")).expect(204);
            assert_eq!(admin.get(&at("web")).expect(200).json()["is_default"], true);
        }
    });
}

#[test]
fn the_list_holds_projects_with_a_limit_or_with_instances_in_pages() {
    on_both(1, |site, via| {
        let admin = site.admin(via);
        for project in ["b", "d%2Fe%20f", "a"] {
            set(&admin, project, json!(7));
        }
        site.create(&site.client(via, "c", "member"), "one");
        let list = |query: &str| admin.get(&format!("/v1/limits{query}")).expect(200).json();
        let all = list("");
        assert_eq!(
            column(&all, "limits", "project_id"),
            ["a", "b", "c", "d/e f"]
        );
        assert_eq!(all["limits"][2]["instances_in_use"], 1);
        assert_eq!(all["limits"][2]["is_default"], true);
        let href = all["limits"][3]["links"][0]["href"].as_str().unwrap();
        let (_, path) = href.split_once("/v1/").unwrap();
        assert_eq!(
            admin.get(&format!("/v1/{path}")).expect(200).json()["instances"],
            7
        );
        assert_eq!(
            column(
                &list("?sort_key=project_id&sort_dir=desc"),
                "limits",
                "project_id"
            ),
            ["d/e f", "c", "b", "a"]
        );
        assert_eq!(
            list("?fields=project_id&limit=1")["limits"],
            json!([{"project_id": "a"}])
        );

        let (mut seen, mut query) = (Vec::new(), "?limit=3".to_owned());
        loop {
            let page = list(&query);
            seen.extend(column(&page, "limits", "project_id"));
            let Some(next) = page["limits_links"][0]["href"].as_str() else {
                break;
            };
            query = format!("?{}", next.split_once('?').unwrap().1);
        }
        assert_eq!(seen, ["a", "b", "c", "d/e f"]);
        // A project is a page's marker also when it has gone meanwhile.
        assert_eq!(
            column(&list("?marker=bb"), "limits", "project_id"),
            ["c", "d/e f"]
        );
        for wrong in [
            "?limit=0",
            "?sort_key=instances",
            "?project_id=a",
            "?all_tenants=1",
        ] {
            admin.get(&format!("/v1/limits{wrong}")).expect_error(400);
        }
    });
}

#[test]
fn a_create_beyond_the_limit_is_refused_and_what_is_being_deleted_still_counts() {
    on_both(4, |site, via| {
        let admin = site.admin(via);
        let web = site.client(via, "web", "member");
        set(&admin, "web", json!(2));
        let keyed = web.with("Idempotency-Key", "k");
        let first = keyed
            .post("/v1/instances", &site.parts.instance("one"))
            .expect(201)
            .json();
        site.create(&web, "two");
        let message = create(site, &web, "three").expect_error(409);
        assert_eq!(
            message,
            "the project web has 2 of 2 instances: delete one, or ask an admin to raise the limit"
        );
        // An answer that was given is given again, and other projects have their own.
        keyed
            .post("/v1/instances", &site.parts.instance("one"))
            .expect(201);
        site.create(&site.client(via, "other", "member"), "theirs");

        set(&admin, "web", json!(1));
        refused(create(site, &web, "three"), 409, "2 of 1 instances");
        let list = web.get("/v1/instances").expect(200).json();
        assert_eq!(
            list["instances"].as_array().unwrap().len(),
            2,
            "nothing was deleted"
        );

        set(&admin, "web", json!(2));
        for bmc in &site.bmcs {
            bmc.set_faults(Faults {
                dead: true,
                ..Faults::default()
            });
        }
        web.delete(&path_of(&first)).expect(204);
        refused(create(site, &web, "three"), 409, "2 of 2 instances");
        assert_eq!(
            web.get(&at("web")).expect(200).json()["instances_in_use"],
            2
        );
        let force = format!("{}?force=yes", path_of(&first));
        admin.delete(&force).expect(204);
        create(site, &web, "three").expect(201);
        admin.delete(&at("web")).expect(204);
        // None is left that is free: the limit is not what is in the way.
        refused(create(site, &web, "four"), 409, "no free node");
    });
}

#[test]
fn the_settings_say_what_a_project_may_have_and_admins_are_no_exception() {
    let settings = format!("{POWER}[limits]\ninstances_per_project = 1\n");
    let site = Site::at(Daemon::with_power(&settings), healthy(3));
    let admin = site.admin(Via::Unix);
    let shown = admin.get(&at("default")).expect(200).json();
    assert_eq!(
        (&shown["instances"], &shown["is_default"]),
        (&json!(1), &json!(true))
    );
    site.create(&admin, "one");
    refused(create(&site, &admin, "two"), 409, "default has 1 of 1");
    // An admin's create counts where it is made.
    create(&site, &admin.with("X-Project-Id", "other"), "two").expect(201);
    set(&admin, "default", json!(null));
    create(&site, &admin, "two").expect(201);
    let made = admin.get("/v1/instances").expect(200).json();
    let made = made["instances"].as_array().unwrap();
    for one in made {
        let path = path_of(one);
        until("it to be active", || {
            (admin.get(&path).expect(200).json()["status"] == "active").then_some(())
        });
        admin.delete(&path).expect(204);
    }
    for one in made {
        until("it to be gone", || {
            (admin.get(&path_of(one)).status == 404).then_some(())
        });
    }
    admin.delete(&at("default")).expect(204);
    create(&site, &admin, "three").expect(201);
    refused(create(&site, &admin, "four"), 409, "default has 1 of 1");
}

#[test]
fn a_hundred_creates_at_once_for_a_project_that_may_have_seven_make_seven() {
    let site = Site::of(20);
    let admin = site.admin(Via::Unix);
    set(&admin, "web", json!(7));
    let web = site.client(Via::Tcp, "web", "member");
    let answers: Vec<Response> = thread::scope(|scope| {
        let create = |thread: usize| {
            let (site, web) = (&site, &web);
            move || {
                (0..10)
                    .map(|index| create(site, web, &format!("i{thread}-{index}")))
                    .collect::<Vec<_>>()
            }
        };
        let sent: Vec<_> = (0..10).map(|thread| scope.spawn(create(thread))).collect();
        sent.into_iter()
            .flat_map(|sent| sent.join().unwrap())
            .collect()
    });
    let (made, others): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!((made.len(), others.len()), (7, 93));
    for other in others {
        refused(other, 409, "the project web has 7 of 7 instances");
    }
    assert_eq!(
        web.get(&at("web")).expect(200).json()["instances_in_use"],
        7
    );
}

#[test]
fn what_a_request_says_in_the_log_has_its_id() {
    let daemon = Daemon::start();
    let admin = daemon.unix();
    let stranger = daemon.tcp().with_token("wrong");
    let answers = [
        ("limit set", admin.put(&at("web"), &json!({"instances": 1}))),
        ("limit forgotten", admin.delete(&at("web"))),
        ("sign-in failed", stranger.get(&at("web"))),
    ];
    for (said, answer) in answers {
        let id = answer.header("x-openstack-request-id").unwrap().to_owned();
        until(&format!("{said:?} with {id} in the log"), || {
            let log = daemon.log();
            let mut lines = log.lines();
            lines.find_map(|line| (line.contains(said) && line.contains(&id)).then_some(()))
        });
    }
}
