//! The section `[auth.keystone]`.

use std::path::PathBuf;
use std::time::Duration;

use super::super::KeystoneSettings;
use super::{bad, good};

const LEAST: &str = "[auth.keystone]\nurl = \"https://keystone.example.com:5000/v3/\"\npassword_file = \"secret\"\n";

fn least() -> KeystoneSettings {
    KeystoneSettings {
        url: "https://keystone.example.com:5000/v3".into(),
        ca_file: None,
        username: "ostler".into(),
        user_domain: "Default".into(),
        password_file: "secret".into(),
        project_name: "service".into(),
        project_domain: "Default".into(),
        admin_roles: vec!["admin".into()],
        member_roles: vec!["member".into()],
        reader_roles: vec!["reader".into()],
        cache: Duration::from_secs(60),
        timeout: Duration::from_secs(5),
    }
}

#[test]
fn a_url_and_a_password_are_enough() {
    assert_eq!(good(LEAST).keystone, Some(least()));
    for off in ["", "[auth.keystone]\nurl = \"\"\nusername = \"x\"\n"] {
        assert_eq!(good(off).keystone, None);
    }
}

#[test]
fn every_value_arrives() {
    let text = r#"
[auth.keystone]
url = "http://10.0.0.1/identity/v3"
allow_insecure_http = true
ca_file = "/ca.pem"
username = "u"
user_domain = "ud"
password_file = "/secret"
project_name = "p"
project_domain = "pd"
admin_roles = ["a1", "a2"]
member_roles = []
reader_roles = ["r"]
cache_secs = 7
timeout_secs = 8
"#;
    let expected = KeystoneSettings {
        url: "http://10.0.0.1/identity/v3".into(),
        ca_file: Some(PathBuf::from("/ca.pem")),
        username: "u".into(),
        user_domain: "ud".into(),
        password_file: "/secret".into(),
        project_name: "p".into(),
        project_domain: "pd".into(),
        admin_roles: vec!["a1".into(), "a2".into()],
        member_roles: Vec::new(),
        reader_roles: vec!["r".into()],
        cache: Duration::from_secs(7),
        timeout: Duration::from_secs(8),
    };
    assert_eq!(good(text).keystone, Some(expected));
}

#[test]
fn plain_http_is_for_this_machine() {
    for host in ["127.0.0.1:5000", "[::1]", "localhost:5000", "127.1.2.3"] {
        let text = format!("[auth.keystone]\nurl = \"http://{host}/v3\"\npassword_file = \"s\"\n");
        assert!(good(&text).keystone.is_some(), "{host}");
    }
    for host in [
        "10.0.0.1",
        "keystone",
        "127.0.0.1.example.com",
        "localhost.example.com",
    ] {
        let text = format!("[auth.keystone]\nurl = \"http://{host}/v3\"\npassword_file = \"s\"\n");
        let message = bad(&text);
        assert!(
            message.starts_with("t.toml:2:7: auth.keystone.url: ") && message.contains("in clear"),
            "{message}"
        );
    }
}

#[test]
fn mistakes_are_named_with_their_places() {
    for (line, place, says) in [
        (
            "url = \"https://keystone:5000/\"",
            "2:7: auth.keystone.url",
            "such as \"https://keystone.example.com:5000/v3\"",
        ),
        (
            "url = \"keystone:5000\"",
            "2:7: auth.keystone.url",
            "v3 API",
        ),
        (
            "url = \"https://u:p@keystone/v3\"",
            "2:7: auth.keystone.url",
            "v3 API",
        ),
        (
            "url = \"https://keystone/v3\"",
            "2:7: auth.keystone.url",
            "auth.keystone.password_file is not set",
        ),
        (
            "password_file = \"a/b\"",
            "2:17: auth.keystone.password_file",
            "absolute path",
        ),
        ("ca_file = \"a/b\"", "2:11: auth.keystone.ca_file", "PEM"),
        (
            "username = \" \"",
            "2:12: auth.keystone.username",
            "the name of the user",
        ),
        (
            "admin_roles = [\"admin\", \"\"]",
            "2:25: auth.keystone.admin_roles",
            "a list of names",
        ),
        (
            "cache_secs = 0",
            "2:14: auth.keystone.cache_secs",
            "1 to 3600",
        ),
        (
            "timeout_secs = 61",
            "2:16: auth.keystone.timeout_secs",
            "1 to 60",
        ),
        (
            "password = \"x\"",
            "2:1: auth.keystone.password",
            "unknown field",
        ),
    ] {
        let message = bad(&format!("[auth.keystone]\n{line}\n"));
        assert!(
            message.starts_with(&format!("t.toml:{place}: ")),
            "{message}"
        );
        assert!(message.contains(says), "{message}");
    }
}
