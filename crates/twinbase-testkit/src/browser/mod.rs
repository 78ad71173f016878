//! A real browser for tests of pages: Chromium without a window, driven as a person would, by clicks and keys.
//!
//! One [`Browser`] serves a test process. Each [`Browser::tab`] is somebody else's: its cookies are its own. A [`Tab`] clicks
//! where an element is seen, waits for what a person would wait for, and keeps what went wrong on its pages.
//! It speaks the Chrome `DevTools` Protocol (<https://chromedevtools.github.io/devtools-protocol/>), and no more of it than
//! tests use.

mod chromium;
mod input;
mod look;
mod pipe;
mod seen;
mod tab;

pub use chromium::Browser;
pub use tab::{Colours, Tab};
