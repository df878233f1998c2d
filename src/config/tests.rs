//! What an administrator relies on, through [`load`] and [`parse`].

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde::de::value::Error as ValueError;
use serde::de::{Deserializer, Error as _, Visitor};

use super::fragments::{
    ApiFragment, AuthFragment, BudgetFragment, EventsFragment, Fragment, KeystoneFragment,
    LimitsFragment, LogFragment, NetbootFragment, PowerFragment,
};
use super::settings::{LimitSettings, RequestRate};
use super::*;

mod keystone;
mod mistakes;

const SHIPPED: &str = include_str!("../../packaging/ostler.toml");

fn good(text: &str) -> Settings {
    parse(Path::new("t.toml"), text).unwrap()
}

fn bad(text: &str) -> String {
    parse(Path::new("t.toml"), text).unwrap_err().to_string()
}

/// Whether this line of the shipped file is a key that is commented out: prose has a blank after the `#`.
fn commented_key(line: &str) -> Option<&str> {
    let key = line.strip_prefix('#')?;
    key.starts_with(|c: char| c.is_ascii_lowercase())
        .then_some(key)
}

#[test]
fn nothing_said_gives_the_defaults() {
    assert_eq!(good(""), Settings::default());
    assert_eq!(good("[api]\n[power]\n[log]\n"), Settings::default());
}

#[test]
fn the_shipped_file_shows_the_defaults() {
    assert_eq!(good(SHIPPED), Settings::default());
    let uncommented: Vec<&str> = SHIPPED
        .lines()
        .map(|line| commented_key(line).unwrap_or(line))
        .collect();
    assert_eq!(good(&uncommented.join("\n")), Settings::default());
}

#[test]
fn every_key_stands_in_the_shipped_file_and_in_the_table_of_advice() {
    let mut section = String::new();
    let mut shipped = Vec::new();
    for line in SHIPPED.lines() {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            section = format!("{name}.");
        } else if let Some((key, _)) = commented_key(line).and_then(|line| line.split_once(" = ")) {
            shipped.push(format!("{section}{key}"));
        }
    }
    let mut accepted = BTreeSet::new();
    for (section, fields) in [
        ("", fields_of::<Fragment>()),
        ("api.", fields_of::<ApiFragment>()),
        ("auth.", fields_of::<AuthFragment>()),
        ("auth.keystone.", fields_of::<KeystoneFragment>()),
        ("power.", fields_of::<PowerFragment>()),
        ("netboot.", fields_of::<NetbootFragment>()),
        ("limits.", fields_of::<LimitsFragment>()),
        ("events.", fields_of::<EventsFragment>()),
        ("log.", fields_of::<LogFragment>()),
    ] {
        accepted.extend(fields.iter().map(|field| format!("{section}{field}")));
    }
    for section in [
        "api",
        "auth",
        "auth.keystone",
        "power",
        "netboot",
        "limits",
        "events",
        "log",
    ] {
        assert!(accepted.remove(section), "{section} is a section");
    }
    assert_eq!(shipped.len(), accepted.len(), "a key stands there twice");
    assert_eq!(shipped.into_iter().collect::<BTreeSet<_>>(), accepted);
    let of_a_budget = fields_of::<BudgetFragment>();
    accepted.extend(
        of_a_budget
            .iter()
            .map(|field| format!("power.budgets.{field}")),
    );
    for key in &accepted {
        assert!(keys::advice(key).is_some(), "no advice for {key}");
    }
    assert_eq!(keys::NUMBERS.len() + keys::OTHERS.len(), accepted.len());
}

/// Where the shipped file says [start], and nowhere else, the program waits for the next start.
#[test]
fn the_shipped_file_marks_what_only_a_start_takes_over() {
    let mut section = String::new();
    let mut shipped = BTreeSet::new();
    for line in SHIPPED.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = format!("{}.", name.trim_end_matches(']'));
        } else if let Some((key, value)) =
            commented_key(line).and_then(|line| line.split_once(" = "))
        {
            let effect = if value.ends_with("  # [start]") {
                "start"
            } else {
                "reload"
            };
            shipped.insert((format!("{section}{key}"), effect));
        }
    }
    let rows = changes::rows(&Settings::default()).into_iter();
    let rows = rows.map(|(key, effect, _)| match effect {
        Effect::Start => (key.to_owned(), "start"),
        Effect::Reload => (key.to_owned(), "reload"),
    });
    assert_eq!(rows.collect::<BTreeSet<_>>(), shipped);
}

#[test]
fn changes_are_named_by_when_they_count() {
    let before = good("[api]\nlisten = []\n[power]\npoll_interval_secs = 5\n");
    assert_eq!(changes(&before, &before), Changes::default());
    let after = good("[power]\nbudgets = [{ max_power_ons = 1 }]\n[log]\nlevel = \"debug\"\n");
    let expected = Changes {
        at_reload: vec!["power.poll_interval_secs", "power.budgets", "log.level"],
        at_start: vec!["api.listen"],
    };
    assert_eq!(changes(&before, &after), expected);
}

/// systemd opens the socket before the daemon reads its settings, so the unit says again what the defaults say.
#[test]
fn the_socket_unit_agrees_with_the_defaults() {
    let unit = include_str!("../../systemd/ostlerd.socket");
    let api = ApiSettings::default();
    let path = api.unix_socket.unwrap();
    for line in [
        format!("ListenStream={}", path.display()),
        format!("SocketGroup={}", api.unix_socket_group),
        format!("SocketMode={:04o}", api.unix_socket_mode),
    ] {
        assert!(unit.lines().any(|there| there == line), "{line}");
    }
    let service = include_str!("../../systemd/ostlerd.service");
    let stop = service
        .lines()
        .find_map(|line| line.strip_prefix("TimeoutStopSec=")?.strip_suffix('s'))
        .unwrap();
    let stop = Duration::from_secs(stop.parse().unwrap());
    assert!(
        stop > api.drain * 2,
        "systemd would kill a daemon that is still draining"
    );
}

/// Every key with another value than its default.
const EVERYTHING: &str = r#"
state_dir = "/srv/ostler"
[api]
unix_socket = ""
unix_socket_group = "wheel"
unix_socket_mode = "0600"
listen = ["0.0.0.0:80", "[::1]:6688"]
allow_insecure_tcp = true
public_url = "https://rack.example.com/bm/"
trusted_proxies = ["10.0.0.5", "fd00::/8"]
max_body_bytes = 2048
failed_sign_ins_per_min = 8
max_connections = 7
drain_secs = 0
requests_per_sec = 20
request_burst = 21
[power]
poll_interval_secs = 5
max_in_flight = 9
change_deadline_secs = 10
soft_deadline_secs = 11
transition_grace_secs = 12
unreachable_after_misses = 13
backoff_max_secs = 14
packets_per_sec = 15
poll_session_secs = 16
min_off_secs = 17
own_guid = "00112233-4455-6677-8899-aabbccddeeff"
budgets = [{ zone = "az1", power_group = "b", max_power_ons = 3, max_watts = 4, per_secs = 5 }]
[netboot]
listen = ["0.0.0.0:6680", "[::1]:6681"]
url = "http://10.0.0.1:6680/"
dhcp_dir = "/srv/dhcp"
scrub_image = "wipe"
fetch_deadline_secs = 30
script_deadline_secs = 31
kernel_deadline_secs = 32
data_deadline_secs = 33
phone_home_deadline_secs = 34
retries = 3
window_secs = 35
max_file_mib = 36
max_store_mib = 8192
keep_unused_hours = 38
[limits]
instances_per_project = 19
[events]
keep_hours = 18
[log]
level = "info,ostler::bmc=debug"
format = "json"
"#;

#[test]
fn every_value_arrives() {
    let settings = good(EVERYTHING);
    let expected = Settings {
        state_dir: "/srv/ostler".into(),
        api: ApiSettings {
            unix_socket: None,
            unix_socket_group: "wheel".into(),
            unix_socket_mode: 0o600,
            listen: vec!["0.0.0.0:80".parse().unwrap(), "[::1]:6688".parse().unwrap()],
            allow_insecure_tcp: true,
            tls: None,
            public_url: Some("https://rack.example.com/bm".into()),
            trusted_proxies: vec!["10.0.0.5/32".parse().unwrap(), "fd00::/8".parse().unwrap()],
            max_body_bytes: 2048,
            failed_sign_ins_per_min: 8,
            max_connections: 7,
            drain: Duration::ZERO,
            request_rate: Some(RequestRate {
                per_sec: 20,
                burst: 21,
            }),
        },
        keystone: None,
        power: PowerSettings {
            poll_interval: Duration::from_secs(5),
            max_in_flight: 9,
            change_deadline: Duration::from_secs(10),
            soft_deadline: Duration::from_secs(11),
            transition_grace: Duration::from_secs(12),
            unreachable_after_misses: 13,
            backoff_max: Duration::from_secs(14),
            packets_per_sec: 15,
            poll_session: Duration::from_secs(16),
            min_off: Duration::from_secs(17),
            own_guid: Some(uuid::Uuid::from_u128(
                0x0011_2233_4455_6677_8899_aabb_ccdd_eeff,
            )),
            budgets: vec![PowerOnBudget {
                zone: Some("az1".into()),
                power_group: Some("b".into()),
                power_ons: Some(3),
                watts: Some(4),
                per: Duration::from_secs(5),
            }],
        },
        netboot: NetbootSettings {
            listen: vec![
                "0.0.0.0:6680".parse().unwrap(),
                "[::1]:6681".parse().unwrap(),
            ],
            url: Some("http://10.0.0.1:6680".into()),
            dhcp_dir: Some("/srv/dhcp".into()),
            scrub_image: Some("wipe".into()),
            fetch_deadline: Duration::from_secs(30),
            script_deadline: Duration::from_secs(31),
            kernel_deadline: Duration::from_secs(32),
            data_deadline: Duration::from_secs(33),
            phone_home_deadline: Duration::from_secs(34),
            retries: 3,
            window: Duration::from_secs(35),
            max_file_bytes: 36 << 20,
            max_store_bytes: 8 << 30,
            keep_unused: Duration::from_secs(38 * 60 * 60),
        },
        limits: LimitSettings {
            instances_per_project: Some(19),
        },
        events: EventSettings {
            keep: Duration::from_secs(18 * 60 * 60),
        },
        log: LogSettings {
            level: "info,ostler::bmc=debug".into(),
            format: LogFormat::Json,
        },
    };
    assert_eq!(settings, expected);
}

#[test]
fn addresses_of_this_machine_alone_need_no_tls() {
    for text in [
        "127.0.0.1:0",
        "127.9.9.9:1",
        "[::1]:6688",
        "[::ffff:127.0.0.1]:80",
    ] {
        let settings = good(&format!("[api]\nlisten = [{text:?}]"));
        assert_eq!(settings.api.listen, [text.parse().unwrap()]);
    }
}

#[test]
fn the_boot_service_is_off_unless_it_has_an_address_that_machines_can_be_told() {
    assert_eq!(good("").netboot.listen, []);
    let one = good("[netboot]\nlisten = [\"10.0.0.1:6680\"]\n").netboot;
    assert_eq!((one.listen.len(), one.url), (1, None));
    for listen in [
        "[\"0.0.0.0:6680\"]",
        "[\"[::]:6680\"]",
        "[\"10.0.0.1:0\"]",
        "[\"10.0.0.1:1\", \"10.0.0.2:1\"]",
    ] {
        let text = format!("[netboot]\nlisten = {listen}\n");
        assert!(bad(&text).contains("set netboot.url"), "{listen}");
        let text = format!("{text}url = \"http://boot.example.com\"\n");
        assert!(good(&text).netboot.url.is_some(), "{listen}");
    }
}

#[test]
fn with_tls_every_address_may_be_listened_on() {
    let api = good(
        "[api]\nlisten = [\"0.0.0.0:1\", \"[::]:1\"]\ntls_certificate = \"/c.pem\"\ntls_key = \"key\"\n",
    )
    .api;
    assert_eq!(api.listen.len(), 2);
    let tls = api.tls.unwrap();
    assert_eq!(
        [tls.certificate, tls.key],
        ["/c.pem", "key"].map(PathBuf::from)
    );
    assert_eq!(tls.client_ca, None);
    let files = "tls_certificate = \"/c.pem\"\ntls_key = \"/k.pem\"\n";
    let with_clients = format!("[api]\n{files}tls_client_ca = \"clients\"\n");
    let tls = good(&with_clients).api.tls.unwrap();
    assert_eq!(tls.client_ca, Some(PathBuf::from("clients")));
}

#[test]
fn drop_ins_win_in_the_order_of_their_names() {
    let directory = tempfile::tempdir().unwrap();
    let main = directory.path().join("ostler.toml");
    let drop_ins = directory.path().join("ostler.toml.d");
    fs::write(
        &main,
        "[power]\nmax_in_flight = 1\nsoft_deadline_secs = 1\n",
    )
    .unwrap();
    assert_eq!(load(Some(&main)).unwrap().power.max_in_flight, 1);

    fs::create_dir(&drop_ins).unwrap();
    for (name, text) in [
        (
            "20-b.toml",
            "[power]\nmax_in_flight = 3\n[api]\nlisten = []\n",
        ),
        (
            "10-a.toml",
            "[power]\nmax_in_flight = 2\nchange_deadline_secs = 2\n",
        ),
        (".30-hidden.toml", "[power]\nmax_in_flight = 4\n"),
        ("40-old.toml.dpkg-old", "[power]\nmax_in_flight = 5\n"),
    ] {
        fs::write(drop_ins.join(name), text).unwrap();
    }
    let settings = load(Some(&main)).unwrap();
    assert_eq!(settings.power.max_in_flight, 3);
    assert_eq!(settings.power.change_deadline, Duration::from_secs(2));
    assert_eq!(settings.power.soft_deadline, Duration::from_secs(1));
    assert!(settings.api.listen.is_empty());

    fs::write(drop_ins.join("50-bad.toml"), "[power]\nmax_in_flight = 0\n").unwrap();
    let message = load(Some(&main)).unwrap_err().to_string();
    assert!(
        message.contains("ostler.toml.d/50-bad.toml:2:17: power.max_in_flight: "),
        "{message}"
    );
}

#[test]
fn a_file_with_another_name_stands_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("mine.toml");
    let drop_ins = directory.path().join("ostler.toml.d");
    fs::write(&file, "").unwrap();
    fs::create_dir(&drop_ins).unwrap();
    fs::write(drop_ins.join("a.toml"), "[power]\nmax_in_flight = 3\n").unwrap();
    assert_eq!(load(Some(&file)).unwrap(), Settings::default());
}

#[test]
fn a_file_that_was_named_must_exist() {
    let error = load(Some(Path::new("/nonexistent/ostler.toml"))).unwrap_err();
    assert!(matches!(error, ConfigError::Read { .. }));
    assert_eq!(
        error.to_string(),
        "cannot read the settings in /nonexistent/ostler.toml"
    );
}

/// The fields that a struct accepts, as its own `Deserialize` names them.
fn fields_of<'de, T: Deserialize<'de>>() -> Vec<&'static str> {
    struct Ask<'a>(&'a mut Vec<&'static str>);
    impl<'de> Deserializer<'de> for Ask<'_> {
        type Error = ValueError;
        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ValueError> {
            Err(ValueError::custom("not a struct"))
        }
        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, ValueError> {
            self.0.extend(fields);
            Err(ValueError::custom("the fields are known now"))
        }
        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }
    let mut fields = Vec::new();
    T::deserialize(Ask(&mut fields)).err().unwrap();
    fields
}
