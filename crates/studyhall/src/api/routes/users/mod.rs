//! Users: signing up, and one's own profile.

mod create;
mod read;
mod update;

pub(super) use create::create;
pub(super) use read::{read, read_me};
pub(super) use update::{update, update_me};

use twinbase::prelude::*;
use twinbase_web::Problem;

use super::super::{Code, session::CurrentUser};

/// Refuses another user's id, whether there is such a user or not.
fn own(user: &CurrentUser, id: &AggregateId) -> Result<(), Problem> {
    if user.id == *id {
        Ok(())
    } else {
        Err(Problem::new(
            Code::Forbidden,
            "You can see and change your own profile only.",
        ))
    }
}
