//! Keeps the files for dnsmasq equal to the database: which machines are booted, and from where.
//!
//! What has to be there is worked out from the database alone, at the start, with each event, and on a timer: whatever was missed
//! while the daemon or dnsmasq was away is made up for. What the files look like is in [`crate::rules::netboot::dhcp`]. A
//! directory that cannot be written is told and counted, and stops nothing else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::beat::Beat;
use crate::rules::netboot::dhcp::{URL_FILE, host_files, is_host_file, url_file};
use crate::store::{self, StoreError};
use crate::system::file_set::{FileSetError, make_directory, make_equal};
use crate::system::shutdown::Shutdown;
use crate::telemetry::Chain;
use crate::time;
use crate::worker::{Context, WorkerError};

/// How often the directory itself is looked at, with or without an event.
const EVERY: Duration = Duration::from_secs(30);
/// Events that come within this time are looked at together.
const REST: Duration = Duration::from_millis(100);
/// The longest that the loop may stand still before something is wrong.
pub const BEATS_WITHIN: Duration = Duration::from_secs(180);

/// Where the files are, and what is the same in all of them.
#[derive(Debug, Clone)]
pub struct DhcpFiles {
    /// The directory, as `netboot.dhcp_dir` has it.
    pub directory: PathBuf,
    /// The base of the URLs that machines are given, without a slash at its end; `None` where none is booted.
    pub base: Option<String>,
}

/// The files of the two directories, by their names.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    hosts: BTreeMap<String, String>,
    options: BTreeMap<String, String>,
}

/// Runs until shutdown. The files stay then: machines boot on while the daemon starts again.
pub async fn run(
    context: Context,
    files: DhcpFiles,
    beat: Beat,
    shutdown: Shutdown,
) -> Result<(), WorkerError> {
    let mut newest = context.store.newest_event();
    let mut keeper = Keeper {
        files,
        written: None,
        told: None,
    };
    loop {
        beat.now(time::instant());
        newest.mark_unchanged();
        keeper.round(&context).await?;
        tokio::select! {
            changed = newest.changed() => if changed.is_err() { return Ok(()) },
            () = tokio::time::sleep(EVERY) => keeper.written = None,
            () = shutdown.triggered() => return Ok(()),
        }
        tokio::select! {
            () = tokio::time::sleep(REST) => {}
            () = shutdown.triggered() => return Ok(()),
        }
    }
}

struct Keeper {
    files: DhcpFiles,
    /// What was written last; `None` where the directory is to be looked at again.
    written: Option<Wanted>,
    /// The failure that is in the log.
    told: Option<String>,
}

impl Keeper {
    async fn round(&mut self, context: &Context) -> Result<(), WorkerError> {
        let now = time::now();
        let listed = context
            .store
            .read(|connection| store::boot_port::list(connection, now));
        let ports = match listed {
            Ok(ports) => ports,
            Err(error @ (StoreError::WriterGone | StoreError::Closed)) => return Err(error.into()),
            Err(error) => {
                self.fails(context, Chain(&error).to_string());
                return Ok(());
            }
        };
        let url = self.files.base.as_deref().map(url_file);
        let wanted = Wanted {
            hosts: host_files(&ports),
            options: url
                .map(|text| (URL_FILE.to_owned(), text))
                .into_iter()
                .collect(),
        };
        if self.written.as_ref() == Some(&wanted) {
            return Ok(());
        }
        let (directory, files) = (self.files.directory.clone(), wanted.clone());
        let done = tokio::task::spawn_blocking(move || bring_about(&directory, &files)).await?;
        match done {
            Ok(changed) => {
                if self.told.take().is_some() {
                    tracing::info!("the files for dnsmasq are written again");
                }
                if changed {
                    tracing::debug!(ports = ports.len(), "the files for dnsmasq have changed");
                }
                self.written = Some(wanted);
            }
            Err(error) => self.fails(context, Chain(&error).to_string()),
        }
        Ok(())
    }

    /// Each failure is counted, and one that goes on is told once.
    fn fails(&mut self, context: &Context, why: String) {
        context.meters.work().dhcp_failures.bump();
        self.written = None;
        if self.told.as_ref() != Some(&why) {
            tracing::error!(
                error = why,
                "the files for dnsmasq cannot be written, so machines that are set up get no address; trying again"
            );
            self.told = Some(why);
        }
    }
}

/// The URL first: a machine that is known is to find it. Where one of the two fails, the other is done all the same.
fn bring_about(directory: &Path, wanted: &Wanted) -> Result<bool, FileSetError> {
    make_directory(directory)?;
    let options = fill(&directory.join("options"), &wanted.options, |name| {
        name == URL_FILE
    });
    let hosts = fill(&directory.join("hosts"), &wanted.hosts, is_host_file);
    let (options, hosts) = (options?, hosts?);
    Ok(options || hosts)
}

fn fill(
    directory: &Path,
    wanted: &BTreeMap<String, String>,
    is_ours: impl Fn(&str) -> bool,
) -> Result<bool, FileSetError> {
    make_directory(directory)?;
    make_equal(directory, wanted, is_ours)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn options_that_cannot_be_written_hold_up_no_host() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("options"), "in the way").unwrap();
        let file = |name: &str| BTreeMap::from([(name.to_owned(), "text".to_owned())]);
        let host = "52-54-00-00-00-01";
        let wanted = Wanted {
            hosts: file(host),
            options: file(URL_FILE),
        };
        let error = bring_about(directory.path(), &wanted).unwrap_err();
        let told = Chain(&error).to_string();
        assert!(told.contains("options"), "{told}");
        let written = directory.path().join("hosts").join(host);
        assert_eq!(fs::read_to_string(written).unwrap(), "text");
    }
}
