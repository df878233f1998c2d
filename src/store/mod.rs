//! All SQL: one SQLite file, one writer thread, readers of their own.
//!
//! - **Writing** ([`Store::write`]): a closure is sent to the writer thread, which runs what has queued up in one
//!   transaction, each closure in its own savepoint, and answers nobody before the commit is on disk
//!   (`synchronous=FULL`). A use case is one closure: it loads, decides and writes, so no one can come in between.
//! - **Reading** ([`Store::read`]): on the calling thread, with a connection from a pool, in one snapshot (WAL): reads never
//!   wait behind writes.
//! - **Schema** ([`open`]): numbered migrations; a file with a newer schema is refused and left as it is.
//! - **Copies** ([`backup`]): of the whole file, while all goes on; [`check`] says whether a file is whole.
//! - **Files of images** ([`image_file`]): kernels and initrds, beside the database.
//! - **Secrets** ([`seal`]): BMC passwords are sealed before they reach SQLite; [`sealing`] changes the key.
//!
//! The other files hold one table (or one noun) each: functions over `&Connection` and model types. A function that changes
//! a row says so in its name and is called only inside [`Store::write`]. Nothing here knows HTTP or BMCs.

pub mod address;
pub mod backup;
pub mod bmc;
pub mod boot_port;
pub mod check;
pub mod commits;
pub mod error;
pub mod event;
pub mod fetched_file;
pub mod files;
pub mod health;
mod herald;
pub mod idempotency;
pub mod image;
pub mod image_file;
pub mod incoming;
pub mod instance;
pub mod instance_type;
mod job;
mod key_file;
pub mod limit;
pub mod list;
pub mod meter;
pub mod netboot;
pub mod network;
pub mod node;
pub mod open;
pub mod operation;
pub mod own_machine;
pub mod placement;
pub mod port;
pub mod power;
pub mod readers;
pub mod rotation;
pub mod seal;
pub mod sealing;
pub mod sql_types;
pub mod task;
pub mod token;
pub mod token_use;
pub mod unfinished;
pub mod vacuum;
pub mod webhook;
pub mod writer;
pub mod zone;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::watch;

use commits::{Footprint, Moment};
pub use error::{StoreError, Unwritable, WriteError};
use files::Files;
use image_file::ImageFiles;
use meter::Meters;
use readers::{Connections, Readers};
use seal::Sealer;
use token_use::Uses;
use writer::{Side, Writer};

/// The directory of the files of images, beside the database.
const IMAGES: &str = "images";

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    side: Side,
}

struct Inner {
    writer: Writer,
    readers: Readers,
    sealer: Sealer,
    token_uses: Uses,
    path: PathBuf,
    image_files: ImageFiles,
}

impl Store {
    /// Opens the database file, makes it if it is not there, and brings its schema up to date.
    ///
    /// # Errors
    /// The file cannot be opened or is damaged, has a newer schema than this program knows, or is sealed with another key.
    pub fn open(path: &Path, sealer: Sealer) -> Result<Self, StoreError> {
        let mut connection = open::open_and_migrate(path)?;
        sealing::settle(&mut connection, &sealer)?;
        let writer = Writer::start(connection)?;
        let readers = Readers::new(path.to_owned());
        let beside = path.parent().unwrap_or(Path::new("."));
        Ok(Self {
            inner: Arc::new(Inner {
                writer,
                readers,
                sealer,
                token_uses: Uses::default(),
                path: path.to_owned(),
                image_files: ImageFiles::new(beside.join(IMAGES)),
            }),
            side: Side::Client,
        })
    }

    /// The same database for the loops in the background, for whose changes no client waits.
    pub fn for_loops(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            side: Side::Loop,
        }
    }

    /// Runs a use case in a write transaction and answers when it is on disk.
    ///
    /// An `Err` of the closure undoes what the closure did, and only that.
    ///
    /// # Errors
    /// What the closure returns, or that the commit failed: then nothing of it has happened.
    pub async fn write<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: WriteError + Send + 'static,
    {
        self.inner.writer.run(self.side, job).await
    }

    /// Reads in one snapshot, on the calling thread: for what takes microseconds.
    ///
    /// # Errors
    /// What the closure returns, or that no connection can be opened.
    pub fn read<T, E>(&self, job: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        self.inner.readers.run(job)
    }

    /// The id of the newest event, as it is after each commit: what readers of events wait for.
    pub fn newest_event(&self) -> watch::Receiver<i64> {
        self.inner.writer.newest_event()
    }

    /// This moment in the order of commits, to be taken before reading what is to be kept in memory.
    pub fn moment(&self) -> Moment {
        self.inner.writer.commits().now()
    }

    /// Whether what was read after a moment still holds, from there or, where that is not known, from anywhere: nothing has changed
    /// since of which anybody was told.
    pub fn holds(&self, footprint: Option<Footprint>, since: Moment) -> bool {
        self.inner.writer.commits().hold(footprint, since)
    }

    /// What seals and opens secrets.
    pub fn sealer(&self) -> &Sealer {
        &self.inner.sealer
    }

    /// The uses of tokens that are not written yet.
    pub fn token_uses(&self) -> &Uses {
        &self.inner.token_uses
    }

    /// What was counted of commits, and of what they brought.
    pub fn meters(&self) -> &Meters {
        self.inner.writer.meters()
    }

    /// How many changes wait for their commit.
    pub fn waiting(&self) -> usize {
        self.inner.writer.waiting()
    }

    /// How many changes clients have asked for by now.
    pub fn asked(&self) -> u64 {
        self.inner.writer.asked()
    }

    /// How many changes of clients shared the last commit that had one.
    pub fn clients_together(&self) -> usize {
        self.inner.writer.clients_together()
    }

    /// How many connections read, and how many could.
    pub fn connections(&self) -> Connections {
        self.inner.readers.connections()
    }

    /// The size of the files, and of what they lie on.
    pub fn files(&self) -> Files {
        Files::of(&self.inner.path)
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// The kernels and initrds of images.
    pub fn image_files(&self) -> &ImageFiles {
        &self.inner.image_files
    }

    /// Closes the file, with everything in it that was in the write-ahead log. Reads and changes that come later are refused.
    pub async fn close(&self) {
        self.inner.readers.close();
        self.inner.writer.close().await;
    }

    /// Ends when the writer thread has ended, which it does by itself only if it panicked.
    pub async fn writer_gone(&self) {
        self.inner.writer.gone().await;
    }
}
