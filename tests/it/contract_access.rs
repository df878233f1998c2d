//! Who may do what: every route for every role, in its own project and in another, with bad credentials and with none, on
//! each transport. The rules are written down here, and for people in `api-ref/access.md`; a route without a rule fails.
#![cfg(test)]

use std::collections::BTreeSet;

use ostler::api::routes::{endpoints, public_endpoints};
use serde_json::json;

use crate::common::http::{Client, Response};
use crate::common::wait::until;
use crate::contract_site::{NOBODY, Site, Via, everything, on_both, path_of, refused, text};

/// Roles from the lowest on.
const ROLES: [&str; 4] = ["monitor", "reader", "member", "admin"];

/// Only `monitor` and `admin`: nodes are nobody else's business.
const MONITORING: &str = "monitor or admin";

/// What the contract says of a route: the lowest role, and whether what it names belongs to a project.
struct Rule {
    method: &'static str,
    path: &'static str,
    role: &'static str,
    owned: bool,
}

/// Things that belong to a project.
const OWNED: [(&str, &str, &str); 11] = [
    ("GET", "/instances/{ident}", "reader"),
    ("PATCH", "/instances/{ident}", "member"),
    ("DELETE", "/instances/{ident}", "member"),
    ("GET", "/instances/{ident}/states", "reader"),
    ("PUT", "/instances/{ident}/states/power", "member"),
    ("GET", "/instances/{ident}/tasks", "reader"),
    ("POST", "/instances/{ident}/rebuild", "member"),
    ("GET", "/tasks/{ident}", "reader"),
    ("DELETE", "/tasks/{ident}", "member"),
    ("GET", "/operations/{ident}", "reader"),
    ("GET", "/limits/{ident}", "reader"),
];

/// Everything else: any signed-in client reads types, images, networks and zones; admins write them and have the nodes and
/// the tokens.
const SHARED: [(&str, &str, &str); 60] = [
    ("GET", "/", "monitor"),
    ("GET", "/instances", "reader"),
    ("POST", "/instances", "member"),
    ("GET", "/instances/detail", "reader"),
    ("GET", "/types", "reader"),
    ("POST", "/types", "admin"),
    ("GET", "/types/{ident}", "reader"),
    ("PATCH", "/types/{ident}", "admin"),
    ("DELETE", "/types/{ident}", "admin"),
    ("GET", "/types/{ident}/extraspecs", "reader"),
    ("PATCH", "/types/{ident}/extraspecs", "admin"),
    ("DELETE", "/types/{ident}/extraspecs/{key}", "admin"),
    ("GET", "/images", "reader"),
    ("POST", "/images", "admin"),
    ("GET", "/images/{ident}", "reader"),
    ("PATCH", "/images/{ident}", "admin"),
    ("DELETE", "/images/{ident}", "admin"),
    ("PUT", "/images/{ident}/kernel", "admin"),
    ("DELETE", "/images/{ident}/kernel", "admin"),
    ("PUT", "/images/{ident}/initrd", "admin"),
    ("DELETE", "/images/{ident}/initrd", "admin"),
    ("GET", "/networks", "reader"),
    ("POST", "/networks", "admin"),
    ("GET", "/networks/{ident}", "reader"),
    ("PATCH", "/networks/{ident}", "admin"),
    ("DELETE", "/networks/{ident}", "admin"),
    ("GET", "/availability_zones", "reader"),
    ("POST", "/power", "member"),
    ("GET", "/operations", "reader"),
    ("GET", "/nodes", "admin"),
    ("POST", "/nodes", "admin"),
    ("GET", "/nodes/{ident}", "admin"),
    ("PATCH", "/nodes/{ident}", "admin"),
    ("DELETE", "/nodes/{ident}", "admin"),
    ("GET", "/nodes/{ident}/states", "admin"),
    ("PUT", "/nodes/{ident}/states/power", "admin"),
    ("PUT", "/nodes/{ident}/maintenance", "admin"),
    ("DELETE", "/nodes/{ident}/maintenance", "admin"),
    ("GET", "/nodes/{ident}/management/boot_device", "admin"),
    ("PUT", "/nodes/{ident}/management/boot_device", "admin"),
    ("POST", "/nodes/{ident}/rotate-password", "admin"),
    ("GET", "/nodes/{ident}/tasks", "admin"),
    ("GET", "/nodes/{ident}/health", MONITORING),
    ("GET", "/health", MONITORING),
    ("GET", "/metrics", MONITORING),
    ("GET", "/events", "reader"),
    ("POST", "/instances/{ident}/retry", "admin"),
    ("GET", "/limits", "admin"),
    ("PUT", "/limits/{ident}", "admin"),
    ("DELETE", "/limits/{ident}", "admin"),
    ("GET", "/tokens", "admin"),
    ("POST", "/tokens", "admin"),
    ("GET", "/tokens/{ident}", "admin"),
    ("DELETE", "/tokens/{ident}", "admin"),
    ("POST", "/keys/rotate", "admin"),
    ("POST", "/backup", "admin"),
    ("GET", "/webhooks", "admin"),
    ("POST", "/webhooks", "admin"),
    ("GET", "/webhooks/{ident}", "admin"),
    ("DELETE", "/webhooks/{ident}", "admin"),
];

fn rules() -> Vec<Rule> {
    let rule = |owned| {
        move |(method, path, role): &(&'static str, &'static str, &'static str)| Rule {
            method,
            path,
            role,
            owned,
        }
    };
    let owned = OWNED.iter().map(rule(true));
    owned.chain(SHARED.iter().map(rule(false))).collect()
}

fn rank(role: &str) -> usize {
    ROLES.iter().position(|of| *of == role).unwrap()
}

/// What routes lead to here; the instance, its task and its operation are of project alpha.
struct Things<'a> {
    instance: &'a str,
    task: &'a str,
    operation: &'a str,
    token: &'a str,
}

/// Where a route leads here.
fn place(site: &Site, things: &Things<'_>, path: &str) -> String {
    let collection = path.split('/').nth(1).unwrap_or_default();
    let ident = match collection {
        "instances" => things.instance,
        "types" => &site.parts.instance_type,
        "images" => &site.parts.image,
        "networks" => &site.parts.network,
        "nodes" => &site.nodes[0],
        "tasks" => things.task,
        "operations" => things.operation,
        "tokens" => things.token,
        "webhooks" => "hook",
        // A project is never missing: one that nobody has heard of has what holds by default.
        "limits" => "alpha",
        _ => "",
    };
    path.replace("{ident}", ident).replace("{key}", "key")
}

/// Asks for something that is allowed but, where it would change something, wrong: 400 says that the way is free.
fn knock(client: &Client, method: &str, path: &str) -> Response {
    // A stream of events would not end.
    let client = client.with("Accept", "application/json");
    match method {
        "GET" => client.send(method, path, None),
        _ => client.send(method, &format!("{path}?nonsense=1"), Some(b"{}")),
    }
}

fn is_too_low(rule: &Rule, role: &str) -> bool {
    match rule.role {
        MONITORING => !["monitor", "admin"].contains(&role),
        lowest => rank(role) < rank(lowest),
    }
}

fn expected(rule: &Rule, role: &str, own_project: bool, via: Via) -> u16 {
    // The metrics need nothing more than access to the socket there.
    let is_open = rule.path == "/metrics" && via == Via::Unix;
    if is_too_low(rule, role) && !is_open {
        return 403;
    }
    if rule.owned && !own_project && role != "admin" {
        return 403;
    }
    if rule.method == "GET" { 200 } else { 400 }
}

#[test]
fn every_route_has_one_rule_and_every_rule_a_route() {
    let routes: BTreeSet<(String, String)> = endpoints()
        .iter()
        .map(|route| (route.method.to_string(), route.path.to_owned()))
        .collect();
    let rules: BTreeSet<(String, String)> = rules()
        .iter()
        .map(|rule| (rule.method.to_owned(), rule.path.to_owned()))
        .collect();
    assert_eq!(routes, rules, "routes on the left, rules on the right");
    let public: Vec<&str> = public_endpoints().iter().map(|route| route.path).collect();
    assert_eq!(public, ["/healthz", "/readyz", "/openapi.yaml"]);
}

/// A line of the table for people.
fn line(rule: &Rule) -> String {
    let cell = |role: &str| match (is_too_low(rule, role), rule.owned) {
        (true, _) => "403",
        (false, true) if role == "admin" => "all",
        (false, true) => "own",
        (false, false) => "yes",
    };
    let cells = ROLES.map(cell).join(" | ");
    let path = rule.path.trim_end_matches('/');
    format!("| `{} /v1{path}` | {cells} |", rule.method)
}

#[test]
fn the_page_for_people_says_the_same_of_every_route() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("api-ref/access.md");
    let page = std::fs::read_to_string(path).unwrap();
    let told: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    // In the order of the table of routes, so that it is found at its place.
    let rules = rules();
    let expected: Vec<String> = endpoints()
        .iter()
        .filter_map(|route| {
            let of = |rule: &&Rule| rule.method == route.method.as_str() && rule.path == route.path;
            rules.iter().find(of).map(line)
        })
        .collect();
    assert_eq!(
        told,
        expected,
        "the page is to have:\n{}",
        expected.join("\n")
    );
}

#[test]
fn every_route_lets_in_whom_its_rule_lets_in_and_nobody_else() {
    for via in [Via::Unix, Via::Tcp, Via::Tls] {
        println!("via {via:?}");
        let site = &Site::via(via, 1);
        let owner = site.client(via, "alpha", "member");
        let instance = path_of(&site.create(&owner, "web"));
        until("it to be active with its power read", || {
            let shown = owner.get(&instance).expect(200).json();
            (shown["status"] == "active").then_some(())
        });
        let instance = instance.rsplit('/').next().unwrap();
        let task = owner.get(&format!("/instances/{instance}/tasks")).json();
        let task = text(&task["tasks"][0]["uuid"]).to_owned();
        let order = json!({"target": "on", "instances": ["web"]});
        let operation = owner.post("/v1/power", &order).expect(202).json();
        let operation = text(&operation["uuid"]).to_owned();
        let at = format!("/v1/operations/{operation}?wait=60");
        assert_eq!(owner.get(&at).expect(200).json()["state"], "done");
        let clients: Vec<(&str, bool, Client)> = ROLES
            .iter()
            .flat_map(|role| [(*role, "alpha"), (*role, "beta")])
            .map(|(role, project)| (role, project == "alpha", site.client(via, project, role)))
            .collect();
        let admin = site.admin(via);
        let tokens = admin.get("/v1/tokens").expect(200).json();
        let token = text(&tokens["tokens"][0]["uuid"]).to_owned();
        let hook = json!({"name": "hook", "url": "http://127.0.0.1:9/", "secret": "0123456789abcdef", "kinds": ["health"]});
        admin.post("/v1/webhooks", &hook).expect(201);
        let things = Things {
            instance,
            task: &task,
            operation: &operation,
            token: &token,
        };
        let nothing = Things {
            instance: NOBODY,
            task: NOBODY,
            operation: NOBODY,
            token: NOBODY,
        };
        let before = everything(&admin);
        for (index, rule) in rules().iter().enumerate() {
            let path = place(site, &things, rule.path);
            let missing = place(site, &nothing, rule.path);
            for (role, own_project, client) in &clients {
                let named = format!("{} {} {role} {own_project}", rule.method, rule.path);
                let status = expected(rule, role, *own_project, via);
                let answer = knock(client, rule.method, &path);
                assert_eq!(answer.status, status, "{named}");
                if status >= 400 {
                    answer.expect_error(status);
                }
                if rule.method == "GET" {
                    let head = client.send("HEAD", &path, None);
                    assert_eq!((head.status, head.body.len()), (status, 0), "{named}");
                }
                if rule.owned && missing != path {
                    let status = if is_too_low(rule, role) { 403 } else { 404 };
                    let answer = knock(client, rule.method, &missing);
                    assert_eq!(answer.status, status, "missing: {named}");
                }
            }
            assert_no_entry(site, via, index, rule.method, &path);
        }
        assert_eq!(everything(&admin), before);
    }
}

/// A bad token is 401 everywhere, whatever else is wrong; so is none on TCP. On the socket the kernel says who it is.
fn assert_no_entry(site: &Site, via: Via, index: usize, method: &str, path: &str) {
    // From a source of its own: too many failures from one would be 429.
    let source = [127, 0, 1, u8::try_from(index + 1).unwrap()];
    let client = site.bare(via).from(source);
    let mut outsiders = vec![
        client.with_token("nonsense"),
        client.with_token(""),
        client.with("Authorization", "Bearer nonsense"),
        client.with("Authorization", "Basic bm9uc2Vuc2U6eA=="),
    ];
    if via != Via::Unix {
        outsiders.push(client);
    }
    for outsider in outsiders {
        let answer = knock(&outsider, method, path);
        assert!(answer.header("www-authenticate").is_some(), "{path}");
        answer.expect_error(401);
    }
}

#[test]
fn a_token_works_in_both_headers_and_until_it_is_revoked_or_expires() {
    on_both(0, |site, via| {
        let admin = site.admin(via);
        let body = json!({"user_id": "u", "project_id": "p", "role": "reader", "name": "n"});
        let made = admin.post("/v1/tokens", &body).expect(201).json();
        let secret = text(&made["token"]);
        let client = site.bare(via).with_token(secret);
        for client in [
            &client,
            &site
                .bare(via)
                .with("Authorization", &format!("Bearer {secret}")),
            &site
                .bare(via)
                .with("authorization", &format!("bearer {secret}")),
        ] {
            client.get("/v1/instances").expect(200);
        }
        let path = format!("/v1/tokens/{}", text(&made["uuid"]));
        admin.delete(&path).expect(204);
        client.get("/v1/instances").expect_error(401);
        admin.delete(&path).expect_error(404);
        refused(admin.get(&path), 404, text(&made["uuid"]));

        // Three seconds from the daemon's own clock.
        let in_three_secs = ostler::time::now().plus(std::time::Duration::from_secs(3));
        let mut body = body;
        body["expires_at"] = json!(in_three_secs);
        let made = admin.post("/v1/tokens", &body).expect(201).json();
        let client = site.bare(via).with_token(text(&made["token"]));
        client.get("/v1/instances").expect(200);
        until("the token to expire", || {
            let answer = client.get("/v1/instances");
            (answer.status != 200).then(|| answer.expect_error(401))
        });
    });
}

#[test]
fn the_eleventh_failed_sign_in_of_a_minute_is_429_for_its_source_alone() {
    let site = Site::of(0);
    let guesser = site.daemon.tcp().from([127, 0, 0, 66]);
    for guess in 0..10 {
        let guesser = guesser.with_token(&format!("guess-{guess}"));
        guesser.get("/v1/instances").expect_error(401);
    }
    let refused = guesser.with_token("guess-10").get("/v1/instances");
    let wait: u32 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    refused.expect_error(429);
    let other = site.daemon.tcp().from([127, 0, 0, 67]);
    other
        .with_token("guess")
        .get("/v1/instances")
        .expect_error(401);
    let good = site.client(Via::Tcp, "alpha", "reader");
    good.from([127, 0, 0, 67]).get("/v1/instances").expect(200);
}

#[test]
fn an_admin_on_the_socket_acts_in_the_project_that_it_names() {
    let site = Site::of(2);
    let admin = site.admin(Via::Unix);
    let made = site.create(&admin, "mine");
    assert_eq!(made["project_id"], "default");
    let own = nix::unistd::User::from_uid(nix::unistd::Uid::current());
    assert_eq!(made["user_id"], own.unwrap().unwrap().name);
    let beta = admin.with("X-Project-Id", "beta");
    let made = site.create(&beta, "theirs");
    assert_eq!(made["project_id"], "beta");
    let list = beta.get("/v1/instances").expect(200).json();
    assert_eq!(list["instances"].as_array().unwrap().len(), 1);
    let member = site.client(Via::Tcp, "beta", "member");
    member.get(&path_of(&made)).expect(200);
    // A token counts instead of what the kernel says.
    let reader = site.client(Via::Unix, "alpha", "reader");
    reader.get("/v1/nodes").expect_error(403);
    reader.get(&path_of(&made)).expect_error(403);
    let header = site
        .client(Via::Tcp, "alpha", "member")
        .with("X-Project-Id", "beta");
    header.get(&path_of(&made)).expect_error(403);
}
