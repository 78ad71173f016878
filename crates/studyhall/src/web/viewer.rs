//! Who looks at a page.

use std::time::Duration;

use axum::{
    extract::FromRequestParts,
    http::{HeaderName, HeaderValue, Method, StatusCode, request::Parts},
    response::{IntoResponse as _, Redirect, Response},
};
use jiff::tz::TimeZone;
use twinbase::prelude::*;
use twinbase_web::{Code, Freshness, Problem, RequestId};

use super::{done::Said, seen};
use crate::{
    api::{AppState, CurrentUser},
    domain::{Calendar, Error, SessionToken, User, queries::unread},
};

/// For so long a panel waits for the replica to have the reader's own writes; then the primary answers.
const WAIT: Duration = Duration::from_millis(150);

/// Somebody who is signed in, and what their next page is to know.
#[derive(Debug)]
pub(super) struct Viewer {
    pub(super) user: Versioned<User>,
    pub(super) session: SessionToken,
    /// How many messages the reader has not read.
    pub(super) unread: i64,
    pub(super) about: About,
}

/// What is known of a request, whoever sends it.
#[derive(Debug)]
pub(super) struct About {
    token: Option<Token>,
    /// What the last write wants said, and the path that takes it back.
    pub(super) said: Option<(Said, Option<String>)>,
    /// For reports of errors.
    pub(super) request_id: String,
    /// Which colours the reader chose: `light` or `dark`; else the system's.
    pub(super) theme: Option<&'static str>,
    pub(super) now: Timestamp,
}

/// Anybody: signed in or not.
#[derive(Debug)]
pub(super) enum Visitor {
    Member(Box<Viewer>),
    Stranger(About),
}

impl Viewer {
    pub(super) fn id(&self) -> &AggregateId {
        &self.user.id
    }

    /// The zone of the reader's clock.
    pub(super) fn zone(&self) -> TimeZone {
        Calendar::of(&self.user).zone().clone()
    }

    /// The reader as the API knows them.
    pub(super) fn caller(&self) -> CurrentUser {
        CurrentUser {
            id: self.user.id.clone(),
            token: self.session.clone(),
        }
    }

    /// The token of what the reader wrote lately.
    pub(super) const fn token(&self) -> Option<&Token> {
        self.about.token.as_ref()
    }

    /// How fresh this reader's pages are: they show what the reader wrote.
    pub(super) fn freshness(&self) -> Freshness {
        self.about.freshness()
    }
}

impl About {
    fn of(parts: &Parts, state: &AppState) -> Self {
        let id = parts.extensions.get::<RequestId>();
        let said = seen::said(&parts.headers);
        Self {
            token: seen::token(&parts.headers),
            said: said.and_then(|(name, undo)| Some((Said::of_name(&name)?, undo))),
            request_id: id.map_or_else(String::new, |id| id.as_str().to_owned()),
            theme: match seen::value(&parts.headers, THEME) {
                Some("light") => Some("light"),
                Some("dark") => Some("dark"),
                _ => None,
            },
            now: state.now(),
        }
    }

    fn freshness(&self) -> Freshness {
        Freshness {
            token: self.token.clone(),
            wait: WAIT,
            strict: false,
        }
    }
}

/// The cookie with the reader's colours.
pub(super) const THEME: &str = "studyhall_theme";

impl Visitor {
    pub(super) const fn about(&self) -> &About {
        match self {
            Self::Member(viewer) => &viewer.about,
            Self::Stranger(about) => about,
        }
    }

    pub(super) fn viewer(&self) -> Option<&Viewer> {
        match self {
            Self::Member(viewer) => Some(viewer),
            Self::Stranger(_) => None,
        }
    }

    pub(super) fn freshness(&self) -> Freshness {
        self.about().freshness()
    }
}

/// The reader, if they are signed in.
async fn look(parts: &mut Parts, state: &AppState) -> Result<Option<Viewer>, Problem> {
    let user = match CurrentUser::from_request_parts(parts, state).await {
        Err(problem) if problem.kind().status == StatusCode::UNAUTHORIZED => return Ok(None),
        user => user?,
    };
    let found = state.twin().get::<User>(&user.id).await;
    let unread = unread(state.twin(), &user.id).await?;
    Ok(found.map_err(Error::from)?.map(|found| Viewer {
        user: found,
        session: user.token,
        unread,
        about: About::of(parts, state),
    }))
}

/// Who has no session signs in and comes back.
impl FromRequestParts<AppState> for Viewer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let viewer = look(parts, state).await.map_err(Problem::into_response)?;
        viewer.ok_or_else(|| to_login(parts))
    }
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Ok(match look(parts, state).await? {
            Some(viewer) => Self::Member(Box::new(viewer)),
            None => Self::Stranger(About::of(parts, state)),
        })
    }
}

fn to_login(parts: &Parts) -> Response {
    let next = match parts.method {
        Method::GET => parts.uri.path(),
        _ => "/",
    };
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    let to = format!("/login?next={next}");
    if !parts.headers.contains_key("hx-request") {
        return Redirect::to(&to).into_response();
    }
    let problem = Problem::new(Code::Unauthenticated, "Sign in to see this.");
    let to = HeaderValue::try_from(to);
    let problem = to
        .map(|to| {
            problem
                .clone()
                .with_header(HeaderName::from_static("hx-redirect"), to)
        })
        .unwrap_or(problem);
    problem.into_response()
}
