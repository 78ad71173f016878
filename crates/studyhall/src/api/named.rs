//! Names in paths. A text that cannot be a name is nobody's, and is answered as a name that nobody has.

use axum::{
    RequestPartsExt as _,
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use twinbase_web::{
    Code, Problem,
    openapi::{Described, Operation},
};

use crate::domain::TypedName;

/// The name in the path.
pub(crate) struct PathName(pub(crate) TypedName);

impl<S: Send + Sync> FromRequestParts<S> for PathName {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let name = parts.extract::<Path<String>>().await.ok();
        let name = name.and_then(|Path(name)| TypedName::parse(&name).ok());
        // The words of a user that is not found.
        name.map(Self)
            .ok_or_else(|| Problem::new(Code::NotFound, "There is no such user."))
    }
}

impl Described for PathName {
    fn describe(operation: &mut Operation) {
        operation.path("The name of a user.");
        operation.problem(Code::NotFound);
    }
}
