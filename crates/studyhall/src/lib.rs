//! Studyhall, the study community: users, todos and points, on Twinbase.
//!
//! [`domain`] defines what users can do, [`api`] lets them do it over HTTP, [`web`] on pages.

pub mod api;
pub mod domain;
pub mod web;
