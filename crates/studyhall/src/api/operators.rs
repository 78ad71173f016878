//! The way in for operators alone: a session, and the role, both looked up in the primary each time.

use axum::{
    extract::{FromRequestParts as _, Request, State},
    http::request::Parts,
    middleware::Next,
    response::Response,
};
use twinbase_console::Operator;
use twinbase_web::{Problem, idempotency::Caller};

use super::{AppState, Code, session::CurrentUser};
use crate::domain::queries::operator_name;

/// Whether an operator sends this request. Whoever cannot be looked up is none.
pub async fn is_sent_by_operator(state: &AppState, parts: &mut Parts) -> bool {
    let user = CurrentUser::from_request_parts(parts, state).await;
    let Ok(user) = user else { return false };
    let name = operator_name(state.twin(), &user.id).await;
    name.is_ok_and(|name| name.is_some())
}

/// Lets operators through, and says in the request's extensions who it is. A session by cookie must come from our own pages, as everywhere.
pub(crate) async fn operators_only(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let user = CurrentUser::from_request_parts(&mut parts, &state).await?;
    let Some(name) = operator_name(state.twin(), &user.id).await? else {
        return Err(Problem::new(
            Code::OperatorsOnly,
            "Ask whoever runs this to add you with `studyhall operator add`.",
        ));
    };
    let colours = crate::web::theme(&parts.headers);
    parts
        .extensions
        .insert(Operator::named(name).in_colours(colours));
    parts.extensions.insert(Caller(user.id.as_str().into()));
    Ok(next.run(Request::from_parts(parts, body)).await)
}
