//! Signing in and out.

mod login;
mod logout;

pub(super) use login::login;
pub(super) use logout::logout;
