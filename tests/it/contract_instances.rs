//! Each call on instances: its success and each of its documented errors.
#![cfg(test)]

use serde_json::{Value, json};

use crate::common::wait::until;
use crate::contract_site::{
    INSTANCE_FIELDS, NOBODY, Site, Via, column, keys, on_both, path_of, refused, sorted, text,
};

/// Stands for a token that nobody made.
const BAD_TOKEN: &str = "there-is-no-such-token";

/// `2016-09-27T02:37:21.966342+00:00`.
#[track_caller]
fn assert_time(value: &Value) {
    let time = text(value);
    let shape: String = time
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    assert_eq!(shape, "0000-00-00T00:00:00.000000+00:00");
}

/// Somebody whom no transport knows.
fn nobody(site: &Site, via: Via) -> crate::common::http::Client {
    match via {
        Via::Unix => site.bare(via).with_token(BAD_TOKEN),
        Via::Tcp | Via::Tls => site.bare(via),
    }
}

#[test]
fn a_create_answers_with_the_instance_its_place_and_its_version() {
    on_both(2, |site, via| {
        let member = site.client(via, "alpha", "member");
        let mut body = site.parts.instance("web");
        body["description"] = json!("front");
        body["availability_zone"] = json!("default");
        body["extra"] = json!({"owner: a.b-c_d": "me", "empty": ""});
        let zones = member.get("/v1/availability_zones").expect(200).json();
        body["availability_zone"] = zones["availability_zones"][0].clone();
        let made = member.post("/v1/instances", &body).expect(201);
        let instance = made.json();

        assert_eq!(keys(&instance), sorted(&INSTANCE_FIELDS));
        for field in [
            "name",
            "description",
            "instance_type_uuid",
            "image_uuid",
            "availability_zone",
            "extra",
        ] {
            assert_eq!(instance[field], body[field], "{field}");
        }
        assert_eq!(instance["status"], "building");
        assert_eq!(instance["project_id"], "alpha");
        assert_eq!(instance["user_id"], "alpha-member");
        assert!(instance["launched_at"].is_null());
        assert!(instance["last_error"].is_null());
        assert_time(&instance["created_at"]);
        let location = made.header("location").unwrap();
        assert_eq!(location, text(&instance["links"][0]["href"]));
        assert!(location.starts_with("http://"), "{location}");
        assert!(location.ends_with(&path_of(&instance)), "{location}");
        let etag = made.header("etag").unwrap();
        assert!(etag.starts_with('"') && etag.ends_with('"'), "{etag}");
        assert_eq!(made.header("content-type"), Some("application/json"));

        // For an admin there is one field more.
        let admin = site.admin(via);
        let as_admin = admin.get(&path_of(&instance)).expect(200).json();
        let mut all = INSTANCE_FIELDS.to_vec();
        all.push("node_uuid");
        assert_eq!(keys(&as_admin), sorted(&all));
        assert!(
            site.nodes
                .iter()
                .any(|node| as_admin["node_uuid"] == **node)
        );
        let own = site.create(&admin, "mine");
        assert_eq!(keys(&own), sorted(&all));
        assert_eq!(own["project_id"], "default");

        until("it to be active", || {
            let instance = member.get(&path_of(&instance)).expect(200).json();
            let is_active = instance["status"] == "active";
            is_active.then(|| {
                assert_time(&instance["launched_at"]);
                assert_time(&instance["updated_at"]);
                assert_eq!(keys(&instance), sorted(&INSTANCE_FIELDS));
            })
        });
    });
}

#[test]
fn a_create_is_refused_with_400_401_403_or_409() {
    on_both(1, |site, via| {
        let body = site.parts.instance("web");
        let member = site.client(via, "alpha", "member");
        let create = |body: &Value| member.post("/v1/instances", body);
        for (field, value, named) in [
            ("instance_type_uuid", json!(NOBODY), NOBODY),
            ("image_uuid", json!(NOBODY), NOBODY),
            ("networks", json!([{"net_id": NOBODY}]), NOBODY),
            ("availability_zone", json!("mars"), "mars"),
        ] {
            refused(create(&site.instance_with(field, value)), 400, named);
        }
        for required in ["name", "instance_type_uuid", "image_uuid", "networks"] {
            let mut without = body.clone();
            without.as_object_mut().unwrap().remove(required);
            refused(create(&without), 400, required);
        }
        let unauthorized = nobody(site, via).post("/v1/instances", &body);
        assert!(unauthorized.header("www-authenticate").is_some());
        unauthorized.expect_error(401);
        for role in ["reader", "monitor"] {
            let low = site.client(via, "alpha", role);
            low.post("/v1/instances", &body).expect_error(403);
        }
        create(&body).expect(201);
        refused(create(&body), 409, "no free node");
    });
}

#[test]
fn lists_answer_200_400_401_or_403() {
    on_both(2, |site, via| {
        let member = site.client(via, "alpha", "member");
        let reader = site.client(via, "alpha", "reader");
        assert_eq!(
            member.get("/v1/instances").expect(200).json(),
            json!({"instances": []})
        );
        let one = site.create(&member, "one");
        site.create(&site.client(via, "beta", "member"), "other");

        let list = reader.get("/v1/instances").expect(200).json();
        assert_eq!(column(&list, "instances", "name"), ["one"]);
        let summary = ["name", "description", "uuid", "status", "links"];
        assert_eq!(keys(&list["instances"][0]), sorted(&summary));
        assert_eq!(list["instances"][0]["links"], one["links"]);
        let detail = reader.get("/v1/instances/detail").expect(200).json();
        assert_eq!(column(&detail, "instances", "name"), ["one"]);
        assert_eq!(keys(&detail["instances"][0]), sorted(&INSTANCE_FIELDS));

        for path in ["/v1/instances", "/v1/instances/detail"] {
            refused(reader.get(&format!("{path}?colour=red")), 400, "colour");
            nobody(site, via).get(path).expect_error(401);
            let monitor = site.client(via, "alpha", "monitor");
            monitor.get(path).expect_error(403);
            reader
                .get(&format!("{path}?all_tenants=1"))
                .expect_error(403);
            member
                .get(&format!("{path}?project_id=beta"))
                .expect_error(403);
        }
    });
}

#[test]
fn show_and_states_answer_200_400_401_403_or_404() {
    on_both(2, |site, via| {
        let member = site.client(via, "alpha", "member");
        let path = site.active(&member, "web one");
        let stranger = site.client(via, "beta", "member");
        let shown = member.get(&path).expect(200);
        assert!(shown.header("etag").is_some());
        let by_name = member.get("/v1/instances/web%20one").expect(200).json();
        assert_eq!(by_name, shown.json());
        let upper = path
            .to_uppercase()
            .replace("/V1/INSTANCES", "/v1/instances");
        member.get(&upper).expect(200);
        member
            .get(&path.replace('-', "").replace("/v1", ""))
            .expect(200);

        let states = member.get(&format!("{path}/states")).expect(200).json();
        let expected =
            json!({"power_state": "power on", "target_power_state": null, "last_error": null});
        assert_eq!(states, expected);

        refused(
            member.get(&format!("{path}?fields=uuid,colour")),
            400,
            "colour",
        );
        for below in ["", "/states", "/tasks"] {
            nobody(site, via)
                .get(&format!("{path}{below}"))
                .expect_error(401);
            stranger.get(&format!("{path}{below}")).expect_error(403);
            let missing = format!("/v1/instances/{NOBODY}{below}");
            refused(member.get(&missing), 404, NOBODY);
            // A name is looked up in one's own project only.
            let named = format!("/v1/instances/web%20one{below}");
            stranger.get(&named).expect_error(404);
            site.admin(via).get(&named).expect(200);
        }
    });
}

#[test]
fn a_name_that_two_instances_have_is_409_until_one_is_gone() {
    on_both(3, |site, via| {
        let member = site.client(via, "alpha", "member");
        let first = path_of(&site.create(&member, "twin"));
        let second = path_of(&site.create(&member, "twin"));
        let other = site.client(via, "beta", "member");
        site.create(&other, "twin");
        refused(member.get("/v1/instances/twin"), 409, "twin");
        member.get("/v1/instances/twin/states").expect_error(409);
        member.delete("/v1/instances/twin").expect_error(409);
        let rename = json!([{"op": "replace", "path": "/name", "value": "single"}]);
        member
            .patch("/v1/instances/twin", &rename)
            .expect_error(409);
        let order = json!({"target": "on"});
        member
            .put("/v1/instances/twin/states/power", &order)
            .expect_error(409);
        other.get("/v1/instances/twin").expect(200);

        member.patch(&second, &rename).expect(200);
        let found = member.get("/v1/instances/twin").expect(200).json();
        assert_eq!(path_of(&found), first);
    });
}

#[test]
fn delete_answers_204_at_once_and_again_until_it_is_404() {
    on_both(1, |site, via| {
        let member = site.client(via, "alpha", "member");
        let path = site.active(&member, "web");
        nobody(site, via).delete(&path).expect_error(401);
        let reader = site.client(via, "alpha", "reader");
        reader.delete(&path).expect_error(403);
        let stranger = site.client(via, "beta", "member");
        stranger.delete(&path).expect_error(403);
        stranger.delete("/v1/instances/web").expect_error(404);
        member
            .delete(&format!("/v1/instances/{NOBODY}"))
            .expect_error(404);
        assert_eq!(member.get(&path).expect(200).json()["status"], "active");

        let deleted = member.delete(&path).expect(204);
        assert!(deleted.body.is_empty());
        until("it to be gone", || {
            let answer = member.get(&path);
            if answer.status == 200 {
                assert_eq!(answer.json()["status"], "deleting");
            }
            (answer.status == 404).then_some(())
        });
        member.delete(&path).expect_error(404);
        // The node is free again.
        site.create(&member, "next");
    });
}

#[test]
fn an_instance_that_cannot_be_turned_off_stays_deleting_and_refuses_changes() {
    for via in [Via::Unix, Via::Tcp] {
        let mut config = ostler::sim::SimBmcConfig::new("stuck");
        config.delays.power_off = std::time::Duration::from_secs(3600);
        let site = Site::with(vec![config]);
        let member = site.client(via, "alpha", "member");
        let path = site.active(&member, "web");
        member.delete(&path).expect(204);
        member.delete(&path).expect(204);
        member.delete("/v1/instances/web").expect(204);
        assert_eq!(member.get(&path).expect(200).json()["status"], "deleting");
        let rename = json!([{"op": "replace", "path": "/name", "value": "new"}]);
        member.patch(&path, &rename).expect_error(409);
        // Input is judged before state.
        let bad = json!([{"op": "replace", "path": "/uuid", "value": "new"}]);
        member.patch(&path, &bad).expect_error(400);
        for target in ["on", "off"] {
            let order = json!({"target": target});
            refused(
                member.put(&format!("{path}/states/power"), &order),
                400,
                "deleting",
            );
        }
    }
}
