//! What `/metrics` says of the work in the background.

use super::page::{Kind, Page};
use crate::beat::Standing;
use crate::meter::{Counts, Reading};

/// The numbers of tasks, polls, loops, events and webhooks.
#[derive(Debug)]
pub struct Work {
    /// Tasks that have ended, by outcome, and by kind in each.
    pub ended: [(&'static str, Counts); 3],
    /// How long the tasks of each kind took, in seconds.
    pub times: Vec<(&'static str, Reading)>,
    /// What was tried for tasks.
    pub attempts: Counts,
    /// Polls of nodes.
    pub polls: Counts,
    /// The loops that the daemon cannot be without.
    pub loops: Vec<Standing>,
    /// Events that were written, by kind.
    pub events: Counts,
    /// The id of the newest event.
    pub newest_event: i64,
    /// How many webhooks take their events, and how many did not take the last.
    pub webhooks: Counts,
    /// Deliveries to webhooks.
    pub deliveries: Counts,
    /// How many events are behind the place of the webhook that is furthest behind.
    pub webhooks_behind: u64,
    /// Rounds in which the files for dnsmasq could not be written.
    pub dhcp_failures: u64,
}

pub(super) fn write(page: &mut Page, work: &Work) {
    tasks(page, work);
    page.counts(
        "ostler_polls_total",
        "Polls of nodes, by how they ended.",
        "outcome",
        &work.polls,
    );
    let mut loops = page.family(
        "ostler_worker_up",
        Kind::Gauge,
        "1 where a loop that the daemon cannot be without goes round, 0 where it stands still.",
    );
    for of in &work.loops {
        loops.sample(&[("worker", of.name)], u8::from(of.is_in_time));
    }
    let mut rounds = page.family(
        "ostler_worker_rounds_total",
        Kind::Counter,
        "How often each of these loops has gone round.",
    );
    for of in &work.loops {
        rounds.sample(&[("worker", of.name)], of.rounds);
    }
    page.counter(
        "ostler_dhcp_failures_total",
        "How often the files for dnsmasq could not be written.",
        work.dhcp_failures,
    );
    events(page, work);
}

fn tasks(page: &mut Page, work: &Work) {
    let mut ended = page.family(
        "ostler_tasks_ended_total",
        Kind::Counter,
        "Tasks that have ended, by what they were for and how they ended.",
    );
    for (outcome, counts) in &work.ended {
        for (kind, count) in counts {
            ended.sample(&[("kind", kind), ("outcome", outcome)], count);
        }
    }
    let mut times = page.family(
        "ostler_task_duration_seconds",
        Kind::Histogram,
        "How long tasks took from the order to their end, however they ended.",
    );
    for (kind, took) in &work.times {
        times.histogram(&[("kind", kind)], took);
    }
    page.counts(
        "ostler_task_attempts_total",
        "What was tried for tasks, by how it ended; what never happened is missing.",
        "outcome",
        &work.attempts,
    );
}

fn events(page: &mut Page, work: &Work) {
    page.counts(
        "ostler_events_total",
        "Events that were written, by kind.",
        "kind",
        &work.events,
    );
    page.gauge(
        "ostler_events_newest_id",
        "The id of the newest event.",
        work.newest_event,
    );
    let mut webhooks = page.family(
        "ostler_webhooks",
        Kind::Gauge,
        "Webhooks: those that take their events (well), and those that did not take the last (failing).",
    );
    for (state, count) in &work.webhooks {
        webhooks.sample(&[("state", state)], count);
    }
    page.counts(
        "ostler_webhook_deliveries_total",
        "Deliveries to webhooks, by how they ended.",
        "outcome",
        &work.deliveries,
    );
    page.gauge(
        "ostler_webhook_events_behind",
        "Events that came after the last one that was taken or passed over, for the webhook that is furthest behind.",
        work.webhooks_behind,
    );
}
