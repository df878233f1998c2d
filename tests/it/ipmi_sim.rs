//! The BMC driver against OpenIPMI's `ipmi_sim`, a BMC that others wrote. It knows cipher suite 3, not 17.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "the helpers of tests, which say why they were skipped"
)]

use std::fs;
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ostler::bmc::{BmcError, BmcRef, BmcSettings, Bmcs, Certainty, Urgency};
use ostler::model::bmc::{
    BmcConfig, BmcProfile, BootDevice, BootSetting, CipherSuite, LanConfig, PrivilegeLevel,
};
use ostler::model::ids::NodeId;
use ostler::model::power::{PowerAction, PowerState};
use ostler::model::secret::Secret;
use tokio::task::JoinSet;

/// A running `ipmi_sim`; stopped when it is dropped.
struct Sim {
    process: Child,
    port: u16,
    directory: tempfile::TempDir,
}

impl Drop for Sim {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Sim {
    /// Starts one. `None` where it is not installed, which only a developer's machine may lack.
    fn start() -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let port = free_port();
        let control = directory.path().join("control");
        fs::write(&control, CONTROL).unwrap();
        fs::set_permissions(&control, fs::Permissions::from_mode(0o755)).unwrap();
        let state = directory.path().join("power");
        fs::write(&state, "0").unwrap();
        let lan = directory.path().join("lan.conf");
        let config = format!(
            "name \"ostler\"\n\
             set_working_mc 0x20\n\
             startlan 1\n\
             addr 127.0.0.1 {port}\n\
             priv_limit admin\n\
             allowed_auths_callback none md2 md5 straight\n\
             allowed_auths_user none md2 md5 straight\n\
             allowed_auths_operator none md2 md5 straight\n\
             allowed_auths_admin none md2 md5 straight\n\
             guid a123456789abcdefa123456789abcdef\n\
             endlan\n\
             chassis_control \"{} {}\"\n\
             user 2 true \"admin\" \"secret\" admin 10 none md2 md5 straight\n\
             user 3 true \"reader\" \"secret\" user 10 none md2 md5 straight\n",
            control.display(),
            state.display(),
        );
        fs::write(&lan, config).unwrap();
        let commands = directory.path().join("commands");
        let mc = "mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr\n\
                  mc_enable 0x20\n";
        fs::write(&commands, mc).unwrap();
        let started = Command::new("ipmi_sim")
            .arg("-n")
            .args(["-c".as_ref(), lan.as_os_str()])
            .args(["-f".as_ref(), commands.as_os_str()])
            .args(["-s".as_ref(), directory.path().as_os_str()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let process = match started {
            Ok(process) => process,
            Err(error) => {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "CI says through its environment that it is CI"
                )]
                let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
                assert!(!ci, "ipmi_sim cannot be started: {error}");
                eprintln!("SKIPPED: ipmi_sim cannot be started ({error}); install openipmi");
                return None;
            }
        };
        let sim = Self {
            process,
            port,
            directory,
        };
        sim.wait_until_up();
        Some(sim)
    }

    /// An RMCP presence ping is answered as soon as it is up.
    fn wait_until_up(&self) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket
            .set_read_timeout(Some(Duration::from_millis(50)))
            .unwrap();
        let deadline = ostler::time::instant() + Duration::from_secs(10);
        let ping = [6, 0, 0xFF, 6, 0, 0, 0x11, 0xBE, 0x80, 1, 0, 0];
        while ostler::time::instant() < deadline {
            socket.send_to(&ping, ("127.0.0.1", self.port)).ok();
            if socket.recv(&mut [0; 64]).is_ok() {
                return;
            }
        }
        panic!("ipmi_sim did not come up");
    }

    fn power(&self) -> String {
        fs::read_to_string(self.state()).unwrap().trim().to_owned()
    }

    fn state(&self) -> PathBuf {
        self.directory.path().join("power")
    }

    /// What `set` commands the program was called with.
    fn controls(&self) -> String {
        fs::read_to_string(self.state().with_extension("log")).unwrap_or_default()
    }

    fn bmc(&self, username: &str, password: &str, suite: Option<CipherSuite>) -> BmcRef {
        BmcRef {
            node: NodeId::random(),
            config: Arc::new(BmcConfig::Lan(LanConfig {
                address: String::from("127.0.0.1"),
                port: self.port,
                username: username.to_owned(),
                password: Secret::new(password.to_owned()),
                kg: None,
                privilege_level: PrivilegeLevel::Administrator,
                cipher_suite: suite,
            })),
            profile: BmcProfile::default(),
        }
    }
}

/// `control STATEFILE get power|boot` prints a value, `control STATEFILE set power|boot VALUE` changes one.
const CONTROL: &str = r#"#!/bin/sh
state=$1; shift
case "$1 $2" in
"get power") echo "power:$(cat "$state")" ;;
"get boot") echo "boot:$(cat "$state.boot" 2>/dev/null || echo default)" ;;
"set power") echo "$3" > "$state"; echo "power $3" >> "$state.log" ;;
"set shutdown") echo 0 > "$state"; echo "shutdown" >> "$state.log" ;;
"set boot") echo "$3" > "$state.boot"; echo "boot $3" >> "$state.log" ;;
*) echo "$*" >> "$state.log" ;;
esac
"#;

fn free_port() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}

/// A driver that runs as long as the set is alive.
fn driver(settings: BmcSettings) -> (Bmcs, JoinSet<()>) {
    let (bmcs, driver) = Bmcs::new(settings).unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(driver.run());
    (bmcs, tasks)
}

#[tokio::test]
async fn power_is_read_and_changed_and_a_machine_that_is_told_twice_is_told_twice() {
    let Some(sim) = Sim::start() else { return };
    let (bmcs, _tasks) = driver(BmcSettings::default());
    let bmc = sim.bmc("admin", "secret", None);
    let before = bmcs.chassis_status(&bmc, Urgency::User).await.unwrap();
    assert_eq!(before.power, PowerState::Off);
    for (action, state, power) in [
        (PowerAction::On, PowerState::On, "1"),
        (PowerAction::Off, PowerState::Off, "0"),
        (PowerAction::On, PowerState::On, "1"),
    ] {
        bmcs.chassis_control(&bmc, action).await.unwrap();
        let after = bmcs.chassis_status(&bmc, Urgency::User).await.unwrap();
        assert_eq!((after.power, sim.power().as_str()), (state, power));
    }
    assert_eq!(sim.controls(), "power 1\npower 0\npower 1\n");
    let profile = bmcs.profile(bmc.node).unwrap();
    assert_eq!(
        profile.cipher_suite,
        Some(CipherSuite::S3),
        "17 was refused"
    );
    let id = bmcs.device_id(&bmc).await.unwrap();
    assert_eq!((id.manufacturer_id, id.product_id), (0x1291, 0xF02));
    bmcs.close_all().await;
}

#[tokio::test]
async fn a_boot_device_is_set_and_read_back() {
    let Some(sim) = Sim::start() else { return };
    let (bmcs, _tasks) = driver(BmcSettings::default());
    let bmc = sim.bmc("admin", "secret", Some(CipherSuite::S3));
    let setting = BootSetting {
        boot_device: BootDevice::Pxe,
        persistent: false,
        uefi: true,
    };
    let back = bmcs.set_boot_device(&bmc, setting).await.unwrap();
    assert!(back.same_device(&setting), "{back:?}");
    assert!(!back.confirms(&setting), "ipmi_sim drops the valid bit");
    bmcs.close_all().await;
}

#[tokio::test]
async fn a_wrong_account_is_named_and_no_further_login_is_tried() {
    let Some(sim) = Sim::start() else { return };
    let (bmcs, _tasks) = driver(BmcSettings::default());
    for (username, password, label) in [
        ("admin", "wrong", "another password for the user \"admin\""),
        ("nobody", "secret", "does not know the user \"nobody\""),
    ] {
        let bmc = sim.bmc(username, password, None);
        let error = bmcs.chassis_status(&bmc, Urgency::User).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains(label), "{text}");
        assert!(
            text.ends_with("no further login is tried for 5 min"),
            "{text}"
        );
        assert!(error.is_permanent());
        assert_eq!(error.certainty(), Certainty::NotSent);
        let again = bmcs.chassis_control(&bmc, PowerAction::On).await;
        assert!(
            matches!(again, Err(BmcError::LockedOut { .. })),
            "{again:?}"
        );
        bmcs.forget(bmc.node);
        let forgotten = bmcs.chassis_status(&bmc, Urgency::User).await;
        assert!(matches!(forgotten, Err(BmcError::Credentials { .. })));
    }
    bmcs.close_all().await;
}

#[tokio::test]
async fn a_suite_that_the_bmc_refuses_is_named() {
    let Some(sim) = Sim::start() else { return };
    let (bmcs, _tasks) = driver(BmcSettings::default());
    let bmc = sim.bmc("admin", "secret", Some(CipherSuite::S17));
    let error = bmcs.chassis_status(&bmc, Urgency::User).await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, BmcError::SuitesRefused { .. }), "{text}");
    assert!(text.contains("17: 04h") && error.is_permanent(), "{text}");
    bmcs.close_all().await;
}

#[tokio::test]
async fn a_node_that_may_only_be_read_is_read_and_control_says_what_to_raise() {
    let Some(sim) = Sim::start() else { return };
    let (bmcs, _tasks) = driver(BmcSettings::default());
    let mut bmc = sim.bmc("reader", "secret", Some(CipherSuite::S3));
    let BmcConfig::Lan(mut lan) = (*bmc.config).clone() else {
        unreachable!("it is reached over the network")
    };
    lan.privilege_level = PrivilegeLevel::User;
    bmc.config = Arc::new(BmcConfig::Lan(lan));
    assert!(bmcs.chassis_status(&bmc, Urgency::User).await.is_ok());
    let refused = bmcs.chassis_control(&bmc, PowerAction::On).await;
    let error = refused.unwrap_err();
    assert!(error.to_string().contains("bmc.privilege_level"), "{error}");
    assert!(error.is_permanent());
    assert_eq!(error.certainty(), Certainty::NotSent);
    assert_eq!(sim.controls(), "");
    bmcs.close_all().await;
}

/// `ipmi_sim` has room for 53 sessions and drops idle ones after 30 s: if one leaked per exchange, the 54th would fail.
#[tokio::test]
async fn sessions_are_not_leaked() {
    let Some(sim) = Sim::start() else { return };
    let (bmcs, _tasks) = driver(BmcSettings::default());
    let bmc = sim.bmc("admin", "secret", None);
    let started: Instant = ostler::time::instant();
    for round in 0..120 {
        let status = bmcs.chassis_status(&bmc, Urgency::Poll).await;
        assert!(status.is_ok(), "round {round}: {status:?}");
    }
    assert!(
        started.elapsed() < Duration::from_secs(25),
        "or idle ones were dropped"
    );
    bmcs.close_all().await;
}

#[tokio::test]
async fn an_address_without_a_bmc_is_given_up_in_time_and_says_so() {
    let (bmcs, _tasks) = driver(BmcSettings::default());
    let deaf = UdpSocket::bind("127.0.0.1:0").unwrap();
    let bmc = BmcRef {
        node: NodeId::random(),
        config: Arc::new(BmcConfig::Lan(LanConfig {
            address: String::from("127.0.0.1"),
            port: deaf.local_addr().unwrap().port(),
            username: String::from("admin"),
            password: Secret::new(String::from("secret")),
            kg: None,
            privilege_level: PrivilegeLevel::Administrator,
            cipher_suite: None,
        })),
        profile: BmcProfile::default(),
    };
    let started = ostler::time::instant();
    let error = bmcs.chassis_status(&bmc, Urgency::Poll).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(9));
    assert!(error.to_string().contains("does not answer"), "{error}");
    assert!(!error.is_permanent());
    let again = bmcs.chassis_status(&bmc, Urgency::Poll).await;
    assert!(matches!(again, Err(BmcError::Resting { .. })), "{again:?}");
    bmcs.close_all().await;
}
