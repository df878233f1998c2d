//! A file as the body of an answer, which the kernel sends where the connection can.
//!
//! HTTP is hyper's, and hyper writes bytes that are in memory. So this body gives it a *stand-in*: memory of the right length
//! whose content nobody ever sends. What it stands for is put down in the connection's [`Outlet`], and the stream beneath hyper
//! (`server::sendfile`), which knows a stand-in by its address, has the kernel send that part of the file in its place. Nothing
//! is copied through this process, and a hundred machines that fetch an initrd at once need no memory here.
//!
//! The kernel would wait for a disk in the thread that serves everybody else too. So a piece that is not in memory is first read
//! on a thread that may wait.
//!
//! On a connection without an outlet the same body gives the bytes themselves.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IoSliceMut};
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use rustix::io::{Errno, ReadWriteFlags, preadv2};
use tokio::task::{JoinHandle, spawn_blocking};

/// The longest piece that is handed over at a time, in bytes. Its length is what one client may take of a thread before the
/// next one has its turn.
const PIECE: usize = 512 << 10;
/// The length of the last piece. It is short, so that what has to be done before it is done when nearly all has been sent.
const LAST: u64 = 64 << 10;
/// What is read at a time, in bytes; what one client has in memory while a disk is read for it.
const BLOCK: usize = 64 << 10;

/// Memory that stands for parts of files. It is never written to, so the system never has to find any for it.
static STAND_IN: LazyLock<Box<[u8]>> = LazyLock::new(|| vec![0; PIECE].into_boxed_slice());

/// Whether these bytes stand for a part of a file.
pub fn is_stand_in(bytes: &[u8]) -> bool {
    STAND_IN.as_ptr_range().contains(&bytes.as_ptr())
}

/// What a connection has to send that is not in memory, in the order in which its stand-ins come. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Outlet(Arc<Mutex<VecDeque<Part>>>);

/// A part of a file.
#[derive(Debug, Clone)]
pub struct Part {
    /// The file.
    pub file: Arc<File>,
    /// Where the part begins, in bytes.
    pub from: u64,
    /// How long it is, in bytes.
    pub length: usize,
}

impl Outlet {
    /// The part that has to be sent next.
    pub fn next(&self) -> Option<Part> {
        self.parts().front().cloned()
    }

    /// How many bytes of files have to be sent.
    pub fn length(&self) -> usize {
        self.parts().iter().map(|part| part.length).sum()
    }

    /// So many bytes of the next part were sent.
    pub fn sent(&self, bytes: usize) {
        let mut parts = self.parts();
        let Some(part) = parts.front_mut() else {
            return;
        };
        part.length = part.length.saturating_sub(bytes);
        part.from = part.from.saturating_add(as_u64(bytes));
        if part.length == 0 {
            parts.pop_front();
        }
    }

    fn put_down(&self, part: Part) -> Bytes {
        let stand_in: &'static [u8] = &STAND_IN;
        let stand_in = stand_in.get(..part.length).unwrap_or(stand_in);
        self.parts().push_back(part);
        Bytes::from_static(stand_in)
    }

    fn parts(&self) -> MutexGuard<'_, VecDeque<Part>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is done before the last piece is handed over.
pub type BeforeLast = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The body.
pub struct FileBody {
    file: Arc<File>,
    next: u64,
    left: u64,
    outlet: Option<Outlet>,
    before_last: Option<BeforeLast>,
    state: State,
}

enum State {
    /// Nothing is known of the next piece.
    Fresh,
    /// The next piece is being read.
    Reading(JoinHandle<io::Result<Vec<u8>>>),
    /// The next piece was read a moment ago.
    Warm,
}

impl FileBody {
    /// So many bytes of a file, from `from` on. They have to be there.
    pub fn new(file: Arc<File>, from: u64, length: u64, outlet: Option<Outlet>) -> Self {
        Self {
            file,
            next: from,
            left: length,
            outlet,
            before_last: None,
            state: State::Fresh,
        }
    }

    /// What has to be done before the last piece is handed over: whoever has the whole file comes after it.
    #[must_use]
    pub fn before_last(mut self, what: BeforeLast) -> Self {
        self.before_last = Some(what);
        self
    }

    /// The length of the next piece, in bytes, and whether it is the last.
    fn piece(&self) -> (usize, bool) {
        if self.left <= LAST {
            return (as_length(self.left), true);
        }
        let most = if self.outlet.is_some() { PIECE } else { BLOCK };
        (as_length(self.left - LAST).min(most), false)
    }

    fn handed_over(&mut self, length: usize) {
        self.next = self.next.saturating_add(as_u64(length));
        self.left = self.left.saturating_sub(as_u64(length));
        self.state = State::Fresh;
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let (length, is_last) = self.piece();
        if let Some(what) = self.before_last.as_mut().filter(|_| is_last) {
            ready!(what.as_mut().poll(context));
            self.before_last = None;
        }
        let data = loop {
            let this = &mut *self;
            match (&mut this.state, &this.outlet) {
                (State::Warm, Some(outlet)) => {
                    break outlet.put_down(Part {
                        file: Arc::clone(&this.file),
                        from: this.next,
                        length,
                    });
                }
                (State::Fresh, Some(_)) if is_in_memory(&this.file, this.next, length) => {
                    this.state = State::Warm;
                }
                (State::Fresh | State::Warm, outlet) => {
                    let (file, from) = (Arc::clone(&this.file), this.next);
                    let is_wanted = outlet.is_none();
                    this.state = State::Reading(spawn_blocking(move || {
                        read(&file, from, length, is_wanted)
                    }));
                }
                (State::Reading(reading), outlet) => {
                    let read = ready!(Pin::new(reading).poll(context));
                    let bytes = read.map_err(io::Error::other).flatten()?;
                    match outlet {
                        Some(_) => this.state = State::Warm,
                        None => break Bytes::from(bytes),
                    }
                }
            }
        };
        self.handed_over(length);
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// Whether the kernel has this part of the file, as far as a look at a byte of each block tells. Where it cannot tell, the
/// answer is yes: it reads ahead, and the thread waits at most now and then.
fn is_in_memory(file: &File, from: u64, length: usize) -> bool {
    let blocks = (0..length).step_by(BLOCK).map(as_u64);
    let last = as_u64(length.saturating_sub(1));
    blocks.chain([last]).all(|offset| {
        let at = from.saturating_add(offset);
        let mut byte = [0];
        let mut into = [IoSliceMut::new(&mut byte)];
        !matches!(
            preadv2(file, &mut into, at, ReadWriteFlags::NOWAIT),
            Err(Errno::AGAIN)
        )
    })
}

/// Reads a part to its end, so that the kernel has it. Gives its bytes where they are wanted.
fn read(file: &File, from: u64, length: usize, is_wanted: bool) -> io::Result<Vec<u8>> {
    if is_wanted {
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, from)?;
        return Ok(bytes);
    }
    let mut block = vec![0; BLOCK.min(length)];
    let (mut at, mut left) = (from, length);
    while left > 0 {
        block.truncate(left);
        file.read_exact_at(&mut block, at)?;
        at = at.saturating_add(as_u64(block.len()));
        left -= block.len();
    }
    Ok(Vec::new())
}

/// No length in memory is longer than 64 bits can say.
fn as_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn as_length(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
