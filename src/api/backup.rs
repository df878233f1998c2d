//! `/backup`.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{CACHE_CONTROL, CONTENT_DISPOSITION, HeaderName};
use serde::Deserialize;
use tokio::fs::File;
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::sync::OwnedSemaphorePermit;

use crate::api::answer::{Answer, Cut};
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::service::backup::Backup;
use crate::time;

/// As registered with IANA for files of SQLite.
const MEDIA_TYPE: &str = "application/vnd.sqlite3";
/// The SHA-256 of the file in hexadecimal, as `sha256sum` prints it.
const SHA256: HeaderName = HeaderName::from_static("x-ostler-sha256");
/// What is read at one go, in bytes.
const CHUNK: usize = 128 << 10;

/// `POST /backup`: a copy of the database as it is now.
pub async fn take(mut call: Call) -> Result<Answer, ApiError> {
    /// There is nothing to say.
    #[derive(Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}
    call.no_query()?;
    let Nothing {} = call.json_or_default()?;
    let taken = call.service.take_backup().await?;
    let sha256: String = taken.snapshot.sha256.iter().map(hex).collect();
    let stamp = time::now().to_string();
    let stamp = stamp.chars().filter(|of| !matches!(of, '-' | ':'));
    let stamp: String = stamp.take("20261130T094500".len()).collect();
    let file = format!("attachment; filename=\"ostler-{stamp}Z.db\"");
    let answer = Answer::stream(MEDIA_TYPE, FileBody::of(taken).boxed_unsync());
    Ok(answer
        .with(SHA256, sha256)
        .with(CONTENT_DISPOSITION, file)
        .with(CACHE_CONTROL, "no-store"))
}

fn hex(byte: &u8) -> String {
    format!("{byte:02x}")
}

/// A file on its way to a client. It is read when the client has taken what was read before.
struct FileBody {
    file: File,
    left: u64,
    buffer: Vec<u8>,
    _place: OwnedSemaphorePermit,
}

impl FileBody {
    fn of(backup: Backup) -> Self {
        Self {
            file: File::from_std(backup.snapshot.file),
            left: backup.snapshot.bytes,
            buffer: vec![0; CHUNK],
            _place: backup.place,
        }
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let this = self.get_mut();
        if this.left == 0 {
            return Poll::Ready(None);
        }
        let mut read = ReadBuf::new(&mut this.buffer);
        let outcome = ready!(Pin::new(&mut this.file).poll_read(context, &mut read));
        let bytes = Bytes::copy_from_slice(read.filled());
        match (outcome, u64::try_from(bytes.len())) {
            (Ok(()), Ok(length)) if length > 0 && length <= this.left => {
                this.left -= length;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            // It is shorter or longer than it was, or cannot be read.
            _ => Poll::Ready(Some(Err(Cut))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
