//! `ostler image upload` and `ostler image clear`: a kernel and an initrd from files here to the daemon, and away again.
//!
//! A file is read twice: its checksum goes ahead of it, so that the daemon keeps what was meant or nothing.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context as TaskContext, Poll, ready};
use std::time::Duration;

use clap::Args;
use http_body_util::BodyExt as _;
use hyper::Method;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead as _, ReadBuf};

use crate::cli::Context;
use crate::cli::exit::CliError;
use crate::cli::image::IMAGE;
use crate::cli::noun::Ident;
use crate::cli::progress::Progress;
use crate::rules::netboot::digest;
use crate::time;

/// Where the files of an image are, below it.
const KERNEL: &str = "/kernel";
const INITRD: &str = "/initrd";
/// What is read at one go, in bytes.
const CHUNK: usize = 256 << 10;
/// How long the daemon may take nothing, and how long it may take to put the file on its disk after all of it has come.
const SILENCE: Duration = Duration::from_secs(120);
/// How often people are told how far it is.
const TICK: Duration = Duration::from_millis(200);

/// `ostler image upload …`
#[derive(Debug, Args)]
pub(crate) struct UploadArgs {
    #[command(flatten)]
    ident: Ident,
    /// The kernel
    #[arg(long, value_name = "FILE", required_unless_present = "initrd")]
    kernel: Option<PathBuf>,
    /// The initrd
    #[arg(long, value_name = "FILE")]
    initrd: Option<PathBuf>,
}

pub(crate) const EXAMPLES: &str = "\
The daemon keeps the files and hands them to the machines itself. A file that is uploaded takes \
the place of a URL, and of one that was uploaded before. Its checksum is sent along.

Examples:
  ostler image upload debian --kernel vmlinuz --initrd initrd.gz
  ostler image upload rescue --initrd initrd.new";

/// `ostler image clear …`
#[derive(Debug, Args)]
pub(crate) struct ClearArgs {
    #[command(flatten)]
    ident: Ident,
    /// The kernel
    #[arg(long, required_unless_present = "initrd")]
    kernel: bool,
    /// The initrd
    #[arg(long)]
    initrd: bool,
}

impl ClearArgs {
    /// Runs it.
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        let name = &self.ident.name;
        for (what, path) in [
            ("kernel", self.kernel.then_some(KERNEL)),
            ("initrd", self.initrd.then_some(INITRD)),
        ] {
            let Some(path) = path else { continue };
            let path = format!("{}{path}", IMAGE.at(name));
            context.client.delete(&path).await?;
            context.out.say(&format!("image {name}: {what} removed"))?;
        }
        Ok(())
    }
}

/// A file that is to be sent.
struct ToSend {
    what: &'static str,
    /// Below the image.
    to: &'static str,
    path: PathBuf,
    bytes: u64,
    sha256: [u8; 32],
}

impl UploadArgs {
    /// Runs it.
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        let files = [
            ("kernel", KERNEL, self.kernel),
            ("initrd", INITRD, self.initrd),
        ];
        let named = |(what, to, path)| Some((what, to, path?));
        // All are read before the first is sent.
        let files = files
            .into_iter()
            .filter_map(named)
            .map(|(what, to, path)| ToSend::read(what, to, path));
        let files = files.collect::<Result<Vec<_>, _>>()?;
        let mut image = Value::Null;
        for file in files {
            image = tokio::select! {
                biased;
                _ = tokio::signal::ctrl_c() => {
                    let reason = format!("the {} was not uploaded", file.what);
                    return Err(CliError::Stopped(reason));
                }
                sent = file.send(context, &self.ident.name) => sent?,
            };
        }
        IMAGE.print(context, &image)
    }
}

impl ToSend {
    fn read(what: &'static str, to: &'static str, path: PathBuf) -> Result<Self, CliError> {
        let (bytes, sha256) = read_through(&path).map_err(|source| CliError::File {
            path: path.clone(),
            source,
        })?;
        if bytes == 0 {
            let problem = format!("{} is empty: name the file of the {what}", path.display());
            return Err(CliError::Usage(problem));
        }
        Ok(Self {
            what,
            to,
            path,
            bytes,
            sha256,
        })
    }

    /// Sends it; gives the image as it is then.
    async fn send(&self, context: &Context, image: &str) -> Result<Value, CliError> {
        let file = File::open(&self.path).map_err(|source| CliError::File {
            path: self.path.clone(),
            source,
        })?;
        let sent = Arc::new(AtomicU64::new(0));
        let body = FileBody {
            file: tokio::fs::File::from_std(file),
            left: self.bytes,
            buffer: vec![0; CHUNK],
            sent: Arc::clone(&sent),
        };
        let path = format!("{}{}", IMAGE.at(image), self.to);
        let digest = digest::content_digest(&self.sha256);
        let headers = [
            ("content-type", "application/octet-stream"),
            ("content-digest", digest.as_str()),
        ];
        let sending = context
            .client
            .send_body(Method::PUT, &path, &headers, body.boxed_unsync());
        let mut progress = Progress::on_terminal(context.out.quiet);
        let answer = tokio::select! {
            answer = sending => answer,
            () = self.watch(&sent, image, &mut progress) => Err(context.client.timed_out(SILENCE)),
        };
        progress.end();
        Ok(answer?.into_success()?.json()?)
    }

    /// Tells how far it is, until nothing has moved for too long.
    async fn watch(&self, sent: &AtomicU64, image: &str, progress: &mut Progress) {
        let began = time::instant();
        let (mut last, mut since) = (0, began);
        while since.elapsed() < SILENCE {
            let now = sent.load(Ordering::Relaxed);
            if now != last {
                (last, since) = (now, time::instant());
            }
            let (of, what) = (self.bytes >> 20, self.what);
            let text = format!("{image}: {} of {of} MiB of the {what} sent", now >> 20);
            progress.show(&text, began.elapsed());
            tokio::time::sleep(TICK).await;
        }
    }
}

/// The length and the SHA-256 of a file.
fn read_through(path: &Path) -> io::Result<(u64, [u8; 32])> {
    let mut file = File::open(path)?;
    let (mut digest, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, digest.finalize().into()));
        }
        digest.update(buffer.get(..read).unwrap_or_default());
        bytes += u64::try_from(read).unwrap_or(0);
    }
}

/// A file on its way to the daemon. It is read when the daemon has taken what was read before.
struct FileBody {
    file: tokio::fs::File,
    left: u64,
    buffer: Vec<u8>,
    sent: Arc<AtomicU64>,
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        if this.left == 0 {
            return Poll::Ready(None);
        }
        let mut read = ReadBuf::new(&mut this.buffer);
        ready!(Pin::new(&mut this.file).poll_read(context, &mut read))?;
        let bytes = Bytes::copy_from_slice(read.filled());
        match u64::try_from(bytes.len()) {
            Ok(length) if length > 0 && length <= this.left => {
                this.left -= length;
                this.sent.fetch_add(length, Ordering::Relaxed);
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            _ => {
                let what = "the file has changed while it was sent";
                Poll::Ready(Some(Err(io::Error::other(what))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
