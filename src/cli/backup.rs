//! `ostler backup`: the daemon makes a copy of its database, and it becomes a file here.
//!
//! Under its name there is a whole backup or nothing: it is written beside it, held against what the daemon says of it, put on
//! the disk, and then gets its name.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::{Method, Response};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::Context;
use crate::cli::client::ClientError;
use crate::cli::exit::CliError;

/// How long the daemon may take to make the copy and to look at it: a minute is enough for gigabytes on a slow disk.
const MAKING: Duration = Duration::from_secs(600);
/// How long nothing may come.
const SILENCE: Duration = Duration::from_secs(30);

/// `ostler backup …`
#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// The file to write, for its owner alone; - for standard output
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace FILE if it is there already
    #[arg(long)]
    force: bool,
}

pub(crate) const EXAMPLES: &str = "\
Everything that was accepted before is in the backup: nodes, instances, types, images, networks, \
tasks, events, tokens and webhooks. The daemon checks it before it sends it. The passwords of BMCs \
are in it sealed, and their key is not: keep a copy of credentials.key too, in another place. Who \
has both has the passwords.

Examples:
  ostler backup /var/backups/ostler.db
  ostler backup --force \"/var/backups/ostler-$(date +%a).db\"
  ostler backup - | ssh vault 'cat > ostler.db'

'ostlerd restore FILE' puts a backup in the place of the database.";

/// What has come.
struct Received {
    bytes: u64,
    sha256: String,
}

impl BackupArgs {
    /// Runs it.
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        // Dropped on the way, the unfinished file is taken away.
        let mut terminated = signal(SignalKind::terminate()).map_err(CliError::Output)?;
        let stopped = || Err(CliError::Stopped("there is no backup".to_owned()));
        tokio::select! {
            biased;
            _ = tokio::signal::ctrl_c() => stopped(),
            _ = terminated.recv() => stopped(),
            done = self.fetch(context) => done,
        }
    }

    async fn fetch(&self, context: &Context) -> Result<(), CliError> {
        if self.file == Path::new("-") {
            if io::stdout().is_terminal() {
                let what =
                    "a backup is not for a terminal: name a file, or send the output somewhere";
                return Err(CliError::Usage(what.to_owned()));
            }
            let answer = self.ask(context).await?;
            let mut stdout = io::stdout().lock();
            receive(context, answer, |bytes| {
                stdout.write_all(bytes).map_err(CliError::Output)
            })
            .await?;
            return stdout.flush().map_err(CliError::Output);
        }
        let error = |source| CliError::WriteFile {
            path: self.file.clone(),
            source,
        };
        if self.file.is_dir() {
            let what = format!("{} is a directory: name a file in it", self.file.display());
            return Err(CliError::Usage(what));
        }
        if self.file.symlink_metadata().is_ok() && !self.force {
            return Err(self.is_there());
        }
        // Before the daemon makes a copy in vain.
        let parent = self.file.parent().filter(|of| *of != Path::new(""));
        let parent = parent.unwrap_or(Path::new("."));
        let mut to = unfinished(parent).map_err(error)?;
        let answer = self.ask(context).await?;
        let received = receive(context, answer, |bytes| to.write_all(bytes).map_err(error)).await?;
        to.as_file().sync_all().map_err(error)?;
        if self.force {
            to.persist(&self.file).map_err(|of| error(of.error))?;
        } else {
            to.persist_noclobber(&self.file).map_err(|of| {
                match of.error.kind() == io::ErrorKind::AlreadyExists {
                    true => self.is_there(),
                    false => error(of.error),
                }
            })?;
        }
        let directory = File::open(parent).and_then(|directory| directory.sync_all());
        directory.map_err(error)?;
        self.tell(context, &received)
    }

    async fn ask(&self, context: &Context) -> Result<Response<Incoming>, CliError> {
        let accept = [("accept", "application/vnd.sqlite3")];
        let opened = context
            .client
            .open(Method::POST, "/v1/backup", &accept, MAKING);
        Ok(opened.await?)
    }

    fn is_there(&self) -> CliError {
        let file = self.file.display();
        CliError::Usage(format!(
            "{file} is there already: choose another name, or --force to replace it"
        ))
    }

    fn tell(&self, context: &Context, received: &Received) -> Result<(), CliError> {
        let file = self.file.display();
        if context.out.json {
            return context.out.json(&json!({
                "file": file.to_string(), "bytes": received.bytes, "sha256": received.sha256,
            }));
        }
        context.out.say(&format!(
            "{file}: a whole backup, {} KiB; secrets in it are sealed, so keep a copy of credentials.key in another place",
            received.bytes.div_ceil(1024)
        ))
    }
}

/// A file for its owner alone, which is gone when it is dropped.
fn unfinished(directory: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new()
        .prefix(".ostler-backup-")
        .suffix(".unfinished")
        .tempfile_in(directory)
}

/// Takes all of it, and sees that it is what the daemon has read.
async fn receive(
    context: &Context,
    answer: Response<Incoming>,
    mut write: impl FnMut(&[u8]) -> Result<(), CliError>,
) -> Result<Received, CliError> {
    let sent = answer.headers().get("x-ostler-sha256").cloned();
    let sent = sent.ok_or(CliError::Answer("X-Ostler-Sha256"))?;
    let mut body = answer.into_body();
    let (mut digest, mut bytes) = (Sha256::new(), 0);
    loop {
        let frame = tokio::time::timeout(SILENCE, body.frame()).await;
        let frame = frame.map_err(|_| context.client.timed_out(SILENCE))?;
        let Some(frame) = frame else { break };
        let frame = frame.map_err(|source| ClientError::Broken {
            endpoint: context.client.endpoint().clone(),
            source: source.into(),
        })?;
        if let Some(data) = frame.data_ref() {
            write(data)?;
            digest.update(data);
            bytes += u64::try_from(data.len()).unwrap_or(0);
        }
    }
    let sha256: String = digest
        .finalize()
        .iter()
        .map(|of| format!("{of:02x}"))
        .collect();
    if sent != sha256.as_str() {
        return Err(CliError::Failed {
            what: "backup".to_owned(),
            reason: "what came is not what the daemon sent; try again".to_owned(),
        });
    }
    Ok(Received { bytes, sha256 })
}
