//! `GET /live`: names of what has changed for the reader since their page was made, one event a second at most.
//!
//! A page names the topics it shows (`on=todos,points`) and its position (`from`); who connects again sends the last event's
//! id instead. An event has names alone: the page reads the panels again that show them. The stream ends with the session,
//! and when the process is to stop.

use std::{convert::Infallible, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, Uri},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
    routing::get,
};
use futures_util::stream;
use tokio::time::{Instant, sleep_until};
use twinbase_web::{Client, Code, Params, Problem};

use crate::{
    api::{AppState, CurrentUser},
    domain::{Topic, find_session},
    live::{Refused, Stream},
};

/// Between two events.
const PAUSE: Duration = Duration::from_secs(1);
/// Far below the minute after which proxies give up a connection on which nothing comes.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often it is asked whether the session is still there when nothing changes.
const CHECK: Duration = Duration::from_secs(15);
/// After so long a browser connects again.
const RETRY: Duration = Duration::from_secs(2);

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/live", get(live))
}

async fn live(
    State(state): State<AppState>,
    user: CurrentUser,
    client: Client,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let mut params = Params::of(&uri)?;
    let topics = params.take("on", topics)?;
    let from = params.take("from", |text| Ok::<_, &str>(text.to_owned()))?;
    params.finish()?;
    let topics = topics.ok_or_else(|| Problem::invalid_parameter("on", "is missing"))?;
    let last = headers.get("last-event-id");
    let last = last.and_then(|last| last.to_str().ok()).or(from.as_deref());
    let stream = state.live().open(user.id.clone(), client, topics, last);
    let stream = stream.map_err(|refused| match refused {
        Refused::Full => Problem::new(Code::TooManyAttempts, "Too many pages are open at once."),
        Refused::Blind => Problem::new(Code::Busy, "Changes cannot be followed at present."),
    })?;
    let told = Told {
        state,
        user,
        stream,
        next: None,
    };
    let events = Sse::new(stream::unfold(told, Told::event));
    let events = events.keep_alive(KeepAlive::new().interval(HEARTBEAT));
    // A proxy that collects an answer would keep it for good.
    let unbuffered = (
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    Ok(([unbuffered], events).into_response())
}

fn topics(text: &str) -> Result<Vec<Topic>, &'static str> {
    let topics = text.split(',').map(Topic::parse);
    let topics: Option<Vec<_>> = topics.collect();
    topics.ok_or("must be names of topics with commas between")
}

/// One stream of events.
struct Told {
    state: AppState,
    user: CurrentUser,
    stream: Stream,
    /// When the next event may go out; `None` before the first.
    next: Option<Instant>,
}

impl Told {
    /// The next event; none when the stream is over.
    async fn event(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        let Some(next) = self.next else {
            // At once, so that everything between knows that there is an answer.
            self.next = Some(Instant::now());
            return Some((Ok(Event::default().retry(RETRY)), self));
        };
        let stopped = self.state.live().clone();
        let told = tokio::select! {
            () = stopped.stopped() => return None,
            told = self.wait(next) => told?,
        };
        self.next = Some(Instant::now() + PAUSE);
        Some((Ok(told), self))
    }

    async fn wait(&mut self, next: Instant) -> Option<Event> {
        sleep_until(next).await;
        loop {
            let changed = tokio::time::timeout(CHECK, self.stream.next()).await;
            if !self.is_signed_in().await {
                return None;
            }
            if let Ok((topics, position)) = changed {
                let names: Vec<_> = topics.into_iter().map(Topic::name).collect();
                return Some(
                    Event::default()
                        .event("changed")
                        .id(position)
                        .data(names.join(" ")),
                );
            }
        }
    }

    /// A database that does not answer ends no session.
    async fn is_signed_in(&self) -> bool {
        match find_session(self.state.twin(), &self.user.token).await {
            Ok(found) => found.is_some_and(|session| session.expires_at > self.state.now()),
            Err(_) => true,
        }
    }
}
