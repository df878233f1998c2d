//! The loop that moves datagrams between the sockets and the engine.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::engine::Engine;
use super::memory::Memory;
use super::meter::Meters;
use super::pacer::Pacer;
use super::peer::Job;
use super::settings::BmcSettings;
use super::socket::Sockets;
use crate::beat::Beat;
use crate::model::ids::NodeId;
use crate::time;

/// Orders and datagrams that are taken at one go, so that neither starves the other.
const BATCH: usize = 256;

/// The loop goes round at least this often, whether there is something to do or not.
const ROUND: Duration = Duration::from_secs(5);

/// What a handle tells the driver.
pub(super) enum Order {
    Run(SocketAddr, Job),
    Forget(NodeId),
    /// From now on the driver behaves like this.
    Change(Box<BmcSettings>),
    /// What was ordered from a node's BMC before this is void; the sender is dropped when that is so.
    CallOff {
        node: NodeId,
        before: u64,
        done: oneshot::Sender<()>,
    },
    /// Close everything; the sender is dropped when that is done.
    Stop(oneshot::Sender<()>),
}

/// Serves all BMCs. Nothing happens unless [`Driver::run`] is polled.
pub struct Driver {
    engine: Engine,
    sockets: Sockets,
    pacer: Pacer,
    orders: mpsc::Receiver<Order>,
    settings: BmcSettings,
    beat: Option<Beat>,
}

impl Driver {
    pub(super) fn new(
        settings: BmcSettings,
        memory: Arc<Memory>,
        meters: Arc<Meters>,
        orders: mpsc::Receiver<Order>,
    ) -> io::Result<Self> {
        Ok(Self {
            engine: Engine::new(settings.clone(), memory, meters),
            sockets: Sockets::bind(settings.receive_buffer, settings.max_in_flight)?,
            pacer: Pacer::new(settings.packets_per_sec, time::instant()),
            orders,
            settings,
            beat: None,
        })
    }

    /// The longest that the loop may stand still before something is wrong.
    pub const BEATS_WITHIN: Duration = Duration::from_secs(30);

    /// With a beat for somebody who watches whether the loop goes round.
    #[must_use]
    pub fn beating(self, beat: Beat) -> Self {
        let beat = Some(beat);
        Self { beat, ..self }
    }

    /// Runs until all handles are gone or [`close_all`](super::Bmcs::close_all) was called, and every session is closed then.
    pub async fn run(mut self) {
        let mut orders = Vec::with_capacity(BATCH);
        let mut stopped = Vec::new();
        let mut stop_at: Option<Instant> = None;
        loop {
            let now = time::instant();
            if let Some(beat) = &self.beat {
                beat.now(now);
            }
            self.engine.begin(now);
            let next_packet = self.send(now);
            if let Some(limit) = stop_at
                && (self.is_quiet() || now >= limit)
            {
                return;
            }
            let due = [self.engine.next_deadline(), next_packet, stop_at];
            let due = due.into_iter().flatten().min();
            let deadline = due.map_or(now + ROUND, |due| due.min(now + ROUND));
            tokio::select! {
                taken = self.orders.recv_many(&mut orders, BATCH), if stop_at.is_none() || !self.orders.is_empty() => {
                    let now = time::instant();
                    let gone = taken == 0;
                    let stop = self.obey(now, &mut orders, &mut stopped);
                    if (gone || stop) && stop_at.is_none() {
                        self.orders.close();
                        self.engine.stop(now);
                        stop_at = Some(now + self.settings.close_limit);
                    }
                }
                () = self.sockets.ready() => {
                    let now = time::instant();
                    let engine = &mut self.engine;
                    self.sockets.receive(BATCH, |from, datagram| {
                        engine.meters.packets_received.bump();
                        engine.on_datagram(now, from, datagram);
                    });
                }
                () = tokio::time::sleep_until(deadline.into()) => {}
            }
            self.engine.tick(time::instant());
        }
    }

    /// True if one of the orders is to stop.
    fn obey(
        &mut self,
        now: Instant,
        orders: &mut Vec<Order>,
        stopped: &mut Vec<oneshot::Sender<()>>,
    ) -> bool {
        let mut stop = false;
        for order in orders.drain(..) {
            match order {
                Order::Run(at, job) => self.engine.submit(at, job),
                Order::Forget(node) => self.engine.forget(now, node),
                Order::Change(settings) => {
                    self.pacer.set_rate(settings.packets_per_sec);
                    self.engine.settings = (*settings).clone();
                    self.settings = *settings;
                }
                Order::CallOff { node, before, done } => {
                    self.engine.call_off(now, node, before);
                    drop(done);
                }
                Order::Stop(done) => {
                    stopped.push(done);
                    stop = true;
                }
            }
        }
        stop
    }

    /// Whether nothing is open, nothing waits and nothing is on its way out.
    fn is_quiet(&self) -> bool {
        self.engine.is_quiet() && self.sockets.is_flushed()
    }

    /// Sends what may be sent now and what can be sent without waiting. Where packets are held back, says until when.
    fn send(&mut self, now: Instant) -> Option<Instant> {
        let mut held_back = None;
        while !self.engine.outbox.is_empty() {
            if let Err(until) = self.pacer.take(now) {
                held_back = Some(until);
                break;
            }
            if let Some(datagram) = self.engine.outbox.pop_front()
                && let Err((to, error)) = self.sockets.queue(datagram)
            {
                self.engine.unsendable(now, to, error);
            }
        }
        let engine = &mut self.engine;
        let sent = self.sockets.flush(|to, error| {
            // The rest (out of buffers, an ICMP message about an earlier packet) is as good as lost, and repeated like that.
            if matches!(
                error.kind(),
                io::ErrorKind::NetworkUnreachable
                    | io::ErrorKind::HostUnreachable
                    | io::ErrorKind::AddrNotAvailable
                    | io::ErrorKind::PermissionDenied
                    | io::ErrorKind::InvalidInput
            ) {
                engine.unsendable(now, to, error);
            }
        });
        self.count(sent);
        held_back
    }

    fn count(&self, sent: usize) {
        let as_u64 = |count| u64::try_from(count).unwrap_or(u64::MAX);
        let (engine, meters) = (&self.engine, &self.engine.meters);
        meters.packets_sent.add(as_u64(sent));
        meters.in_flight.set(as_u64(engine.in_flight));
        let waiting = engine.outbox.len() + self.sockets.waiting();
        meters.outbox.set(as_u64(waiting));
    }
}
