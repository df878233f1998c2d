//! A file of an image on its way in, for those who may not wait for a disk.
//!
//! What comes is gathered to a mebibyte, and written by a thread that may wait. Never more than that is in memory. A piece keeps
//! the memory that it was read into, so tiny ones are written before they are a mebibyte.

use hyper::body::Bytes;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use crate::store::image_file::{FileError, ImageFiles, Kept};
use crate::store::unfinished::Unfinished;

/// What is written at one go, in bytes.
const BATCH: usize = 1 << 20;
/// The most pieces of it.
const PIECES: usize = 256;

/// Why a file has not come in.
#[derive(Debug, thiserror::Error)]
pub enum IncomingError {
    /// It is not kept.
    #[error(transparent)]
    File(#[from] FileError),
    /// What was writing it has ended without a word.
    #[error("the file was not written to its end")]
    Lost,
}

/// A file on its way in. It is gone when this is dropped.
#[derive(Debug)]
pub struct Incoming {
    file: RemovedElsewhere,
    gathered: Vec<Bytes>,
    bytes: usize,
}

impl Incoming {
    /// Begins one, of so many bytes where that is known.
    ///
    /// # Errors
    /// It would be too large, or there is no room for it.
    pub async fn begin(files: &ImageFiles, announced: Option<u64>) -> Result<Self, IncomingError> {
        let files = files.clone();
        let file = elsewhere(move || files.begin(announced)).await?;
        Ok(Self {
            file: RemovedElsewhere(Some(file)),
            gathered: Vec::new(),
            bytes: 0,
        })
    }

    /// So many bytes have come.
    pub fn bytes(&self) -> u64 {
        let gathered = u64::try_from(self.bytes).unwrap_or(u64::MAX);
        let written = self.file.0.as_ref().map_or(0, Unfinished::bytes);
        written.saturating_add(gathered)
    }

    /// Goes on with these bytes.
    ///
    /// # Errors
    /// The file becomes too large, or there is no room for it.
    pub async fn push(mut self, bytes: Bytes) -> Result<Self, IncomingError> {
        self.bytes += bytes.len();
        self.gathered.push(bytes);
        if self.bytes < BATCH && self.gathered.len() < PIECES {
            return Ok(self);
        }
        self.write().await
    }

    /// Puts it on the disk and gives it its name, if it is what was expected.
    ///
    /// # Errors
    /// It is not what was expected, or the disk did not take it.
    pub async fn finish(self, expected: Vec<String>) -> Result<Kept, IncomingError> {
        let written = self.write().await?;
        let file = written.file.take()?;
        elsewhere(move || file.finish(&expected)).await
    }

    async fn write(self) -> Result<Self, IncomingError> {
        let Self { file, gathered, .. } = self;
        let mut file = file.take()?;
        let file = elsewhere(move || {
            for bytes in &gathered {
                file.write(bytes)?;
            }
            Ok(file)
        });
        Ok(Self {
            file: RemovedElsewhere(Some(file.await?)),
            gathered: Vec::new(),
            bytes: 0,
        })
    }
}

/// A file that is taken away on a thread that may wait, where nothing comes of it: that takes a while if it is large.
#[derive(Debug)]
struct RemovedElsewhere(Option<Unfinished>);

impl RemovedElsewhere {
    fn take(mut self) -> Result<Unfinished, IncomingError> {
        self.0.take().ok_or(IncomingError::Lost)
    }
}

impl Drop for RemovedElsewhere {
    fn drop(&mut self) {
        let Some(file) = self.0.take() else {
            return;
        };
        // Without a runtime nobody waits for this thread.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn_blocking(move || drop(file));
        }
    }
}

async fn elsewhere<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FileError> + Send + 'static,
) -> Result<T, IncomingError> {
    let done = spawn_blocking(work).await;
    Ok(done.map_err(|_| IncomingError::Lost)??)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use tokio::time::{sleep, timeout};

    use super::*;

    #[tokio::test]
    async fn tiny_pieces_are_not_gathered_for_ever() {
        let directory = tempfile::tempdir().unwrap();
        let files = ImageFiles::new(directory.path().join("images"));
        let mut incoming = Incoming::begin(&files, None).await.unwrap();
        for _ in 0..PIECES {
            incoming = incoming.push(Bytes::from_static(b"x")).await.unwrap();
        }
        assert_eq!((incoming.gathered.len(), incoming.bytes), (0, 0));
        assert_eq!(incoming.bytes(), PIECES as u64);
        let kept = incoming.push(Bytes::from_static(b"x")).await.unwrap();
        let kept = kept.finish(Vec::new()).await.unwrap();
        assert_eq!(kept.bytes, PIECES as u64 + 1);
    }

    #[tokio::test]
    async fn a_file_that_nothing_comes_of_is_taken_away_by_a_thread_that_may_wait() {
        let directory = tempfile::tempdir().unwrap();
        let files = ImageFiles::new(directory.path().join("images"));
        drop(Incoming::begin(&files, None).await.unwrap());
        let gone = async {
            while fs::read_dir(directory.path().join("images"))
                .unwrap()
                .count()
                > 0
            {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(20), gone).await.unwrap();
    }
}
