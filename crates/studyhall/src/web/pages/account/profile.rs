//! Name, address, picture, and whether the board shows one.

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use maud::{Markup, html};
use serde_json::{Value, json};
use twinbase::prelude::*;
use twinbase_web::{Fault, Nullable, PageForm, Problem, body};

use super::{Refused, fault, refuse};
use crate::{
    api::AppState,
    domain::{
        Avatar, EmailAddress, Error, Rule, TypedName, User, UserChange, Username,
        commands::change_user,
    },
    web::{
        done::{Done, Said},
        parts::{Fields, if_outdated, shown, summary},
        viewer::Viewer,
    },
};

fn now(user: &User) -> Value {
    json!({
        "username": &*user.username, "email": &*user.email, "avatar": user.avatar.as_deref(),
        "showProfile": user.show_profile,
    })
}

/// The form, as it was sent when it was refused.
pub(super) fn form(viewer: &Viewer, refused: Option<&Fields>) -> Markup {
    let now = now(&viewer.user);
    let at_first = Fields::with(now.clone());
    let fields = refused.unwrap_or(&at_first);
    html! {
        form.stack method="post" action="/account/profile" {
            h2 { "Profile" }
            (summary(fields))
            (shown(&now))
            (fields.line("username", "Name", "3 to 30 letters, digits and . - _", "text", "username"))
            (fields.line("email", "E-mail address", "Only you see it.", "email", "email"))
            (fields.line("avatar", "Address of a picture", "Such as https://example.com/ada.png, for programs that show one. These pages show none.", "url", "photo"))
            (fields.tick("showProfile", "Show me on the board"))
            p.buttons { button.primary { "Save" } }
        }
    }
}

/// The profile as it is sent. A name of before may be none that is given today: it is kept.
pub(super) struct ProfileForm {
    username: TypedName,
    email: EmailAddress,
    avatar: Nullable<Avatar>,
    show_profile: bool,
    shown: Nullable<String>,
}

body!(ProfileForm {
    username: "ada",
    email: "ada@example.com",
    avatar: null,
    show_profile: true,
    shown: null
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

pub(super) async fn save(
    State(state): State<AppState>,
    viewer: Viewer,
    form: PageForm<ProfileForm>,
) -> Result<Response, Problem> {
    let refused = async |fields| {
        let refused = Refused {
            profile: Some(fields),
            ..Refused::default()
        };
        refuse(&state, &viewer, &refused).await
    };
    let change = form.value.and_then(|profile| profile.change(&viewer.user));
    let change = match change {
        Ok(change) => change,
        Err(faults) => return Ok(refused(Fields::refused(form.sent, faults)).await),
    };
    if let Some(fields) = if_outdated(&form.sent, &now(&viewer.user)) {
        return Ok(refused(fields).await);
    }
    let (id, change) = (viewer.id(), &change);
    let run = |tx: Tx| async move { change_user(&tx, id, change, &Expected::Any).await };
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
            let fields = Fields::refused(form.sent, vec![fault(pointer, "is taken")]);
            Ok(refused(fields).await)
        }
        Err(error) => Err(error.into()),
    }
}
