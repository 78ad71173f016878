//! A short day of a community, so that `cargo xtask load` does what it says.

use std::{path::Path, time::Duration};

use studyhall_load::{
    Databases, Place,
    day::{self, Options},
};
use twinbase_testkit::wait;

use crate::cli::program::SOON;

/// The kinds that even a short day has.
const OFTEN: [&str; 6] = [
    "open home",
    "open todos",
    "open board",
    "add todo",
    "complete todo",
    "write message",
];

#[tokio::test]
async fn whoever_writes_sees_it_all_day_and_both_sides_agree_in_the_end() {
    let program = Path::new(env!("CARGO_BIN_EXE_studyhall"));
    // On a machine with other work a day has to be longer for all of it.
    let mut length = Duration::from_secs(5);
    wait::until("a day on which everything happens", SOON, async || {
        let options = Options {
            length,
            rate: 20.0,
            people: 4,
            seed: 7,
        };
        length *= 2;
        let place = Place::new(program, Databases::default()).unwrap();
        let outcome = day::play(&place, options).await.unwrap();
        println!("{outcome}");
        assert!(outcome.is_good(), "{outcome}");
        let has_all = OFTEN.iter().all(|kind| outcome.count(kind) > 0);
        if has_all && outcome.count("see own write") > 20 {
            Ok(())
        } else {
            Err(outcome)
        }
    })
    .await;
}
