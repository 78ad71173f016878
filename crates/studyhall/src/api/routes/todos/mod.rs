//! A user's own todos.

mod complete;
mod create;
mod create_many;
mod delete;
mod list;
mod read;
mod update;

pub(super) use complete::complete;
pub(super) use create::create;
pub(super) use create_many::create_many;
pub(super) use delete::delete;
pub(super) use list::list;
pub(super) use read::read;
pub(super) use update::update;
