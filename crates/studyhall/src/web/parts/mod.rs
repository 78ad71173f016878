//! What pages are made of.

mod field;
mod panel;
mod time;
mod toast;

pub(super) use field::{Fields, hidden, key};
pub(super) use panel::{empty, panel};
pub(super) use time::{date, number, when};
pub(super) use toast::toast;
