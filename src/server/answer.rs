//! An answer on its way to the client.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Bytes, Frame, SizeHint};

use super::seat::UnderWay;
use super::streams::Delivery;

/// The most that is handed over at a time. HTTP/2 takes a whole piece as soon as the client allows a byte, so a small
/// piece is what a client can make it hold.
const PIECE: usize = 16 << 10;

/// A body that keeps its connection busy until the client has it.
pub(super) struct Answer<B> {
    body: Pin<Box<B>>,
    /// What the body gave and was not handed over.
    rest: Bytes,
    delivery: Option<Delivery>,
    _under_way: UnderWay,
}

impl<B> Answer<B> {
    /// Call it where the answer is made: in HTTP/2 that is in the task of its stream.
    pub(super) fn new(body: B, under_way: UnderWay) -> Self {
        Self {
            body: Box::pin(body),
            rest: Bytes::new(),
            delivery: Delivery::of_this_stream(),
            _under_way: under_way,
        }
    }
}

impl<B: Body<Data = Bytes>> Body for Answer<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let Some(delivery) = self.delivery.clone() else {
            return self.body.as_mut().poll_frame(context);
        };
        delivery.is_asked_for();
        if self.rest.is_empty() {
            match ready!(self.body.as_mut().poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                end => return Poll::Ready(end),
            }
        }
        let length = self.rest.len().min(PIECE);
        delivery.is_handed_over();
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = u64::try_from(self.rest.len()).unwrap_or(u64::MAX);
        let mut hint = self.body.size_hint();
        hint.set_lower(hint.lower().saturating_add(rest));
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint
    }
}
