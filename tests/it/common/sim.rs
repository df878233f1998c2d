//! A simulated rack that runs beside a test, whether the test is asynchronous or not.

use std::ops::Deref;
use std::thread::JoinHandle;

use ostler::sim::{Rack, SimBmc, SimBmcConfig};
use tokio::sync::oneshot;

/// A running rack; it stops when this is dropped. Everything else is [`Rack`]'s.
pub(crate) struct SimRack {
    rack: Rack,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl SimRack {
    /// Starts these BMCs on a thread with a runtime of its own.
    pub(crate) fn start(configs: Vec<SimBmcConfig>) -> Self {
        let (rack, driver) = Rack::bind(configs).unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                tokio::select! {
                    ended = driver.run() => panic!("the rack ended: {ended:?}"),
                    _ = stopped => {}
                }
            });
        });
        Self {
            rack,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Starts one BMC and gives its handle beside the rack, which is to be kept.
    pub(crate) fn one(config: SimBmcConfig) -> (Self, SimBmc) {
        let rack = Self::start(vec![config]);
        let bmc = rack.bmc(0).unwrap();
        (rack, bmc)
    }
}

impl Deref for SimRack {
    type Target = Rack;

    fn deref(&self) -> &Rack {
        &self.rack
    }
}

impl Drop for SimRack {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
            && !std::thread::panicking()
        {
            panic!("the simulated rack panicked");
        }
    }
}
