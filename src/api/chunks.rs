//! A list on its way to a client: its entries are read and written a chunk at a time, when the client has taken the last one.
//!
//! What the list holds, and in which order, was decided in one snapshot, as ids. Each entry is then as it is when it is
//! written, and one that has gone meanwhile is left out. So a client that reads slowly, or not at all, holds neither a
//! snapshot of the database nor more memory than a chunk and the ids. `doc/decisions/0014` says why it is so.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec;

use http_body_util::BodyExt as _;
use hyper::StatusCode;
use hyper::body::{Body, Bytes, Frame};

use crate::api::answer::{Answer, Cut};
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::list::links_field;
use crate::service;
use crate::view::links::{Base, Link};
use crate::view::{Shown, View};

/// A chunk is sent when it has so many bytes. Others wait for a thread while one is written: about half a millisecond.
const CHUNK: usize = 64 << 10;

/// Room for the entry that ends a chunk.
const MARGIN: usize = 8 << 10;

/// Entries that are read in one snapshot.
const ROWS: usize = 32;

/// A list that is being written.
pub(super) struct Chunks<V, I, R> {
    ids: vec::IntoIter<I>,
    read: R,
    fields: Vec<&'static str>,
    base: Base,
    next: Option<String>,
    request_id: String,
    stage: Stage,
    /// A chunk that was written before the answer began.
    ready: Option<Bytes>,
    /// Whether others had their turn since the last chunk.
    gave_way: bool,
    view: PhantomData<fn() -> V>,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The beginning.
    Head,
    /// An entry that is not the first, or the end.
    Entries,
    /// Nothing.
    Over,
}

impl<V, I, R> Chunks<V, I, R>
where
    V: View + Send + 'static,
    I: Send + Unpin + 'static,
    R: Fn(&[I]) -> Result<Vec<V>, service::Error> + Send + Unpin + 'static,
{
    /// A list of these entries, with a link to what comes after them.
    pub(super) fn new(
        call: &Call,
        ids: Vec<I>,
        fields: &[&'static str],
        next: Option<String>,
        read: R,
    ) -> Self {
        Self {
            ids: ids.into_iter(),
            read,
            fields: fields.to_vec(),
            base: call.base.clone(),
            next,
            request_id: call.caller.request_id.clone(),
            stage: Stage::Head,
            ready: None,
            gave_way: true,
            view: PhantomData,
        }
    }

    /// As an answer. The first chunk is read now, so that what cannot be read at all is an error; a list that fits into it is
    /// sent as any other answer.
    pub(super) fn into_answer(mut self) -> Result<Answer, ApiError> {
        let first = self.chunk()?;
        if self.stage == Stage::Over {
            return Ok(Answer::bytes(StatusCode::OK, first));
        }
        self.ready = Some(first.into());
        Ok(Answer::stream("application/json", self.boxed_unsync()))
    }

    /// The next bytes of the list.
    fn chunk(&mut self) -> Result<Vec<u8>, ApiError> {
        let mut to = Vec::with_capacity(CHUNK + MARGIN);
        let mut is_first = self.stage == Stage::Head;
        if is_first {
            to.extend_from_slice(b"{\"");
            to.extend_from_slice(V::PLURAL.as_bytes());
            to.extend_from_slice(b"\":[");
            self.stage = Stage::Entries;
        }
        while to.len() < CHUNK {
            let ids: Vec<I> = self.ids.by_ref().take(ROWS).collect();
            if ids.is_empty() {
                self.end(&mut to)?;
                break;
            }
            for of in (self.read)(&ids)? {
                if !is_first {
                    to.push(b',');
                }
                is_first = false;
                let (fields, base) = (self.fields.as_slice(), &self.base);
                let shown = Shown {
                    of: &of,
                    fields,
                    base,
                };
                serde_json::to_writer(&mut to, &shown)?;
            }
        }
        Ok(to)
    }

    fn end(&mut self, to: &mut Vec<u8>) -> Result<(), ApiError> {
        self.stage = Stage::Over;
        to.push(b']');
        if let Some(href) = self.next.take() {
            to.push(b',');
            serde_json::to_writer(&mut *to, &links_field::<V>())?;
            to.push(b':');
            serde_json::to_writer(&mut *to, &[Link::next(href)])?;
        }
        to.push(b'}');
        Ok(())
    }
}

impl<V, I, R> Body for Chunks<V, I, R>
where
    V: View + Send + 'static,
    I: Send + Unpin + 'static,
    R: Fn(&[I]) -> Result<Vec<V>, service::Error> + Send + Unpin + 'static,
{
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if let Some(ready) = self.ready.take() {
            return Poll::Ready(Some(Ok(Frame::data(ready))));
        }
        if self.stage == Stage::Over {
            return Poll::Ready(None);
        }
        // A client that reads fast would have this thread to itself until the end of the list.
        self.gave_way = !self.gave_way;
        if !self.gave_way {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        match self.chunk() {
            Ok(chunk) => Poll::Ready(Some(Ok(Frame::data(chunk.into())))),
            Err(error) => {
                error.log(&self.request_id);
                self.stage = Stage::Over;
                Poll::Ready(Some(Err(Cut)))
            }
        }
    }
}
