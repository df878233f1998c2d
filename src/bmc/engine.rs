//! All BMCs at once, without sockets and clock: orders, datagrams and time in; datagrams and answers out.
//!
//! Peers are addresses, not nodes: two nodes with the same address share one peer, and take turns. A peer with work is
//! *busy* from the first packet of a login to the last of closing. At most `max_in_flight` peers are, not counting those that
//! only wait, because they do not answer.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::entropy::Pool;
use super::memory::Memory;
use super::meter::Meters;
use super::peer::{Current, Job, JobError, Open, Peer};
use super::settings::{BmcSettings, Urgency};
use crate::ipmi::command::Reply;
use crate::ipmi::session::{Event, Failure, Output, PrivilegeFault, Session, Stage};
use crate::model::ids::NodeId;

pub(super) struct Engine {
    pub(super) settings: BmcSettings,
    memory: Arc<Memory>,
    pub(super) meters: Arc<Meters>,
    entropy: Pool,
    pub(super) peers: HashMap<SocketAddr, Peer>,
    /// Peers that can begin, users' before polls.
    pub(super) users: VecDeque<SocketAddr>,
    pub(super) polls: VecDeque<SocketAddr>,
    pub(super) in_flight: usize,
    /// When to look at which peer. Entries may be too early; none is too late.
    pub(super) timers: BinaryHeap<Reverse<(Instant, SocketAddr)>>,
    /// Datagrams to send.
    pub(super) outbox: VecDeque<(SocketAddr, Vec<u8>)>,
    /// For which nodes commands were called off that are older than this.
    called_off: HashMap<NodeId, u64>,
    stopping: bool,
}

impl Engine {
    pub(super) fn new(settings: BmcSettings, memory: Arc<Memory>, meters: Arc<Meters>) -> Self {
        Self {
            settings,
            memory,
            meters,
            entropy: Pool::new(),
            peers: HashMap::new(),
            users: VecDeque::new(),
            polls: VecDeque::new(),
            in_flight: 0,
            timers: BinaryHeap::new(),
            outbox: VecDeque::new(),
            called_off: HashMap::new(),
            stopping: false,
        }
    }

    /// Takes a command.
    pub(super) fn submit(&mut self, at: SocketAddr, job: Job) {
        if self.stopping {
            job.answer
                .send(Err(JobError::Stopping { sent: false }))
                .ok();
            return;
        }
        if job.as_of < self.called_off_before(job.node) {
            job.answer
                .send(Err(JobError::CalledOff { sent: false }))
                .ok();
            return;
        }
        let peer = self.peers.entry(at).or_default();
        peer.queue(job);
        self.list(at);
    }

    /// Takes a datagram; from whom nothing is expected, nothing is taken.
    pub(super) fn on_datagram(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) {
        let Some(open) = self.peers.get_mut(&from).and_then(|p| p.open.as_mut()) else {
            return;
        };
        open.session.on_datagram(now, datagram, &mut self.entropy);
        self.pump(now, from);
    }

    /// The kernel did not take a datagram for this BMC, and never will.
    pub(super) fn unsendable(&mut self, now: Instant, to: SocketAddr, error: io::Error) {
        let Some(peer) = self.peers.get_mut(&to) else {
            return;
        };
        if let (Some(open), Some(_)) = (&mut peer.open, &peer.current) {
            peer.unsendable = Some(error);
            open.session.close(now, &mut self.entropy);
            self.pump(now, to);
        }
    }

    /// The node is gone or changed: closes its session. A command that is under way is answered first.
    pub(super) fn forget(&mut self, now: Instant, node: NodeId) {
        self.memory.forget(node);
        self.called_off.remove(&node);
        let addresses: Vec<SocketAddr> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.node == Some(node))
            .map(|(at, _)| *at)
            .collect();
        for at in addresses {
            self.part(now, at);
            if let Some(peer) = self.peers.get_mut(&at) {
                peer.was_heard();
                if peer.is_at_rest() {
                    self.peers.remove(&at);
                }
            }
        }
    }

    /// Ends the commands for a node that are older than `before`, and takes no more of them. A datagram that has not left yet
    /// does not leave; its command counts as sent all the same.
    pub(super) fn call_off(&mut self, now: Instant, node: NodeId, before: u64) {
        self.called_off.insert(node, before);
        let addresses: Vec<SocketAddr> = self.peers.keys().copied().collect();
        for at in addresses {
            let Some(peer) = self.peers.get_mut(&at) else {
                continue;
            };
            for job in peer.take_older(node, before) {
                job.answer
                    .send(Err(JobError::CalledOff { sent: false }))
                    .ok();
            }
            if peer.works_on_older(node, before)
                && let Some(open) = &mut peer.open
            {
                self.outbox.retain(|(to, _)| *to != at);
                peer.part = true;
                open.session.close(now, &mut self.entropy);
                self.pump(now, at);
            }
        }
    }

    fn called_off_before(&self, node: NodeId) -> u64 {
        self.called_off.get(&node).copied().unwrap_or_default()
    }

    /// Closes everything and takes no more commands.
    pub(super) fn stop(&mut self, now: Instant) {
        self.stopping = true;
        let addresses: Vec<SocketAddr> = self.peers.keys().copied().collect();
        for at in addresses {
            if let Some(peer) = self.peers.get_mut(&at) {
                while let Some(job) = peer.next_job() {
                    job.answer
                        .send(Err(JobError::Stopping { sent: false }))
                        .ok();
                }
                if let Some(open) = &mut peer.open {
                    open.session.close(now, &mut self.entropy);
                    self.pump(now, at);
                }
            }
        }
    }

    /// Whether nothing is open and nothing waits.
    pub(super) fn is_quiet(&self) -> bool {
        self.outbox.is_empty()
            && self
                .peers
                .values()
                .all(|peer| peer.open.is_none() && !peer.busy)
    }

    /// Begins the next command of a peer that is not working on one.
    pub(super) fn begin_next(&mut self, now: Instant, at: SocketAddr) {
        loop {
            let Some(peer) = self.peers.get_mut(&at) else {
                return;
            };
            let Some(job) = peer.next_job() else {
                self.rest(now, at);
                return;
            };
            match refusal(peer, &self.memory, &job, now) {
                Some(error) => {
                    job.answer.send(Err(error)).ok();
                }
                None => return self.begin_job(now, at, job),
            }
        }
    }

    fn begin_job(&mut self, now: Instant, at: SocketAddr, job: Job) {
        self.set_busy(at, true);
        self.set_counted(at, true);
        let Some(peer) = self.peers.get_mut(&at) else {
            return;
        };
        peer.linger_until = None;
        peer.node = Some(job.node);
        if let Some(open) = &mut peer.open
            && !open.serves(&job)
        {
            // Another account's session is in the way: the job begins when it is closed.
            open.session.close(now, &mut self.entropy);
            peer.put_back(job);
            self.pump(now, at);
            return;
        }
        let rtt = peer.rtt;
        let open = peer.open.get_or_insert_with(|| {
            let known = self.memory.profile(job.node).unwrap_or(job.profile);
            Box::new(Open {
                session: Session::new(job.account.clone(), known, rtt),
                node: job.node,
                account: job.account.clone(),
                pulse: job.pulse.clone(),
                logged_in: false,
            })
        });
        open.pulse = job.pulse.clone();
        match open.session.submit(now, job.request, &mut self.entropy) {
            Ok(()) => {
                peer.current = Some(Current {
                    urgency: job.urgency,
                    as_of: job.as_of,
                    pulse: job.pulse,
                    answer: job.answer,
                });
            }
            Err(_) => unreachable!("a peer that works on a command is not given another"),
        }
        self.pump(now, at);
    }

    /// Takes out what the session gives, until it gives nothing more.
    fn pump(&mut self, now: Instant, at: SocketAddr) {
        loop {
            let Some(peer) = self.peers.get_mut(&at) else {
                return;
            };
            let Some(open) = &mut peer.open else {
                return;
            };
            match open.session.poll_output() {
                Output::Transmit(datagram) => self.outbox.push_back((at, datagram)),
                Output::Event(Event::Opened { .. }) => {
                    self.meters.sessions_opened.bump();
                    if std::mem::replace(&mut open.logged_in, true) {
                        // The one before was given up, and a new one was opened for the same command.
                        self.meters.sessions_closed.bump();
                    }
                    self.memory.learn(open.node, open.session.profile());
                }
                Output::Event(Event::Replied(reply)) => self.finish(now, at, Ok(reply)),
                Output::Event(Event::Failed(failure)) => self.finish(now, at, Err(failure)),
                Output::Event(Event::Closed) => {
                    self.memory.learn_close(open.node, open.session.profile());
                    // Answers that came when nobody waited for them any more.
                    open.pulse.carried(open.session.take_traffic());
                    if open.logged_in {
                        self.meters.sessions_closed.bump();
                    }
                    peer.open = None;
                    peer.part = false;
                    peer.session_due = None;
                    peer.stalls_at = None;
                    peer.linger_until = None;
                    if peer.current.is_none() {
                        self.begin_next(now, at);
                    }
                    return;
                }
                Output::Timeout(due) => {
                    peer.session_due = due;
                    peer.stalls_at = open.session.stalls_at().filter(|at| *at > now);
                    let counted = peer.busy && !open.session.is_stalled(now);
                    self.set_timer(at);
                    self.set_counted(at, counted);
                    return;
                }
            }
        }
    }

    /// The current command has ended.
    fn finish(&mut self, now: Instant, at: SocketAddr, outcome: Result<Reply, Failure>) {
        let Some(peer) = self.peers.get_mut(&at) else {
            return;
        };
        let (Some(current), Some(open)) = (peer.current.take(), &mut peer.open) else {
            return;
        };
        current.pulse.carried(open.session.take_traffic());
        peer.rtt = open.session.rtt();
        let unsendable = peer.unsendable.take();
        let called_off =
            current.as_of < self.called_off.get(&open.node).copied().unwrap_or_default();
        let answer = outcome.map_err(|failure| match (failure, unsendable) {
            (Failure::Aborted { sent }, None) if called_off => JobError::CalledOff { sent },
            (Failure::Aborted { .. }, Some(error)) => JobError::Unsendable(error),
            (Failure::Aborted { sent }, None) => JobError::Stopping { sent },
            (failure, _) => JobError::Failed(failure),
        });
        self.memory.learn(open.node, open.session.profile());
        match &answer {
            Err(JobError::Failed(Failure::Credentials(fault))) => {
                let until = now + self.settings.auth_failure_pause;
                let account = open.account.clone();
                self.memory.lock_out(open.node, account, *fault, until);
            }
            Err(JobError::Failed(Failure::Silence { stage, .. }))
                if *stage == Stage::OpenSession =>
            {
                self.memory.unresolve(open.node);
                peer.was_silent(now, self.settings.silence_pause);
            }
            Err(JobError::Unsendable(_)) => self.memory.unresolve(open.node),
            Ok(_) | Err(_) => peer.was_heard(),
        }
        current.answer.send(answer).ok();
        self.after_command(now, at, current.urgency);
    }

    /// The session is free: the next command, or for how long it stays.
    fn after_command(&mut self, now: Instant, at: SocketAddr, urgency: Urgency) {
        let Some(peer) = self.peers.get_mut(&at) else {
            return;
        };
        let (part, more) = (peer.part || self.stopping, peer.has_jobs());
        let Some(open) = &mut peer.open else {
            return;
        };
        if open.session.is_closed() {
            // `Closed` follows, and with it the next command.
            return;
        }
        if part {
            open.session.close(now, &mut self.entropy);
            return;
        }
        if more {
            self.begin_next(now, at);
            return;
        }
        let linger = match urgency {
            Urgency::User => self.settings.linger,
            Urgency::Poll => self.settings.poll_linger,
        };
        if linger.is_zero() {
            open.session.close(now, &mut self.entropy);
        } else {
            peer.linger_until = Some(now + linger);
            self.set_busy(at, false);
            self.set_timer(at);
        }
    }

    /// Nothing waits for this peer any more.
    fn rest(&mut self, now: Instant, at: SocketAddr) {
        let Some(peer) = self.peers.get_mut(&at) else {
            return;
        };
        if peer.open.is_some() && peer.linger_until.is_none() {
            // All who waited have gone away while the session was busy with something else.
            peer.linger_until = Some(now + self.settings.linger);
        }
        self.set_busy(at, false);
        self.set_timer(at);
    }

    /// Something is due at this peer, or was.
    pub(super) fn wake(&mut self, now: Instant, at: SocketAddr) {
        let Some(peer) = self.peers.get_mut(&at) else {
            return;
        };
        let lingered = peer.linger_until.is_some_and(|until| until <= now);
        let Some(open) = &mut peer.open else {
            return;
        };
        if lingered {
            self.part(now, at);
            return;
        }
        open.session.on_timeout(now, &mut self.entropy);
        self.pump(now, at);
    }

    /// Closes the session now if it is idle, or after the current command.
    fn part(&mut self, now: Instant, at: SocketAddr) {
        let Some(peer) = self.peers.get_mut(&at) else {
            return;
        };
        let Some(open) = &mut peer.open else {
            return;
        };
        peer.linger_until = None;
        if peer.current.is_some() {
            peer.part = true;
            return;
        }
        open.session.close(now, &mut self.entropy);
        self.set_busy(at, true);
        self.pump(now, at);
    }
}

/// Why a command does not even begin.
fn refusal(peer: &Peer, memory: &Memory, job: &Job, now: Instant) -> Option<JobError> {
    let needed = job.request.privilege;
    if !job.account.allows(needed) {
        let fault = PrivilegeFault::Limit;
        return Some(JobError::Failed(Failure::Privilege { needed, fault }));
    }
    if let Some((fault, remaining)) = memory.locked_out(job.node, &job.account, now) {
        return Some(JobError::LockedOut(fault, remaining));
    }
    let remaining = peer
        .rest_until
        .map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
    (job.urgency == Urgency::Poll && !remaining.is_zero()).then_some(JobError::Resting {
        times: peer.silent,
        remaining,
    })
}
