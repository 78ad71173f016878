//! `rebuild`, `rollback` and `plan`, from the command line.

use serde_json::Value;
use twinbase_testkit::{process::Child, wait};

use super::program::{Place, SOON};

const DEMO: [&str; 5] = ["demo", "--people", "5", "--days", "20"];

#[tokio::test]
async fn a_collection_is_rebuilt_rolled_back_and_reported() {
    let place = Place::new();
    place.run(&["migrate"]).expect(0, &[]);
    place
        .run(&["rebuild", "todos", "--yes"])
        .expect(1, &["no worker runs"]);
    place
        .run(&["rebuild", "tudos", "--yes"])
        .expect(2, &["tudos", "todos"]);
    place.run(&["rebuild"]).expect(2, &["COLLECTION"]);
    place
        .run(&["rebuild", "todos", "--keep", "1w"])
        .expect(2, &["24h"]);
    place
        .run(&["rebuild", "todos", "--keep", "99999999d"])
        .expect(2, &["36500d"]);
    for option in [["--rate", "5/s"], ["--keep", "2h"]] {
        let both = [&["rebuild", "todos", "--cancel"], &option[..]].concat();
        place.run(&both).expect(2, &["cannot be used with"]);
    }
    place
        .run(&["rebuild", "todos", "--pause", "--cancel"])
        .expect(2, &[]);
    place
        .run(&["rebuild", "todos", "--pause"])
        .expect(1, &["under way"]);
    place
        .run(&["rollback", "todos", "--yes"])
        .expect(1, &["not kept"]);
    assert_eq!(
        place.json(&["plan"])["collections"][0]["mappingChanged"],
        false
    );
    place.run(&DEMO).expect(0, &[]);
    let worker = place.start(&["worker"]).await;
    wait::until("a worker that runs", SOON, async || {
        place.json(&["workers"])["items"][0]["alive"] == true
    })
    .await;
    // Nobody can be asked.
    place.run(&["rebuild", "todos"]).expect(2, &["--yes"]);
    let end = place.json(&["rebuild", "todos", "--yes"]);
    assert_eq!(
        (&end["serving"], &end["beside"]),
        (&"todos_g2".into(), &"todos".into()),
        "{end:#}"
    );
    let all = place.json(&["rebuild", "--status"]);
    assert_eq!(all["rebuilds"][0]["serving"], "todos_g2", "{all:#}");
    place
        .run(&["rebuild", "todos", "--yes"])
        .expect(1, &["try again"]);
    place.run(&["verify"]).expect(0, &[]);
    wait::until("readers that have moved", SOON, async || {
        place.json(&["rebuild", "--status"])["rebuilds"][0]["phase"] == "kept"
    })
    .await;
    // What is kept is the way back: it is not removed unasked.
    place
        .run(&["rebuild", "todos", "--cancel"])
        .expect(2, &["--yes"]);
    let back = place.json(&["rollback", "todos", "--yes"]);
    assert_eq!(back["serving"], "todos", "{back:#}");
    place.run(&["verify"]).expect(0, &[]);
    let log = place.json(&["operations"]);
    for (at, kind) in ["rollback", "rebuild"].into_iter().enumerate() {
        let one = &log["items"][at];
        assert_eq!(
            (&one["kind"], &one["state"]),
            (&kind.into(), &"succeeded".into()),
            "{log:#}"
        );
        assert!(one["by"].is_string() && one["about"] == "todos", "{one:#}");
    }
    place.run(&["rebuild", "todos", "--cancel", "--yes"]);
    let for_good = place.run(&["rebuild", "users", "--keep", "0s", "--yes"]);
    for_good.expect(0, &[]);
    let said = &for_good.stdout;
    assert!(said.contains("nothing is kept"), "{said}");
    assert!(!said.contains("rollback"), "{said}");
    worker.stop().await;
    let all: Value = place.json(&["rebuild", "todos", "--status"]);
    assert_eq!(all["rebuilds"][0]["error"], Value::Null);
}

#[tokio::test]
async fn a_paused_rebuild_is_in_health_with_what_continues_it() {
    let place = Place::new();
    place.run(&DEMO).expect(0, &[]);
    let worker = place.start(&["worker"]).await;
    wait::until("a worker that runs", SOON, async || {
        place.json(&["workers"])["items"][0]["alive"] == true
    })
    .await;
    let slowly = ["rebuild", "todos", "--yes", "--rate", "1/s"];
    let mut follows = Child::spawn(&mut place.command(&slowly)).unwrap();
    wait::until("that it fills", SOON, async || {
        place.json(&["rebuild", "--status"])["rebuilds"][0]["phase"] == "filling"
    })
    .await;
    place.run(&["rebuild", "todos", "--pause"]).expect(0, &[]);
    follows.kill().unwrap();
    let shown = place.run(&["health"]);
    shown.expect(0, &[]);
    let line = shown
        .stdout
        .lines()
        .find(|of| of.contains("Rebuild of todos"));
    let line = line.expect("a line");
    for words in ["filling, paused since", "--resume"] {
        assert!(line.contains(words), "{line}");
    }
    let health = place.json(&["health"]);
    let one = &health["rebuilds"][0];
    assert_eq!(
        (&one["paused"], &one["failing"]),
        (&true.into(), &false.into())
    );
    assert!(
        !health["alerts"].to_string().contains("rebuild"),
        "{health:#}"
    );
    worker.stop().await;
    // Nobody removes what was filled.
    let cancelled = place.run(&["rebuild", "todos", "--cancel"]);
    cancelled.expect(0, &["No worker runs"]);
    let text = &cancelled.stdout;
    assert!(text.contains("A worker removes todos_g2."), "{text}");
}
