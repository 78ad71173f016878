//! Who operates: said by the host's guard, asked for by every route here.

use axum::{
    extract::{FromRequestParts, Request},
    http::request::Parts,
    middleware::Next,
    response::Response,
};
use twinbase_web::{
    Problem,
    openapi::{Described, Operation},
};

use crate::failure::OPERATORS_ONLY;

/// An operator. The host's guard, which knows sessions and roles, puts it into the request's extensions; without it nothing here
/// answers, so a router that was mounted without its guard lets nobody in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// As people know them: kept with what they do.
    pub name: String,
    /// Which colours they chose for pages: `light` or `dark`; else the system's.
    pub theme: Option<&'static str>,
}

impl Operator {
    /// The operator of this name.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            theme: None,
        }
    }

    /// With the colours that they chose for pages: `light` or `dark`.
    #[must_use]
    pub fn in_colours(self, theme: Option<&'static str>) -> Self {
        Self { theme, ..self }
    }

    fn of(parts: &Parts) -> Result<Self, Problem> {
        let operator = parts.extensions.get::<Self>();
        operator.cloned().ok_or_else(|| {
            Problem::new(
                OPERATORS_ONLY,
                "This is for operators, and nobody said that you are one.",
            )
        })
    }
}

impl<S: Sync> FromRequestParts<S> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::of(parts)
    }
}

impl Described for Operator {
    fn describe(operation: &mut Operation) {
        operation.problem(OPERATORS_ONLY);
    }
}

/// Refuses whoever is no operator.
pub(crate) async fn required(request: Request, next: Next) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    Operator::of(&parts)?;
    Ok(next.run(Request::from_parts(parts, body)).await)
}
