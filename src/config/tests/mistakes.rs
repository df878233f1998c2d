//! What is wrong in settings is told so that it can be mended.

use super::{bad, good};

/// A text, how the message starts, and what it says.
const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "[power]\n  poll_interval_secs = 0\n",
        "t.toml:2:24: power.poll_interval_secs: ",
        "0 is out of range; write a whole number of seconds from 1 to 86400",
    ),
    (
        "[power]\npoll_interval_secs = -5\n",
        "t.toml:2:22: power.poll_interval_secs: ",
        "-5 is out of range",
    ),
    (
        "[power]\npoll_interval_secs = \"60\"\n",
        "t.toml:2:22: power.poll_interval_secs: ",
        "write a whole number of seconds",
    ),
    (
        "[api]\nlisten = \"127.0.0.1:1\"\n",
        "t.toml:2:10: api.listen: ",
        "write a list of addresses",
    ),
    (
        "[api]\nlisten = [\n \"127.0.0.1:1\",\n \"localhost:2\"]\n",
        "t.toml:4:2: api.listen: ",
        "\"localhost:2\" cannot be used; write a list of addresses",
    ),
    (
        "[api]\nlisten = [1]\n",
        "t.toml:2:11: api.listen: ",
        "write a list of addresses",
    ),
    (
        "[api]\nlisten = [\"127.0.0.1:1\", \"127.0.0.1:1\"]",
        "t.toml:2:26: api.listen: ",
        "twice",
    ),
    (
        "[api]\nlisten = [\"192.0.2.1:6688\"]\n",
        "t.toml:2:11: api.listen: ",
        "api.allow_insecure_tcp = true",
    ),
    (
        "[api]\nlisten = [\"[::]:6688\"]\n",
        "t.toml:2:11: api.listen: ",
        "in clear",
    ),
    (
        "[api]\ntls_certificate = \"/etc/ostler/tls.pem\"\n",
        "t.toml:2:19: api.tls_certificate: ",
        "TLS needs both files, and api.tls_key is not set; set it to the absolute path",
    ),
    (
        "[api]\ntls_client_ca = \"/etc/ostler/clients.pem\"\n",
        "t.toml:2:17: api.tls_client_ca: ",
        "TLS needs both files, and api.tls_certificate is not set",
    ),
    (
        "[api]\ntls_key = \"/etc/ostler/tls.key\"\ntls_certificate = \"\"\n",
        "t.toml:2:11: api.tls_key: ",
        "and api.tls_certificate is not set",
    ),
    (
        "[api]\nlisten = [\"0.0.0.0:6688\"]\ntls_certificate = \"tls/cert.pem\"\ntls_key = \"key\"\n",
        "t.toml:3:19: api.tls_certificate: ",
        "\"tls/cert.pem\" cannot be used; write the absolute path of a PEM file",
    ),
    (
        "[api]\nlisten = []\nunix_socket = \"\"\n",
        "t.toml:2:10: api.listen: ",
        "nobody could reach",
    ),
    (
        "[api]\nlisen = []\n",
        "t.toml:2:1: api.lisen: ",
        "unknown field `lisen`, expected one of `unix_socket`",
    ),
    ("[pwoer]\n", "t.toml:1:2: pwoer: ", "unknown field `pwoer`"),
    (
        "state_dir = \"var\"",
        "t.toml:1:13: state_dir: ",
        "absolute",
    ),
    (
        "[api]\nunix_socket_mode = \"0066\"",
        "t.toml:2:20: api.unix_socket_mode: ",
        "octal",
    ),
    (
        "[api]\nunix_socket = \"/run/ostler/\"",
        "t.toml:2:15: api.unix_socket: ",
        "at most 100 bytes",
    ),
    (
        "[api]\npublic_url = \"ostler.example.com\"",
        "t.toml:2:14: api.public_url: ",
        "https://",
    ),
    (
        "[api]\ntrusted_proxies = [\"10.0.0.0/33\"]",
        "t.toml:2:20: api.trusted_proxies: ",
        "networks",
    ),
    (
        "[log]\nlevel = \"loud\"",
        "t.toml:2:9: log.level: ",
        "\"trace\"",
    ),
    (
        "[log]\nformat = \"xml\"",
        "t.toml:2:10: log.format: ",
        "\"journal\"",
    ),
    ("[power\n", "t.toml:1:7: ", ""),
    ("# ü\nü = 1\n", "t.toml:2:1: ", ""),
    ("x = \"üü\", y", "t.toml:1:9: ", ""),
    (
        "state_dir = \"/a\"\nstate_dir = \"/b\"",
        "t.toml:2:1: ",
        "duplicate",
    ),
];

#[test]
fn mistakes_are_named_with_file_line_column_key_and_what_to_write() {
    for (text, starts, says) in MISTAKES {
        let message = bad(text);
        assert!(message.starts_with(starts), "{text:?} gave {message:?}");
        assert!(message.contains(says), "{text:?} gave {message:?}");
        assert_eq!(message.lines().count(), 1, "{text:?} gave {message:?}");
    }
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let message = bad("state_dir = \"x\"\n[power]\nmax_in_flight = 0\nsoft_deadline_secs = 0\n");
    assert_eq!(message.lines().count(), 3, "{message}");
}

#[test]
fn a_byte_that_is_no_text_has_its_place_too() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ostler.toml");
    std::fs::write(&file, b"[api]\n# M\xc3\xbcnchen, Z\xfcrich\n").unwrap();
    let error = crate::config::load(Some(&file)).unwrap_err().to_string();
    let expected = format!("{}:2:13: here is a byte that is no UTF-8", file.display());
    assert!(error.starts_with(&expected), "{error}");
}

#[test]
fn machines_are_not_said_to_be_wiped_where_nobody_boots_them() {
    for text in [
        "[netboot]\nscrub_image = \"wipe\"\n",
        "[netboot]\nlisten = []\nscrub_image = \"wipe\"\n",
    ] {
        let refused = bad(text);
        assert!(refused.contains("no machine would be wiped"), "{refused}");
        assert!(refused.contains("set netboot.listen to"), "{refused}");
    }
    assert_eq!(
        good("[netboot]\nscrub_image = \"\"\n").netboot.scrub_image,
        None
    );
    let on = good("[netboot]\nlisten = [\"10.0.0.1:1\"]\nscrub_image = \"wipe\"\n");
    assert_eq!(on.netboot.scrub_image.as_deref(), Some("wipe"));
}
