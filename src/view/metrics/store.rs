//! What `/metrics` says of the database.

use std::time::Duration;

use super::page::{Kind, Page};
use crate::meter::{Counts, Reading};

/// The numbers of the database.
#[derive(Debug)]
pub struct Store {
    /// Changes that wait for their commit.
    pub waiting: usize,
    /// For how long the writer has been at the same changes.
    pub busy_for: Duration,
    /// How long commits took, in seconds.
    pub commit_times: Reading,
    /// How many changes shared a commit.
    pub commit_sizes: Reading,
    /// Commits that failed, by cause.
    pub commit_failures: Counts,
    /// Connections that read.
    pub reading: usize,
    /// Connections that are kept for reads.
    pub idle: usize,
    /// Bytes of the database file.
    pub database_bytes: Option<u64>,
    /// Bytes of the write-ahead log.
    pub wal_bytes: u64,
    /// Bytes of the kernels and initrds of images.
    pub image_files_bytes: u64,
    /// Bytes of their file system.
    pub disk_bytes: Option<u64>,
    /// Bytes that are left on it.
    pub disk_available_bytes: Option<u64>,
}

pub(super) fn write(page: &mut Page, store: &Store) {
    page.gauge(
        "ostler_store_queue_jobs",
        "Changes that wait for their commit.",
        store.waiting,
    );
    page.gauge(
        "ostler_store_writer_busy_seconds",
        "For how long the writer has been at the same commit; 0 while it waits for changes.",
        store.busy_for.as_secs_f64(),
    );
    page.family(
        "ostler_store_commit_duration_seconds",
        Kind::Histogram,
        "How long commits took, with the changes in them.",
    )
    .histogram(&[], &store.commit_times);
    page.family(
        "ostler_store_commit_jobs",
        Kind::Histogram,
        "How many changes shared a commit.",
    )
    .histogram(&[], &store.commit_sizes);
    page.counts(
        "ostler_store_commit_failures_total",
        "Commits that failed, by cause: the disk was full, the file could not be written, or another.",
        "cause",
        &store.commit_failures,
    );
    let mut readers = page.family(
        "ostler_store_readers",
        Kind::Gauge,
        "Connections that read (reading), and that are kept for the next reads (idle).",
    );
    readers.sample(&[("state", "reading")], store.reading);
    readers.sample(&[("state", "idle")], store.idle);
    files(page, store);
}

fn files(page: &mut Page, store: &Store) {
    for (name, help, bytes) in [
        (
            "ostler_store_database_bytes",
            "The size of the database file.",
            store.database_bytes,
        ),
        (
            "ostler_store_wal_bytes",
            "The size of the write-ahead log beside it.",
            Some(store.wal_bytes),
        ),
        (
            "ostler_store_image_files_bytes",
            "The size of all kernels and initrds of images.",
            Some(store.image_files_bytes),
        ),
        (
            "ostler_store_disk_bytes",
            "The size of the file system that they lie on.",
            store.disk_bytes,
        ),
        (
            "ostler_store_disk_available_bytes",
            "What is left on that file system for the daemon.",
            store.disk_available_bytes,
        ),
    ] {
        if let Some(bytes) = bytes {
            page.gauge(name, help, bytes);
        }
    }
}
