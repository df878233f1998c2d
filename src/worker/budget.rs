//! Budgets of power-ons: so many machines, or so many watts, in a time.
//!
//! A thousand machines that turn on in the same second trip breakers. Whoever is about to turn one on takes a place in each
//! budget that the machine counts in, and waits for it in the order of asking. Budgets hold time on the monotonic clock;
//! after a restart they are filled from the database with what was turned on shortly before.
//!
//! A reload that changes budgets makes a new set of them, filled with what was granted before. Places are granted under one lock
//! together with that, so no grant is missed in the new set, and who still waits in the old one queues in the new.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex as StdMutex, MutexGuard as StdMutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

use crate::config::PowerOnBudget;
use crate::live::Live;
use crate::model::ids::NodeId;
use crate::model::node::Properties;
use crate::store::{self, Store, StoreError};
use crate::time;

/// The capability of a node that puts it into a group of its own, such as a power feed.
const GROUP: &str = "power_group";
/// The capability of a node that says what it draws when it turns on, in watts.
const WATTS: &str = "watts";
/// The longest time of a budget that the settings allow.
const LONGEST: Duration = Duration::from_secs(3600);

/// All budgets. Cheap to clone.
#[derive(Clone)]
pub struct Budgets {
    set: Live<Set>,
    granted: Arc<StdMutex<Granted>>,
}

/// The budgets between two reloads.
struct Set {
    budgets: Vec<Budget>,
    /// There is another set.
    replaced: CancellationToken,
}

struct Budget {
    limits: PowerOnBudget,
    /// What was turned on within the last [`PowerOnBudget::per`], oldest first. The lock is fair, so who waits for room
    /// while holding it is the next in turn.
    recent: Mutex<VecDeque<Spent>>,
}

#[derive(Debug, Clone, Copy)]
struct Spent {
    at: Instant,
    watts: u32,
}

/// What was turned on within the last [`LONGEST`], oldest first; kept without budgets too, for those that a reload may bring.
type Granted = VecDeque<(Instant, Group)>;

/// Leave to turn one machine on, once.
#[derive(Debug)]
pub struct Permit(());

/// What decides which budgets a machine counts in.
#[derive(Debug, Clone)]
struct Group {
    zone: String,
    power_group: Option<String>,
    watts: u32,
}

/// Why there is no place now.
enum NoPlace {
    /// The first budget that has none, or that somebody is waiting for.
    Full(usize),
    /// These budgets do not count any more.
    Replaced,
}

impl Budgets {
    /// Budgets with what was turned on shortly before, as the database has it.
    pub fn new(limits: Vec<PowerOnBudget>, store: &Store) -> Result<Self, StoreError> {
        let granted = turned_on(store)?;
        Ok(Self {
            set: Live::new(Set::new(limits, &granted)),
            granted: Arc::new(StdMutex::new(granted)),
        })
    }

    /// From now on these budgets count, if they are others. Who waits goes on waiting, in them.
    pub fn change(&self, limits: Vec<PowerOnBudget>) {
        let granted = self.granted();
        let before = self.set.now();
        if before.budgets.iter().map(|of| &of.limits).eq(&limits) {
            return;
        }
        self.set.set(Set::new(limits, &granted));
        before.replaced.cancel();
    }

    /// Leave to turn the machine on, if there is room and nobody is waiting.
    pub fn try_acquire(&self, store: &Store, node: NodeId) -> Result<Option<Permit>, StoreError> {
        loop {
            let set = self.set.now();
            let Some(group) = find_group(store, node)? else {
                return Ok(Some(Permit(())));
            };
            let budgets: Vec<&Budget> = set.covering(&group).collect();
            match self.take_all(&set, &budgets, None, &group) {
                Ok(permit) => return Ok(Some(permit)),
                Err(NoPlace::Full(_)) => return Ok(None),
                Err(NoPlace::Replaced) => {}
            }
        }
    }

    /// Waits until the machine may be turned on. Giving up gives the place to the next.
    pub async fn acquire(&self, store: &Store, node: NodeId) -> Result<Permit, StoreError> {
        loop {
            let set = self.set.now();
            let Some(group) = find_group(store, node)? else {
                return Ok(Permit(()));
            };
            let permit = tokio::select! {
                permit = self.wait(&set, &group) => permit,
                () = set.replaced.cancelled() => None,
            };
            if let Some(permit) = permit {
                return Ok(permit);
            }
        }
    }

    /// Waits for a place in all budgets of a set; `None` if another has taken its place.
    async fn wait(&self, set: &Set, group: &Group) -> Option<Permit> {
        let budgets: Vec<&Budget> = set.covering(group).collect();
        let mut queue_at = 0;
        // Nobody waits while he holds two budgets: who waits for a full one is not in the way of those that it does not cover.
        while let Some(budget) = budgets.get(queue_at) {
            let mut recent = budget.recent.lock().await;
            while let Some(room_at) = budget.full_until(&mut recent, group.watts) {
                tokio::time::sleep_until(room_at.into()).await;
            }
            match self.take_all(set, &budgets, Some((queue_at, recent)), group) {
                Ok(permit) => return Some(permit),
                Err(NoPlace::Full(index)) => queue_at = index,
                Err(NoPlace::Replaced) => return None,
            }
        }
        // No budget covers it. That it is turned on is kept all the same.
        self.take_all(set, &budgets, None, group).ok()
    }

    /// Takes a place in all budgets at once, one of which may be held already.
    fn take_all<'a>(
        &self,
        set: &Set,
        budgets: &[&'a Budget],
        mut held: Option<(usize, MutexGuard<'a, VecDeque<Spent>>)>,
        group: &Group,
    ) -> Result<Permit, NoPlace> {
        let mut places = Vec::with_capacity(budgets.len());
        for (index, budget) in budgets.iter().enumerate() {
            let mut recent = match held.take_if(|(of, _)| *of == index) {
                Some((_, recent)) => recent,
                None => {
                    let free = budget.recent.try_lock();
                    free.map_err(|_| NoPlace::Full(index))?
                }
            };
            if budget.full_until(&mut recent, group.watts).is_some() {
                return Err(NoPlace::Full(index));
            }
            places.push(recent);
        }
        let mut granted = self.granted();
        if set.replaced.is_cancelled() {
            return Err(NoPlace::Replaced);
        }
        let (at, watts) = (time::instant(), group.watts);
        while granted
            .front()
            .is_some_and(|(before, _)| *before + LONGEST <= at)
        {
            granted.pop_front();
        }
        granted.push_back((at, group.clone()));
        for mut recent in places {
            recent.push_back(Spent { at, watts });
        }
        Ok(Permit(()))
    }

    fn granted(&self) -> StdMutexGuard<'_, Granted> {
        self.granted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the database knows to have been turned on within the last [`LONGEST`].
fn turned_on(store: &Store) -> Result<Granted, StoreError> {
    let (now, instant) = (time::now(), time::instant());
    let before =
        store.read(|connection| store::power::list_turned_on(connection, now.minus(LONGEST)))?;
    let granted = before.into_iter().filter_map(|(at, zone, properties)| {
        let at = instant.checked_sub(now.since(at))?;
        Some((at, Group::new(zone, &properties)))
    });
    Ok(granted.collect())
}

impl Set {
    /// Budgets in which what was granted before has its place.
    fn new(limits: Vec<PowerOnBudget>, granted: &Granted) -> Self {
        let budgets = limits.into_iter().map(|limits| {
            let mine = granted
                .iter()
                .filter(|(_, group)| group.is_covered(&limits));
            let recent = mine.map(|(at, group)| Spent {
                at: *at,
                watts: group.watts,
            });
            let recent = Mutex::new(recent.collect());
            Budget { limits, recent }
        });
        Self {
            budgets: budgets.collect(),
            replaced: CancellationToken::new(),
        }
    }

    /// The budgets that a machine counts in.
    fn covering(&self, group: &Group) -> impl Iterator<Item = &Budget> {
        let covers = |budget: &&Budget| group.is_covered(&budget.limits);
        self.budgets.iter().filter(covers)
    }
}

/// What decides about a machine; `None` where there is no such node.
fn find_group(store: &Store, node: NodeId) -> Result<Option<Group>, StoreError> {
    let found = store.read(|connection| store::power::find_group(connection, node))?;
    Ok(found.map(|(zone, properties)| Group::new(zone, &properties)))
}

impl Budget {
    /// When there may be room for these watts; `None` if there is. What alone is more than all is let through alone.
    fn full_until(&self, recent: &mut VecDeque<Spent>, watts: u32) -> Option<Instant> {
        let now = time::instant();
        let over = |spent: &Spent| spent.at + self.limits.per <= now;
        while recent.front().is_some_and(over) {
            recent.pop_front();
        }
        let first = recent.front()?;
        let drawn: u64 = recent.iter().map(|spent| u64::from(spent.watts)).sum();
        let many = self
            .limits
            .power_ons
            .is_some_and(|most| recent.len() >= usize::try_from(most).unwrap_or(usize::MAX));
        let much = self
            .limits
            .watts
            .is_some_and(|most| drawn + u64::from(watts) > u64::from(most));
        (many || much).then_some(first.at + self.limits.per)
    }
}

impl Group {
    fn new(zone: String, properties: &Properties) -> Self {
        let capability = |name| properties.capabilities.get(name);
        Self {
            zone,
            power_group: capability(GROUP).cloned(),
            watts: capability(WATTS)
                .and_then(|watts| watts.trim().parse().ok())
                .unwrap_or(0),
        }
    }

    fn is_covered(&self, limits: &PowerOnBudget) -> bool {
        limits.covers(&self.zone, self.power_group.as_deref())
    }
}
