//! The deb by itself.

use std::fs;
use std::process::Command;

use super::built;

#[test]
fn lintian_at_its_most_pedantic_finds_nothing_in_the_deb() {
    let Some([deb, _]) = built::both("deb") else {
        return;
    };
    let mut lintian = Command::new("lintian");
    lintian
        .args([
            "--allow-root",
            "--pedantic",
            "--display-info",
            "--tag-display-limit=0",
        ])
        .args(["--fail-on=error,warning,info,pedantic", "--no-cfg"])
        .arg(&deb);
    if let Some(said) = built::lint(&mut lintian) {
        assert_eq!(said, "");
    }
}

#[test]
fn twice_the_same_programs_make_twice_the_same_deb() {
    let Some([deb, _]) = built::both("deb") else {
        return;
    };
    let elsewhere = tempfile::tempdir().unwrap();
    let again = built::build("deb", "1", elsewhere.path()).unwrap();
    assert_eq!(deb.file_name(), again.file_name());
    assert!(fs::read(deb).unwrap() == fs::read(again).unwrap());
}
