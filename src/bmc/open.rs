//! The BMC of this machine, through the kernel's driver: `/dev/ipmi0` and its kin.
//!
//! `ipmi_rs::File` blocks, and a driver may block for good. So each device has a thread of its own, which ends when the last
//! handle is gone, and whoever asks waits for [`LIMIT`] at most. A request that was given up before the thread came to it is
//! never sent: who takes it first, the thread or the one who gives up, decides (see [`Claim`]).

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ipmi_rs::File;
use ipmi_rs::connection::{
    IpmiConnection as _, LogicalUnit, Request as RawRequest, RequestTargetAddress,
};
use tokio::sync::oneshot;

use super::error::{BmcError, left};
use crate::ipmi::command::{Effect, Reply, Request};

/// How long the kernel is waited for; it has timeouts of its own, about five seconds.
const TIMEOUT: Duration = Duration::from_secs(8);

/// How long anybody waits, whatever the kernel does: for an exchange that is under way, and for one's own.
const LIMIT: Duration = Duration::from_secs(16);

/// Requests that may wait for a device. Those whose time is over count until the thread comes to them.
const WAITING: usize = 64;

/// The devices that have been asked for.
pub(super) struct Devices {
    threads: Mutex<HashMap<String, SyncSender<Job>>>,
    limit: Duration,
}

struct Job {
    request: Request,
    claim: Claim,
    answer: oneshot::Sender<Result<Reply, Fault>>,
}

/// Whose a request is: its thread's, to be sent, or that of the one who gave it up.
#[derive(Clone, Default)]
struct Claim(Arc<AtomicBool>);

impl Claim {
    /// Whether it is the caller's from now on; it is not if the other one was first.
    fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

enum Fault {
    /// The device cannot be opened.
    Open(io::Error),
    /// It was not given the command.
    Unsent(io::Error),
    /// It was given the command, and no answer came.
    Unanswered(io::Error),
}

impl Fault {
    fn into_error(self, device: &str, command: &'static str, effect: Effect) -> BmcError {
        let device = device.to_owned();
        let (sent, source) = match self {
            Self::Open(source) => return BmcError::Device { device, source },
            Self::Unsent(source) => (false, source),
            Self::Unanswered(source) => (left(effect), source),
        };
        BmcError::DeviceSilent {
            device,
            command,
            sent,
            source,
        }
    }
}

impl Default for Devices {
    fn default() -> Self {
        Self {
            threads: Mutex::default(),
            limit: LIMIT,
        }
    }
}

impl Devices {
    /// Runs a command on a device.
    pub(super) async fn run(&self, device: &str, request: Request) -> Result<Reply, BmcError> {
        let (command, effect) = (request.name, request.effect);
        let claim = Claim::default();
        let (answer, answered) = oneshot::channel();
        let job = Job {
            request,
            claim: claim.clone(),
            answer,
        };
        let fault = match self.queue(device, job) {
            Err(fault) => fault,
            Ok(()) => match tokio::time::timeout(self.limit, answered).await {
                Ok(Ok(Ok(reply))) => return Ok(reply),
                Ok(Ok(Err(fault))) => fault,
                Ok(Err(_)) => return Err(BmcError::Stopping { sent: left(effect) }),
                Err(_) if claim.take() => Fault::Unsent(io::ErrorKind::TimedOut.into()),
                Err(_) => Fault::Unanswered(io::ErrorKind::TimedOut.into()),
            },
        };
        Err(fault.into_error(device, command, effect))
    }

    fn queue(&self, device: &str, job: Job) -> Result<(), Fault> {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let job = match threads.get(device) {
            None => job,
            Some(thread) => match thread.try_send(job) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full(_)) => {
                    return Err(Fault::Unsent(io::ErrorKind::ResourceBusy.into()));
                }
                // The thread is gone; a new one takes its place.
                Err(TrySendError::Disconnected(job)) => job,
            },
        };
        let (jobs, thread_jobs) = sync_channel(WAITING);
        let path = device.to_owned();
        std::thread::Builder::new()
            .name(format!("bmc {device}"))
            .spawn(move || serve(&thread_jobs, || File::new(&path, TIMEOUT), exchange))
            .map_err(Fault::Open)?;
        // There is room, and the thread listens.
        jobs.try_send(job)
            .map_err(|_| Fault::Unsent(io::ErrorKind::BrokenPipe.into()))?;
        threads.insert(device.to_owned(), jobs);
        Ok(())
    }
}

/// The life of a device's thread. The file is opened when it is needed, and anew after any failure, so that a late answer
/// to what was given up is not taken for the answer to what comes next.
fn serve<D>(
    jobs: &Receiver<Job>,
    open: impl Fn() -> io::Result<D>,
    exchange: impl Fn(&mut D, &Request) -> Result<Reply, Fault>,
) {
    let mut kept = None;
    for job in jobs {
        if job.answer.is_closed() {
            continue;
        }
        let outcome = match kept.take().map_or_else(&open, Ok) {
            Err(source) => Err(Fault::Open(source)),
            Ok(mut device) if job.claim.take() => {
                exchange(&mut device, &job.request).inspect(|_| kept = Some(device))
            }
            // Given up while the device was being opened.
            Ok(device) => {
                kept = Some(device);
                continue;
            }
        };
        job.answer.send(outcome).ok();
    }
}

fn exchange(file: &mut File, request: &Request) -> Result<Reply, Fault> {
    let target = RequestTargetAddress::Bmc(LogicalUnit::Zero);
    let message = request.message.clone();
    let (netfn, command) = (message.netfn(), message.cmd());
    file.send(&mut RawRequest::new(message, target))
        .map_err(Fault::Unsent)?;
    let response = file.recv().map_err(Fault::Unanswered)?;
    if response.netfn() != netfn || response.cmd() != command {
        return Err(Fault::Unanswered(io::ErrorKind::InvalidData.into()));
    }
    Ok(Reply {
        completion: response.cc(),
        data: response.data().to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::path::PathBuf;
    use std::sync::Barrier;

    use nix::sys::stat::Mode;
    use nix::unistd::mkfifo;

    use super::*;
    use crate::bmc::Certainty;
    use crate::ipmi::command::chassis_control::ChassisControlRequest;
    use crate::ipmi::command::chassis_status::ChassisStatusRequest;

    /// Long where something is broken only.
    const PATIENCE: Duration = Duration::from_secs(30);

    fn off() -> Request {
        Request::new(ChassisControlRequest::PowerDown)
    }

    fn status() -> Request {
        Request::new(ChassisStatusRequest)
    }

    fn devices() -> Devices {
        Devices {
            limit: Duration::from_millis(100),
            ..Devices::default()
        }
    }

    /// Opening it blocks, as a driver that hangs does, until the guard is dropped.
    struct Stuck {
        path: PathBuf,
        _directory: tempfile::TempDir,
    }

    impl Stuck {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("ipmi0");
            mkfifo(&path, Mode::S_IRWXU).unwrap();
            Self {
                path,
                _directory: directory,
            }
        }

        fn path(&self) -> &str {
            self.path.to_str().unwrap()
        }
    }

    impl Drop for Stuck {
        fn drop(&mut self) {
            OpenOptions::new()
                .read(true)
                .write(true)
                .open(&self.path)
                .ok();
        }
    }

    async fn fails(devices: &Devices, device: &str, request: Request) -> BmcError {
        let run = devices.run(device, request);
        let outcome = tokio::time::timeout(PATIENCE, run).await;
        outcome.expect("it is given up in time").unwrap_err()
    }

    fn job(request: Request) -> (Job, Claim, oneshot::Receiver<Result<Reply, Fault>>) {
        let claim = Claim::default();
        let (answer, answered) = oneshot::channel();
        let job = Job {
            request,
            claim: claim.clone(),
            answer,
        };
        (job, claim, answered)
    }

    fn done() -> Reply {
        Reply {
            completion: 0,
            data: Vec::new(),
        }
    }

    #[tokio::test]
    async fn a_device_that_hangs_is_given_up_and_what_was_not_sent_is_known_not_to_be() {
        let (devices, stuck) = (devices(), Stuck::new());
        for _ in 0..2 {
            let error = fails(&devices, stuck.path(), off()).await;
            assert!(matches!(error, BmcError::DeviceSilent { .. }), "{error}");
            assert_eq!(error.certainty(), Certainty::NotSent);
            assert!(!error.is_permanent());
            assert!(error.to_string().contains(stuck.path()), "{error}");
        }
    }

    #[tokio::test]
    async fn a_device_that_hangs_holds_up_no_other_one() {
        let (devices, stuck) = (devices(), Stuck::new());
        fails(&devices, stuck.path(), status()).await;
        let missing = stuck.path.with_file_name("ipmi7");
        let error = fails(&devices, missing.to_str().unwrap(), status()).await;
        assert!(matches!(error, BmcError::Device { .. }), "{error}");
        assert!(error.is_permanent());
    }

    #[tokio::test]
    async fn no_more_requests_pile_up_behind_a_device_that_hangs_than_there_is_room_for() {
        let (jobs, _never_read) = sync_channel(WAITING);
        let devices = Devices {
            threads: Mutex::new(HashMap::from([(String::from("/dev/ipmi0"), jobs)])),
            limit: Duration::ZERO,
        };
        for number in 0..2 * WAITING {
            let error = fails(&devices, "/dev/ipmi0", off()).await;
            assert_eq!(error.certainty(), Certainty::NotSent);
            let BmcError::DeviceSilent { source, .. } = error else {
                panic!("{error}")
            };
            let kind = if number < WAITING {
                io::ErrorKind::TimedOut
            } else {
                io::ErrorKind::ResourceBusy
            };
            assert_eq!(source.kind(), kind, "request {number}");
        }
    }

    #[tokio::test]
    async fn a_file_that_is_no_ipmi_device_was_sent_nothing() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        let error = fails(&Devices::default(), path, off()).await;
        assert!(matches!(error, BmcError::DeviceSilent { .. }), "{error}");
        assert_eq!(error.certainty(), Certainty::NotSent);
    }

    /// A power off that waited behind a hanging driver, and was reported as not sent, must not turn a machine off hours later.
    #[test]
    fn what_was_given_up_while_the_device_was_opened_is_never_sent() {
        let opening = Barrier::new(2);
        let (jobs, thread_jobs) = sync_channel(WAITING);
        let (first, claim, _waiting) = job(off());
        let (second, _, answered) = job(status());
        jobs.send(first).unwrap();
        let sent = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            let (opening, sent) = (&opening, &sent);
            let thread = scope.spawn(move || {
                let open = || {
                    opening.wait();
                    opening.wait();
                    Ok(())
                };
                serve(&thread_jobs, open, |(), request: &Request| {
                    sent.lock().unwrap().push(request.name);
                    Ok(done())
                });
            });
            opening.wait();
            assert!(claim.take(), "the thread has not sent it");
            opening.wait();
            jobs.send(second).unwrap();
            drop(jobs);
            thread.join().unwrap();
        });
        assert!(answered.blocking_recv().unwrap().is_ok());
        assert_eq!(*sent.lock().unwrap(), ["chassis status"]);
    }

    #[test]
    fn what_is_under_way_cannot_be_taken_back_and_the_device_is_opened_anew_after_a_failure() {
        let (jobs, thread_jobs) = sync_channel(WAITING);
        let (first, claim, failed) = job(off());
        let (second, _, answered) = job(status());
        jobs.send(first).unwrap();
        jobs.send(second).unwrap();
        drop(jobs);
        let opened = Mutex::new(0);
        let open = || {
            *opened.lock().unwrap() += 1;
            Ok(())
        };
        serve(&thread_jobs, open, |(), request: &Request| {
            if request.effect == Effect::Disruptive {
                assert!(!claim.take(), "it is the thread's");
                return Err(Fault::Unanswered(io::ErrorKind::TimedOut.into()));
            }
            Ok(done())
        });
        assert_eq!(*opened.lock().unwrap(), 2);
        let Err(fault) = failed.blocking_recv().unwrap() else {
            panic!("it failed")
        };
        let error = fault.into_error("/dev/ipmi0", "chassis control", Effect::Disruptive);
        assert_eq!(error.certainty(), Certainty::MaybeSent);
        assert!(answered.blocking_recv().unwrap().is_ok());
    }
}
