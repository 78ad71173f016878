//! The honest states of the page: failed, empty, stale, broken, hostile.

use super::super::view::commands;
use super::*;
use std::time::Duration;
use twinbase::health::Thresholds;

fn view() -> View {
    let place = |side| Place {
        side,
        purpose: "",
        kind: "sqlite",
        location: "sqlite:x".to_owned(),
        answer: Ok(Duration::from_millis(1)),
    };
    View {
        version: "1.2.3",
        as_of: "2026-01-01 00:00:00 UTC".to_owned(),
        theme: Some("dark"),
        request_id: "request-1".to_owned(),
        worker: WorkerView {
            mood: Mood::Good,
            state: "idle".to_owned(),
            detail: String::new(),
        },
        places: [place("Primary"), place("Replica")],
        data_folder: None,
        sync: Some(Sync {
            lag: Duration::ZERO,
            backlog: 0,
            is_exact: true,
            empty_in: None,
            retrying: 0,
            failed: 0,
            thresholds: Thresholds::default(),
        }),
        commands: commands("http://localhost:1", "studyhall"),
    }
}

#[track_caller]
fn check(view: &View, shows: &[&str], hides: &[&str]) {
    let html = page(view).into_string();
    for text in shows {
        assert!(html.contains(text), "no {text:?} in {html}");
    }
    for text in hides {
        assert!(!html.contains(text), "{text:?} in {html}");
    }
}

#[test]
fn a_failed_read_is_never_a_zero() {
    let mut broken = view();
    broken.sync = None;
    let failed = ["could not be read", "request-1"];
    check(&broken, &failed, &["<strong>"]);
    check(
        &view(),
        &["<strong>0</strong>", "data-theme=\"dark\""],
        &["could not be read"],
    );
}

#[test]
fn a_database_that_is_away_and_failed_events_are_told_by_words() {
    let mut bad = view();
    bad.places[1].answer = Err("the replica did not answer".to_owned());
    bad.sync = bad.sync.map(|sync| Sync {
        failed: 2,
        lag: Duration::from_secs(61),
        ..sync
    });
    let words = [
        "does not answer",
        "the replica did not answer",
        "needs attention",
        "worth a look",
        "1 min 1 s",
    ];
    check(&bad, &words, &[]);
}

#[test]
fn a_large_backlog_is_an_estimate_and_says_when_it_is_done() {
    let mut large = view();
    large.sync = large.sync.map(|sync| Sync {
        backlog: 120_000,
        is_exact: false,
        empty_in: Some(Duration::from_secs(75)),
        ..sync
    });
    check(
        &large,
        &["about 120000", "done in 1 min 15 s at this rate"],
        &[],
    );
}

#[test]
fn what_others_chose_is_text_and_not_markup() {
    let mut hostile = view();
    hostile.places[1].answer = Err("<script>alert(1)</script>".to_owned());
    check(&hostile, &["&lt;script&gt;"], &["<script"]);
}
