//! What a form's post is answered with: the way back to a page, which shows what was written and says so.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use percent_encoding::{CONTROLS, utf8_percent_encode};
use serde_json::Value;
use twinbase::prelude::*;
use twinbase_web::{Claim, IdempotencyKey, Reply};

use super::{seen, viewer::Viewer};

/// What a page says once after a write: the words of all pages in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Saved,
    Added,
    Completed,
    Reopened,
    Deleted,
    Welcome,
    SignedOut,
    FormOpened,
    FormClosed,
    AnswersSent,
    SentAnonymously,
    Asked,
    Befriended,
    Declined,
    Withdrawn,
    Unfriended,
    Blocked,
    Unblocked,
    Hidden,
    Shown,
    NewPassword,
    OthersOut,
    DeviceOut,
    Gone,
}

impl Said {
    const ALL: &[Self] = &[
        Self::Saved,
        Self::Added,
        Self::Completed,
        Self::Reopened,
        Self::Deleted,
        Self::Welcome,
        Self::SignedOut,
        Self::FormOpened,
        Self::FormClosed,
        Self::AnswersSent,
        Self::SentAnonymously,
        Self::Asked,
        Self::Befriended,
        Self::Declined,
        Self::Withdrawn,
        Self::Unfriended,
        Self::Blocked,
        Self::Unblocked,
        Self::Hidden,
        Self::Shown,
        Self::NewPassword,
        Self::OthersOut,
        Self::DeviceOut,
        Self::Gone,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Added => "added",
            Self::Completed => "completed",
            Self::Reopened => "reopened",
            Self::Deleted => "deleted",
            Self::Welcome => "welcome",
            Self::SignedOut => "signed-out",
            Self::FormOpened => "form-opened",
            Self::FormClosed => "form-closed",
            Self::AnswersSent => "answers-sent",
            Self::SentAnonymously => "sent-anonymously",
            Self::Asked => "asked",
            Self::Befriended => "befriended",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Unfriended => "unfriended",
            Self::Blocked => "blocked",
            Self::Unblocked => "unblocked",
            Self::Hidden => "hidden",
            Self::Shown => "shown",
            Self::NewPassword => "new-password",
            Self::OthersOut => "others-out",
            Self::DeviceOut => "device-out",
            Self::Gone => "gone",
        }
    }

    /// What was said under this name.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|said| said.name() == name)
    }

    /// The sentence.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Saved => "Saved.",
            Self::Added => "Added. It is in your todos.",
            Self::Completed => "Done. You earned 1 point.",
            Self::Reopened => "Undone. The point was taken back.",
            Self::Deleted => "Deleted.",
            Self::Welcome => "Welcome. Your first todo is a good start.",
            Self::SignedOut => "You are signed out.",
            Self::FormOpened => "Open. People can answer it now.",
            Self::FormClosed => "Closed. It takes no more answers.",
            Self::AnswersSent => "Thank you. Your answers were sent.",
            Self::SentAnonymously => {
                "Thank you. Your answers were sent without your name, so there is no copy of them here."
            }
            Self::Asked => "You asked. If somebody has this name, they see it.",
            Self::Befriended => "You are friends now.",
            Self::Declined => "Declined. They are not told.",
            Self::Withdrawn => "Taken back.",
            Self::Unfriended => "You are no longer friends.",
            Self::Blocked => "Blocked. Neither of you sees the other.",
            Self::Unblocked => "Unblocked. Either of you may ask again.",
            Self::Hidden => "Hidden from your boards.",
            Self::Shown => "Shown on your boards again.",
            Self::NewPassword => "Saved. Your other devices are signed out.",
            Self::OthersOut => "Your other devices are signed out.",
            Self::DeviceOut => "That device is signed out.",
            Self::Gone => "Your account is deleted.",
        }
    }
}

impl Said {
    /// The page that has more about it, and its name.
    pub(super) const fn page(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Added => Some(("/todos", "All todos")),
            _ => None,
        }
    }
}

/// The claim of a deletion. Its key is what is deleted: whoever sends it again, from whichever tab, is answered alike.
pub(super) fn deletion(viewer: &Viewer, route: &str, id: &AggregateId) -> Option<Claim> {
    let key = IdempotencyKey::parse(id.as_str()).unwrap_or_else(|_| IdempotencyKey::none());
    key.claim(viewer.id(), route, &Value::Null)
}

/// The way back to a page after a write.
#[derive(Debug)]
pub(super) struct Done {
    to: String,
    cookies: Vec<HeaderValue>,
}

impl Done {
    /// To this path of ours.
    pub(super) fn to(path: impl Into<String>) -> Self {
        let (to, cookies) = (path.into(), Vec::new());
        Self { to, cookies }
    }

    /// Where the reader's next pages show what this token stands for.
    pub(super) fn seeing(mut self, viewer: &Viewer, token: &Token) -> Self {
        self.cookies
            .extend(seen::keep(viewer.token(), &token.to_string()));
        self
    }

    /// The same for a write whose key was perhaps used before.
    pub(super) fn seeing_reply(mut self, viewer: &Viewer, reply: &Reply) -> Self {
        let token = reply.sync_token();
        self.cookies
            .extend(token.and_then(|token| seen::keep(viewer.token(), token)));
        self
    }

    /// Where this is said.
    pub(super) fn saying(mut self, said: Said) -> Self {
        self.cookies.extend(seen::say(said.name(), None));
        self
    }

    /// Where this is said, with a button that takes it back by a post to this path.
    pub(super) fn saying_with_undo(mut self, said: Said, undo: &str) -> Self {
        self.cookies
            .extend(seen::say(said.name(), Some(&in_header(undo))));
        self
    }

    /// With this cookie.
    pub(super) fn with_cookie(mut self, cookie: Option<HeaderValue>) -> Self {
        self.cookies.extend(cookie);
        self
    }
}

/// A path as a header has it: names have letters of any script.
fn in_header(path: &str) -> String {
    utf8_percent_encode(path, CONTROLS).to_string()
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        let mut response = StatusCode::SEE_OTHER.into_response();
        let headers = response.headers_mut();
        if let Ok(to) = HeaderValue::try_from(in_header(&self.to)) {
            headers.insert(header::LOCATION, to);
        }
        for cookie in self.cookies {
            headers.append(header::SET_COOKIE, cookie);
        }
        response
    }
}
