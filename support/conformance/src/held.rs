//! Calls that are held on their way, so that another one can come between.

use std::{future, pin::Pin, task::Poll};

/// At most so many times a call is looked at before another one comes between.
pub(crate) const LOOKS: u32 = 20;

/// Looks at a call so often whether it is done, and leaves it where it is then.
pub(crate) async fn push<Out>(
    call: &mut Pin<Box<impl Future<Output = Out> + ?Sized>>,
    looks: u32,
) -> Option<Out> {
    let mut left = looks;
    future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match call.as_mut().poll(context) {
            Poll::Ready(out) => Poll::Ready(Some(out)),
            Poll::Pending => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
        }
    })
    .await
}

/// Goes on with one call after so many looks only when the other is done, and returns what
/// came of both.
pub(crate) async fn between<One, Other>(
    one: impl Future<Output = One>,
    looks: u32,
    other: impl Future<Output = Other>,
) -> (One, Other) {
    let mut one = Box::pin(one);
    let early = push(&mut one, looks).await;
    let other = other.await;
    let one = match early {
        Some(one) => one,
        None => one.await,
    };
    (one, other)
}
