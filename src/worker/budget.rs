//! Budgets of power-ons: so many machines, or so many watts, in a time.
//!
//! A thousand machines that turn on in the same second trip breakers. Whoever is about to turn one on takes a place in each
//! budget that the machine counts in, and waits for it in the order of asking. Budgets hold time on the monotonic clock;
//! after a restart they are filled from the database with what was turned on shortly before.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{Mutex, MutexGuard};

use crate::config::PowerOnBudget;
use crate::model::ids::NodeId;
use crate::model::node::Properties;
use crate::store::{self, Store, StoreError};
use crate::time;

/// The capability of a node that puts it into a group of its own, such as a power feed.
const GROUP: &str = "power_group";
/// The capability of a node that says what it draws when it turns on, in watts.
const WATTS: &str = "watts";

/// All budgets. Cheap to clone.
#[derive(Clone, Default)]
pub struct Budgets(Arc<Vec<Budget>>);

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

impl Budgets {
    /// Budgets with what was turned on shortly before, as the database has it.
    pub fn new(limits: Vec<PowerOnBudget>, store: &Store) -> Result<Self, StoreError> {
        let longest = limits.iter().map(|limits| limits.per).max();
        let Some(longest) = longest else {
            return Ok(Self::default());
        };
        let (now, instant) = (time::now(), time::instant());
        let before = store
            .read(|connection| store::power::list_turned_on(connection, now.minus(longest)))?;
        let budgets = limits.into_iter().map(|limits| {
            let mine = before.iter().filter_map(|(at, zone, properties)| {
                let group = Group::new(zone.clone(), properties);
                let at = instant.checked_sub(now.since(*at))?;
                limits
                    .covers(&group.zone, group.power_group.as_deref())
                    .then_some(Spent {
                        at,
                        watts: group.watts,
                    })
            });
            let recent = Mutex::new(mine.collect());
            Budget { limits, recent }
        });
        Ok(Self(Arc::new(budgets.collect())))
    }

    /// Leave to turn the machine on, if there is room and nobody is waiting.
    pub fn try_acquire(&self, store: &Store, node: NodeId) -> Result<Option<Permit>, StoreError> {
        let Some(group) = self.group(store, node)? else {
            return Ok(Some(Permit(())));
        };
        let budgets: Vec<&Budget> = self.covering(&group).collect();
        Ok(take_all(&budgets, None, group.watts).ok())
    }

    /// Waits until the machine may be turned on. Giving up gives the place to the next.
    pub async fn acquire(&self, store: &Store, node: NodeId) -> Result<Permit, StoreError> {
        let Some(group) = self.group(store, node)? else {
            return Ok(Permit(()));
        };
        let budgets: Vec<&Budget> = self.covering(&group).collect();
        let mut queue_at = 0;
        // Nobody waits while he holds two budgets: who waits for a full one is not in the way of those that it does not cover.
        while let Some(budget) = budgets.get(queue_at) {
            let mut recent = budget.recent.lock().await;
            while let Some(room_at) = budget.full_until(&mut recent, group.watts) {
                tokio::time::sleep_until(room_at.into()).await;
            }
            match take_all(&budgets, Some((queue_at, recent)), group.watts) {
                Ok(permit) => return Ok(permit),
                Err(full) => queue_at = full,
            }
        }
        Ok(Permit(()))
    }

    /// The budgets that a machine counts in.
    fn covering(&self, group: &Group) -> impl Iterator<Item = &Budget> {
        self.0.iter().filter(|budget| {
            let power_group = group.power_group.as_deref();
            budget.limits.covers(&group.zone, power_group)
        })
    }

    /// `None` where nothing limits the machine: there is no budget, or no such node.
    fn group(&self, store: &Store, node: NodeId) -> Result<Option<Group>, StoreError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let found = store.read(|connection| store::power::find_group(connection, node))?;
        Ok(found.map(|(zone, properties)| Group::new(zone, &properties)))
    }
}

/// Takes a place in all budgets at once, one of which may be held already; else gives the first that has none, or that
/// somebody is waiting for.
fn take_all<'a>(
    budgets: &[&'a Budget],
    mut held: Option<(usize, MutexGuard<'a, VecDeque<Spent>>)>,
    watts: u32,
) -> Result<Permit, usize> {
    let mut places = Vec::with_capacity(budgets.len());
    for (index, budget) in budgets.iter().enumerate() {
        let mut recent = match held.take_if(|(of, _)| *of == index) {
            Some((_, recent)) => recent,
            None => budget.recent.try_lock().map_err(|_| index)?,
        };
        if budget.full_until(&mut recent, watts).is_some() {
            return Err(index);
        }
        places.push(recent);
    }
    let at = time::instant();
    for mut recent in places {
        recent.push_back(Spent { at, watts });
    }
    Ok(Permit(()))
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
}
