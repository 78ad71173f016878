//! What people do with Studyhall, in a real browser, by clicks and keys: each ends without an error in the console, a
//! request that failed, or anything that the pages' policy refused.

mod block;
mod board;
mod community;
mod first_todo;
mod form;
mod hall;
mod keyboard;
mod leave;
mod loading;
mod messages;
pub(crate) mod pages;
mod report;
mod sending;
mod timer;
mod twice;

use hall::{Hall, Person, Scripts};

/// Runs journeys, each an `async fn(Hall)`, with scripts and without.
macro_rules! with_and_without_scripts {
    ($($journey:ident,)+) => {$(
        mod $journey {
            use crate::journeys::{Hall, Scripts};

            #[tokio::test(flavor = "multi_thread")]
            async fn with_scripts() {
                if let Some(hall) = Hall::open(Scripts::On).await {
                    Box::pin(super::$journey(hall)).await;
                }
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn without_scripts() {
                if let Some(hall) = Hall::open(Scripts::Off).await {
                    Box::pin(super::$journey(hall)).await;
                }
            }
        }
    )+};
}
pub(crate) use with_and_without_scripts;
