//! What pages are made of.

mod chart;
mod confirm;
mod field;
mod name;
mod panel;
mod reason;
mod streak;
mod time;
mod toast;

pub(super) use chart::{Point, Shape, chart};
pub(super) use confirm::{BACKUPS, as_of, counted};
pub(super) use field::{Fields, key, newer, secret_key, shown, words};
pub(super) use name::name;
pub(super) use panel::{empty, live_panel, panel, panel_at, triggers};
pub(super) use reason::reason;
pub(super) use streak::streak;
pub(super) use time::{amount, date, length, number, ticking, time_of_day, when};
pub(super) use toast::toast;
pub(super) use twinbase_web::fields::{hidden, refusal, said, to_fix};
