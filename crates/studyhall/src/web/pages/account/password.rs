//! Another password, which ends all other sessions.

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use maud::{Markup, html};
use serde_json::Value;
use twinbase_web::{Client, PageForm, Problem};

use super::{Refused, fault, refuse, why};
use crate::{
    api::{AppState, NewPassword, replace_password},
    web::{
        done::{Done, Said},
        parts::{Fields, summary},
        viewer::Viewer,
    },
};

pub(super) fn form(refused: Option<&Fields>) -> Markup {
    let none = Fields::default();
    let fields = refused.unwrap_or(&none);
    html! {
        form.stack method="post" action="/account/password" {
            h2 { "Password" }
            (summary(fields))
            (fields.line("password", "Password now", "", "password", "current-password"))
            (fields.line("newPassword", "New password", "At least 8 characters.", "password", "new-password"))
            p.buttons { button { "Change password" } }
        }
    }
}

pub(super) async fn save(
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
        refuse(&state, &viewer, &refused).await
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
