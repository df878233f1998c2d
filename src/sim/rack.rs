//! The handles of a rack: what tests and `ostlerd demo` hold.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::model::power::PowerState;
use crate::sim::config::SimBmcConfig;
use crate::sim::counters::Counters;
use crate::sim::device::Device;
use crate::sim::driver::RackDriver;
use crate::sim::faults::Faults;
use crate::sim::socket;
use crate::time;

/// A rack of simulated BMCs. Cheap to clone; clones are the same rack.
#[derive(Clone)]
pub struct Rack(Arc<Shared>);

/// What the handles and the driver share.
pub(super) struct Shared {
    slots: Vec<Slot>,
    by_name: HashMap<String, usize>,
}

struct Slot {
    name: String,
    address: SocketAddr,
    device: Mutex<Device>,
}

impl Shared {
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Where a BMC listens.
    pub(super) fn address(&self, index: usize) -> Option<SocketAddr> {
        self.slots.get(index).map(|slot| slot.address)
    }

    pub(super) fn device(&self, index: usize) -> Option<MutexGuard<'_, Device>> {
        self.slots.get(index).map(Slot::lock)
    }
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Device> {
        // A panic under the lock is a bug that shows by itself; the state is still the best there is.
        self.device.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rack {
    /// Opens the sockets. Nothing answers until the driver runs; what comes before waits in the sockets.
    ///
    /// BMCs on one port (not 0) of different IPv4 addresses share a socket that is bound to the wildcard, so that thousands of
    /// them need one open file. Each other BMC has a socket of its own.
    ///
    /// # Errors
    /// An address that cannot be bound, or a configuration that cannot be (`InvalidInput`): a name that is there twice, or a
    /// user name, password or key that is too long.
    pub fn bind(configs: Vec<SimBmcConfig>) -> io::Result<(Self, RackDriver)> {
        let now = time::instant();
        let mut by_name = HashMap::with_capacity(configs.len());
        for (index, config) in configs.iter().enumerate() {
            if let Some(problem) = config.problem() {
                return Err(invalid(format!("{}: {problem}", config.name)));
            }
            if by_name.insert(config.name.clone(), index).is_some() {
                return Err(invalid(format!("{} is there twice", config.name)));
            }
        }
        let (sockets, addresses) = socket::bind(&configs)?;
        let slots = configs.into_iter().zip(addresses);
        let slots = slots.map(|(config, address)| Slot {
            name: config.name.clone(),
            address,
            device: Mutex::new(Device::new(now, config)),
        });
        let slots = slots.collect();
        let shared = Arc::new(Shared { slots, by_name });
        let driver = RackDriver::new(Arc::clone(&shared), sockets);
        Ok((Self(shared), driver))
    }

    /// How many BMCs there are.
    pub fn len(&self) -> usize {
        self.0.slots.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.slots.is_empty()
    }

    /// The BMC at this position of the configuration.
    pub fn bmc(&self, index: usize) -> Option<SimBmc> {
        (index < self.len()).then(|| SimBmc {
            rack: Arc::clone(&self.0),
            index,
        })
    }

    /// The BMC of this name.
    pub fn by_name(&self, name: &str) -> Option<SimBmc> {
        self.bmc(*self.0.by_name.get(name)?)
    }

    /// All of them, in the order of the configuration.
    pub fn bmcs(&self) -> impl Iterator<Item = SimBmc> + '_ {
        (0..self.len()).filter_map(|index| self.bmc(index))
    }
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

/// One BMC of a rack: its switches, its front panel and its counters. Cheap to clone.
#[derive(Clone)]
pub struct SimBmc {
    rack: Arc<Shared>,
    index: usize,
}

impl SimBmc {
    /// Its name in the rack.
    pub fn name(&self) -> &str {
        &self.slot().name
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.slot().address
    }

    /// The power now.
    pub fn power(&self) -> PowerState {
        self.slot().lock().power(time::instant())
    }

    /// What it has seen and done so far.
    pub fn counters(&self) -> Counters {
        self.slot().lock().counters(time::instant())
    }

    /// Its faults now, counted ones as far as they are left.
    pub fn faults(&self) -> Faults {
        self.slot().lock().faults.clone()
    }

    /// Switches to these faults, and away from all others.
    pub fn set_faults(&self, faults: Faults) {
        self.slot().lock().set_faults(time::instant(), faults);
    }

    /// The password of the user with this name now; `None` if there is none.
    pub fn password(&self, user: &str) -> Option<String> {
        let device = self.slot().lock();
        let mut users = device.config.users.iter();
        let found = users.find(|known| known.name == user)?;
        Some(found.password.clone())
    }

    /// Changes a user's password, as somebody at the BMC's own web page would.
    pub fn set_password(&self, user: &str, password: &str) {
        let mut device = self.slot().lock();
        let mut users = device.config.users.iter_mut();
        if let Some(found) = users.find(|known| known.name == user) {
            found.password = password.to_owned();
        }
    }

    /// The passwords that were sent to be set, in order, whatever became of them.
    pub fn passwords_sent(&self) -> Vec<String> {
        self.slot().lock().accounts.sent().to_vec()
    }

    /// Makes the BMC (not its machine) restart: silent for so long, and its sessions are gone.
    pub fn reboot_for(&self, lasts: Duration) {
        self.slot().lock().reboot(time::instant(), lasts);
    }

    /// Someone presses the power button shortly: a machine that is off starts, one that is on is asked to shut down.
    pub fn press_power_button(&self) {
        let mut device = self.slot().lock();
        let now = time::instant();
        device.settle(now);
        let delays = device.config.delays;
        device.chassis.press_button(now, &delays);
    }

    /// Someone changes the power behind the client's back, at once.
    pub fn set_power(&self, power: PowerState) {
        let mut device = self.slot().lock();
        let now = time::instant();
        device.settle(now);
        device.chassis.force(now, power);
    }

    fn slot(&self) -> &Slot {
        let Some(slot) = self.rack.slots.get(self.index) else {
            unreachable!("a handle is only made for a BMC of the rack");
        };
        slot
    }
}
