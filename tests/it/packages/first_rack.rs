//! doc/first-rack.md, followed as it stands on the page: from the package to a machine that was turned on.

use std::fs;
use std::path::Path;

use crate::common::booted::Booted;
use crate::common::ipmi_sim::{COMMANDS, CONTROL, lan_conf};
use crate::common::wait::until;

use super::built;

/// Where the BMC's files are in the Debian.
const BMC: &str = "/root/bmc";

/// The BMC that the page speaks of.
const ADDRESS: &str = "10.0.0.11";

#[test]
fn whoever_follows_the_page_has_turned_a_machine_on_and_handed_it_out() {
    let Some([package, _]) = built::both("deb") else {
        return;
    };
    let shared = built::directory();
    let pages = shared.join("first-rack");
    fs::create_dir_all(&pages).unwrap();
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::copy(top.join("doc/first-rack.md"), pages.join("first-rack.md")).unwrap();
    fs::copy(top.join("tests/pages/run"), pages.join("run")).unwrap();
    fs::write(pages.join("control"), CONTROL).unwrap();
    fs::write(pages.join("power"), "0").unwrap();
    fs::write(pages.join("commands"), COMMANDS).unwrap();
    let [control, power] = ["control", "power"].map(|name| Path::new(BMC).join(name));
    let settings = lan_conf(ADDRESS, 623, &control, &power);
    fs::write(pages.join("lan.conf"), settings).unwrap();
    let Some(debian) = Booted::boot(&shared) else {
        return;
    };
    debian.ok(&format!(
        "cp -r /packages/first-rack {BMC} && chmod +x {BMC}/control {BMC}/run && ip address add {ADDRESS}/32 dev lo && \
         systemd-run --quiet --unit=bmc ipmi_sim -n -c {BMC}/lan.conf -f {BMC}/commands -s {BMC}"
    ));
    let package = package.file_name().unwrap().to_str().unwrap();
    debian.ok(&format!("cp /packages/{package} /root"));
    until("the BMC to listen", || {
        let listening = debian.ok("ss --udp --listening --numeric --no-header");
        listening.contains(ADDRESS).then_some(())
    });
    let section = |heading: &str| {
        let followed = debian.run(&format!(
            "cd /root && {BMC}/run {BMC}/first-rack.md '{heading}'"
        ));
        assert_eq!(followed.code, Some(0), "{heading}: {followed:?}");
    };
    section("Install");
    section("See what the BMC says");
    section("Register the machine, and turn it on");
    assert_eq!(debian.ok(&format!("cat {BMC}/power")), "1");
    section("Let others in");
    section("Hand a machine to somebody");
    assert_eq!(debian.ok(&format!("cat {BMC}/power")), "0");
}
