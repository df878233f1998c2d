//! The daemon is killed hundreds of times, at every point that has a name and at random moments, while clients order power
//! changes, creates and deletes of 50 nodes whose BMCs and network have faults, and an admin retries deploys that fail and
//! releases their instances by force. Whatever got a 2xx is done, or failed with a reason; no machine is told twice; no node
//! is lost or reserved twice; the file stays sound.
//!
//! `OSTLER_CRASH_KILLS=2000 cargo test --test it power_crash_storm` kills more often.
#![cfg(test)]

mod customer;
mod landlord;
mod renter;
mod world;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use ostler::crash::{COMMITS, POINTS};
use rusqlite::{Connection, OpenFlags};

use self::customer::Customer;
use self::landlord::Landlord;
use self::renter::Renter;
use self::world::World;
use crate::common::chance::Chance;
use crate::common::wait::until_within;

/// How often the daemon is killed, unless `OSTLER_CRASH_KILLS` says.
const KILLS: usize = 200;
/// How long the storm may take to come by a point. A point where nothing ever comes by is a mistake in the list.
const NAMED: Duration = Duration::from_secs(90);
/// Each has some of the nodes.
const CUSTOMERS: usize = 5;
/// They take turns at the pool.
const RENTERS: usize = 3;

/// How all who order know what is wanted of them.
#[derive(Default)]
struct Mood {
    /// Nothing new is ordered; what is under way is waited for.
    closing: AtomicBool,
    /// Something went wrong: everybody goes home.
    broken: AtomicBool,
}

impl Mood {
    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }
}

/// Lets nobody wait for one that panicked.
struct BreakOnPanic<'a>(&'a Mood);

impl Drop for BreakOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.broken.store(true, Ordering::Relaxed);
        }
    }
}

/// What is counted for the tester to see.
#[derive(Debug, Default)]
struct Tally {
    accepted: usize,
    done: usize,
    failed: usize,
    cancelled: usize,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.accepted += other.accepted;
        self.done += other.done;
        self.failed += other.failed;
        self.cancelled += other.cancelled;
    }
}

#[test]
fn killed_hundreds_of_times_nothing_accepted_is_lost_and_no_machine_is_told_twice() {
    let kills = kills();
    let mut world = World::start();
    let (mood, started) = (Mood::default(), ostler::time::instant());
    let mut tally = Tally::default();
    thread::scope(|scope| {
        let _break = BreakOnPanic(&mood);
        let (mood, world_) = (&mood, &mut world);
        let mut people: Vec<ScopedJoinHandle<'_, Tally>> = Vec::new();
        for number in 0..CUSTOMERS {
            let (admin, customers) = (world_.admin.clone(), Customer::all(world_, number));
            people.push(scope.spawn(move || {
                let _break = BreakOnPanic(mood);
                customer::run(customers, &admin, mood)
            }));
        }
        for number in 0..RENTERS {
            let mut renter = Renter::new(world_, number);
            people.push(scope.spawn(move || {
                let _break = BreakOnPanic(mood);
                renter.run(mood)
            }));
        }
        let mut landlord = Landlord::new(world_);
        people.push(scope.spawn(move || {
            let _break = BreakOnPanic(mood);
            landlord.run(mood)
        }));
        kill_again_and_again(world_, kills, mood);
        world_.daemon.start_again();
        mood.closing.store(true, Ordering::Relaxed);
        until_within(Duration::from_secs(180), "all to end", || {
            assert!(!mood.is_broken(), "see above");
            people
                .iter()
                .all(ScopedJoinHandle::is_finished)
                .then_some(())
        });
        for one in people {
            tally.add(&one.join().unwrap());
        }
    });
    println!("{kills} kills in {:?}: {tally:?}", started.elapsed());
    assert!(tally.done > kills, "it was no storm: {tally:?}");
    world.check_the_pool();
    world.check_commands();
    assert!(world.daemon.stop());
    check_file(&world.daemon.directory().join("state"));
}

/// Every fifth time at a point that has a name, otherwise at any moment.
fn kill_again_and_again(world: &mut World, kills: usize, mood: &Mood) {
    let points = points();
    assert!(kills >= 5 * points.len(), "each point at least once");
    let mut chance = Chance(0x0571_e501);
    world.daemon.crash();
    for kill in 0..kills {
        if kill % 5 == 0 {
            let turn = kill / 5;
            let point = &points[turn % points.len()];
            let at = format!("{point}:{}", 1 + turn / points.len() / 2 % 3);
            world.daemon.start_again_dying_at(&at);
            until_within(NAMED, &format!("the daemon to die at {at}"), || {
                assert!(!mood.is_broken(), "see above, after {kill} kills");
                world.daemon.has_crashed().then_some(())
            });
        } else {
            world.daemon.start_again();
            // The moment is what this test varies.
            thread::sleep(Duration::from_millis(chance.below(500)));
            assert!(!mood.is_broken(), "see above, after {kill} kills");
            world.daemon.crash();
        }
        world.set_faults();
        check_file(&world.daemon.directory().join("state"));
    }
}

/// The names of all points.
fn points() -> Vec<String> {
    let before = COMMITS.map(|name| format!("{name}.before"));
    let after = COMMITS.map(|name| format!("{name}.after"));
    let others = POINTS.map(str::to_owned);
    before.into_iter().chain(after).chain(others).collect()
}

/// What a crash has left is looked at in a copy: the daemon itself is to find it as it is.
fn check_file(state: &Path) {
    let copy = tempfile::tempdir().unwrap();
    for name in ["ostler.db", "ostler.db-wal"] {
        if state.join(name).exists() {
            std::fs::copy(state.join(name), copy.path().join(name)).unwrap();
        }
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let file = Connection::open_with_flags(copy.path().join("ostler.db"), flags).unwrap();
    let sound: String = file
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sound, "ok");
    for twice in [
        "SELECT node_id FROM instances GROUP BY node_id HAVING count(*) > 1",
        "SELECT node_id FROM tasks WHERE finished_at IS NULL GROUP BY node_id HAVING count(*) > 1",
        "SELECT \"table\" FROM pragma_foreign_key_check",
    ] {
        let mut statement = file.prepare(twice).unwrap();
        assert!(!statement.exists([]).unwrap(), "{twice}");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "whoever wants a longer run says so in the environment"
)]
fn kills() -> usize {
    match std::env::var("OSTLER_CRASH_KILLS") {
        Ok(kills) => kills.parse().expect("OSTLER_CRASH_KILLS is a number"),
        Err(_) => KILLS,
    }
}
