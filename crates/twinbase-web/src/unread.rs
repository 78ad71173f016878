//! What a handler left of a request's body. The next request of a connection begins where the body ends: so the rest is read and thrown
//! away before the answer, or the answer says that the connection closes.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue,
        header::{CONNECTION, EXPECT},
    },
    middleware::Next,
    response::Response,
};
use http_body_util::BodyExt as _;
use hyper::body::{Frame, SizeHint};
use tokio::time::timeout;

/// So much of a body is read for nothing. A client that is still sending when the connection is closed would not see the answer.
const PASSED_OVER_BYTES: usize = 16 << 20;

/// What is left, and whether its sender was asked for it.
type Back = Arc<Mutex<Option<(Body, bool)>>>;

/// How long it is read.
pub(crate) const PASSED_OVER_TIME: Duration = Duration::from_secs(2);

/// A body as a handler has it. When it is dropped, what is left of it comes back.
struct Lent {
    body: Option<Body>,
    was_asked: bool,
    back: Back,
}

/// Where a lent body comes back to.
struct Unread(Back);

/// A layer: reads what handlers leave of a body, for so long.
pub(crate) async fn read(
    State(at_most): State<Duration>,
    request: Request,
    next: Next,
) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    let (body, unread) = lend(&head.headers, body);
    let request = Request::from_parts(head, Body::new(body));
    let mut response = next.run(request).await;
    if !unread.read(at_most).await {
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn lend(headers: &HeaderMap, body: Body) -> (Lent, Unread) {
    let back = Back::default();
    let lent = Lent {
        body: Some(body),
        // Who expects to be asked sends nothing before, and is not asked for what nobody wants.
        was_asked: !headers.contains_key(EXPECT),
        back: Arc::clone(&back),
    };
    (lent, Unread(back))
}

impl Unread {
    /// Reads what the handler left. Returns whether the body is at its end.
    async fn read(self, at_most: Duration) -> bool {
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        // An answer that still reads it sees to it.
        let Some((mut body, was_asked)) = left else {
            return true;
        };
        if !was_asked {
            return body.is_end_stream();
        }
        timeout(at_most, pass_over(&mut body))
            .await
            .unwrap_or(false)
    }
}

async fn pass_over(body: &mut Body) -> bool {
    let mut passed = 0;
    while passed <= PASSED_OVER_BYTES {
        match body.frame().await {
            None => return true,
            Some(Err(_)) => return false,
            Some(Ok(frame)) => passed += frame.into_data().map_or(0, |data| data.len()),
        }
    }
    false
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.was_asked = true;
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map(HttpBody::size_hint)
            .unwrap_or_default()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let left = self.body.take().map(|body| (body, self.was_asked));
        *self.back.lock().unwrap_or_else(PoisonError::into_inner) = left;
    }
}
