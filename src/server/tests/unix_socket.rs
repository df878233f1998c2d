//! The Unix socket: who may connect, who is calling, and what becomes of the file.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempDir;
use tokio::net::UnixStream;

use super::*;
use crate::model::caller::{PeerUser, Transport};
use crate::system::users;

const NAME: &str = "ostler.sock";

/// A group that this process may give files to.
fn own_group() -> String {
    let gid = nix::unistd::getegid().as_raw();
    users::group_name(gid).unwrap().unwrap()
}

fn access(mode: u32) -> Access {
    Access {
        group: own_group(),
        mode,
    }
}

fn bind(path: &Path) -> Result<UnixSocket, BindError> {
    UnixSocket::bind(path, &access(0o660))
}

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn entries(directory: &TempDir) -> usize {
    fs::read_dir(directory.path()).unwrap().count()
}

/// Serves `socket` while `client` runs.
async fn serving<T>(socket: UnixSocket, client: impl Future<Output = T>) -> T {
    let shutdown = Shutdown::new();
    let running = run_unix(socket, echo, Limits::default(), shutdown.clone());
    let client = async {
        let outcome = client.await;
        shutdown.trigger();
        outcome
    };
    let ((), outcome) = within(async { tokio::join!(running, client) }).await;
    outcome
}

async fn ask(path: &Path) -> String {
    exchange(UnixStream::connect(path).await.unwrap(), &get("/who")).await
}

#[tokio::test]
async fn the_socket_has_the_group_and_the_mode_that_were_asked_for() {
    let directory = directory();
    let path = directory.path().join(NAME);
    for mode in [0o660, 0o600, 0o666] {
        let socket = UnixSocket::bind(&path, &access(mode)).unwrap();
        let metadata = fs::metadata(&path).unwrap();
        assert!(metadata.file_type().is_socket());
        assert_eq!(metadata.permissions().mode() & 0o7777, mode);
        assert_eq!(metadata.gid(), nix::unistd::getegid().as_raw());
        assert_eq!(entries(&directory), 1, "the prepared name is gone");
        drop(socket);
    }
}

/// Another program looks at the path all the time: what it sees is either nothing or the finished socket.
#[tokio::test]
async fn nobody_ever_sees_the_socket_with_another_mode() {
    let directory = directory();
    let path = directory.path().join(NAME);
    let [done, seen] = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
    let (watched, over, sees) = (path.clone(), Arc::clone(&done), Arc::clone(&seen));
    let watcher = std::thread::spawn(move || {
        let mut modes = BTreeSet::new();
        while !over.load(Ordering::Relaxed) {
            if let Ok(metadata) = fs::metadata(&watched) {
                modes.insert(metadata.permissions().mode() & 0o7777);
                sees.store(true, Ordering::Relaxed);
            }
        }
        modes
    });
    let mut rounds = 0;
    // On a machine that is busy the watcher may come late.
    while rounds < 500 || !seen.load(Ordering::Relaxed) {
        drop(UnixSocket::bind(&path, &access(0o620)).unwrap());
        rounds += 1;
    }
    done.store(true, Ordering::Relaxed);
    let modes = watcher.join().unwrap();
    assert_eq!(modes.into_iter().collect::<Vec<_>>(), [0o620]);
}

#[tokio::test]
async fn another_group_gets_the_socket_where_the_daemon_may_give_it() {
    let Some(gid) = users::group_id("daemon").unwrap() else {
        return println!("SKIPPED: there is no group daemon on this machine");
    };
    if !nix::unistd::geteuid().is_root() {
        return println!("SKIPPED: only root gives files to other groups");
    }
    let directory = directory();
    let path = directory.path().join(NAME);
    let access = Access {
        group: "daemon".to_owned(),
        mode: 0o660,
    };
    let _socket = UnixSocket::bind(&path, &access).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().gid(), gid);
}

#[tokio::test]
async fn without_the_group_only_the_daemons_user_gets_in() {
    let directory = directory();
    let path = directory.path().join(NAME);
    let access = Access {
        group: "no-such-group-here".to_owned(),
        mode: 0o666,
    };
    let _socket = UnixSocket::bind(&path, &access).unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
}

#[tokio::test]
async fn the_socket_of_a_dead_daemon_is_replaced() {
    let directory = directory();
    let path = directory.path().join(NAME);
    let prepared = directory.path().join(".ostler.sock.new");
    for path in [&path, &prepared] {
        // std leaves the file behind when it closes the socket, as a killed daemon does.
        drop(std::os::unix::net::UnixListener::bind(path).unwrap());
        assert!(path.exists());
    }
    let socket = bind(&path).unwrap();
    assert!(serving(socket, ask(&path)).await.contains("/who for"));
    assert_eq!(entries(&directory), 0);
}

#[tokio::test]
async fn the_socket_of_a_living_daemon_is_left_alone() {
    let directory = directory();
    let path = directory.path().join(NAME);
    let first = bind(&path).unwrap();
    let error = bind(&path).unwrap_err();
    assert!(matches!(error, BindError::AnotherDaemon { .. }), "{error}");
    assert!(error.to_string().contains("another daemon already serves"));
    assert!(serving(first, ask(&path)).await.contains("/who for"));
}

#[tokio::test]
async fn a_living_daemon_whose_queue_is_full_is_still_alive() {
    let directory = directory();
    let path = directory.path().join(NAME);
    let listener =
        socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None).unwrap();
    let address = socket2::SockAddr::unix(&path).unwrap();
    listener.bind(&address).unwrap();
    listener.listen(0).unwrap();
    let mut waiting = Vec::new();
    loop {
        let client =
            socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None).unwrap();
        client.set_nonblocking(true).unwrap();
        match client.connect(&address) {
            Ok(()) => waiting.push(client),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) => panic!("{error}"),
        }
    }
    let error = bind(&path).unwrap_err();
    assert!(matches!(error, BindError::AnotherDaemon { .. }), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_socket_is_left_alone() {
    let directory = directory();
    let path = directory.path().join(NAME);
    fs::write(&path, "precious").unwrap();
    let error = bind(&path).unwrap_err();
    assert!(matches!(error, BindError::NotASocket { .. }), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
}

#[tokio::test]
async fn a_directory_that_is_not_there_is_an_error_that_says_so() {
    let error = bind(Path::new("/nonexistent/ostler.sock")).unwrap_err();
    assert!(matches!(error, BindError::Unix { .. }));
    assert!(
        error.to_string().contains("directory must exist"),
        "{error}"
    );
}

#[tokio::test]
async fn the_file_goes_with_the_daemon_unless_it_belongs_to_another_by_then() {
    let directory = directory();
    let path = directory.path().join(NAME);
    serving(bind(&path).unwrap(), async {}).await;
    assert!(!path.exists());

    let ours = bind(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let _theirs = std::os::unix::net::UnixListener::bind(&path).unwrap();
    drop(ours);
    assert!(path.exists());
}

#[tokio::test]
async fn the_kernel_says_who_is_calling() {
    let directory = directory();
    let path = directory.path().join(NAME);
    let socket = bind(&path).unwrap();
    let answer = serving(socket, ask(&path)).await;
    let uid = nix::unistd::geteuid().as_raw();
    let gid = nix::unistd::getegid();
    let mut groups = Vec::new();
    for gid in nix::unistd::getgroups().unwrap().into_iter().chain([gid]) {
        let name = users::group_name(gid.as_raw()).unwrap();
        groups.extend(name.filter(|name| !groups.contains(name)));
    }
    let peer = Peer {
        transport: Transport::Unix,
        source: None,
        unix: Some(PeerUser {
            uid,
            gid: gid.as_raw(),
            pid: Some(std::process::id()),
            name: users::user_name(uid).unwrap(),
            groups,
        }),
        certificate: None,
        has_to_use_tls: false,
    };
    assert!(answer.ends_with(&format!("/who for {peer:?}")), "{answer}");
}

#[tokio::test]
async fn an_inherited_socket_is_served_and_its_file_stays() {
    let directory = directory();
    let path = directory.path().join(NAME);
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let socket = UnixSocket::inherited(listener).unwrap();
    assert!(serving(socket, ask(&path)).await.contains("/who for"));
    assert!(path.exists(), "the file belongs to the service manager");
}

/// The other half of the next test: a client that runs as somebody else.
#[test]
fn client_of_another_user() {
    let Some(path) = std::env::var_os("OSTLER_TEST_SOCKET") else {
        return;
    };
    use std::io::{Read, Write};
    let mut stream = std::os::unix::net::UnixStream::connect(path).unwrap();
    stream.write_all(get("/who").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    println!("{answer}");
}

/// Who calls on a socket, as the kernel and the name service see a client that `setpriv` starts with these options; and who
/// calls after it. `None` where that cannot be tried here.
async fn caller_with(options: &[&str]) -> Option<(String, String)> {
    if !nix::unistd::geteuid().is_root() {
        println!("SKIPPED: only root can become another user");
        return None;
    }
    if Command::new("setpriv").arg("--version").output().is_err() {
        println!("SKIPPED: there is no setpriv");
        return None;
    }
    let directory = directory();
    let path = directory.path().join(NAME);
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    // The test binary may stand where that user cannot read it.
    let client = directory.path().join("client");
    fs::copy(std::env::current_exe().unwrap(), &client).unwrap();
    let socket = UnixSocket::bind(&path, &access(0o666)).unwrap();
    let mut command = Command::new("setpriv");
    command
        .args(options)
        .arg(&client)
        .args([
            "--exact",
            "server::tests::unix_socket::client_of_another_user",
            "--nocapture",
        ])
        .env("OSTLER_TEST_SOCKET", &path);
    let (caller, after) = serving(socket, async {
        let caller = tokio::task::spawn_blocking(move || command.output()).await;
        (caller.unwrap().unwrap(), ask(&path).await)
    })
    .await;
    Some((String::from_utf8(caller.stdout).unwrap(), after))
}

#[tokio::test]
async fn a_caller_without_passwd_entry_is_nobody_and_harms_nobody() {
    let ids = ["--reuid=3999999999", "--regid=3999999999"];
    // Whatever groups it may have.
    for groups in ["--clear-groups", "--groups=0"] {
        let Some((said, after)) = caller_with(&[ids[0], ids[1], groups]).await else {
            return;
        };
        let expected = "uid: 3999999999, gid: 3999999999, pid: Some(";
        assert!(said.contains(expected), "{said}");
        assert!(said.contains("name: None, groups: []"), "{said}");
        assert!(after.contains("/who for"), "{after}");
    }
}

/// `newgrp`, `SupplementaryGroups=` and `setgroups` give a process groups that no file lists, or take away those that one does.
#[tokio::test]
async fn the_groups_are_those_of_the_process_and_not_those_of_the_files() {
    let name = |gid| users::group_name(gid).unwrap();
    let (Some(root), Some(user), Some(one), Some(two)) =
        (name(0), users::user_name(1).unwrap(), name(2), name(3))
    else {
        return println!("SKIPPED: this machine lacks the users and groups of every Linux");
    };
    for (options, expected) in [
        (
            ["--reuid=1", "--regid=2", "--groups=3,0"],
            format!("name: Some({user:?}), groups: [{root:?}, {two:?}, {one:?}]"),
        ),
        (
            ["--reuid=1", "--regid=2", "--clear-groups"],
            format!("name: Some({user:?}), groups: [{one:?}]"),
        ),
    ] {
        let Some((said, _)) = caller_with(&options).await else {
            return;
        };
        assert!(said.contains(&expected), "{expected}: {said}");
    }
}

/// Where the kernel cannot say, the files do.
#[test]
fn without_the_kernels_groups_those_of_the_files_count() {
    let own = users::by_uid(0).unwrap().unwrap();
    let found = unix::look_up(0, 0, None).unwrap().unwrap();
    assert_eq!(found, (Some(own.name), own.groups));
}
