//! What the community is made of, said once: its aggregates and its tables.

use twinbase::{Builder, prelude::*};

use super::{
    Form, Friendship, Message, Report, Response, StudySession, Todo, User, migrations::migrations,
};

/// Studyhall's aggregates and tables, and the tables of its HTTP interface, on two databases that are still to be named.
pub fn community() -> Builder {
    Twinbase::builder()
        .aggregate::<User>()
        .aggregate::<Todo>()
        .aggregate::<Form>()
        .aggregate::<Response>()
        .aggregate::<Friendship>()
        .aggregate::<Message>()
        .aggregate::<StudySession>()
        .aggregate::<Report>()
        .migrations(migrations())
        .migrations(twinbase_web::idempotency::migrations())
}
