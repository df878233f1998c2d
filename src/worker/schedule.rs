//! When each node is polled next.
//!
//! After a start, and when a node is new, it is due at once. Then each has its own phase within the interval, by its id, so
//! that a thousand nodes are not asked in the same second. One that does not answer is asked less and less often.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::{Duration, Instant};

use crate::model::ids::NodeId;
use crate::store::node::Polled;
use crate::worker::pace::jittered;

/// The nodes and when they are due.
#[derive(Debug, Default)]
pub struct Schedule {
    nodes: HashMap<NodeId, Entry>,
    /// Entries whose node has another `due` by now are out of date and skipped.
    queue: BinaryHeap<Reverse<(Instant, NodeId)>>,
}

#[derive(Debug)]
struct Entry {
    of: Polled,
    due: Instant,
    polling: bool,
    /// Asked to be polled again while it was being polled.
    again: bool,
    misses: u32,
}

/// How a poll ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polling {
    /// The BMC answered, a task had the node, or what it said could not be recorded.
    Well,
    /// It did not answer, or not usefully.
    Missed,
    /// It was left alone, because of a miss before.
    NotAsked,
}

impl Schedule {
    /// Takes over the nodes that there are now. New ones, and those with new BMC settings, are due at once.
    pub fn update(&mut self, nodes: Vec<Polled>, now: Instant) {
        let mut before = std::mem::take(&mut self.nodes);
        for of in nodes.into_iter().filter(|node| !node.maintenance) {
            let entry = match before.remove(&of.id) {
                Some(entry) if entry.of == of => entry,
                Some(entry) => {
                    self.queue.push(Reverse((now, of.id)));
                    Entry {
                        of,
                        due: now,
                        again: entry.polling,
                        misses: 0,
                        ..entry
                    }
                }
                None => {
                    self.queue.push(Reverse((now, of.id)));
                    Entry {
                        of,
                        due: now,
                        polling: false,
                        again: false,
                        misses: 0,
                    }
                }
            };
            self.nodes.insert(of.id, entry);
        }
    }

    /// Takes a node that is due, if there is one.
    pub fn take_due(&mut self, now: Instant) -> Option<NodeId> {
        while let Some(&Reverse((due, node))) = self.queue.peek() {
            let entry = self
                .nodes
                .get_mut(&node)
                .filter(|entry| entry.due == due && !entry.polling);
            if let Some(entry) = entry {
                if due > now {
                    return None;
                }
                entry.polling = true;
                self.queue.pop();
                return Some(node);
            }
            self.queue.pop();
        }
        None
    }

    /// When the next node is due.
    pub fn next_due(&self) -> Option<Instant> {
        self.queue.peek().map(|Reverse((due, _))| *due)
    }

    /// How many polls in a row this node has missed, with the one that goes on now.
    pub fn misses(&self, node: NodeId) -> u32 {
        self.nodes.get(&node).map_or(0, |entry| entry.misses)
    }

    /// The interval is another: no node waits longer than it would with the new one. Those that were due sooner still are.
    pub fn hasten(&mut self, now: Instant, interval: Duration, backoff_max: Duration) {
        for (node, entry) in &mut self.nodes {
            let latest = if entry.misses == 0 {
                now + until_phase(*node, now, interval)
            } else {
                now + jittered(backoff_max.max(interval))
            };
            if !entry.polling && entry.due > latest {
                entry.due = latest;
                self.queue.push(Reverse((latest, *node)));
            }
        }
    }

    /// Puts a node back after a poll.
    pub fn put_back(
        &mut self,
        node: NodeId,
        ended: Polling,
        now: Instant,
        interval: Duration,
        backoff_max: Duration,
    ) {
        let Some(entry) = self.nodes.get_mut(&node) else {
            return;
        };
        entry.polling = false;
        entry.misses = match ended {
            Polling::Well => 0,
            Polling::Missed => entry.misses.saturating_add(1),
            Polling::NotAsked => entry.misses.max(1),
        };
        entry.due = if std::mem::take(&mut entry.again) {
            now
        } else if entry.misses == 0 {
            now + until_phase(node, now, interval)
        } else {
            let doubled = interval.saturating_mul(1 << (entry.misses - 1).min(16));
            now + jittered(doubled.min(backoff_max.max(interval)))
        };
        self.queue.push(Reverse((entry.due, node)));
    }
}

/// How long until the node's own moment in the interval; at least half an interval, at most one and a half.
fn until_phase(node: NodeId, now: Instant, interval: Duration) -> Duration {
    let half = interval / 2;
    // The process's own time line is as good as any to hang phases on: they only have to differ.
    let position = crate::time::instant_since_start(now).as_nanos() % interval.as_nanos().max(1);
    let phase = u128::from(node.0.as_u64_pair().1) % interval.as_nanos().max(1);
    let ahead = (phase + interval.as_nanos() - position) % interval.as_nanos().max(1);
    let ahead = Duration::from_nanos(u64::try_from(ahead).unwrap_or(0));
    if ahead < half {
        ahead + interval
    } else {
        ahead
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(60);
    const MAX: Duration = Duration::from_secs(300);

    fn node(bmc_revision: i64, maintenance: bool) -> Polled {
        Polled {
            id: NodeId::random(),
            bmc_revision,
            maintenance,
        }
    }

    #[test]
    fn new_nodes_are_due_at_once_and_then_at_their_own_phase() {
        let now = crate::time::instant();
        let nodes: Vec<Polled> = (0..200).map(|_| node(1, false)).collect();
        let mut schedule = Schedule::default();
        schedule.update(nodes.clone(), now);
        let mut dues = Vec::new();
        while let Some(node) = schedule.take_due(now) {
            schedule.put_back(node, Polling::Well, now, INTERVAL, MAX);
            dues.push(schedule.nodes[&node].due - now);
        }
        assert_eq!(dues.len(), nodes.len());
        assert!(
            dues.iter()
                .all(|due| (INTERVAL / 2..=INTERVAL * 3 / 2).contains(due))
        );
        let early = dues.iter().filter(|due| **due < INTERVAL).count();
        assert!(
            (50..150).contains(&early),
            "spread over the interval, not {early} of 200 in one half"
        );
    }

    #[test]
    fn a_node_that_does_not_answer_is_asked_less_often_and_comes_back_to_its_pace() {
        let mut now = crate::time::instant();
        let silent = node(1, false);
        let mut schedule = Schedule::default();
        schedule.update(vec![silent], now);
        let mut pauses = Vec::new();
        for _ in 0..6 {
            let taken = schedule.take_due(now).unwrap();
            schedule.put_back(taken, Polling::Missed, now, INTERVAL, MAX);
            let due = schedule.next_due().unwrap();
            pauses.push(due - now);
            now = due;
        }
        assert!(
            pauses[0] < INTERVAL * 5 / 4 && pauses[5] > MAX * 7 / 10,
            "{pauses:?}"
        );
        assert!(
            pauses.iter().all(|pause| *pause < MAX * 5 / 4),
            "{pauses:?}"
        );
        schedule.take_due(now).unwrap();
        schedule.put_back(silent.id, Polling::Well, now, INTERVAL, MAX);
        assert!(schedule.next_due().unwrap() - now <= INTERVAL * 3 / 2);
    }

    #[test]
    fn new_settings_are_tried_at_once_and_maintenance_is_left_alone() {
        let now = crate::time::instant();
        let mut of = node(1, false);
        let mut schedule = Schedule::default();
        schedule.update(vec![of], now);
        schedule.take_due(now).unwrap();
        of.bmc_revision = 2;
        schedule.update(vec![of], now);
        assert_eq!(schedule.take_due(now), None, "it is being polled");
        schedule.put_back(of.id, Polling::Missed, now, INTERVAL, MAX);
        assert_eq!(schedule.take_due(now), Some(of.id));
        of.maintenance = true;
        schedule.update(vec![of], now);
        schedule.put_back(of.id, Polling::Well, now, INTERVAL, MAX);
        assert_eq!(schedule.take_due(now + INTERVAL * 2), None);
    }
}
