//! What instances are made of: types, images, networks and zones, each made, read, changed, refused and deleted.
#![cfg(test)]

use serde_json::{Value, json};

use crate::common::http::Client;
use crate::common::wait::until;
use crate::contract_site::{NOBODY, column, keys, on_both, refused, sorted, text};

/// What the kinds of parts have in common, and how they differ.
struct Kind {
    plural: &'static str,
    fields: &'static [&'static str],
    /// All that can be given, but for name and uuid.
    full: Value,
    /// Fields with values that they cannot have.
    bad: Vec<(&'static str, Value)>,
}

fn kinds() -> [Kind; 3] {
    [types(), images(), networks()]
}

fn types() -> Kind {
    Kind {
        plural: "types",
        fields: &[
            "uuid",
            "name",
            "description",
            "is_public",
            "extra_specs",
            "links",
            "created_at",
            "updated_at",
        ],
        full: json!({"description": "d", "is_public": false, "extra_specs": {"cpus": ">= 4", "capabilities:gpu": "true"}}),
        bad: vec![
            ("description", json!("")),
            ("is_public", json!("yes")),
            ("extra_specs", json!({"cpus": 4})),
            ("extra_specs", json!({"": "4"})),
            ("extra_specs", json!([])),
        ],
    }
}

fn images() -> Kind {
    Kind {
        plural: "images",
        fields: &[
            "uuid",
            "name",
            "description",
            "kind",
            "boot",
            "kernel_url",
            "initrd_url",
            "kernel_sha256",
            "initrd_sha256",
            "kernel_size",
            "initrd_size",
            "kernel_args",
            "user_data",
            "completion",
            "is_public",
            "links",
            "created_at",
            "updated_at",
        ],
        full: json!({
            "description": "d", "kind": "scrub", "boot": "network", "kernel_url": "http://boot.example/k",
            "initrd_url": "https://boot.example/i", "kernel_args": "quiet ip=${ip}", "user_data": "#!/bin/sh\n",
            "kernel_sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "completion": "phone-home", "is_public": false,
        }),
        bad: vec![
            ("boot", json!("floppy")),
            ("completion", json!("never")),
            ("kind", json!("other")),
            ("kernel_sha256", json!("ba7816bf")),
            ("initrd_size", json!(1)),
            ("kernel_url", json!("ftp://x/k")),
            ("kernel_url", json!("http://")),
            ("initrd_url", json!("http://a b/")),
            ("is_public", json!(1)),
            ("kernel_args", json!("x".repeat(5000))),
            ("user_data", json!("x".repeat(70_000))),
        ],
    }
}

fn networks() -> Kind {
    Kind {
        plural: "networks",
        fields: &[
            "uuid",
            "name",
            "vlan",
            "subnets",
            "links",
            "created_at",
            "updated_at",
        ],
        full: json!({"vlan": 4094, "subnets": [{
            "uuid": "22222222-2222-4222-8222-222222222222", "cidr": "192.0.2.0/24", "gateway_ip": "192.0.2.1",
            "dns_nameservers": ["192.0.2.53", "2001:db8::53"],
            "allocation_pools": [{"start": "192.0.2.10", "end": "192.0.2.20"}],
        }]}),
        bad: vec![
            ("vlan", json!(0)),
            ("vlan", json!(4095)),
            ("vlan", json!("7")),
            ("subnets", json!([{}])),
            ("subnets", json!([{"cidr": "192.0.2.0"}])),
            ("subnets", json!([{"cidr": "192.0.2.0/33"}])),
            (
                "subnets",
                json!([{"cidr": "192.0.2.0/24", "gateway_ip": "10.0.0.1"}]),
            ),
            ("subnets", json!([{"cidr": "192.0.2.0/24", "colour": 1}])),
            (
                "subnets",
                json!([{"cidr": "192.0.2.0/24", "allocation_pools": [{"start": "192.0.2.9", "end": "192.0.2.8"}]}]),
            ),
            (
                "subnets",
                json!([{"cidr": "192.0.2.0/24", "allocation_pools": [{"start": "10.0.0.1", "end": "10.0.0.2"}]}]),
            ),
            (
                "subnets",
                json!([{"cidr": "192.0.2.0/24"}, {"cidr": "192.0.2.128/25"}]),
            ),
        ],
    }
}

fn with(of: &Value, field: &str, value: impl Into<Value>) -> Value {
    let mut of = of.clone();
    of[field] = value.into();
    of
}

#[test]
fn a_part_is_made_shown_listed_changed_and_deleted() {
    on_both(0, |site, via| {
        let admin = site.admin(via);
        for kind in kinds() {
            let plural = kind.plural;
            let collection = format!("/v1/{plural}");
            let uuid = "11111111-1111-4111-8111-111111111111";
            let full = with(
                &with(&kind.full, "name", "full"),
                "uuid",
                uuid.to_uppercase(),
            );
            let made = admin.post(&collection, &full).expect(201);
            let location = made.header("location").unwrap().to_owned();
            assert!(
                location.ends_with(&format!("{collection}/{uuid}")),
                "{location}"
            );
            let etag = made.header("etag").unwrap().to_owned();
            let made = made.json();
            assert_eq!(keys(&made), sorted(kind.fields));
            for (field, value) in kind.full.as_object().unwrap() {
                assert_eq!(made[field], *value, "{plural}.{field}");
            }
            assert_eq!(made["uuid"], uuid);
            for ident in [uuid, "full"] {
                let shown = admin.get(&format!("{collection}/{ident}")).expect(200);
                assert_eq!(shown.header("etag"), Some(etag.as_str()));
                assert_eq!(shown.json(), made);
            }
            let list = admin.get(&collection).expect(200).json();
            assert!(list[plural].as_array().unwrap().contains(&made));
            // The least that is enough.
            let least = admin.post(&collection, &json!({"name": "least"}));
            assert_eq!(keys(&least.expect(201).json()), sorted(kind.fields));

            let path = format!("{collection}/{uuid}");
            let patch = json!([
                {"op": "test", "path": "/uuid", "value": uuid},
                {"op": "replace", "path": "/name", "value": "renamed"},
            ]);
            let stale = admin.with("If-Match", "\"stale\"");
            stale.patch(&path, &patch).expect_error(412);
            stale.delete(&path).expect_error(412);
            let changed = admin
                .with("If-Match", &etag)
                .patch(&path, &patch)
                .expect(200);
            assert_ne!(changed.header("etag"), Some(etag.as_str()));
            assert_eq!(changed.json()["name"], "renamed");
            assert_eq!(admin.get(&path).expect(200).json(), changed.json());
            admin.delete(&path).expect(204);
            admin.get(&path).expect_error(404);
            admin.delete(&path).expect_error(404);
            admin.patch(&path, &patch).expect_error(404);
        }
    });
}

#[test]
fn a_part_that_breaks_a_rule_is_400_and_one_that_is_taken_409() {
    on_both(0, |site, via| {
        let admin = site.admin(via);
        for kind in kinds() {
            let collection = format!("/v1/{}", kind.plural);
            let base = json!({"name": "one"});
            let one = admin.post(&collection, &base).expect(201).json();
            let before = admin.get(&collection).expect(200).json();
            let mut bad = kind.bad;
            bad.extend([
                ("name", json!("")),
                ("name", json!(" ")),
                ("name", json!("a\nb")),
                ("name", json!("x".repeat(256))),
                ("name", json!(null)),
                ("uuid", json!("x")),
                ("colour", json!("red")),
                ("created_at", json!("2016-09-27T02:37:21.966342+00:00")),
            ]);
            let path = format!("{collection}/{}", text(&one["uuid"]));
            for (field, value) in bad {
                println!("{collection} {field} {value:.60}");
                let new = with(&with(&base, "name", "new"), field, value.clone());
                refused(admin.post(&collection, &new), 400, field);
                let patch = json!([{"op": "replace", "path": format!("/{field}"), "value": value}]);
                refused(admin.patch(&path, &patch), 400, field);
            }
            refused(admin.post(&collection, &json!({})), 400, "name");
            refused(admin.post(&collection, &base), 409, "one");
            let same_uuid = json!({"name": "new", "uuid": one["uuid"]});
            refused(admin.post(&collection, &same_uuid), 409, text(&one["uuid"]));
            let other = admin
                .post(&collection, &json!({"name": "two"}))
                .expect(201)
                .json();
            let rename = json!([{"op": "replace", "path": "/name", "value": "one"}]);
            let other = format!("{collection}/{}", text(&other["uuid"]));
            refused(admin.patch(&other, &rename), 409, "one");
            admin.delete(&other).expect(204);
            refused(admin.get(&format!("{collection}/{NOBODY}")), 404, NOBODY);
            admin
                .get(&format!("{collection}/nothing"))
                .expect_error(404);
            assert_eq!(admin.get(&collection).expect(200).json(), before);
        }
    });
}

#[test]
fn a_part_that_an_instance_uses_cannot_be_deleted_until_it_is_gone() {
    on_both(1, |site, via| {
        let admin = site.admin(via);
        let path = site.active(&admin, "web");
        let parts = [
            format!("/v1/types/{}", site.parts.instance_type),
            format!("/v1/images/{}", site.parts.image),
            format!("/v1/networks/{}", site.parts.network),
        ];
        for part in &parts {
            admin.delete(part).expect_error(409);
            admin.get(part).expect(200);
        }
        admin.delete(&path).expect(204);
        until("it to be gone", || {
            (admin.get(&path).status == 404).then_some(())
        });
        for part in &parts {
            admin.delete(part).expect(204);
        }
    });
}

#[test]
fn what_is_not_public_is_seen_by_its_project_and_by_admins() {
    on_both(2, |site, via| {
        let [alpha, beta] = ["alpha", "beta"].map(|project| site.client(via, project, "member"));
        let maker = site.client(via, "alpha", "admin");
        let hidden = |plural: &str| {
            let body = json!({"name": "hidden", "is_public": false});
            let made = maker
                .post(&format!("/v1/{plural}"), &body)
                .expect(201)
                .json();
            text(&made["uuid"]).to_owned()
        };
        for (plural, field) in [("types", "instance_type_uuid"), ("images", "image_uuid")] {
            let uuid = hidden(plural);
            let names = |client: &Client| {
                let list = client.get(&format!("/v1/{plural}")).expect(200).json();
                column(&list, plural, "name")
            };
            for seeing in [&alpha, &site.admin(via)] {
                assert!(names(seeing).contains(&"hidden".to_owned()));
                for ident in [uuid.as_str(), "hidden"] {
                    seeing.get(&format!("/v1/{plural}/{ident}")).expect(200);
                }
            }
            assert!(!names(&beta).contains(&"hidden".to_owned()));
            for ident in [uuid.as_str(), "hidden"] {
                beta.get(&format!("/v1/{plural}/{ident}")).expect_error(404);
            }
            beta.get(&format!("/v1/{plural}?marker={uuid}"))
                .expect_error(400);
            let body = site.instance_with(field, json!(uuid));
            refused(beta.post("/v1/instances", &body), 400, &uuid);
            alpha.post("/v1/instances", &body).expect(201);
        }
    });
}

#[test]
fn extra_specs_are_merged_and_removed_pair_by_pair() {
    on_both(0, |site, via| {
        let admin = site.admin(via);
        let reader = site.client(via, "alpha", "reader");
        let made = admin.post(
            "/v1/types",
            &json!({"name": "t", "extra_specs": {"a": "1", "b": "2"}}),
        );
        let path = format!("/v1/types/{}", text(&made.expect(201).json()["uuid"]));
        let specs = format!("{path}/extraspecs");
        let shown = |client: &Client| client.get(&specs).expect(200).json();
        assert_eq!(shown(&reader), json!({"extra_specs": {"a": "1", "b": "2"}}));
        let merged = admin.patch(&specs, &json!({"b": "3", "c:d": "<in> x"}));
        let expected = json!({"extra_specs": {"a": "1", "b": "3", "c:d": "<in> x"}});
        assert_eq!(merged.expect(200).json(), expected);
        assert_eq!(shown(&reader), expected);
        assert_eq!(
            admin.get(&path).json()["extra_specs"],
            expected["extra_specs"]
        );
        for bad in [
            json!([]),
            json!({"a": 1}),
            json!({"a": null}),
            json!({"": "x"}),
            json!({"a\n": "x"}),
            json!({"a": "x".repeat(256)}),
        ] {
            admin.patch(&specs, &bad).expect_error(400);
        }
        refused(admin.delete(&format!("{specs}/nothing")), 404, "nothing");
        admin.delete(&format!("{specs}/c%3Ad")).expect(204);
        admin.delete(&format!("{specs}/a")).expect(204);
        admin.delete(&format!("{specs}/a")).expect_error(404);
        assert_eq!(shown(&reader), json!({"extra_specs": {"b": "3"}}));
        for method in ["GET", "PATCH"] {
            let missing = format!("/v1/types/{NOBODY}/extraspecs");
            admin.send(method, &missing, Some(b"{}")).expect_error(404);
        }
    });
}
