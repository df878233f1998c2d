//! From the first installation to the purge, in a clean Debian that systemd has booted.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::common::booted::Booted;
use crate::common::tls::Authority;
use crate::common::wait::until;

use super::built;

/// A BMC with a machine that is off, which the package brings along.
const RACK: &str = "systemd-run --quiet --unit=rack ostlerd bmc-sim --count 1 --listen 127.0.0.1:6230 \
    --power-on-delay-ms 100 --power-off-delay-ms 100";
const REGISTER: &str = "printf admin | ostler node create n1 --bmc-address 127.0.0.1 --bmc-port 6230 --bmc-username admin \
    --bmc-password-stdin --min-off-secs 0";

#[test]
fn a_deb_is_installed_used_upgraded_removed_and_purged_without_a_thought() {
    let Some([first, second]) = built::both("deb") else {
        return;
    };
    let tls = built::directory().join("tls");
    std::fs::create_dir_all(&tls).unwrap();
    let authority = Authority::new();
    authority.sign_into(&tls, &["127.0.0.1"]);
    authority.write_to(&tls.join("ca.pem"));
    let Some(debian) = Booted::boot(&built::directory()) else {
        return;
    };
    let package = |path: &std::path::Path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        format!("/packages/{name}")
    };
    let (first, second) = (package(&first), package(&second));
    install(&debian, &first);
    who_may_do_what(&debian);
    power(&debian);
    reload(&debian);
    reload_with_credentials(&debian);
    a_processor_for_the_api(&debian);
    watchdog(&debian);
    activation(&debian);
    plain_tcp(&debian);
    key_from_the_credential_store(&debian);
    upgrade(&debian, &second);
    remove_and_come_back(&debian, &second);
    purge(&debian);
}

/// What systemd says of the daemon's unit.
#[track_caller]
fn unit(debian: &Booted, property: &str) -> String {
    debian.ok(&format!(
        "systemctl show --property {property} --value ostlerd.service"
    ))
}

/// Nothing is asked, nothing has to be configured, and nobody on the network can reach it.
fn install(debian: &Booted, package: &str) {
    debian.ok(&format!("dpkg --install {package}"));
    assert_eq!(debian.ok("dpkg --verify ostler"), "");
    assert_eq!(unit(debian, "ActiveState"), "active");
    let enabled = debian.ok("systemctl is-enabled ostlerd.service ostlerd.socket");
    assert_eq!(enabled, "enabled\nenabled");
    let modes = debian.ok(
        "stat --format='%n %U:%G %a' /run/ostler /run/ostler/ostler.sock /var/lib/ostler /var/lib/ostler/* /etc/ostler/*",
    );
    for line in [
        "/run/ostler ostler:ostler 755",
        "/run/ostler/ostler.sock ostler:ostler 660",
        "/var/lib/ostler ostler:ostler 700",
        "/var/lib/ostler/credentials.key ostler:ostler 600",
        "/var/lib/ostler/ostler.db ostler:ostler 600",
        "/etc/ostler/ostler.toml root:root 644",
        "/etc/ostler/ostler.toml.d root:root 755",
    ] {
        assert!(modes.lines().any(|of| of == line), "{line}: {modes}");
    }
    // 127.0.0.1:6688, as the kernel writes it; no other socket listens on TCP.
    let listening =
        debian.ok("grep --no-filename ' 0A ' /proc/net/tcp /proc/net/tcp6 | awk '{print $2}'");
    assert_eq!(listening, "0100007F:1A20");
    let without_token = debian.run("ostler --url http://127.0.0.1:6688 instance list");
    assert!(
        without_token.code != Some(0) && without_token.err.contains("token"),
        "{without_token:?}"
    );
    // In tenths: 1.2.
    let exposure = debian.run("systemd-analyze security --no-pager --threshold=12 ostlerd.service");
    assert_eq!(exposure.code, Some(0), "{}", exposure.out);
    let complaints = debian.ok(
        "systemd-analyze verify --man=no ostlerd.service ostlerd.socket 2>&1; journalctl --boot --grep '/ostlerd\\.(service|socket):[0-9]+:' || true",
    );
    assert!(!complaints.contains("ostlerd.s"), "{complaints}");
}

/// The kernel knows who is calling.
fn who_may_do_what(debian: &Booted) {
    debian.ok("useradd alice --groups ostler && useradd bob && useradd carol --groups ostler,ostler-admin");
    let alice = debian.run_as("alice", "ostler instance list");
    assert_eq!(alice.code, Some(0), "{alice:?}");
    let bob = debian.run_as("bob", "ostler instance list");
    assert!(
        bob.code != Some(0) && bob.err.contains("group ostler"),
        "{bob:?}"
    );
    let nodes = debian.run_as(
        "alice",
        "ostler node create n9 --bmc-address 127.0.0.1 --bmc-no-password",
    );
    assert!(nodes.code != Some(0), "{nodes:?}");
}

/// An administrator registers a machine and turns it on, and the journal finds it.
fn power(debian: &Booted) {
    debian.ok(RACK);
    let registered = debian.run_as("carol", REGISTER);
    assert_eq!(registered.code, Some(0), "{registered:?}");
    let on = debian.run_as("carol", "ostler node power n1 on --wait");
    assert_eq!(on.code, Some(0), "{on:?}");
    assert_eq!(n1(debian)["power_state"], "power on");
    let lines = debian.ok("journalctl --output=cat _SYSTEMD_UNIT=ostlerd.service NODE=n1 || true");
    assert!(lines.contains("power on"), "NODE=n1: {lines}");
}

/// The machine, as an administrator sees it.
#[track_caller]
fn n1(debian: &Booted) -> Value {
    serde_json::from_str(&debian.ok("ostler node show n1 --json")).unwrap()
}

/// Settings that can change while it runs are taken over, and bad ones leave it as it was.
fn reload(debian: &Booted) {
    let pid = unit(debian, "MainPID");
    let lines =
        "journalctl --output=cat _SYSTEMD_UNIT=ostlerd.service | grep --count answered || true";
    let before = debian.ok(lines);
    debian.ok("printf '[log]\\nlevel = \"debug\"\\n' >/etc/ostler/ostler.toml.d/site.toml && systemctl reload ostlerd.service");
    // Each request is a line at that level.
    until("the new log level to be in force", || {
        debian.ok("ostler instance list");
        (debian.ok(lines) != before).then_some(())
    });
    debian.ok("printf '[log]\\nlevel = \"\"\\nloud = true\\n' >/etc/ostler/ostler.toml.d/bad.toml");
    assert_ne!(debian.run("ostlerd check").code, Some(0));
    debian.run("systemctl reload ostlerd.service");
    debian.ok("ostler instance list && rm /etc/ostler/ostler.toml.d/*");
    assert_eq!(unit(debian, "MainPID"), pid);
    assert_eq!(unit(debian, "ActiveState"), "active");
}

/// What a reload runs is not given the service's credentials, and systemd 252 names them to it all the same.
fn reload_with_credentials(debian: &Booted) {
    let override_file = "/run/systemd/system/ostlerd.service.d/tls.conf";
    let from = "/packages/tls";
    debian.ok(&format!(
        "mkdir -p $(dirname {override_file}) && \
         printf '[Service]\\nLoadCredential=tls.crt:{from}/cert.pem\\nLoadCredential=tls.key:{from}/key.pem\\n' >{override_file} && \
         printf '[api]\\ntls_certificate = \"tls.crt\"\\ntls_key = \"tls.key\"\\n' >/etc/ostler/ostler.toml.d/tls.toml && \
         systemctl daemon-reload && systemctl restart ostlerd.service"
    ));
    let pid = unit(debian, "MainPID");
    debian.ok("systemctl reload ostlerd.service");
    assert_eq!(unit(debian, "MainPID"), pid);
    debian.ok("ostler token create --user tls --project web --role member >/root/tls-token && chmod 0600 /root/tls-token");
    debian.ok(&format!(
        "ostler --url https://127.0.0.1:6688 --ca-file {from}/ca.pem --token-file /root/tls-token instance list"
    ));
    debian.ok(&format!(
        "rm {override_file} /etc/ostler/ostler.toml.d/tls.toml /root/tls-token && systemctl daemon-reload && \
         systemctl restart ostlerd.service"
    ));
}

/// The unit does not let the daemon choose processors for its threads; the drop-in of the manual does.
fn a_processor_for_the_api(debian: &Booted) {
    let places = || {
        let pid = unit(debian, "MainPID");
        let places = format!("grep --no-filename Cpus_allowed: /proc/{pid}/task/*/status");
        debian.ok(&format!("{places} | sort --unique | wc --lines"))
    };
    let is_one = debian.ok("nproc") == "1";
    assert_eq!(places(), "1");
    let override_file = "/run/systemd/system/ostlerd.service.d/processors.conf";
    debian.ok(&format!(
        "mkdir -p $(dirname {override_file}) && \
         printf '[Service]\\nSystemCallFilter=sched_setaffinity\\n' >{override_file} && \
         systemctl daemon-reload && systemctl restart ostlerd.service"
    ));
    assert_eq!(places(), if is_one { "1" } else { "2" });
    debian.ok(&format!(
        "rm {override_file} && systemctl daemon-reload && systemctl restart ostlerd.service"
    ));
}

/// A daemon that does not move any more is started again.
fn watchdog(debian: &Booted) {
    let override_file = "/run/systemd/system/ostlerd.service.d/watchdog.conf";
    debian.ok(&format!(
        "mkdir -p $(dirname {override_file}) && printf '[Service]\\nWatchdogSec=3s\\n' >{override_file} && \
         systemctl daemon-reload && systemctl restart ostlerd.service"
    ));
    let pid = unit(debian, "MainPID");
    debian.ok(&format!("kill -STOP {pid}"));
    until("the watchdog to restart the daemon", || {
        let back = unit(debian, "NRestarts") != "0" && unit(debian, "ActiveState") == "active";
        back.then_some(())
    });
    assert_ne!(unit(debian, "MainPID"), pid);
    let journal =
        debian.ok("journalctl --unit=ostlerd.service --output=cat --grep='Watchdog timeout'");
    assert!(journal.contains("Watchdog timeout"), "{journal}");
    debian.ok(&format!(
        "rm {override_file} && systemctl daemon-reload && systemctl restart ostlerd.service"
    ));
}

/// A call starts a daemon that is not there, on the Unix socket and on a port that is systemd's.
fn activation(debian: &Booted) {
    let stop = "systemctl stop ostlerd.service 2>/dev/null";
    debian.ok(stop);
    assert_eq!(unit(debian, "ActiveState"), "inactive");
    let alice = debian.run_as("alice", "ostler instance list");
    assert_eq!(alice.code, Some(0), "{alice:?}");
    assert_eq!(unit(debian, "ActiveState"), "active");

    debian.ok("ostler token create --user ci --project web --role member >/root/token && chmod 0600 /root/token");
    let override_file = "/run/systemd/system/ostlerd.socket.d/tcp.conf";
    debian.ok(&format!(
        "mkdir -p $(dirname {override_file}) && printf '[Socket]\\nListenStream=127.0.0.1:443\\n' >{override_file} && \
         systemctl daemon-reload && {stop}; systemctl restart ostlerd.socket"
    ));
    assert_eq!(unit(debian, "ActiveState"), "inactive");
    debian.ok("ostler --url http://127.0.0.1:443 --token-file /root/token instance list");
    assert_eq!(unit(debian, "ActiveState"), "active");
    debian.ok(&format!("rm {override_file} && systemctl daemon-reload && systemctl restart ostlerd.socket ostlerd.service"));
}

/// What the settings may not do, the socket unit may not either: tokens do not cross the network in clear.
fn plain_tcp(debian: &Booted) {
    let override_file = "/run/systemd/system/ostlerd.socket.d/tcp.conf";
    debian.ok(&format!(
        "printf '[Socket]\\nListenStream=0.0.0.0:443\\n' >{override_file} && systemctl daemon-reload && \
         systemctl stop ostlerd.service ostlerd.socket"
    ));
    let started = debian.run("systemctl start ostlerd.service");
    assert_ne!(started.code, Some(0), "{started:?}");
    let why = debian.ok("journalctl --unit=ostlerd.service --output=cat --lines=20");
    assert!(
        why.contains("0.0.0.0:443") && why.contains("tls_certificate"),
        "{why}"
    );
    debian.ok(&format!(
        "rm {override_file} && systemctl daemon-reload && systemctl stop ostlerd.service ostlerd.socket && \
         systemctl start ostlerd.socket ostlerd.service"
    ));
    debian.ok("ostler instance list");
}

/// The key need not lie beside the database.
fn key_from_the_credential_store(debian: &Booted) {
    debian.ok(
        "systemctl stop ostlerd.service ostlerd.socket && mkdir -p /etc/credstore && \
         mv /var/lib/ostler/credentials.key /etc/credstore/ostlerd.credentials.key && \
         chown root:root /etc/credstore/ostlerd.credentials.key && systemctl start ostlerd.service",
    );
    // The BMC's password is opened with it.
    let off = debian.run("ostler node power n1 off --wait");
    assert_eq!(off.code, Some(0), "{off:?}");
    let key = debian.run("test -e /var/lib/ostler/credentials.key");
    assert_eq!(key.code, Some(1), "it made another key");
}

/// State and edited settings stay, and whoever calls meanwhile is served: the socket stays too.
fn upgrade(debian: &Booted, package: &str) {
    debian.ok("echo '# ours' >>/etc/ostler/ostler.toml");
    // The program of the package is away for a moment while it is replaced.
    debian.ok("cp /usr/bin/ostler /tmp/ostler");
    let pid = unit(debian, "MainPID");
    let upgraded = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let calls = scope.spawn(|| {
            let mut calls = 0;
            while !upgraded.load(Ordering::Acquire) {
                let alice = debian.run_as("alice", "/tmp/ostler instance list");
                assert_eq!(alice.code, Some(0), "{alice:?}");
                calls += 1;
            }
            calls
        });
        let done = debian.run(&format!("dpkg --install {package}"));
        upgraded.store(true, Ordering::Release);
        assert_eq!(done.code, Some(0), "{done:?}");
        assert!(calls.join().unwrap() > 0);
    });
    assert_ne!(
        unit(debian, "MainPID"),
        pid,
        "the old daemon is still there"
    );
    assert_eq!(unit(debian, "ActiveState"), "active");
    assert!(debian.ok("dpkg-query --show ostler").ends_with("-2"));
    assert_eq!(
        debian.ok("tail --lines=1 /etc/ostler/ostler.toml"),
        "# ours"
    );
    assert_eq!(n1(debian)["power_state"], "power off");
}

/// What is removed leaves its state and its settings, and finds them again.
fn remove_and_come_back(debian: &Booted, package: &str) {
    debian.ok("dpkg --remove ostler");
    assert_ne!(
        debian
            .run("systemctl is-active ostlerd.service ostlerd.socket")
            .code,
        Some(0)
    );
    let gone = debian.run("ls -d /usr/bin/ostlerd /usr/lib/systemd/system/ostlerd.* /run/ostler");
    assert_eq!(gone.out, "");
    debian.ok("test -e /var/lib/ostler/ostler.db && test -e /etc/ostler/ostler.toml");
    debian.ok(&format!("dpkg --install {package}"));
    assert_eq!(
        debian.ok("tail --lines=1 /etc/ostler/ostler.toml"),
        "# ours"
    );
    debian.ok("ostler node show n1");
}

/// All of it is gone, but for the names of the user and the groups.
fn purge(debian: &Booted) {
    debian.ok("systemctl stop rack.service; rm -r /etc/credstore /root/token /tmp/ostler /run/systemd/system/ostlerd.*");
    let said = debian.ok("dpkg --purge ostler");
    assert!(said.contains("/var/lib/ostler"), "{said}");
    let left = debian.ok(
        "find / -xdev \\( -path /packages -o -path /proc -o -path /sys \\) -prune -o -name '*ostler*' -print; \
         find /run -xdev -name '*ostler*' ! -path '/run/systemd/*'",
    );
    assert_eq!(left, "");
    debian.ok("getent passwd ostler && getent group ostler-admin");
}
