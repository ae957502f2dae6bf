//! A body of which the end does not come.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::{Body, Bytes, HttpBody};
use http_body::Frame;

/// A body of which these are the first bytes, and that stays open.
pub fn half_a_body(start: &'static str) -> Body {
    Body::new(Half(Some(start)))
}

struct Half(Option<&'static str>);

impl HttpBody for Half {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.0.take() {
            Some(start) => Poll::Ready(Some(Ok(Frame::data(start.into())))),
            None => Poll::Pending,
        }
    }
}
