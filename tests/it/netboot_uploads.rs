//! Kernels and initrds are uploaded: streamed to the disk, kept when they are whole and right, and gone without a trace where
//! they are not.
#![cfg(test)]

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::common::daemon::{Daemon, Surroundings};
use crate::common::http::{Client, Response};
use crate::common::prometheus::Page;
use crate::common::skip::skip;
use crate::common::small_disk::SmallDisk;
use crate::common::wait::{until, until_within};

const POWER: &str = "poll_interval_secs = 1\n";
const OCTETS: &str = "application/octet-stream";

/// A daemon with these lines below `[netboot]`.
fn with_netboot(lines: &str) -> Daemon {
    Daemon::with_power(&format!("{POWER}[netboot]\n{lines}\n"))
}

fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The files of images, in the order of their names.
pub(crate) fn files(daemon: &Daemon) -> Vec<String> {
    let directory = daemon.directory().join("state/images");
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|of| of.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn file(daemon: &Daemon, name: &str) -> PathBuf {
    daemon.directory().join("state/images").join(name)
}

fn make_image(admin: &Client, body: &Value) -> String {
    let made = admin.post("/v1/images", body).expect(201).json();
    format!("/v1/images/{}", made["uuid"].as_str().unwrap())
}

fn upload(admin: &Client, image: &str, part: &str, bytes: &[u8]) -> Response {
    let admin = admin.with("Content-Type", OCTETS);
    admin.send("PUT", &format!("{image}/{part}"), Some(bytes))
}

fn ostler(daemon: &Daemon, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ostler"));
    command.env("OSTLER_SOCKET", daemon.directory().join("ostler.sock"));
    command.args(arguments).output().unwrap()
}

#[test]
fn an_upload_is_the_images_in_place_of_its_url_until_it_is_removed_or_a_url_is_set() {
    let daemon = Daemon::start();
    let admin = daemon.unix();
    let image = make_image(
        &admin,
        &json!({"name": "i", "initrd_url": "http://h/i", "initrd_sha256": null}),
    );
    assert_eq!(admin.get(&image).expect(200).json()["boot"], "external");
    let (kernel, initrd) = (b"a kernel".as_slice(), b"an initrd".as_slice());
    let first = upload(&admin, &image, "kernel", kernel).expect(200);
    let etag = first.header("etag").unwrap().to_owned();
    assert_eq!(first.json(), admin.get(&image).expect(200).json());
    let both = upload(&admin, &image, "initrd", initrd).expect(200);
    assert_ne!(both.header("etag"), Some(etag.as_str()));
    let shown = both.json();
    assert_eq!(shown["boot"], "network", "there is something to boot now");
    for (part, bytes) in [("kernel", kernel), ("initrd", initrd)] {
        assert_eq!(shown[format!("{part}_url")], json!(null));
        assert_eq!(shown[format!("{part}_sha256")], sha256(bytes));
        assert_eq!(shown[format!("{part}_size")], bytes.len());
        assert_eq!(fs::read(file(&daemon, &sha256(bytes))).unwrap(), bytes);
    }
    // A checksum of an upload is what it is; a URL has none but its own.
    let set = |path: &str, value: &str| json!([{"op": "replace", "path": path, "value": value}]);
    let other = set("/kernel_sha256", &sha256(b"other"));
    let refused = admin.patch(&image, &other).expect_error(400);
    assert!(refused.contains("uploaded kernel"), "{refused}");
    let of_url = admin.patch(&image, &set("/kernel_url", "http://h/k"));
    let of_url = of_url.expect(200).json();
    assert_eq!(of_url["kernel_url"], "http://h/k");
    assert_eq!(of_url["kernel_sha256"], json!(null));
    assert_eq!(of_url["kernel_size"], json!(null));
    assert_eq!(of_url["initrd_size"], initrd.len(), "the other stays");
    let path = format!("{image}/initrd");
    admin.with("If-Match", "\"old\"").delete(&path).expect(412);
    admin.delete(&path).expect(204);
    let gone = admin.get(&image).expect(200).json();
    assert_eq!(gone["initrd_sha256"], json!(null));
    assert_eq!(gone["initrd_size"], json!(null));
    admin.delete(&path).expect_error(404);
}

#[test]
fn what_is_not_what_was_meant_changes_nothing_and_leaves_no_file() {
    let daemon = Daemon::start();
    let admin = daemon.unix();
    let meant = sha256(b"meant").to_uppercase();
    let image = make_image(&admin, &json!({"name": "i", "initrd_sha256": meant}));
    let before = admin.get(&image).expect(200);
    assert_eq!(before.json()["initrd_sha256"], meant.to_lowercase());
    let digest_of_empty = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";
    let with = |name: &str, value: &str| admin.with("Content-Type", OCTETS).with(name, value);
    let kernel = format!("{image}/kernel");
    let put = |client: &Client, path: &str| client.send("PUT", path, Some(b"other"));
    let wrong = put(&with("Content-Digest", digest_of_empty), &kernel).expect_error(400);
    assert!(wrong.contains(&sha256(b"other")), "{wrong}");
    put(&with("Content-Digest", "sha-256=0:"), &kernel).expect_error(400);
    put(&with("If-Match", "\"old\""), &kernel).expect_error(412);
    put(&with("X-Any", "1"), "/v1/images/none/kernel").expect_error(404);
    put(&with("X-Any", "1"), &format!("{kernel}?x=1")).expect_error(400);
    put(&admin.with("Content-Type", "text/plain"), &kernel).expect_error(415);
    let expected = upload(&admin, &image, "initrd", b"other").expect_error(400);
    assert!(expected.contains(&meant.to_lowercase()), "{expected}");
    upload(&admin, &image, "kernel", b"").expect_error(400);
    let member = daemon.tcp_as("m", "p", "member");
    upload(&member, &image, "kernel", b"other").expect_error(403);
    // Cut off in the middle, with a length and without one.
    let head = admin.with("Content-Type", OCTETS).head("PUT", &kernel);
    for rest in [
        "Content-Length: 10\r\n\r\nother",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nother\r\n",
    ] {
        let answer = admin.exchange(format!("{head}{rest}").as_bytes(), true);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
            "{answer}"
        );
    }
    let after = admin.get(&image).expect(200);
    assert_eq!(after.header("etag"), before.header("etag"));
    until("nothing to be left", || {
        files(&daemon).is_empty().then_some(())
    });
    upload(&admin, &image, "initrd", b"meant").expect(200);
    // What an upload has is no expectation of the next.
    upload(&admin, &image, "initrd", b"another").expect(200);
}

#[test]
fn an_image_says_what_is_wrong_with_its_variables_its_checksums_and_its_kind() {
    let daemon = Daemon::start();
    let admin = daemon.unix();
    for (field, value, part) in [
        ("kernel_args", json!("ip=${adress}"), "${adress}"),
        ("kernel_args", json!("ip=${ip"), "without its }"),
        ("kernel_args", json!("a\nb"), "one line"),
        ("kernel_sha256", json!("abc"), "64 hexadecimal digits"),
        ("kernel_size", json!(3), "kernel_size"),
        ("kind", json!("scrub"), "phone-home"),
        ("kind", json!("other"), "kind"),
        ("kernel_url", json!("http://u:p@h/k"), "no password"),
    ] {
        let body = json!({"name": "i", field: value});
        let refused = admin.post("/v1/images", &body).expect_error(400);
        assert!(refused.contains(part), "{field}: {refused}");
    }
    assert_eq!(
        admin.get("/v1/images").expect(200).json()["images"],
        json!([])
    );
    let body = json!({"name": "wipe", "kind": "scrub", "completion": "phone-home", "kernel_args": "u=${phone_home_url}"});
    let image = make_image(&admin, &body);
    let power_on = json!([{"op": "remove", "path": "/completion"}]);
    admin.patch(&image, &power_on).expect_error(400);
    let deploy =
        json!([{"op": "remove", "path": "/kind"}, {"op": "remove", "path": "/completion"}]);
    let changed = admin.patch(&image, &deploy).expect(200).json();
    assert_eq!(changed["kind"], "deploy");
}

#[test]
fn files_keep_to_the_sizes_that_the_settings_allow() {
    let daemon = with_netboot("max_file_mib = 1\nmax_store_mib = 2");
    let admin = daemon.unix();
    let image = make_image(&admin, &json!({"name": "i"}));
    let (mib, more) = (vec![1; 1 << 20], vec![2; (1 << 20) + 1]);
    let announced = upload(&admin, &image, "kernel", &more).expect_error(413);
    assert!(announced.contains("netboot.max_file_mib"), "{announced}");
    let head = admin.with("Content-Type", OCTETS);
    let head = head.head("PUT", &format!("{image}/kernel"));
    let mut chunked = format!(
        "{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n",
        more.len()
    );
    chunked += &String::from_utf8(more).unwrap();
    chunked += "\r\n0\r\n\r\n";
    let answer = Response::read(admin.exchange(chunked.as_bytes(), false).as_slice(), "PUT");
    answer.unwrap().expect_error(413);
    assert_eq!(files(&daemon), [""; 0]);
    upload(&admin, &image, "kernel", &mib).expect(200);
    upload(&admin, &image, "initrd", &vec![3; 1 << 20]).expect(200);
    let full = upload(&admin, &image, "initrd", b"one more byte");
    assert!(full.header("retry-after").is_some());
    let full = full.expect_error(507);
    assert!(full.contains("netboot.max_store_mib"), "{full}");
    let bytes = Page::of(&admin).sum("ostler_store_image_files_bytes", &[]);
    assert!((bytes - f64::from(2 << 20)).abs() < 0.5, "{bytes}");
    assert_eq!(files(&daemon).len(), 2);
}

#[test]
fn the_command_line_hears_why_a_file_is_refused_that_it_is_still_sending() {
    let daemon = with_netboot("max_file_mib = 1");
    make_image(&daemon.unix(), &json!({"name": "i"}));
    let directory = tempfile::tempdir().unwrap();
    let kernel = directory.path().join("k");
    fs::write(&kernel, vec![1; 64 << 20]).unwrap();
    let kernel = kernel.to_str().unwrap();
    let refused = ostler(&daemon, &["image", "upload", "i", "--kernel", kernel]);
    let stderr = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("netboot.max_file_mib"), "{stderr}");
    let cleared = ostler(&daemon, &["image", "clear", "i", "--kernel"]);
    assert_eq!(cleared.status.code(), Some(3), "there is none");
}

#[test]
fn a_disk_that_is_full_takes_no_file_and_the_database_goes_on() {
    let mut disk = None;
    let daemon = Daemon::with_surroundings(POWER, |directory| {
        let state = directory.join("state");
        fs::create_dir(&state).unwrap();
        let made = SmallDisk::mount(&state, 28)?;
        let prefix = made.prefix();
        disk = Some(made);
        Ok(Surroundings {
            prefix,
            ..Surroundings::default()
        })
    });
    let daemon = match daemon {
        Ok(daemon) => daemon,
        Err(why) => return skip(&why),
    };
    let admin = daemon.unix();
    let image = make_image(&admin, &json!({"name": "i"}));
    let large = vec![7; 20 << 20];
    let refused = upload(&admin, &image, "kernel", &large).expect_error(507);
    assert!(refused.contains("make some"), "{refused}");
    make_image(&admin, &json!({"name": "j"}));
    upload(&admin, &image, "kernel", b"a kernel").expect(200);
}

/// What of the daemon is in memory, and was at most, in KiB.
fn memory(daemon: &Daemon) -> (u64, u64) {
    let status = fs::read_to_string(format!("/proc/{}/status", daemon.pid())).unwrap();
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    (of("VmRSS:"), of("VmHWM:"))
}

#[test]
fn a_large_file_goes_to_the_disk_and_not_into_memory() {
    let daemon = Daemon::start();
    let admin = daemon.unix();
    let image = make_image(&admin, &json!({"name": "i"}));
    upload(&admin, &image, "kernel", &vec![1; 4 << 20]).expect(200);
    let (before, _) = memory(&daemon);
    let large = vec![2; 64 << 20];
    let shown = upload(&admin, &image, "initrd", &large).expect(200).json();
    assert_eq!(shown["initrd_size"], 64 << 20);
    assert_eq!(shown["initrd_sha256"], sha256(&large));
    let (_, peak) = memory(&daemon);
    let grown = peak.saturating_sub(before);
    assert!(grown < 16 << 10, "{grown} KiB more for 64 MiB");
}

#[test]
fn a_file_that_stops_coming_is_given_up() {
    let daemon = Daemon::start();
    let admin = daemon.unix();
    let image = make_image(&admin, &json!({"name": "i"}));
    let head = admin.with("Content-Type", OCTETS);
    let head = head.head("PUT", &format!("{image}/kernel"));
    let some = format!("{head}Content-Length: 10\r\n\r\nsome");
    // It waits until the daemon answers.
    let answer = admin.exchange(some.as_bytes(), false);
    let answer = Response::read(answer.as_slice(), "PUT").unwrap();
    let refused = answer.expect_error(408);
    assert!(refused.contains("nothing of the file"), "{refused}");
    until("nothing to be left", || {
        files(&daemon).is_empty().then_some(())
    });
}

#[test]
fn killed_anywhere_in_an_upload_the_image_has_all_of_it_or_nothing_is_left() {
    let mut daemon = Daemon::start();
    let image = make_image(&daemon.unix(), &json!({"name": "i"}));
    let bytes = vec![5; 3 << 20];
    for (point, is_kept) in [
        ("image_part:2", false),
        ("image_named", false),
        ("image_upload.before", false),
        ("image_upload.after", true),
    ] {
        daemon.stop();
        daemon.start_again_dying_at(point);
        let admin = daemon.unix();
        until("the daemon to answer", || {
            admin.try_send("GET", &image, None).ok()
        });
        let put = admin.with("Content-Type", OCTETS);
        put.try_send("PUT", &format!("{image}/kernel"), Some(&bytes))
            .unwrap_err();
        until("the daemon to die", || daemon.has_crashed().then_some(()));
        daemon.start_again();
        let shown = admin.get(&image).expect(200).json();
        let expected = if is_kept {
            json!(sha256(&bytes))
        } else {
            json!(null)
        };
        assert_eq!(shown["kernel_sha256"], expected, "{point}");
        let left = files(&daemon);
        assert!(
            left.iter().all(|name| *name == sha256(&bytes)),
            "{point}: {left:?}"
        );
        if point == "image_part:2" {
            assert_eq!(left, [""; 0]);
        }
    }
    upload(&daemon.unix(), &image, "kernel", &bytes).expect(200);
}

/// As if it had been written long ago.
fn age(daemon: &Daemon, name: &str) {
    let file = fs::File::options().write(true).open(file(daemon, name));
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    file.unwrap().set_modified(long_ago).unwrap();
}

#[test]
fn an_old_file_that_no_image_has_is_removed_and_no_other() {
    let mut daemon = Daemon::start();
    let admin = daemon.unix();
    let image = make_image(&admin, &json!({"name": "i"}));
    for bytes in [b"replaced".as_slice(), b"replaced lately", b"current"] {
        upload(&admin, &image, "kernel", bytes).expect(200);
    }
    assert_eq!(files(&daemon).len(), 3);
    daemon.stop();
    age(&daemon, &sha256(b"replaced"));
    age(&daemon, &sha256(b"current"));
    daemon.start_again();
    until("the old one to go", || {
        (!files(&daemon).contains(&sha256(b"replaced"))).then_some(())
    });
    let mut kept = [sha256(b"replaced lately"), sha256(b"current")];
    kept.sort();
    until("what was set aside to be removed", || {
        (files(&daemon) == kept).then_some(())
    });
}

#[test]
fn killed_while_files_are_removed_they_are_removed_at_the_next_start() {
    let mut daemon = Daemon::start();
    let admin = daemon.unix();
    let image = make_image(&admin, &json!({"name": "i"}));
    upload(&admin, &image, "kernel", b"replaced").expect(200);
    upload(&admin, &image, "kernel", b"current").expect(200);
    for point in ["image_files_aside.before", "image_files_aside.after"] {
        daemon.stop();
        if let Ok(true) = fs::exists(file(&daemon, &sha256(b"replaced"))) {
            age(&daemon, &sha256(b"replaced"));
        }
        daemon.start_again_dying_at(point);
        until("the daemon to die", || daemon.has_crashed().then_some(()));
        daemon.start_again();
        until_within(Duration::from_secs(20), "the old one to go", || {
            (files(&daemon) == [sha256(b"current")]).then_some(())
        });
    }
}

#[test]
fn the_command_line_uploads_both_files_and_says_what_the_image_is_then() {
    let daemon = Daemon::start();
    make_image(&daemon.unix(), &json!({"name": "i"}));
    let directory = tempfile::tempdir().unwrap();
    let (kernel, initrd) = (directory.path().join("k"), directory.path().join("i"));
    fs::write(&kernel, vec![1; 3 << 20]).unwrap();
    fs::write(&initrd, "an initrd").unwrap();
    let ostler = |arguments: &[&str]| ostler(&daemon, arguments);
    let (kernel, initrd) = (kernel.to_str().unwrap(), initrd.to_str().unwrap());
    let done = ostler(&[
        "--json", "image", "upload", "i", "--kernel", kernel, "--initrd", initrd,
    ]);
    let stderr = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{stderr}");
    assert_eq!(stderr, "", "no progress where there is no terminal");
    let image: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(image["kernel_sha256"], sha256(&vec![1; 3 << 20]));
    assert_eq!(image["initrd_size"], 9);
    let mut whole = Vec::new();
    let stored = file(&daemon, &sha256(b"an initrd"));
    fs::File::open(stored)
        .unwrap()
        .read_to_end(&mut whole)
        .unwrap();
    assert_eq!(whole, b"an initrd");
    let missing = ostler(&["image", "upload", "i", "--kernel", "/nonexistent"]);
    assert_eq!(missing.status.code(), Some(2));
    let none = ostler(&["image", "upload", "nope", "--kernel", kernel]);
    assert_eq!(none.status.code(), Some(3));
}
