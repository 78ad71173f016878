//! Events: lists, groups by cause, one with its document, and the verbs on many.

mod groups;
mod list;
mod show;
mod verbs;

pub(crate) use groups::groups;
pub(crate) use list::list;
pub(crate) use show::show;
pub(crate) use verbs::{discard, restore, retry};
