//! What `/metrics` shows: what is stored, and what every part has counted.

use rusqlite::Connection;

use crate::model::instance::InstanceStatus;
use crate::model::task::TaskState;
use crate::service::{Error, Service};
use crate::store;
use crate::store::health::StoredHealth;
use crate::telemetry::process;
use crate::time;
use crate::view::metrics::{Bmcs, Http, Keystone, Netboot, Process, Snapshot, Store, Work};

/// What is read from the database, in one snapshot.
struct Stored {
    nodes: Vec<StoredHealth>,
    tasks: Vec<(TaskState, u32)>,
    instances: Vec<(InstanceStatus, u32)>,
    newest_event: i64,
    webhooks: store::webhook::Standing,
}

impl Stored {
    fn read(connection: &Connection) -> Result<Self, Error> {
        Ok(Self {
            nodes: store::health::all(connection)?,
            tasks: store::task::count_open(connection)?,
            instances: store::instance::count_by_status(connection)?,
            newest_event: store::event::last_id(connection)?,
            webhooks: store::webhook::count(connection)?,
        })
    }
}

impl Service {
    /// What the page shows, but for the open streams, of which only the API knows.
    pub fn metrics(&self) -> Result<Snapshot, Error> {
        let stored = self.store.read(Stored::read)?;
        let work = self.work(&stored);
        let nodes = stored.nodes.into_iter().map(|of| {
            let power = of.power_state;
            (self.with_numbers(of), power)
        });
        Ok(Snapshot {
            nodes: nodes.collect(),
            tasks: stored.tasks,
            instances: stored.instances,
            bmcs: self.all_bmcs(),
            work,
            http: self.requests(),
            keystone: self.keystone(),
            netboot: Netboot {
                answers: self.meters.netboot().answers.read(),
            },
            store: self.database(),
            process: self.process(),
        })
    }

    fn all_bmcs(&self) -> Bmcs {
        let meters = self.bmcs.meters();
        Bmcs {
            packets_sent: meters.packets_sent.get(),
            packets_received: meters.packets_received.get(),
            packets_waiting: meters.outbox.get(),
            sessions_opened: meters.sessions_opened.get(),
            sessions_closed: meters.sessions_closed.get(),
            sessions_open: meters.sessions_open(),
            in_flight: meters.in_flight.get(),
        }
    }

    fn work(&self, stored: &Stored) -> Work {
        let (store, work) = (self.store.meters(), self.meters.work());
        let tasks = &store.tasks;
        let times = tasks.times.iter();
        Work {
            ended: [
                ("done", tasks.done.read()),
                ("failed", tasks.failed.read()),
                ("cancelled", tasks.cancelled.read()),
            ],
            times: times
                .map(|(kind, times)| (kind.as_str(), times.read()))
                .collect(),
            attempts: work.attempts.read(),
            polls: work.polls.read(),
            loops: self.beats.read(time::instant()),
            events: store.events.read(),
            newest_event: stored.newest_event,
            webhooks: vec![
                ("well", stored.webhooks.well.into()),
                ("failing", stored.webhooks.failing.into()),
            ],
            deliveries: work.deliveries.read(),
            dhcp_failures: work.dhcp_failures.get(),
            webhooks_behind: work.webhooks.furthest_behind(stored.newest_event),
        }
    }

    fn requests(&self) -> Http {
        let http = self.meters.http();
        Http {
            answers: http.answers(),
            times: http.times(),
            under_way: http.under_way(),
            streams: 0,
            sign_in_failures: http.sign_in_failures.read(),
        }
    }

    fn keystone(&self) -> Keystone {
        let meters = self.meters.keystone();
        Keystone {
            validations: meters.validations.read(),
            times: meters.times.read(),
            remembered: meters.remembered.get(),
        }
    }

    fn database(&self) -> Store {
        let (meters, files) = (self.store.meters(), self.store.files());
        let connections = self.store.connections();
        Store {
            waiting: self.store.waiting(),
            busy_for: meters.busy_for(),
            commit_times: meters.commit_times.read(),
            commit_sizes: meters.commit_sizes.read(),
            commit_failures: meters.commit_failures.read(),
            reading: connections.reading,
            idle: connections.idle,
            database_bytes: files.database,
            wal_bytes: files.wal,
            image_files_bytes: self.store.image_files().bytes(),
            disk_bytes: files.disk,
            disk_available_bytes: files.disk_available,
        }
    }

    fn process(&self) -> Process {
        let usage = process::usage();
        Process {
            started_at: self.meters.started_at(),
            cpu_seconds: usage.cpu_seconds,
            resident_bytes: usage.resident_bytes,
            virtual_bytes: usage.virtual_bytes,
            open_fds: usage.open_fds,
            max_fds: usage.max_fds,
        }
    }
}
