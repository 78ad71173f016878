//! The honest states of the page: failed, empty, stale, broken, hostile.

use super::super::view::{Leader, commands};
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
        is_operator: false,
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
        leaderboard: Ok(Leaderboard {
            leaders: vec![Leader {
                username: "ada".to_owned(),
                total_points: 3,
            }],
            source: "document database",
            staleness: Some(Duration::ZERO),
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
    broken.leaderboard = Err("It is away.".to_owned());
    let failed = ["could not be read", "It is away.", "request-1"];
    check(
        &broken,
        &failed,
        &["<strong>", "Nobody is on it", "<table>"],
    );
    check(
        &view(),
        &["<strong>0</strong>", "ada"],
        &["could not be read"],
    );
}

#[test]
fn an_empty_leaderboard_tells_the_next_step_and_a_stale_one_its_age() {
    let mut other = view();
    other.leaderboard = other.leaderboard.map(|board| Leaderboard {
        leaders: Vec::new(),
        ..board
    });
    check(
        &other,
        &["Nobody is on it yet", "studyhall demo"],
        &["<table>"],
    );
    let mut old = view();
    old.leaderboard = old.leaderboard.map(|board| Leaderboard {
        staleness: Some(Duration::from_secs(75)),
        ..board
    });
    check(&old, &["stale: as of 1 min 15 s ago"], &[]);
    check(&view(), &[], &["stale", "not known"]);
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
    hostile.leaderboard = hostile.leaderboard.map(|mut board| {
        board.leaders[0].username = "<script>alert(1)</script>".to_owned();
        board
    });
    check(&hostile, &["&lt;script&gt;"], &["<script"]);
}
