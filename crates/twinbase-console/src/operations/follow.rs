//! `GET /operations/{id}/progress`: how far an operation is, told as it goes.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::{HeaderName, HeaderValue},
    response::{IntoResponse, Response, Sse, sse::Event},
};
use futures_util::stream;
use tokio::time::{Instant, sleep};
use twinbase::{operate::OperationView as Seen, prelude::*};
use twinbase_web::{Path, Problem};

use super::find;
use crate::view::OperationView;

/// How often it is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A stream ends by then, and its reader connects again: so whoever has lost the role or the session is told nothing more, and a
/// server that stops is not kept waiting.
const LONGEST: Duration = Duration::from_secs(5);

/// After so long a reader connects again.
const RETRY: Duration = Duration::from_millis(200);

/// Events `progress`, each with the operation as JSON, until one says that it has ended; then `ended`.
pub(crate) async fn follow(
    State(twin): State<Twinbase>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let first = find(&twin, &id).await?;
    let told = Told {
        twin,
        id,
        next: Next::Tell(Box::new(first)),
        until: Instant::now() + LONGEST,
    };
    let events = Sse::new(stream::unfold(told, Told::event));
    // A proxy that collects an answer would keep it to the end.
    let unbuffered = (
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    Ok(([unbuffered], events).into_response())
}

/// One stream.
struct Told {
    twin: Twinbase,
    id: String,
    next: Next,
    until: Instant,
}

/// What comes next.
enum Next {
    Tell(Box<Seen>),
    Look(Box<Seen>),
    End,
}

impl Told {
    async fn event(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        let operation = match self.next {
            Next::Tell(operation) => operation,
            Next::Look(before) => {
                self.next = Next::End;
                self.changed(&before).await?
            }
            Next::End => return None,
        };
        let is_over = operation.progress.state.is_over();
        let event = Event::default().retry(RETRY);
        let event = event.event(if is_over { "ended" } else { "progress" });
        let event = event.json_data(OperationView::from(&*operation)).ok()?;
        self.next = if is_over {
            Next::End
        } else {
            Next::Look(operation)
        };
        Some((Ok(event), self))
    }

    /// The operation as soon as it is not as it was; `None` when the stream has to end.
    async fn changed(&self, before: &Seen) -> Option<Box<Seen>> {
        while Instant::now() < self.until {
            sleep(LOOK_EVERY).await;
            let now = find(&self.twin, &self.id).await.ok()?;
            if now != *before {
                return Some(Box::new(now));
            }
        }
        None
    }
}
