//! DHCP for machines that boot over the network, as the package brings it: off, and confined when it is on.

use std::time::Duration;

use ostler::time::instant;

use crate::common::booted::Booted;
use crate::common::wait::until;

use super::built;

const HOSTS: &str = "/var/cache/ostler/dhcp/hosts";
const URL_FILE: &str = "/var/cache/ostler/dhcp/options/boot-url";

/// Longer than ostler-dnsmasq-reload.service collects changes.
const STILL: Duration = Duration::from_secs(3);

/// How often dnsmasq has read a file.
#[track_caller]
fn read(debian: &Booted, file: &str) -> u32 {
    let lines = format!(
        "journalctl --unit=ostler-dnsmasq.service --output=cat | grep --count 'read {file}$' || true"
    );
    debian.ok(&lines).parse().unwrap()
}

/// The unit's state in one word.
#[track_caller]
fn state(debian: &Booted, unit: &str) -> String {
    debian.ok(&format!(
        "systemctl show --property=ActiveState --value {unit}"
    ))
}

#[test]
fn dnsmasq_is_off_until_enabled_reads_what_ostlerd_writes_and_forgets_what_goes() {
    let Some([deb, _]) = built::both("deb") else {
        return;
    };
    let Some(debian) = Booted::boot(&built::directory()) else {
        return;
    };
    let name = deb.file_name().unwrap().to_str().unwrap();
    debian.ok(&format!("dpkg --install /packages/{name}"));
    let unit = "ostler-dnsmasq.service";
    let enabled = debian.run(&format!("systemctl is-enabled {unit}"));
    assert_eq!(enabled.out, "disabled\n");
    assert_eq!(state(&debian, unit), "inactive");
    let owners = debian.ok(&format!(
        "stat --format='%U %a' /var/cache/ostler /var/cache/ostler/dhcp {HOSTS} /etc/ostler/dnsmasq.conf"
    ));
    assert_eq!(owners, "ostler 755\nostler 755\nostler 755\nroot 644");

    // What doc/netboot.md says, on the interface that it speaks of.
    debian.ok(
        "ip link add eno2 type veth peer name other && ip link set eno2 up && ip address add 10.20.0.1/24 dev eno2 && mkdir -p /usr/lib/ipxe && \
         printf '[netboot]\\nlisten = [\"10.20.0.1:6680\"]\\ndhcp_dir = \"/var/cache/ostler/dhcp\"\\n' \
         >/etc/ostler/ostler.toml.d/netboot.toml && systemctl restart ostlerd.service && systemctl enable --now ostler-dnsmasq",
    );
    until("dnsmasq to know the URL", || {
        (read(&debian, URL_FILE) > 0).then_some(())
    });
    assert_eq!(state(&debian, unit), "active");
    let user = debian.ok(&format!(
        "awk '/^Uid:/ {{print $2}}' /proc/$(systemctl show --property=MainPID --value {unit})/status"
    ));
    assert_eq!(user, debian.ok("id --user dnsmasq"));
    forgets(&debian);
    let units = "ostler-dnsmasq.service ostler-dnsmasq-reload.path ostler-dnsmasq-reload.service";
    let complaints = debian.ok(&format!(
        "systemd-analyze verify --man=no {units} 2>&1 || true"
    ));
    assert!(!complaints.contains("ostler-dnsmasq"), "{complaints}");
    // In tenths: 3.0.
    let exposure = debian.run(&format!(
        "systemd-analyze security --no-pager --threshold=30 {unit}"
    ));
    assert_eq!(exposure.code, Some(0), "{}", exposure.out);

    debian.ok("dpkg --purge ostler");
    assert_ne!(state(&debian, unit), "active");
    let left = debian.ok(
        "find / -xdev \\( -path /packages -o -path /proc -o -path /sys \\) -prune -o -name '*ostler*' -print",
    );
    assert_eq!(left, "");
}

/// Waits until dnsmasq was reloaded after it saw a new file, and no other reload is on its way: it would look like the next one.
fn wait_reloaded(debian: &Booted, file: &str) {
    let mut last = (0, instant());
    until("the reload after it to be over", || {
        let count = read(debian, file);
        let is_over = count > 1
            && count == last.0
            && state(debian, "ostler-dnsmasq-reload.service") == "inactive"
            && state(debian, "ostler-dnsmasq.service") == "active";
        if !is_over {
            last = (count, instant());
        }
        (instant() - last.1 > STILL).then_some(())
    });
}

/// A file that goes is one that dnsmasq does not read at the reload that follows.
fn forgets(debian: &Booted) {
    let [goes, stays] = ["01", "02"].map(|last| format!("{HOSTS}/52-54-00-00-00-{last}"));
    // It would take away what it does not know.
    debian.ok("systemctl stop ostlerd.service");
    for (file, mac) in [(&goes, "52:54:00:00:00:01"), (&stays, "52:54:00:00:00:02")] {
        let written = debian.run_as("ostler", &format!("echo {mac} >{file}"));
        assert_eq!(written.code, Some(0), "{written:?}");
        until("dnsmasq to see it at once", || {
            (read(debian, file) > 0).then_some(())
        });
        wait_reloaded(debian, file);
    }
    let before = read(debian, &stays);
    debian.ok(&format!("rm {goes}"));
    until("a reload", || (read(debian, &stays) > before).then_some(()));
    // When it went, dnsmasq tried to read it once more.
    let [gone, before] = [&goes, &stays].map(|file| read(debian, file));
    let restarts = debian.ok("systemctl show --property=NRestarts --value ostler-dnsmasq.service");
    assert_eq!(restarts, "0", "it was reloaded, not started again");
    // At each reload, and not only because it is new.
    let reloaded = debian.run("systemctl reload ostler-dnsmasq.service");
    assert_eq!(reloaded.code, Some(0), "{reloaded:?}");
    until("another reload", || {
        (read(debian, &stays) > before).then_some(())
    });
    assert_eq!(read(debian, &goes), gone, "it is forgotten");
}
