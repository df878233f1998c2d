//! The BMC of this machine, through the kernel's driver: `/dev/ipmi0` and its kin.
//!
//! `ipmi_rs::File` blocks, so each device has a thread of its own, which ends when the last handle is gone.

use std::collections::HashMap;
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ipmi_rs::File;
use ipmi_rs::connection::{
    IpmiConnection as _, LogicalUnit, Request as RawRequest, RequestTargetAddress,
};
use tokio::sync::oneshot;

use super::error::{BmcError, left};
use crate::ipmi::command::{Reply, Request};

/// How long the kernel is waited for; it has timeouts of its own, about five seconds.
const TIMEOUT: Duration = Duration::from_secs(8);

/// The devices that have been asked for.
#[derive(Default)]
pub(super) struct Devices(Mutex<HashMap<String, Sender<Job>>>);

struct Job {
    request: Request,
    answer: oneshot::Sender<Result<Reply, Fault>>,
}

enum Fault {
    /// The device cannot be opened.
    Open(io::Error),
    /// It was opened, and failed.
    Exchange(io::Error),
}

impl Devices {
    /// Runs a command on a device.
    pub(super) async fn run(&self, device: &str, request: Request) -> Result<Reply, BmcError> {
        let (command, effect) = (request.name, request.effect);
        let (answer, answered) = oneshot::channel();
        self.queue(device, Job { request, answer })
            .map_err(|source| BmcError::Device {
                device: device.to_owned(),
                source,
            })?;
        match answered.await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(Fault::Open(source))) => Err(BmcError::Device {
                device: device.to_owned(),
                source,
            }),
            Ok(Err(Fault::Exchange(source))) => Err(BmcError::DeviceSilent {
                device: device.to_owned(),
                command,
                sent: left(effect),
                source,
            }),
            Err(_) => Err(BmcError::Stopping { sent: left(effect) }),
        }
    }

    fn queue(&self, device: &str, job: Job) -> io::Result<()> {
        let mut devices = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let job = match devices.get(device) {
            None => job,
            Some(thread) => match thread.send(job) {
                Ok(()) => return Ok(()),
                // The thread is gone; a new one takes its place.
                Err(returned) => returned.0,
            },
        };
        let (jobs, thread_jobs) = channel();
        let path = device.to_owned();
        std::thread::Builder::new()
            .name(format!("bmc {device}"))
            .spawn(move || serve(&path, &thread_jobs))?;
        jobs.send(job)
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        devices.insert(device.to_owned(), jobs);
        Ok(())
    }
}

/// The life of a device's thread. The file is opened when it is needed, and anew after any failure, so that a late answer
/// to what was given up is not taken for the answer to what comes next.
fn serve(path: &str, jobs: &Receiver<Job>) {
    let mut file = None;
    for job in jobs {
        if job.answer.is_closed() {
            continue;
        }
        let outcome = match file.take() {
            Some(file) => Ok(file),
            None => File::new(path, TIMEOUT).map_err(Fault::Open),
        };
        let outcome = outcome.and_then(|mut opened| {
            let reply = exchange(&mut opened, &job.request).map_err(Fault::Exchange)?;
            file = Some(opened);
            Ok(reply)
        });
        job.answer.send(outcome).ok();
    }
}

fn exchange(file: &mut File, request: &Request) -> io::Result<Reply> {
    let target = RequestTargetAddress::Bmc(LogicalUnit::Zero);
    let message = request.message.clone();
    let (netfn, command) = (message.netfn(), message.cmd());
    let response = file.send_recv(&mut RawRequest::new(message, target))?;
    if response.netfn() != netfn || response.cmd() != command {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(Reply {
        completion: response.cc(),
        data: response.data().to_vec(),
    })
}
