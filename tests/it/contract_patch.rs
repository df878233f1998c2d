//! PATCH of an instance: all six operations, all or nothing, on what may change; and versions with `ETag` and `If-Match`.
#![cfg(test)]

use serde_json::{Value, json};

use crate::common::wait::until;
use crate::contract_site::{NOBODY, Site, Via, keys, on_both, path_of, refused, sorted};

#[test]
fn all_six_operations_change_name_description_and_extra() {
    on_both(1, |site, via| {
        let member = site.client(via, "alpha", "member");
        let mut body = site.parts.instance("web");
        body["extra"] = json!({"a": "1", "b c": "2"});
        let made = member.post("/v1/instances", &body).expect(201).json();
        let path = path_of(&made);
        let patch = json!([
            {"op": "test", "path": "/uuid", "value": made["uuid"]},
            {"op": "test", "path": "/network_info", "value": made["network_info"]},
            {"op": "test", "path": "/description", "value": null},
            {"op": "replace", "path": "/name", "value": "mail"},
            {"op": "add", "path": "/description", "value": "new"},
            {"op": "add", "path": "/extra/k", "value": "v"},
            {"op": "copy", "from": "/image_uuid", "path": "/extra/image"},
            {"op": "move", "from": "/extra/a", "path": "/extra/moved"},
            {"op": "remove", "path": "/extra/b c"},
        ]);
        let changed = member.patch(&path, &patch).expect(200);
        let after = changed.json();
        assert_eq!(after["name"], "mail");
        assert_eq!(after["description"], "new");
        let extra = json!({"k": "v", "image": made["image_uuid"], "moved": "1"});
        assert_eq!(after["extra"], extra);
        assert!(after["updated_at"].is_string());
        let shown = member.get(&path).expect(200).json();
        assert_eq!(shown["extra"], extra);
        assert_eq!(keys(&after), keys(&shown));

        // What is removed has its default at once.
        let patch = json!([
            {"op": "remove", "path": "/description"},
            {"op": "remove", "path": "/extra"},
            {"op": "add", "path": "/extra/k2", "value": "v2"},
        ]);
        let after = member
            .patch("/v1/instances/mail", &patch)
            .expect(200)
            .json();
        assert!(after["description"].is_null());
        assert_eq!(after["extra"], json!({"k2": "v2"}));
        let patch = json!([
            {"op": "replace", "path": "/description", "value": null},
            {"op": "remove", "path": "/extra"},
        ]);
        let after = member.patch(&path, &patch).expect(200).json();
        assert_eq!(after["extra"], json!({}));
        let as_json_patch = member.with("Content-Type", "application/json-patch+json");
        let rename = json!([{"op": "replace", "path": "/name", "value": "x"}]);
        as_json_patch.patch(&path, &rename).expect(200);
        assert_eq!(
            member.patch(&path, &json!([])).expect(200).json()["name"],
            "x"
        );
    });
}

/// Fields that a patch cannot change, or that are not there.
const FIXED: [&str; 18] = [
    "uuid",
    "status",
    "power_state",
    "project_id",
    "user_id",
    "image_uuid",
    "instance_type_uuid",
    "availability_zone",
    "network_info",
    "links",
    "created_at",
    "updated_at",
    "launched_at",
    "last_error",
    "node_uuid",
    "colour",
    "names",
    "nam",
];

/// Patches that are refused, with the status and what the message names.
#[expect(clippy::too_many_lines, reason = "a table, one line for each patch")]
fn refusals() -> Vec<(Value, u16, &'static str)> {
    let replace =
        |path: &str, value: Value| json!([{"op": "replace", "path": path, "value": value}]);
    let long = "x".repeat(256);
    vec![
        (replace("", json!({})), 400, ""),
        (replace("/", json!("x")), 400, "/"),
        (replace("name", json!("x")), 400, ""),
        (replace("/name", json!("")), 400, "name"),
        (replace("/name", json!("  ")), 400, "name"),
        (replace("/name", json!("a\u{1}b")), 400, "name"),
        (replace("/name", json!(long)), 400, "name"),
        (replace("/name", json!(null)), 400, "name"),
        (replace("/name", json!(7)), 400, "name"),
        (replace("/name/x", json!("y")), 400, "/name/x"),
        (replace("/description", json!("")), 400, "description"),
        (replace("/description", json!(long)), 400, "description"),
        (replace("/extra", json!(null)), 400, "extra"),
        (replace("/extra", json!([])), 400, "extra"),
        (replace("/extra", json!({"a/b": "x"})), 400, "extra"),
        (replace("/extra", json!({"a": 1})), 400, "extra"),
        (replace("/extra/nothing", json!("x")), 400, "/extra/nothing"),
        (
            json!([{"op": "add", "path": "/extra/a/b", "value": "x"}]),
            400,
            "/extra/a/b",
        ),
        (
            json!([{"op": "add", "path": "/extra/a~1b", "value": "x"}]),
            400,
            "extra",
        ),
        (json!([{"op": "remove", "path": "/name"}]), 400, "name"),
        (
            json!([{"op": "remove", "path": "/extra/nothing"}]),
            400,
            "/extra/nothing",
        ),
        (
            json!([{"op": "move", "from": "/name", "path": "/description"}]),
            400,
            "name",
        ),
        (
            json!([{"op": "move", "from": "/uuid", "path": "/description"}]),
            400,
            "uuid",
        ),
        (
            json!([{"op": "copy", "from": "/nothing", "path": "/name"}]),
            400,
            "/nothing",
        ),
        (
            json!([{"op": "move", "from": "/extra", "path": "/extra/x"}]),
            400,
            "/extra",
        ),
        (json!([{"op": "frob", "path": "/name"}]), 400, "frob"),
        (json!([{"op": "replace", "path": "/name"}]), 400, "value"),
        (json!([{"path": "/name", "value": "x"}]), 400, "op"),
        (json!([{"op": "copy", "path": "/name"}]), 400, "from"),
        (json!({"name": "x"}), 400, ""),
        (json!("x"), 400, ""),
        (json!(null), 400, ""),
        (json!([null]), 400, ""),
        (json!([["remove", "/description"]]), 400, "[0]"),
        (
            json!([{"op": "test", "path": "/name", "value": "x"}]),
            409,
            "/name",
        ),
        (
            json!([{"op": "test", "path": "/nothing", "value": "x"}]),
            409,
            "/nothing",
        ),
        (
            json!([{"op": "test", "path": "/extra/a", "value": 1}]),
            409,
            "/extra/a",
        ),
    ]
}

#[test]
fn a_patch_that_is_refused_names_why_and_changes_nothing() {
    on_both(1, |site, via| {
        let member = site.client(via, "alpha", "member");
        let path = site.active(&member, "web");
        let add = json!([{"op": "add", "path": "/extra", "value": {"a": "1"}}]);
        let before = member.patch(&path, &add).expect(200);
        let fixed = FIXED.map(|field| {
            let path = format!("/{field}");
            (
                json!([{"op": "replace", "path": path, "value": "x"}]),
                400,
                field,
            )
        });
        for (patch, status, named) in refusals().into_iter().chain(fixed) {
            println!("{patch}");
            refused(member.patch(&path, &patch), status, named);
            // A good operation before the bad one does not count either.
            if let Some(operations) = patch.as_array() {
                let mut both = vec![json!({"op": "replace", "path": "/description", "value": "d"})];
                both.extend(operations.iter().cloned());
                member.patch(&path, &json!(both)).expect_error(status);
            }
        }
        let after = member.get(&path).expect(200);
        assert_eq!(after.json(), before.json());
        assert_eq!(after.header("etag"), before.header("etag"));
    });
}

#[test]
fn patch_answers_401_403_404_and_works_while_building_and_in_error() {
    for via in [Via::Unix, Via::Tcp] {
        let mut slow = ostler::sim::SimBmcConfig::new("slow");
        slow.delays.power_on = std::time::Duration::from_secs(3600);
        let mut refusing = ostler::sim::SimBmcConfig::new("refusing");
        refusing.users = vec![ostler::sim::SimUser::administrator("admin", "changed")];
        let site = Site::with(vec![slow, refusing]);
        let member = site.client(via, "alpha", "member");
        let [first, second] = ["a", "b"].map(|name| path_of(&site.create(&member, name)));
        let is = |path: &str, status: &str| member.get(path).expect(200).json()["status"] == status;
        let broken = until("one to be in error", || {
            [&first, &second].into_iter().find(|path| is(path, "error"))
        });
        let building = if *broken == first { &second } else { &first };
        for (path, status) in [(building, "building"), (broken, "error")] {
            assert!(is(path, status));
            let rename = json!([{"op": "replace", "path": "/name", "value": status}]);
            let bad_token = site.bare(via).with_token("x");
            bad_token.patch(path, &rename).expect_error(401);
            let reader = site.client(via, "alpha", "reader");
            reader.patch(path, &rename).expect_error(403);
            let stranger = site.client(via, "beta", "member");
            stranger.patch(path, &rename).expect_error(403);
            // Existence and project come before the input.
            stranger.patch(path, &json!("bad")).expect_error(403);
            let nobody = format!("/v1/instances/{NOBODY}");
            member.patch(&nobody, &json!("bad")).expect_error(404);
            let after = member.patch(path, &rename).expect(200).json();
            assert_eq!(after["name"], status);
        }
        // Building: no power orders. In error, with a node: they are taken.
        let order = json!({"target": "off"});
        let put = |path: &str| member.put(&format!("{path}/states/power"), &order);
        refused(put(building), 400, "building");
        put(broken).expect(202);
        let shown = member.get(broken).expect(200).json();
        assert!(shown["last_error"].is_string());
    }
}

#[test]
fn an_etag_is_the_same_for_everybody_and_changes_with_what_is_shown() {
    on_both(1, |site, via| {
        let member = site.client(via, "alpha", "member");
        let made = member.post("/v1/instances", &site.parts.instance("web"));
        let path = path_of(&made.expect(201).json());
        until("it to be active", || {
            let shown = member.get(&path).expect(200).json();
            let settled = shown["status"] == "active" && shown["power_state"] == "power on";
            settled.then_some(())
        });
        let etag = |client: &crate::common::http::Client, path: &str| {
            let shown = client.get(path).expect(200);
            shown.header("etag").unwrap().to_owned()
        };
        let first = etag(&member, &path);
        assert!(first.starts_with('"'), "strong: {first}");
        assert_eq!(etag(&site.admin(via), &path), first);
        assert_eq!(etag(&member.with("Host", "elsewhere"), &path), first);
        assert_eq!(etag(&member, &format!("{path}?fields=name")), first);
        assert_eq!(etag(&member, "/instances/web"), first);

        let rename = json!([{"op": "replace", "path": "/name", "value": "web2"}]);
        let changed = member
            .with("If-Match", &first)
            .patch(&path, &rename)
            .expect(200);
        let second = etag(&member, &path);
        assert_ne!(second, first);
        assert_eq!(changed.header("etag"), Some(second.as_str()));
        // A patch that changes nothing leaves the version alone.
        member.patch(&path, &rename).expect(200);
        assert_eq!(etag(&member, &path), second);

        let stale = member.with("If-Match", &first);
        let power = format!("{path}/states/power");
        let order = json!({"target": "off"});
        stale.patch(&path, &rename).expect_error(412);
        stale.delete(&path).expect_error(412);
        stale.put(&power, &order).expect_error(412);
        for none in ["\"\"", "W/\"1\"", "nonsense"] {
            let status = member.with("If-Match", none).delete(&path).status;
            assert!(matches!(status, 400 | 412), "{none}: {status}");
        }
        let weak = format!("W/{second}");
        member
            .with("If-Match", &weak)
            .delete(&path)
            .expect_error(412);
        assert_eq!(etag(&member, &path), second);
        let any = format!("{first}, {second}");
        member
            .with("If-Match", &any)
            .patch(&path, &json!([]))
            .expect(200);
        member
            .with("If-Match", "*")
            .patch(&path, &json!([]))
            .expect(200);
        member
            .with("If-Match", &second)
            .put(&power, &order)
            .expect(202);
        // A change of power is a change.
        until("the power to be off", || {
            let shown = member.get(&path).expect(200);
            let is_off = shown.json()["power_state"] == "power off";
            is_off.then(|| assert_ne!(shown.header("etag"), Some(second.as_str())))
        });
        member
            .with("If-Match", &second)
            .delete(&path)
            .expect_error(412);
        until("nothing to be under way", || {
            let states = member.get(&format!("{path}/states")).expect(200).json();
            states["target_power_state"].is_null().then_some(())
        });
        let current = etag(&member, &path);
        member.with("If-Match", &current).delete(&path).expect(204);
    });
}

#[test]
fn an_admin_patches_what_is_another_projects() {
    on_both(1, |site, via| {
        let member = site.client(via, "alpha", "member");
        let path = path_of(&site.create(&member, "web"));
        let rename = json!([{"op": "test", "path": "/node_uuid", "value": site.nodes[0]},
            {"op": "replace", "path": "/name", "value": "renamed"}]);
        member.patch(&path, &rename).expect_error(409);
        let changed = site.admin(via).patch(&path, &rename).expect(200).json();
        assert!(keys(&changed).contains(&"node_uuid".to_owned()));
        let shown = member.get(&path).expect(200).json();
        assert_eq!(
            (&shown["name"], &shown["project_id"]),
            (&json!("renamed"), &json!("alpha"))
        );
        assert!(!keys(&shown).contains(&sorted(&["node_uuid"])[0]));
    });
}
