//! On which processors the daemon's threads may stand.
#![cfg(test)]

use std::fs;
use std::path::Path;

use nix::sched::{CpuSet, sched_getaffinity};
use nix::unistd::Pid;

use crate::common::daemon::{Daemon, Surroundings};
use crate::common::skip::skip;
use crate::common::wait::until;

/// The threads in the background, by their names: the loops, and the one that writes the database.
const BACKGROUND: [&str; 2] = ["loops", "store-writer"];

/// The names of a daemon's threads, each with the processors that it may stand on.
fn threads(daemon: &Daemon) -> Vec<(String, Vec<usize>)> {
    let tasks = fs::read_dir(format!("/proc/{}/task", daemon.pid())).unwrap();
    let thread = |path: &Path| {
        let name = fs::read_to_string(path.join("comm")).ok()?;
        let id = path.file_name()?.to_str()?.parse().ok()?;
        let set = sched_getaffinity(Pid::from_raw(id)).ok()?;
        Some((name.trim().to_owned(), numbers(&set)))
    };
    tasks
        .filter_map(|task| thread(&task.unwrap().path()))
        .collect()
}

fn numbers(set: &CpuSet) -> Vec<usize> {
    (0..CpuSet::count())
        .filter(|cpu| set.is_set(*cpu).unwrap())
        .collect()
}

fn on_processors(list: &str) -> Daemon {
    let prefix = ["taskset", "--cpu-list", list].map(String::from);
    let made = Daemon::with_surroundings("", |_| {
        Ok(Surroundings {
            prefix: prefix.into(),
            ..Surroundings::default()
        })
    });
    made.unwrap()
}

#[test]
fn the_background_leaves_one_processor_to_the_api() {
    let ours = numbers(&sched_getaffinity(Pid::from_raw(0)).unwrap());
    let [first, rest @ ..] = ours.as_slice() else {
        panic!("no processor");
    };
    if rest.is_empty() {
        return skip("there is one processor only");
    }
    let daemon = Daemon::start();
    // A thread goes to its place when it begins, which may be after the daemon is ready.
    let threads = until(&format!("the background to leave {first}"), || {
        let threads = threads(&daemon);
        let is_away = |name: &str| {
            let mut of_name = threads.iter().filter(|(of, _)| of == name).peekable();
            of_name.peek().is_some() && of_name.all(|(_, stands_on)| stands_on == rest)
        };
        BACKGROUND.into_iter().all(is_away).then_some(threads)
    });
    let others: Vec<_> = threads
        .iter()
        .filter(|(name, _)| !BACKGROUND.contains(&name.as_str()))
        .collect();
    assert!(
        others.len() > 1 && others.iter().all(|(_, stands_on)| *stands_on == ours),
        "{others:?}"
    );
}

/// It starts where an admin or a container puts it, and does without what it is not given.
#[test]
fn with_one_processor_all_threads_share_it() {
    let ours = numbers(&sched_getaffinity(Pid::from_raw(0)).unwrap());
    let last = *ours.last().unwrap();
    let daemon = on_processors(&last.to_string());
    let threads = threads(&daemon);
    assert!(threads.iter().any(|(name, _)| name == "loops"));
    assert!(
        threads.iter().all(|(_, stands_on)| *stands_on == [last]),
        "{threads:?}"
    );
}
