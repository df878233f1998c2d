//! Where a test lets the daemon die.
//!
//! A crash matters most just before a commit, just after one, and when a packet has just left. [`commit`] and [`point`]
//! give such moments names, so that a test can kill the daemon at each of them. With `OSTLER_CRASH_AT=issue.after:3` the
//! process kills itself (SIGKILL) at the third commit of `issue`. In a release build nothing is left of all this.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// What is committed. Each has two moments: `NAME.before`, in its transaction, and `NAME.after`, when the commit is on disk
/// and nobody has heard of it yet.
pub const COMMITS: [&str; 17] = [
    // What clients order.
    "order",
    "harden",
    "create",
    "delete",
    "boot_order",
    "retry",
    "release",
    // What the tasks find and do.
    "observed",
    "tried",
    "lost",
    "issue",
    "answered",
    "reached",
    "done",
    "give_up",
    // What polling finds.
    "poll_read",
    "poll_missed",
];

/// Moments between commits.
pub const POINTS: [&str; 3] = [
    // Datagrams are with the kernel, on their way to BMCs.
    "packets_left",
    // A BMC has answered a chassis control, or a boot device is set; that is not committed yet.
    "control_answered",
    "boot_answered",
];

/// The commits of a change of a BMC's password. They and [`SECRET_POINTS`] have tests of their own: nobody changes passwords
/// as often as power.
pub const SECRET_COMMITS: [&str; 7] = [
    "rotate_order",
    "rotate_issue",
    "rotate_answered",
    "rotate_old",
    "rotate_verified",
    // Of a change of the key that seals them.
    "reseal",
    "reseal_start",
];

/// Moments between those.
pub const SECRET_POINTS: [&str; 4] = [
    // A BMC has answered Set User Password, or a login with the new password has worked; that is not committed yet.
    "password_answered",
    "password_verified",
    // The new key is on disk beside the old one; or in its place.
    "key_written",
    "key_replaced",
];

/// The commits of booting machines over the network, which have tests of their own.
pub const NETBOOT_COMMITS: [&str; 7] = [
    // A kernel or an initrd was uploaded, and has its name already.
    "image_upload",
    // The files of an image are here, and are what the machine is served.
    "image_here",
    // Files that nobody needs have lost their names.
    "image_files_aside",
    // A client orders an instance to be set up anew.
    "rebuild",
    // A machine was first seen to do something; it is set up again because it was not; a delete begins again.
    "reach",
    "set_up_again",
    "scrub_again",
];

/// Moments between those.
pub const NETBOOT_POINTS: [&str; 2] = [
    // A part of a file is on the disk; all of it is, and it has its name.
    "image_part",
    "image_named",
];

/// Moments at which the files of the database change as a whole; tests of backup and restore visit them.
pub const FILE_POINTS: [&str; 5] = [
    // A copy is on disk, with a name still.
    "backup_copied",
    // A backup is ready to be restored; it is what counts from now on; the old one has another name; it is the database.
    "restore_prepared",
    "restore_decided",
    "restore_aside",
    "restore_done",
];

/// Marks a commit, inside its transaction; `name` is one of [`COMMITS`], [`SECRET_COMMITS`] or [`NETBOOT_COMMITS`].
pub fn commit(name: &'static str) {
    if cfg!(debug_assertions) {
        let lists = [&COMMITS[..], &SECRET_COMMITS, &NETBOOT_COMMITS];
        let known = lists.iter().any(|of| of.contains(&name));
        debug_assert!(known, "{name} is not in the list");
        if is_asked_for(name, ".before") {
            die();
        }
        if is_asked_for(name, ".after") {
            DIE_COMMITTED.store(true, Ordering::Relaxed);
        }
    }
}

/// The writer has committed, and has answered nobody yet.
pub fn committed() {
    if cfg!(debug_assertions) && DIE_COMMITTED.load(Ordering::Relaxed) {
        die();
    }
}

/// Marks a moment between commits; `name` is one of [`POINTS`], [`SECRET_POINTS`],
/// [`FILE_POINTS`] or [`NETBOOT_POINTS`].
pub fn point(name: &'static str) {
    if cfg!(debug_assertions) {
        let lists = [&POINTS[..], &SECRET_POINTS, &FILE_POINTS, &NETBOOT_POINTS];
        let known = lists.iter().any(|of| of.contains(&name));
        debug_assert!(known, "{name} is not in the list");
        if is_asked_for(name, "") {
            die();
        }
    }
}

/// A commit that is waited for has been marked in the transaction that goes on.
static DIE_COMMITTED: AtomicBool = AtomicBool::new(false);

/// Where to die.
struct Asked {
    at: String,
    /// So many times it is still passed.
    left: AtomicU32,
}

/// Whether this is where the process is to die, and this is the time.
fn is_asked_for(name: &str, suffix: &str) -> bool {
    static ASKED: OnceLock<Option<Asked>> = OnceLock::new();
    let Some(asked) = ASKED.get_or_init(asked) else {
        return false;
    };
    asked.at.strip_suffix(suffix) == Some(name) && asked.left.fetch_sub(1, Ordering::Relaxed) == 1
}

#[expect(
    clippy::disallowed_methods,
    reason = "it is no setting: only a test asks for it, of one process that it has started"
)]
fn asked() -> Option<Asked> {
    let asked = std::env::var("OSTLER_CRASH_AT").ok()?;
    let (at, times) = asked.split_once(':').unwrap_or((&asked, "1"));
    Some(Asked {
        at: at.to_owned(),
        left: AtomicU32::new(times.parse().ok()?),
    })
}

/// As if from outside: nothing is unwound, flushed or dropped.
fn die() -> ! {
    kill(Pid::this(), Signal::SIGKILL).ok();
    std::process::abort()
}
