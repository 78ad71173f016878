//! `/account`: profile, look, password, devices, one's own data, and leaving.

use axum::{
    Router,
    extract::State,
    http::{HeaderValue, StatusCode},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use serde_json::{Value, json};
use twinbase::prelude::*;
use twinbase_web::{Client, Fault, Nullable, PageForm, Problem, body};

use crate::{
    api::{AppState, Leave, NewPassword, clear_cookie, leave, replace_password},
    domain::{
        Avatar, EmailAddress, Error, OpenSession, Rule, TypedName, User, UserChange, Username,
        close_other_sessions, commands::change_user, open_sessions,
    },
    web::{
        done::{Done, Said},
        layout::{Page, Place},
        parts::{Fields, hidden, panel, when},
        viewer::{KEYS, LIVE, THEME, Viewer},
    },
};

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/account", get(show))
        .route("/account/profile", post(save_profile))
        .route("/account/look", post(save_look))
        .route("/account/password", post(save_password))
        .route("/account/devices", post(end_others))
        .route(
            "/account/export",
            get(|| async { Redirect::to("/api/v1/account/export") }),
        )
        .route("/account/delete", get(ask_delete).post(delete))
}

/// Which of the page's forms was refused, and with what.
#[derive(Debug, Default)]
struct Refused {
    profile: Option<Fields>,
    password: Option<Fields>,
}

async fn show(State(state): State<AppState>, viewer: Viewer) -> Response {
    page(&state, &viewer, &Refused::default()).await
}

async fn page(state: &AppState, viewer: &Viewer, refused: &Refused) -> Response {
    let sessions =
        open_sessions(state.twin(), viewer.id(), &viewer.session, viewer.about.now).await;
    let sessions = sessions.map(Answer::from_primary);
    let is_refused = refused.profile.is_some() || refused.password.is_some();
    let body = html! {
        (profile(viewer, refused.profile.as_ref()))
        section.panel {
            h2 { "Day" }
            p { a href="/account/day" { "Time zone, beginning of the day, weekly aim and days off" } }
        }
        (look(viewer))
        (password(refused.password.as_ref()))
        (panel("devices", "Where you are signed in", &viewer.about, sessions, |all| devices(&all, viewer)))
        section.panel {
            h2 { "Your data" }
            p { a href="/account/export" { "Download all that is yours" } " as one JSON file." }
            p { a href="/account/delete" { "Delete my account" } }
        }
    };
    let title = if is_refused {
        "Error: account"
    } else {
        "Account"
    };
    Page::new(title, Place::Account, body).of(viewer)
}

fn profile(viewer: &Viewer, refused: Option<&Fields>) -> Markup {
    let user = &viewer.user;
    let now = json!({
        "username": &*user.username, "email": &*user.email, "avatar": user.avatar.as_deref(),
        "showProfile": user.show_profile,
    });
    let now = Fields::with(now);
    let fields = refused.unwrap_or(&now);
    html! {
        form.stack method="post" action="/account/profile" {
            h2 { "Profile" }
            (fields.summary())
            (hidden("version", &user.version.to_string()))
            (fields.line("username", "Name", "3 to 30 letters, digits and . - _", "text", "username"))
            (fields.line("email", "E-mail address", "Only you see it.", "email", "email"))
            (fields.line("avatar", "Address of a picture", "", "url", "photo"))
            (fields.tick("showProfile", "Show me on the board"))
            p.buttons { button.primary { "Save" } }
        }
    }
}

/// The profile as it is sent. A name of before may be none that is given today: it is kept.
struct ProfileForm {
    username: TypedName,
    email: EmailAddress,
    avatar: Nullable<Avatar>,
    show_profile: bool,
}

body!(ProfileForm {
    username: "ada",
    email: "ada@example.com",
    avatar: null,
    show_profile: true
});

impl ProfileForm {
    fn change(self, now: &User) -> Result<UserChange, Vec<Fault>> {
        let username = if *self.username == *now.username {
            None
        } else {
            let name = Username::parse(&self.username);
            Some(name.map_err(|error| vec![fault("/username", &error.to_string())])?)
        };
        Ok(UserChange {
            username,
            email: Some(self.email),
            avatar: Some(self.avatar.flatten()),
            show_profile: Some(self.show_profile),
            ..UserChange::default()
        })
    }
}

async fn save_profile(
    State(state): State<AppState>,
    viewer: Viewer,
    form: PageForm<ProfileForm>,
) -> Result<Response, Problem> {
    let refused = async |fields| {
        let refused = Refused {
            profile: Some(fields),
            ..Refused::default()
        };
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            page(&state, &viewer, &refused).await,
        )
            .into_response()
    };
    let change = form.value.and_then(|profile| profile.change(&viewer.user));
    let change = match change {
        Ok(change) => change,
        Err(faults) => return Ok(refused(Fields::refused(form.sent, faults)).await),
    };
    let (id, change, expected) = (viewer.id(), &change, &form.expected);
    let run = |tx: Tx| async move { change_user(&tx, id, change, expected).await };
    match state.twin().write(run).await {
        Ok((user, mut token)) => {
            token.merge(user.token());
            let done = Done::to("/account").seeing(&viewer, &token);
            Ok(done.saying(Said::Saved).into_response())
        }
        Err(Error::Rule(rule @ (Rule::UsernameTaken | Rule::EmailTaken))) => {
            let pointer = if rule == Rule::EmailTaken {
                "/email"
            } else {
                "/username"
            };
            Ok(refused(Fields::refused(form.sent, vec![fault(pointer, "is taken")])).await)
        }
        Err(error) => Err(error.into()),
    }
}

fn fault(pointer: &str, detail: &str) -> Fault {
    Fault {
        pointer: Some(pointer.to_owned()),
        parameter: None,
        detail: detail.to_owned(),
    }
}

fn look(viewer: &Viewer) -> Markup {
    let about = &viewer.about;
    let fields = Fields::with(json!({
        "theme": about.theme.unwrap_or("system"), "livePages": about.position.is_some(), "shortcuts": about.has_keys,
    }));
    let choices = [
        ("system", "As the device"),
        ("light", "Light"),
        ("dark", "Dark"),
    ];
    html! {
        form.stack method="post" action="/account/look" {
            h2 { "Look" }
            p.hint { "On this device." }
            (fields.choice("theme", "Colours", "", &choices))
            (fields.tick("livePages", "Pages show by themselves what changes"))
            (fields.tick("shortcuts", "Keys such as / and ? do something"))
            p { a href="/keys" { "All keys" } }
            p.buttons { button { "Save" } }
        }
    }
}

struct Look {
    theme: String,
    live_pages: Option<bool>,
    shortcuts: Option<bool>,
}

body!(Look {
    theme: "dark",
    live_pages: true,
    shortcuts: true
});

async fn save_look(_: Viewer, form: PageForm<Look>) -> Result<Done, Problem> {
    let look = form.value.map_err(Problem::invalid_fields)?;
    let theme = match &*look.theme {
        theme @ ("light" | "dark") => theme,
        _ => "",
    };
    let off = |is_on: Option<bool>| if is_on == Some(false) { "off" } else { "" };
    let settings = [
        (THEME, theme),
        (LIVE, off(look.live_pages)),
        (KEYS, off(look.shortcuts)),
    ];
    let done = Done::to("/account").saying(Said::Saved);
    Ok(settings.into_iter().fold(done, |done, (name, value)| {
        done.with_cookie(cookie(name, value))
    }))
}

/// A setting of this device; none when it is as it is for everybody.
fn cookie(name: &str, value: &str) -> Option<HeaderValue> {
    let seconds = if value.is_empty() {
        0
    } else {
        365 * 24 * 3_600
    };
    let text = format!("{name}={value}; Path=/; SameSite=Lax; Max-Age={seconds}");
    HeaderValue::try_from(text).ok()
}

fn password(refused: Option<&Fields>) -> Markup {
    let none = Fields::default();
    let fields = refused.unwrap_or(&none);
    html! {
        form.stack method="post" action="/account/password" {
            h2 { "Password" }
            (fields.summary())
            (fields.line("password", "Password now", "", "password", "current-password"))
            (fields.line("newPassword", "New password", "At least 8 characters.", "password", "new-password"))
            p.buttons { button { "Change password" } }
        }
    }
}

async fn save_password(
    State(state): State<AppState>,
    viewer: Viewer,
    client: Client,
    form: PageForm<NewPassword>,
) -> Result<Response, Problem> {
    let refused = async |faults| {
        let fields = Fields::refused(Value::Null, faults);
        let refused = Refused {
            password: Some(fields),
            ..Refused::default()
        };
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            page(&state, &viewer, &refused).await,
        )
            .into_response()
    };
    let passwords = match form.value {
        Ok(passwords) => passwords,
        Err(faults) => return Ok(refused(faults).await),
    };
    match replace_password(&state, &viewer.caller(), client, &passwords).await {
        Ok(token) => {
            let done = Done::to("/account").seeing(&viewer, &token);
            Ok(done.saying(Said::NewPassword).into_response())
        }
        Err(problem) if problem.kind().status.is_client_error() => {
            Ok(refused(vec![fault("/password", why(&problem))]).await)
        }
        Err(problem) => Err(problem),
    }
}

/// Why a password was not taken.
fn why(problem: &Problem) -> &'static str {
    match problem.kind().status {
        StatusCode::TOO_MANY_REQUESTS => "was tried too often; try again in a minute",
        _ => "is not right",
    }
}

fn devices(all: &[OpenSession], viewer: &Viewer) -> Markup {
    html! {
        ul.rows {
            @for session in all {
                li {
                    div.text {
                        "Since " (when(session.created_at, viewer.about.now, &viewer.zone()))
                        @if session.is_current { " " span.badge { "This device" } }
                    }
                }
            }
        }
        @if all.len() > 1 {
            form method="post" action="/account/devices" { button { "Sign out the others" } }
        }
    }
}

async fn end_others(State(state): State<AppState>, viewer: Viewer) -> Result<Done, Problem> {
    close_other_sessions(state.twin(), viewer.id(), &viewer.session).await?;
    Ok(Done::to("/account").saying(Said::OthersOut))
}

async fn ask_delete(viewer: Viewer) -> Response {
    delete_page(&viewer, &Fields::default())
}

fn delete_page(viewer: &Viewer, fields: &Fields) -> Response {
    let body = html! {
        p { "Everything that is yours goes for good: your profile, your todos, your points. Nobody can bring it back." }
        p { "You may want to " a href="/account/export" { "download it" } " first." }
        form.stack method="post" action="/account/delete" {
            (fields.summary())
            (fields.line("password", "Password", "So that nobody does this for you.", "password", "current-password"))
            p.buttons { a.button href="/account" { "Cancel" } button.danger { "Delete my account" } }
        }
    };
    Page::new("Delete your account?", Place::Account, body).of(viewer)
}

async fn delete(
    State(state): State<AppState>,
    viewer: Viewer,
    client: Client,
    form: PageForm<Leave>,
) -> Result<Response, Problem> {
    let refused = |faults| {
        let page = delete_page(&viewer, &Fields::refused(Value::Null, faults));
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    };
    let password = match form.value {
        Ok(form) => form.password,
        Err(faults) => return Ok(refused(faults)),
    };
    match leave(&state, &viewer.caller(), client, &password).await {
        Ok(()) => {
            let done = Done::to("/").with_cookie(clear_cookie(&state));
            Ok(done.saying(Said::Gone).into_response())
        }
        Err(problem) if problem.kind().status.is_client_error() => {
            Ok(refused(vec![fault("/password", why(&problem))]))
        }
        Err(problem) => Err(problem),
    }
}
