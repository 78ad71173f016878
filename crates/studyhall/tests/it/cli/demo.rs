//! The demonstration community.

use twinbase_testkit::servers::{MongoDb, Postgres};

use super::program::Place;

const SMALL: [&str; 5] = ["demo", "--people", "12", "--days", "30"];

#[tokio::test]
async fn a_demo_is_whole_on_both_sides_and_one_can_sign_in() {
    check_demo(&Place::new()).await;
}

#[tokio::test]
async fn a_demo_is_whole_on_servers_and_needs_no_data_folder() {
    let (Some(postgres), Some(mongodb)) = (Postgres::from_env(), MongoDb::from_env()) else {
        return;
    };
    let primary = postgres.fresh_database("cli_demo").await;
    let replica = mongodb.fresh_database("cli_demo");
    let place = Place::new()
        .with("DATABASE_URL", &primary.url)
        .with("MONGODB_URL", &replica.url);
    let refused = place.run(&SMALL);
    refused.expect(2, &["password that everybody knows", "mongodb://", "--yes"]);
    place.run(&["migrate", "--check"]).expect(3, &[]);
    check_demo(&place).await;
    assert!(!place.path().join("studyhall-data").exists());
}

async fn check_demo(place: &Place) {
    let filled = place.json(&[&SMALL[..], &["--yes"]].concat());
    assert_eq!(filled["users"], 12, "{filled:#}");
    let report = place.json(&["verify"]);
    assert_eq!(report["clean"], true, "{report:#}");
    assert_eq!(report["collections"][0]["documents"], 12, "{report:#}");
    let counts = report["collections"].as_array().unwrap().iter();
    for collection in counts {
        let name = collection["collection"].as_str().unwrap();
        let name = match name {
            "studySessions" => "sessions",
            "dailyReports" => "reports",
            name => name,
        };
        assert_ne!(filled[name], 0, "{name} of {filled:#}");
        assert_eq!(collection["documents"], filled[name], "{report:#}");
        assert_eq!(collection["inFlight"], 0, "{report:#}");
    }
    assert_eq!(report["checks"][0]["name"], "points", "{report:#}");
    assert_eq!(report["checks"][0]["checked"], 12, "{report:#}");
    let running = place.start(&[]).await;
    let session = running.post("/api/v1/login", None, &filled["login"]).await;
    assert!(session["token"].is_string(), "{session:#}");
    let board = running.get("/api/v1/leaderboard?range=all").await;
    // Whoever has no points yet is not on it.
    let shown = board["items"].as_array().unwrap().len();
    assert!((5..=10).contains(&shown), "{board:#}");
    let page = reqwest::get(&running.url)
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let first = board["items"][0]["username"].as_str().unwrap();
    assert!(page.contains(first), "{page}");
    running.stop().await;
}

#[test]
fn a_demo_is_refused_where_there_are_people_unless_it_is_to_be_added() {
    let place = Place::new();
    place.run(&SMALL).expect(0, &[]);
    let again = [&SMALL[..], &["--force"]].concat();
    place
        .run(&again)
        .expect(1, &["12 of the 12 people of this demo", "--seed"]);
    let other = [&SMALL[..], &["--seed", "2"]].concat();
    place.run(&other).expect(1, &["12 people", "--force"]);
    let added = [&other[..], &["--force"]].concat();
    assert_eq!(place.json(&added)["users"], 12);
    assert_eq!(place.json(&["verify"])["collections"][0]["rows"], 24);
}

#[test]
fn the_same_seed_makes_the_same_community() {
    let login = |seed| {
        Place::new().json(&["demo", "--people", "3", "--days", "9", "--seed", seed])["login"]
            .clone()
    };
    assert_eq!(login("5"), login("5"));
    assert_ne!(login("5"), login("6"));
}

#[test]
fn while_something_is_paused_it_is_done_in_part_and_says_so() {
    for pause in [
        &["pause", "--reason", "the move"][..],
        &["pause", "todos", "--reason", "the move"],
    ] {
        let place = Place::new();
        place.run(&["migrate"]).expect(0, &[]);
        place.run(pause).expect(0, &[]);
        let ended = place.run(&SMALL);
        ended.expect(4, &["the documents follow", "paused: ", "the move"]);
        assert!(ended.stdout.contains("Sign in with"), "{ended:#?}");
    }
}

#[test]
fn without_the_document_database_it_is_done_in_part() {
    let place = Place::new().with("MONGODB_URL", "mongodb://127.0.0.1:1/app");
    let ended = place.run(&[&SMALL[..], &["--yes"]].concat());
    ended.expect(4, &["the documents follow"]);
    assert!(ended.stdout.contains("Sign in with"), "{ended:#?}");
}
