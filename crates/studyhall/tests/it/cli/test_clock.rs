//! The whole program by the clock of a test.

use std::fs;

use serde_json::json;

use super::program::Place;

#[tokio::test]
async fn the_whole_program_lives_at_the_time_that_a_file_says() {
    let place = Place::new();
    let now = |at: &str| fs::write(place.path().join("now"), at).unwrap();
    now("2030-03-30T12:00:00Z");
    let running = place.start(&["--test-clock", "now"]).await;
    let token = running.session("ada").await;
    let post = async |path: &str, body| running.post(path, Some(&token), &body).await;
    let berlin = json!({ "timeZone": "Europe/Berlin", "dayStart": 2 });
    let changed = reqwest::Client::new().patch(format!("{}/api/users/me", running.url));
    let changed = changed
        .bearer_auth(&token)
        .json(&berlin)
        .send()
        .await
        .unwrap();
    assert_eq!(changed.status().as_u16(), 200);
    now("2030-03-31T00:59:00Z");
    // A night of 23 hours: the day begins when the clock jumps over two o'clock.
    let timer = post("/api/sessions/timer", json!({ "subject": "Reading" })).await;
    assert_eq!(timer["startedAt"], "2030-03-31T00:59:00Z");
    assert_eq!(timer["localDate"], "2030-03-30");
    now("2030-03-31T01:00:00Z");
    let session = post("/api/sessions/timer/stop", json!({})).await;
    assert_eq!(
        (&session["minutes"], &session["localDate"]),
        (&json!(1), &json!("2030-03-30"))
    );
    let report = json!({ "studyHours": 1, "completionPct": 50 });
    assert_eq!(
        post("/api/reports", report).await["localDate"],
        "2030-03-31"
    );
    running.stop().await;
}

#[test]
fn a_test_clock_is_refused_on_servers_and_without_a_time() {
    let place = Place::new();
    let serve = ["serve", "--test-clock", "now"];
    place.run(&serve).expect(2, &["now", "has no time"]);
    fs::write(place.path().join("now"), "2030-01-31T09:00:00Z").unwrap();
    let server = ["--mongodb-url", "mongodb://127.0.0.1:1/app"];
    place
        .run(&[&serve[..], &server[..]].concat())
        .expect(2, &["embedded databases"]);
}
