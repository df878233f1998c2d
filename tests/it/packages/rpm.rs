//! The rpm: by itself, and its life in a Debian that systemd has booted, where its scriptlets run as they are.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::booted::Booted;

use super::built;

#[test]
fn rpmlint_finds_nothing_in_the_rpm() {
    let Some([rpm, _]) = built::both("rpm") else {
        return;
    };
    let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/rpm/rpmlint.toml");
    let mut rpmlint = Command::new("rpmlint");
    rpmlint.arg("--config").arg(settings).arg(rpm);
    if let Some(said) = built::lint(&mut rpmlint) {
        assert!(said.contains(" 0 errors, 0 warnings"), "{said}");
    }
}

#[test]
fn twice_the_same_programs_make_twice_the_same_rpm() {
    let Some([rpm, _]) = built::both("rpm") else {
        return;
    };
    let elsewhere = tempfile::tempdir().unwrap();
    let again = built::build("rpm", "1", elsewhere.path()).unwrap();
    assert_eq!(rpm.file_name(), again.file_name());
    assert!(fs::read(rpm).unwrap() == fs::read(again).unwrap());
}

/// Its dependencies are not looked at: no other package of this Debian is known to rpm.
#[test]
fn an_rpm_is_installed_verified_upgraded_and_erased_with_its_scriptlets() {
    let Some([first, second]) = built::both("rpm") else {
        return;
    };
    let Some(debian) = Booted::boot(&built::directory()) else {
        return;
    };
    let rpm = |what: &str, path: &Path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        let said = debian.run(&format!("rpm --nodeps {what} /packages/{name}"));
        assert_eq!(said.code, Some(0), "{said:?}");
        let complaint = ["warning", "error", "ailed"]
            .iter()
            .find(|of| said.err.contains(**of));
        assert_eq!(complaint, None, "{said:?}");
    };
    let service = |property: &str| {
        debian.ok(&format!(
            "systemctl show --property {property} --value ostlerd.service"
        ))
    };
    let units = "systemctl is-enabled ostlerd.service ostlerd.socket";

    rpm("--install", &first);
    assert_eq!(debian.ok("rpm --verify --nodeps ostler"), "");
    assert_eq!(debian.ok(units), "enabled\nenabled");
    assert_eq!(service("ActiveState"), "active");
    debian.ok("useradd alice --groups ostler");
    let alice = debian.run_as("alice", "ostler instance list");
    assert_eq!(alice.code, Some(0), "{alice:?}");
    debian.ok("printf admin | ostler node create n1 --bmc-address 127.0.0.1 --bmc-password-stdin");

    let pid = service("MainPID");
    debian.ok("echo '# ours' >>/etc/ostler/ostler.toml");
    rpm("--upgrade", &second);
    assert!(debian.ok("rpm --query ostler").contains("-2."));
    assert_ne!(service("MainPID"), pid, "the old daemon is still there");
    assert_eq!(service("ActiveState"), "active");
    assert_eq!(debian.ok(units), "enabled\nenabled");
    assert_eq!(
        debian.ok("tail --lines=1 /etc/ostler/ostler.toml"),
        "# ours"
    );
    debian.ok("ostler node show n1");

    debian.ok("rpm --erase ostler");
    let active = debian.run("systemctl is-active ostlerd.service ostlerd.socket");
    assert_ne!(active.code, Some(0), "{active:?}");
    let left = debian.ok(
        "find / -xdev \\( -path /packages -o -path /proc -o -path /sys \\) -prune -o -path '*ostler*' ! -path '/var/lib/ostler/*' -print | sort; \
         find /run -xdev -name '*ostler*' ! -path '/run/systemd/*'",
    );
    assert_eq!(
        left,
        "/etc/ostler\n/etc/ostler/ostler.toml.rpmsave\n/var/lib/ostler"
    );
}
