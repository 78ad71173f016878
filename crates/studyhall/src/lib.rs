//! Studyhall, the study community: users, todos and points, on Twinbase.
//!
//! [`domain`] defines what users can do, [`api`] lets them do it over HTTP, [`web`] on pages; `live` knows what
//! open pages have to read again.

pub mod api;
pub mod domain;
mod live;
pub mod web;
