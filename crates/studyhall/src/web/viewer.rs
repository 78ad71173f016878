//! Who looks at a page.

use std::{borrow::Cow, time::Duration};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, StatusCode, Uri, header::REFERER, request::Parts},
    response::{IntoResponse as _, Redirect, Response},
};
use jiff::tz::TimeZone;
use tokio::time::Instant;
use twinbase::prelude::*;
use twinbase_web::{Code, Freshness, Params, Problem, RequestId, origin};
use url::{Url, form_urlencoded};

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
    /// Whether keys do something.
    pub(super) has_keys: bool,
    pub(super) now: Timestamp,
    /// The zone of the reader's clock; UTC for strangers.
    pub(super) zone: TimeZone,
    /// The one panel that is asked for; the whole page without.
    pub(super) panel: Option<String>,
    /// Where the page is that panels can be asked from; a page that answers a form cannot be asked for again.
    here: Option<String>,
    /// Up to when the page waits for what its panels read; `None` where it waits for all of it.
    due: Option<Instant>,
    /// Whether the reader is told of changes.
    is_live: bool,
    /// Up to when the page knows what has changed; `None` where it is not told of changes.
    pub(super) position: Option<String>,
}

/// Up to when a page waits for its panels, and where it gets those that were not ready.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience<'a> {
    pub(super) until: Instant,
    here: &'a str,
}

impl Patience<'_> {
    /// Where this panel is by itself.
    pub(super) fn panel_path(self, panel: &str) -> String {
        with(self.here, PANEL, panel)
    }

    /// Where the page is that waits for all of its panels.
    pub(super) fn whole_path(self) -> String {
        with(self.here, WHOLE, "yes")
    }
}

/// Anybody: signed in or not.
#[derive(Debug)]
pub(super) enum Visitor {
    Member(Box<Viewer>),
    Stranger(Box<About>),
}

impl Viewer {
    pub(super) fn id(&self) -> &AggregateId {
        &self.user.id
    }

    /// The zone of the reader's clock.
    pub(super) fn zone(&self) -> TimeZone {
        self.about.zone.clone()
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
        let panel = value(&parts.uri, PANEL);
        let is_on = |cookie| seen::value(&parts.headers, cookie) != Some("off");
        let id = parts.extensions.get::<RequestId>();
        let said = seen::said(&parts.headers);
        Self {
            token: seen::token(&parts.headers),
            said: said.and_then(|(name, undo)| Some((Said::of_name(&name)?, undo))),
            request_id: id.map_or_else(String::new, |id| id.as_str().to_owned()),
            theme: super::theme(&parts.headers),
            has_keys: is_on(KEYS),
            now: state.now(),
            zone: TimeZone::UTC,
            here: (parts.method == Method::GET).then(|| own_path(&parts.uri)),
            due: (panel.is_none() && value(&parts.uri, WHOLE).is_none())
                .then(|| Instant::now() + state.settings().panel_wait),
            is_live: false,
            panel: panel.map(Cow::into_owned),
            position: None,
        }
    }

    /// Whether a panel is to be read: all are, or this one is asked for.
    pub(super) fn wants(&self, panel: &str) -> bool {
        self.panel.as_deref().is_none_or(|one| one == panel)
    }

    /// Whether the page, or the one that this panel is of, is told of changes.
    pub(super) const fn is_live(&self) -> bool {
        self.is_live
    }

    /// Where a panel reads itself again; `None` where nobody tells it when.
    pub(super) fn panel_path(&self, panel: &str) -> Option<String> {
        let here = self.here.as_deref().filter(|_| self.is_live())?;
        Some(with(here, PANEL, panel))
    }

    /// How long the panels of a page may take; `None` where the page waits for all of them, because it could not be asked for them
    /// again, or was already.
    pub(super) fn patience(&self) -> Option<Patience<'_>> {
        let (until, here) = (self.due?, self.here.as_deref()?);
        Some(Patience { until, here })
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
/// The cookie that says whether pages change by themselves.
pub(super) const LIVE: &str = "studyhall_live";
/// The cookie that says whether keys do something.
pub(super) const KEYS: &str = "studyhall_keys";

/// The parameter that asks for one panel of a page.
const PANEL: &str = "panel";
/// The parameter of a page that waits for all of its panels, however long they take.
const WHOLE: &str = "whole";

/// The parameters of a page, without those that every page has.
pub(super) fn params(uri: &Uri) -> Result<Params, Problem> {
    let mut params = Params::of(uri)?;
    for own in [PANEL, WHOLE] {
        params.take(own, |_| Ok::<_, &str>(()))?;
    }
    Ok(params)
}

/// Whether one panel of a page is asked for.
pub(super) fn is_panel(uri: &Uri) -> bool {
    value(uri, PANEL).is_some()
}

fn value<'a>(uri: &'a Uri, of: &str) -> Option<Cow<'a, str>> {
    let mut pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    pairs.find(|(name, _)| name == of).map(|(_, value)| value)
}

/// The path of a page with its own parameters alone.
fn own_path(uri: &Uri) -> String {
    let query = uri.query().unwrap_or_default().split('&');
    let is_own = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        !name.is_empty() && ![PANEL, WHOLE].contains(&name)
    };
    let rest: Vec<_> = query.filter(is_own).collect();
    if rest.is_empty() {
        return uri.path().to_owned();
    }
    format!("{}?{}", uri.path(), rest.join("&"))
}

fn with(path: &str, name: &str, value: &str) -> String {
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}{name}={value}")
}

impl Visitor {
    /// The reader, as a stranger where they cannot be read.
    pub(super) async fn or_stranger(parts: &mut Parts, state: &AppState) -> Self {
        let visitor = Self::from_request_parts(parts, state).await;
        visitor.unwrap_or_else(|_| Self::Stranger(Box::new(About::of(parts, state))))
    }

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
    let mut about = About::of(parts, state);
    about.is_live = seen::value(&parts.headers, LIVE) != Some("off");
    if about.is_live && about.panel.is_none() {
        // Before anything is read: what changes from here on is told.
        about.position = Some(state.live().position().await);
    }
    let found = state.twin().get::<User>(&user.id);
    let (found, unread) = tokio::join!(found, unread(state.twin(), &user.id));
    let unread = unread?;
    Ok(found.map_err(Error::from)?.map(|found| {
        about.zone = Calendar::of(&found).zone().clone();
        Viewer {
            user: found,
            session: user.token,
            unread,
            about,
        }
    }))
}

/// Who has no session signs in and comes back.
impl FromRequestParts<AppState> for Viewer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let viewer = look(parts, state).await.map_err(Problem::into_response)?;
        viewer.ok_or_else(|| to_login(parts, state))
    }
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Ok(match look(parts, state).await? {
            Some(viewer) => Self::Member(Box::new(viewer)),
            None => Self::Stranger(Box::new(About::of(parts, state))),
        })
    }
}

/// A text as a value in an address.
pub(super) fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The page that a request was sent from, by the path that our own pages have for it.
pub(super) fn came_from(headers: &HeaderMap, state: &AppState) -> Option<String> {
    // A script says it even where the browser does not.
    let from = headers.get("hx-current-url");
    let from = from.or_else(|| headers.get(REFERER))?.to_str().ok()?;
    let from = Url::parse(from).ok()?;
    let base = state.settings().base_path.as_str();
    let path = from.path().strip_prefix(base)?;
    let query = from.query().unwrap_or_default();
    Some(own_path(&format!("{path}?{query}").parse().ok()?))
}

fn to_login(parts: &Parts, state: &AppState) -> Response {
    let problem = Problem::new(Code::Unauthenticated, "Sign in to see this.");
    if parts.headers.contains_key("hx-request") {
        return problem.into_response();
    }
    let is_read = parts.method == Method::GET;
    let next = if is_read {
        own_path(&parts.uri)
    } else {
        came_from(&parts.headers, state).unwrap_or_else(|| "/".to_owned())
    };
    let mut away = Redirect::to(&login_before(&next)).into_response();
    if !is_read && origin::check(&parts.method, &parts.headers).is_ok() {
        // Where somebody typed something, and not another site, a page stands for it that has that.
        away.extensions_mut().insert(problem);
    }
    away
}

/// The page to sign in, which goes on to a path of ours.
pub(super) fn login_before(next: &str) -> String {
    format!("/login?next={}", encoded(next))
}
