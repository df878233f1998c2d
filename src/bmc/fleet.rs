//! What the rest of the daemon can ask of BMCs.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

use super::boot::{self, BootReadBack};
use super::convert;
use super::driver::{Driver, Order};
use super::error::{BmcError, left};
use super::health::{Exchange, Pulse, Pulses, Vitals};
use super::memory::Memory;
use super::meter::Meters;
use super::open::Devices;
use super::peer::{Job, JobError};
use super::resolve::resolve;
use super::settings::{BmcRef, BmcSettings, Urgency};
use crate::ipmi::command::boot_options::{GetBootFlagsRequest, SetBootOptionsRequest};
use crate::ipmi::command::chassis_control::ChassisControlRequest;
use crate::ipmi::command::chassis_status::{ChassisStatusRequest, ChassisStatusResponse};
use crate::ipmi::command::device_id::{DeviceId, GetDeviceId};
use crate::ipmi::command::{Command, Effect, Reply, Request};
use crate::ipmi::privilege::Privilege;
use crate::ipmi::session::Failure;
use crate::live::Live;
use crate::model::bmc::{BmcConfig, BmcProfile, BootSetting, LanConfig};
use crate::model::health::Numbers;
use crate::model::ids::NodeId;
use crate::model::power::{PowerAction, PowerState};

/// Orders that may wait for the driver; who has more to say waits.
const ORDERS: usize = 1_024;

/// All BMCs. Cheap to clone; clones speak to the same driver.
#[derive(Clone)]
pub struct Bmcs {
    shared: Arc<Shared>,
    /// As of when its orders count, where they can be called off.
    as_of: Option<u64>,
}

struct Shared {
    settings: Live<BmcSettings>,
    memory: Arc<Memory>,
    meters: Arc<Meters>,
    pulses: Pulses,
    orders: mpsc::Sender<Order>,
    devices: Devices,
    /// How often orders were called off.
    called_off: AtomicU64,
}

/// The state of a chassis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChassisStatus {
    /// Whether the machine is powered.
    pub power: PowerState,
    /// Everything that the BMC said: faults, last event, what happens when AC power comes back.
    pub response: ChassisStatusResponse,
}

impl Bmcs {
    /// Binds the sockets. Needs a tokio runtime; nothing happens until the driver runs.
    pub fn new(settings: BmcSettings) -> io::Result<(Self, Driver)> {
        let memory = Arc::new(Memory::default());
        let (orders, driver_orders) = mpsc::channel(ORDERS);
        let meters = Arc::new(Meters::default());
        let driver = Driver::new(
            settings.clone(),
            memory.clone(),
            meters.clone(),
            driver_orders,
        )?;
        let shared = Shared {
            settings: Live::new(settings),
            memory,
            meters,
            pulses: Pulses::default(),
            orders,
            devices: Devices::default(),
            called_off: AtomicU64::default(),
        };
        let bmcs = Self {
            shared: Arc::new(shared),
            as_of: None,
        };
        Ok((bmcs, driver))
    }

    /// From now on BMCs are spoken to like this. How many at a time, and the sockets, stay as they were at the start.
    pub async fn change(&self, settings: BmcSettings) {
        let before = self.shared.settings.now();
        let settings = BmcSettings {
            max_in_flight: before.max_in_flight,
            receive_buffer: before.receive_buffer,
            ..settings
        };
        self.shared.settings.set(settings.clone());
        let order = Order::Change(Box::new(settings));
        // A driver that has ended speaks to nobody any more.
        self.shared.orders.send(order).await.ok();
    }

    /// A handle whose orders end with [`BmcError::CalledOff`] once [`Bmcs::call_off`] names their node. Whoever commits an
    /// intent takes it before that commit: then no order of his can outlive a change that he did not see.
    #[must_use]
    pub fn revocable(&self) -> Self {
        Self {
            as_of: Some(self.shared.called_off.load(Ordering::SeqCst)),
            ..self.clone()
        }
    }

    /// Calls off what handles from [`Bmcs::revocable`] that are older than this have ordered from a node's BMC, or will order.
    /// It counts from this call on; when the future ends, none of it leaves any more. Where the driver has a thousand orders
    /// before it, this waits for a moment, so call it where that is allowed. A BMC behind a local device is none of its business: what the kernel has
    /// been given cannot be taken back.
    pub fn call_off(&self, node: NodeId) -> impl Future<Output = ()> + Send + use<> {
        let before = self.shared.called_off.fetch_add(1, Ordering::SeqCst) + 1;
        let (done, obeyed) = oneshot::channel();
        let order = Order::CallOff { node, before, done };
        if let Err(TrySendError::Full(order)) = self.shared.orders.try_send(order) {
            self.shared.orders.blocking_send(order).ok();
        }
        async move {
            // Never sent: the driver drops it when it has obeyed, or has ended.
            obeyed.await.ok();
        }
    }

    /// Reads the state of the chassis.
    pub async fn chassis_status(
        &self,
        bmc: &BmcRef,
        urgency: Urgency,
    ) -> Result<ChassisStatus, BmcError> {
        let response = self.ask(bmc, ChassisStatusRequest, urgency).await?;
        self.shared.pulses.of(bmc.node).was_read();
        let power = if response.power_on {
            PowerState::On
        } else {
            PowerState::Off
        };
        Ok(ChassisStatus { power, response })
    }

    /// Tells the BMC to change the power. Sent once; success means that the BMC said yes, not that anything has changed.
    pub async fn chassis_control(&self, bmc: &BmcRef, action: PowerAction) -> Result<(), BmcError> {
        let control = match action {
            PowerAction::On => ChassisControlRequest::PowerUp,
            PowerAction::Off => ChassisControlRequest::PowerDown,
            PowerAction::SoftOff => ChassisControlRequest::SoftShutdown,
        };
        self.ask(bmc, control, Urgency::User).await
    }

    /// Sets where the machine boots from, sees to it that the BMC does not drop it after a minute, and reads it back.
    pub async fn set_boot_device(
        &self,
        bmc: &BmcRef,
        setting: BootSetting,
    ) -> Result<BootReadBack, BmcError> {
        // Not all BMCs have this parameter. Those that have not may have no timer either.
        let kept = self
            .ask(bmc, SetBootOptionsRequest::KeepBootFlags, Urgency::User)
            .await;
        match kept {
            Ok(()) | Err(BmcError::Completion { .. }) => {}
            Err(error) => return Err(error),
        }
        let flags = SetBootOptionsRequest::Flags(boot::flags(&setting));
        self.ask(bmc, flags, Urgency::User).await?;
        let read = self.ask(bmc, GetBootFlagsRequest, Urgency::User).await?;
        Ok(BootReadBack::new(read))
    }

    /// Reads which boot device override is in force.
    pub async fn boot_device(&self, bmc: &BmcRef) -> Result<BootSetting, BmcError> {
        let read = self.ask(bmc, GetBootFlagsRequest, Urgency::User).await?;
        BootReadBack::in_force(read).map_err(|selector| BmcError::UnknownBootDevice {
            at: shown(&bmc.config),
            selector,
        })
    }

    /// Reads what the BMC is.
    pub async fn device_id(&self, bmc: &BmcRef) -> Result<DeviceId, BmcError> {
        self.ask(bmc, GetDeviceId, Urgency::User).await
    }

    /// What was learned about the BMC since the daemon started, if anything was.
    pub fn profile(&self, node: NodeId) -> Option<BmcProfile> {
        self.shared.memory.profile(node).map(convert::from_session)
    }

    /// What is known of a BMC after its last exchange, if there was one with these settings since the daemon started.
    pub fn vitals(&self, node: NodeId) -> Option<Vitals> {
        self.shared.pulses.vitals(node)
    }

    /// What was measured of a BMC, if it was asked anything.
    pub fn numbers(&self, node: NodeId) -> Option<Numbers> {
        self.shared.pulses.numbers(node)
    }

    /// What was counted of all BMCs together.
    pub fn meters(&self) -> &Meters {
        &self.shared.meters
    }

    /// The node is gone or its settings changed: forgets what was learned and measured, lifts the lock-out and closes the
    /// session.
    pub fn forget(&self, node: NodeId) {
        self.shared.pulses.forget(node);
        self.shared.memory.forget(node);
        // When the driver is too busy to take the order, the session ends by itself: it is not kept for long.
        self.shared.orders.try_send(Order::Forget(node)).ok();
    }

    /// The account has just logged in, so that another password may be tried without locking it: lifts the pause after a
    /// refused login.
    pub fn lift_lockout(&self, node: NodeId) {
        self.shared.memory.lift_lockout(node);
    }

    /// Closes every session and stops the driver. Bounded in time by [`BmcSettings::close_limit`].
    pub async fn close_all(&self) {
        let (done, closed) = oneshot::channel();
        if self.shared.orders.send(Order::Stop(done)).await.is_ok() {
            // Never sent: the driver drops it when it ends.
            closed.await.ok();
        }
    }

    pub(super) async fn ask<C: Command>(
        &self,
        bmc: &BmcRef,
        command: C,
        urgency: Urgency,
    ) -> Result<C::Output, BmcError> {
        let request = match urgency {
            // Who reads the power for somebody often changes it next: one session for both.
            Urgency::User => Request::new(command).with_room(Privilege::Operator),
            Urgency::Poll => Request::new(command),
        };
        let is_local = matches!(&*bmc.config, BmcConfig::Open { .. });
        let is_disruptive = request.effect == Effect::Disruptive;
        let exchange = Exchange::begin(self.shared.pulses.of(bmc.node), is_local, is_disruptive);
        let replied = match &*bmc.config {
            BmcConfig::Lan(lan) => {
                self.ask_lan(bmc, lan, request, urgency, &exchange.pulse)
                    .await
            }
            BmcConfig::Open { device } => self.shared.devices.run(device, request).await,
        };
        let outcome = replied.and_then(|reply| {
            let unread = |error| BmcError::from_reply(shown(&bmc.config), C::NAME, error);
            reply.parse::<C>().map_err(unread)
        });
        let settings = self.shared.settings.now();
        let ended = outcome.as_ref().map(drop);
        exchange.end(ended, settings.grace, settings.auth_failure_pause);
        outcome
    }

    async fn ask_lan(
        &self,
        bmc: &BmcRef,
        lan: &LanConfig,
        request: Request,
        urgency: Urgency,
        pulse: &Arc<Pulse>,
    ) -> Result<Reply, BmcError> {
        let shared = &self.shared;
        let settings = shared.settings.now();
        let account = Arc::new(convert::settings(lan, &settings)?);
        let limit = settings.resolve_limit;
        let at = resolve(&shared.memory, bmc.node, lan, limit).await?;
        let (command, effect) = (request.name, request.effect);
        let (answer, answered) = oneshot::channel();
        let job = Job {
            node: bmc.node,
            account,
            profile: convert::to_session(&bmc.profile),
            request,
            urgency,
            as_of: self.as_of.unwrap_or(u64::MAX),
            pulse: pulse.clone(),
            answer,
        };
        if shared.orders.send(Order::Run(at, job)).await.is_err() {
            return Err(BmcError::Stopping { sent: false });
        }
        match answered.await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(error)) => Err(self.explain(lan, at, command, error)),
            // The driver ended without a word: it was dropped.
            Err(_) => Err(BmcError::Stopping { sent: left(effect) }),
        }
    }

    fn explain(
        &self,
        lan: &LanConfig,
        at: SocketAddr,
        command: &'static str,
        error: JobError,
    ) -> BmcError {
        let at = named(lan, at);
        let username = lan.username.clone();
        match error {
            JobError::LockedOut(fault, remaining) => BmcError::LockedOut {
                at,
                username,
                fault,
                remaining,
            },
            JobError::Resting { times, remaining } => BmcError::Resting {
                at,
                times,
                remaining,
            },
            JobError::Unsendable(source) => BmcError::Unsendable { at, source },
            JobError::Stopping { sent } => BmcError::Stopping { sent },
            JobError::CalledOff { sent } => BmcError::CalledOff { sent },
            JobError::Failed(failure) => match failure {
                Failure::Silence { stage, sent } => BmcError::Silent {
                    at,
                    stage,
                    sent,
                    command,
                },
                Failure::Aborted { sent } => BmcError::Stopping { sent },
                Failure::Credentials(fault) => BmcError::Credentials {
                    at,
                    username,
                    fault,
                    pause: self.shared.settings.now().auth_failure_pause,
                },
                Failure::Privilege { needed, fault } => BmcError::Privilege {
                    at,
                    username,
                    command,
                    needed,
                    fault,
                },
                Failure::Suites(refusals) => BmcError::SuitesRefused { at, refusals },
                Failure::NoFreeSession => BmcError::NoFreeSession { at },
                Failure::Refused { stage, status } => BmcError::LoginRefused { at, stage, status },
            },
        }
    }
}

/// Where the BMC is, as messages say it.
pub(super) fn shown(config: &BmcConfig) -> String {
    match config {
        BmcConfig::Lan(lan) => match lan.address.parse() {
            Ok(address) => SocketAddr::new(address, lan.port).to_string(),
            Err(_) => format!("{}:{}", lan.address, lan.port),
        },
        BmcConfig::Open { device } => device.clone(),
    }
}

/// The configured name, with what it resolved to.
fn named(lan: &LanConfig, at: SocketAddr) -> String {
    if lan.address.trim() == at.ip().to_string() {
        at.to_string()
    } else {
        format!("{} ({at})", lan.address.trim())
    }
}
