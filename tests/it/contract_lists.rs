//! Lists: fields, pages, sorting, filters, and whose entries are in them.
#![cfg(test)]

use serde_json::{Value, json};

use crate::common::http::Client;
use crate::common::wait::until;
use crate::contract_site::{NOBODY, Site, column, keys, on_both, path_of, refused, sorted, text};

/// Walks the next links to the end; the pages' columns.
#[track_caller]
fn walk(client: &Client, first: &str, plural: &str, field: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut path = first.to_owned();
    loop {
        let page = client.get(&path).expect(200).json();
        pages.push(column(&page, plural, field));
        assert!(pages.len() < 50, "the pages never end");
        let links = &page[format!("{plural}_links")];
        if links.is_null() {
            return pages;
        }
        assert_eq!(links[0]["rel"], "next");
        let href = text(&links[0]["href"]);
        let (_, rest) = href.split_once("://").unwrap();
        path = rest[rest.find('/').unwrap()..].to_owned();
    }
}

fn names(client: &Client, query: &str) -> Vec<String> {
    let list = client.get(&format!("/v1/instances{query}"));
    column(&list.expect(200).json(), "instances", "name")
}

#[test]
fn fields_chooses_what_comes_back_and_names_what_it_does_not_know() {
    on_both(1, |site, via| {
        let member = site.client(via, "alpha", "member");
        let path = path_of(&site.create(&member, "web"));
        let lists = ["/v1/instances", "/v1/instances/detail"];
        for (query, expected) in [
            ("fields=uuid", vec!["uuid"]),
            ("fields=name,extra,status", vec!["name", "extra", "status"]),
            ("fields=links", vec!["links"]),
            ("fields=uuid%2Cname", vec!["uuid", "name"]),
        ] {
            for list in lists {
                let list = member.get(&format!("{list}?{query}")).expect(200).json();
                assert_eq!(keys(&list["instances"][0]), sorted(&expected), "{query}");
            }
            let one = member.get(&format!("{path}?{query}")).expect(200).json();
            assert_eq!(keys(&one), sorted(&expected), "{query}");
        }
        for place in [&path, lists[0], lists[1]] {
            refused(
                member.get(&format!("{place}?fields=uuid,colour")),
                400,
                "colour",
            );
            member.get(&format!("{place}?fields=")).expect_error(400);
            refused(
                member.get(&format!("{place}?fields=node_uuid")),
                400,
                "node_uuid",
            );
        }
        let admin = site.admin(via);
        let seen = admin.get(&format!("{path}?fields=node_uuid")).expect(200);
        assert_eq!(seen.json(), json!({"node_uuid": site.nodes[0]}));
        for plural in ["types", "images", "networks", "nodes", "tokens"] {
            let list = admin
                .get(&format!("/v1/{plural}?fields=name,uuid"))
                .expect(200);
            for entry in list.json()[plural].as_array().unwrap() {
                assert_eq!(keys(entry), ["name", "uuid"]);
            }
            refused(
                admin.get(&format!("/v1/{plural}?fields=colour")),
                400,
                "colour",
            );
        }
    });
}

#[test]
fn pages_are_walked_to_the_end_and_hold_everything_once() {
    on_both(7, |site, via| {
        let member = site.client(via, "alpha", "member");
        for name in ["g", "c", "a", "f", "b", "e", "d"] {
            site.create(&member, name);
        }
        let all = names(&member, "");
        assert_eq!(all, ["g", "c", "a", "f", "b", "e", "d"], "by created_at");
        for limit in 1..=8 {
            let first = format!("/v1/instances?limit={limit}");
            let pages = walk(&member, &first, "instances", "name");
            assert_eq!(pages.concat(), all);
            assert!(pages.iter().all(|page| page.len() <= limit));
            assert_eq!(pages.len(), 7_usize.div_ceil(limit));
        }
        let by_name = "/v1/instances/detail?sort_key=name&sort_dir=desc&limit=3&status=building,";
        member.get(by_name).expect_error(400);
        let by_name = "/v1/instances/detail?sort_key=name&sort_dir=desc&limit=3";
        let pages = walk(&member, by_name, "instances", "name");
        assert_eq!(pages.concat(), ["g", "f", "e", "d", "c", "b", "a"]);
        // Where all have the same value, the page still goes on where it stopped.
        for key in ["description", "project_id", "availability_zone", "user_id"] {
            for dir in ["asc", "desc"] {
                let first = format!("/v1/instances?sort_key={key}&sort_dir={dir}&limit=2");
                let mut seen = walk(&member, &first, "instances", "name").concat();
                seen.sort_unstable();
                assert_eq!(seen, ["a", "b", "c", "d", "e", "f", "g"], "{first}");
            }
        }
        let nodes = walk(
            &site.admin(via),
            "/nodes?limit=2&sort_key=name",
            "nodes",
            "name",
        );
        assert_eq!(nodes.concat(), ["n0", "n1", "n2", "n3", "n4", "n5", "n6"]);
    });
}

#[test]
fn what_a_list_cannot_do_is_400_and_named() {
    on_both(1, |site, via| {
        let member = site.client(via, "alpha", "member");
        site.create(&member, "web");
        for (query, named) in [
            ("limit=0", "limit"),
            ("limit=-1", "limit"),
            ("limit=10001", "limit"),
            ("limit=1.5", "limit"),
            ("limit=", "limit"),
            ("limit=99999999999999999999", "limit"),
            ("limit=1&limit=2", "limit"),
            ("marker=x", "marker"),
            (&format!("marker={NOBODY}"), NOBODY),
            ("sort_key=colour", "sort_key"),
            ("sort_dir=up", "sort_dir"),
            ("status=lost", "status"),
            ("power_state=on", "power_state"),
            ("all_tenants=perhaps", "all_tenants"),
            ("node_uuid=n0", "node_uuid"),
            ("colour=red", "colour"),
            ("Name=web", "Name"),
        ] {
            refused(member.get(&format!("/v1/instances?{query}")), 400, named);
            refused(
                member.get(&format!("/instances/detail?{query}")),
                400,
                named,
            );
        }
        member.get("/v1/instances?limit=10000").expect(200);
        let admin = site.admin(via);
        for plural in ["types", "images", "networks", "nodes", "tokens"] {
            for query in ["limit=0", "sort_key=colour", "colour=red", "marker=x"] {
                let (named, _) = query.split_once('=').unwrap();
                refused(admin.get(&format!("/v1/{plural}?{query}")), 400, named);
            }
            refused(
                admin.get(&format!("/v1/{plural}?marker={NOBODY}")),
                400,
                NOBODY,
            );
        }
        // A marker of another project is none that this client knows.
        let stranger = site.client(via, "beta", "member");
        let list = member.get("/v1/instances").expect(200).json();
        let marker = text(&list["instances"][0]["uuid"]).to_owned();
        stranger
            .get(&format!("/v1/instances?marker={marker}"))
            .expect_error(400);
    });
}

#[test]
fn filters_keep_what_matches() {
    on_both(3, |site, via| {
        let member = site.client(via, "alpha", "member");
        let web = site.active(&member, "web");
        let mail = site.active(&member, "mail");
        let order = json!({"target": "off"});
        member
            .put(&format!("{mail}/states/power"), &order)
            .expect(202);
        until("mail to be off", || {
            let shown = member.get(&mail).expect(200).json();
            (shown["power_state"] == "power off").then_some(())
        });
        let zone = member.get(&web).expect(200).json()["availability_zone"].clone();
        let zone = text(&zone).to_owned();
        for (query, expected) in [
            ("?name=web", vec!["web"]),
            ("?name=we", vec![]),
            ("?status=active", vec!["web", "mail"]),
            ("?status=error", vec![]),
            ("?power_state=power%20on", vec!["web"]),
            ("?power_state=power+off", vec!["mail"]),
            (&format!("?availability_zone={zone}"), vec!["web", "mail"]),
            ("?availability_zone=mars", vec![]),
            (
                "?project_id=alpha&user_id=alpha-member",
                vec!["web", "mail"],
            ),
            ("?user_id=other", vec![]),
            (
                "?name=mail&status=active&power_state=power%20off",
                vec!["mail"],
            ),
        ] {
            assert_eq!(names(&member, query), expected, "{query}");
        }
    });
}

#[test]
fn only_admins_see_other_projects_and_only_when_they_ask() {
    on_both(3, |site, via| {
        let [alpha, beta] = ["alpha", "beta"].map(|project| site.client(via, project, "member"));
        let admin = site.admin(via);
        site.create(&alpha, "a");
        site.create(&beta, "b");
        site.create(&admin, "d");
        assert_eq!(names(&alpha, ""), ["a"]);
        assert_eq!(names(&alpha, "?project_id=alpha"), ["a"]);
        assert_eq!(names(&admin, ""), ["d"]);
        assert_eq!(names(&admin, "?project_id=beta"), ["b"]);
        for yes in ["1", "true", "True", "yes", "YES"] {
            assert_eq!(
                names(&admin, &format!("?all_tenants={yes}")),
                ["a", "b", "d"]
            );
            alpha
                .get(&format!("/v1/instances?all_tenants={yes}"))
                .expect_error(403);
        }
        for no in ["0", "false", "no", "No"] {
            assert_eq!(names(&admin, &format!("?all_tenants={no}")), ["d"]);
            assert_eq!(names(&alpha, &format!("?all_tenants={no}")), ["a"]);
        }
        assert_eq!(names(&admin, "?all_tenants=1&project_id=alpha"), ["a"]);
        let path = "/v1/instances?all_tenants=1&limit=1";
        let walked: Vec<Value> = walk(&admin, path, "instances", "name")
            .into_iter()
            .map(Value::from)
            .collect();
        assert_eq!(walked, [json!(["a"]), json!(["b"]), json!(["d"])]);
        let of_node = |site: &Site| format!("?all_tenants=1&node_uuid={}", site.nodes[0]);
        assert_eq!(names(&admin, &of_node(site)).len(), 1);
    });
}
