//! A short day of a community, so that `cargo xtask load` does what it says.

use std::{path::Path, time::Duration};

use studyhall_load::{
    Databases, Place,
    day::{self, Options},
};

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
    let place = Place::new(program, Databases::default()).unwrap();
    let options = Options {
        length: Duration::from_secs(5),
        rate: 20.0,
        people: 4,
        seed: 7,
    };
    let outcome = day::play(&place, options).await.unwrap();
    println!("{outcome}");
    assert!(outcome.is_good(), "{outcome}");
    for kind in OFTEN {
        assert_ne!(outcome.count(kind), 0, "{kind}: {outcome}");
    }
    assert!(outcome.count("see own write") > 20, "{outcome}");
}
