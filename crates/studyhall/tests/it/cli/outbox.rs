//! What an operator does with events, from the command line.

use rusqlite::Connection;
use serde_json::Value;
use twinbase_testkit::{
    process::{Child, Signal},
    wait,
};

use super::program::{Place, SOON};

const KEY: &str = "rejected-121";

/// A community whose first `count` events have failed.
fn failed(count: u32) -> Place {
    let place = Place::new();
    let demo = ["demo", "--people", "5", "--days", "400"];
    place.run(&demo).expect(0, &[]);
    let failed = change(
        &place,
        r#"update "Outbox" set processed = 0, processed_at = null, retry_count = 6, failed_at = created_at,
             error_key = 'rejected-121', last_error = 'refused' || char(27) || '[2J by a ' || char(155) || 'rule'
           where id in (select id from "Outbox" where aggregate_type = 'todo' order by seq limit ?)"#,
        count,
    );
    assert_eq!(failed, count as usize);
    place
}

fn change(place: &Place, sql: &str, count: u32) -> usize {
    let primary = Connection::open(place.path().join("studyhall-data/studyhall.db")).unwrap();
    primary.busy_timeout(SOON).unwrap();
    primary.execute(sql, [count]).unwrap()
}

/// The ids of all events that a filter names, page by page.
fn ids(place: &Place, filter: &[&str]) -> Vec<String> {
    let mut ids = Vec::new();
    let mut cursor = None::<String>;
    loop {
        let mut arguments = [&["outbox", "list", "--limit", "7"], filter].concat();
        if let Some(cursor) = &cursor {
            arguments.extend(["--cursor", cursor]);
        }
        let page = place.json(&arguments);
        for event in page["items"].as_array().unwrap() {
            ids.push(event["id"].as_str().unwrap().to_owned());
        }
        match page["nextCursor"].as_str() {
            Some(next) => {
                // A page goes on over HTTP where the command line stopped.
                assert!(twinbase_console::read_cursor(next).is_ok(), "{next}");
                cursor = Some(next.to_owned());
            }
            None => return ids,
        }
    }
}

fn count(place: &Place, status: &str) -> usize {
    let list = ["outbox", "list", "--status", status, "--limit", "1000"];
    place.json(&list)["items"].as_array().unwrap().len()
}

#[test]
fn an_empty_outbox_is_an_answer_and_no_error() {
    let place = Place::new();
    let list = ["outbox", "list"];
    place
        .run(&list)
        .expect(1, &["no databases", "studyhall migrate"]);
    place.run(&["migrate"]).expect(0, &[]);
    assert_eq!(place.run(&list).stdout, "No events.\n");
    assert_eq!(
        place.run(&["outbox", "groups"]).stdout,
        "No event has failed or is retrying.\n"
    );
    assert_eq!(place.json(&list)["items"].as_array().unwrap().len(), 0);
    let retried = place.json(&["outbox", "retry", "--all", "--yes"]);
    assert_eq!(
        (&retried["count"], &retried["done"]),
        (&0.into(), &0.into())
    );
}

#[test]
fn pages_neither_skip_nor_repeat_an_event() {
    let place = failed(30);
    for (filter, expected) in [
        (&["--status", "failed"][..], 30),
        (&["--status", "applied", "--type", "user"], 5),
    ] {
        let mut ids = ids(&place, filter);
        assert!(ids.len() >= expected, "{filter:?}: {}", ids.len());
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all, "{filter:?}");
    }
}

#[test]
fn causes_beyond_the_limit_are_owned_up_to() {
    let place = failed(2);
    let second = change(
        &place,
        r#"update "Outbox" set error_key = 'rejected-7' where retry_count = 6 and seq =
             (select max(seq) from "Outbox" where retry_count = ?)"#,
        6,
    );
    assert_eq!(second, 1);
    let groups = ["outbox", "groups", "--limit"];
    let cut = [&groups[..], &["1"]].concat();
    place.run(&cut).expect(0, &["more causes"]);
    let (cut, whole) = (
        place.json(&cut),
        place.json(&[&groups[..], &["2"]].concat()),
    );
    assert_eq!(
        (&cut["more"], &whole["more"]),
        (&true.into(), &false.into())
    );
    assert_eq!(whole["items"].as_array().unwrap().len(), 2, "{whole:#}");
}

#[test]
fn an_event_is_shown_with_what_it_carries_and_its_document() {
    let place = failed(3);
    let id = ids(&place, &["--status", "failed"]).remove(0);
    let event = place.json(&["outbox", "show", &id]);
    assert_eq!(event["status"], "failed", "{event:#}");
    assert_eq!(event["retryCount"], 6, "{event:#}");
    assert_eq!(event["errorKey"], KEY, "{event:#}");
    assert!(event["payload"]["title"].is_string(), "{event:#}");
    assert_eq!(event["document"]["state"], "present", "{event:#}");
    assert!(
        event["document"]["document"]["title"].is_string(),
        "{event:#}"
    );
    let shown = place.run(&["outbox", "show", &id]);
    shown.expect(0, &[]);
    for text in [
        "failed, 6 failed attempts",
        r"refused\u{1b}[2J by a \u{9b}rule",
        "payload",
        "version",
    ] {
        assert!(
            shown.stdout.contains(text),
            "no {text:?} in {}",
            shown.stdout
        );
    }
    place
        .run(&["outbox", "show", "nothing"])
        .expect(1, &["there is no event nothing"]);
    let partly = place.run(&["outbox", "show", &id, "nothing"]);
    partly.expect(4, &["There is no event nothing."]);
}

#[test]
fn foreign_text_cannot_command_the_terminal() {
    let place = failed(2);
    change(
        &place,
        r#"update "Outbox" set payload = json_set(payload, '$.title', 'x' || char(155) || '2Jy') where retry_count = ?"#,
        6,
    );
    let id = &ids(&place, &["--status", "failed"])[0];
    for (arguments, said) in [
        (&["outbox", "list"][..], r"refused\u{1b}[2J by a \u{9b}rule"),
        (&["outbox", "groups"], r"refused\u{1b}[2J by a \u{9b}rule"),
        (&["top", "--once"], r"refused\u{1b}[2J by a \u{9b}rule"),
        (&["outbox", "show", id], r"refused\u{1b}[2J by a \u{9b}rule"),
        (&["outbox", "show", id], r"x\u009b2Jy"),
        (&["outbox", "show", id, "--json"], r"x\u009b2Jy"),
        (&["outbox", "list", "--json"], r"a \u009brule"),
        (&["outbox", "list", "--output", "jsonl"], r"a \u009brule"),
    ] {
        let ended = place.run(arguments);
        ended.expect(0, &[]);
        assert!(ended.stdout.contains(said), "no {said:?} in {ended:#?}");
        let control = |c: char| c.is_control() && c != '\n';
        assert!(!ended.stdout.contains(control), "{ended:#?}");
    }
}

#[test]
fn nothing_is_changed_without_a_scope_and_a_yes() {
    let place = failed(3);
    for verb in [&["retry"][..], &["discard", "--reason", "x"], &["restore"]] {
        let run = |more: &[&str]| place.run(&[&["outbox"], verb, more].concat());
        run(&["--yes"]).expect(2, &["no events are named", "--all"]);
        run(&["--yes", "--as-of", "2026-01-31T12:00:00Z"]).expect(2, &["no events are named"]);
        run(&["--all", "an-id"]).expect(2, &["--all"]);
        run(&["--all", "--status", "applied", "--yes"]).expect(2, &["applied"]);
    }
    place
        .run(&["outbox", "discard", "--all", "--yes"])
        .expect(2, &["--reason"]);
    for filter in ["--all", "--error-key=nothing-has-it"] {
        place
            .run(&["outbox", "discard", filter, "--yes", "--reason", " "])
            .expect(2, &["must say something"]);
    }
    place
        .run(&["outbox", "retry", "--all"])
        .expect(2, &["retry 3 events", "not a terminal", "--yes"]);
    let dry = place.json(&["outbox", "retry", "--error-key", KEY, "--dry-run"]);
    assert_eq!(
        (&dry["count"], &dry["state"]),
        (&3.into(), &"dry run".into())
    );
    assert_eq!(count(&place, "failed"), 3);
}

#[test]
fn what_is_misspelt_is_refused_with_what_was_meant() {
    let place = Place::new();
    place.run(&["outbox", "retyr"]).expect(2, &["'retry'"]);
    place
        .run(&["outbox", "list", "--eror-key", "x"])
        .expect(2, &["'--error-key'"]);
    place
        .run(&["outbox", "list", "--status", "faild"])
        .expect(2, &["'failed'"]);
    place
        .run(&["outbox", "list", "--as-of", "noon"])
        .expect(2, &["2026-01-31T12:00:00Z"]);
    place
        .run(&["outbox", "list", "--cursor", "x"])
        .expect(2, &["nextCursor"]);
    place
        .run(&["outbox", "retry", "--rate", "0/s"])
        .expect(2, &["200/s"]);
}

#[tokio::test]
async fn a_thousand_failed_events_are_retried_at_once_and_applied_by_the_worker() {
    let place = failed(1_000);
    let groups = place.json(&["outbox", "groups"]);
    assert_eq!(groups["items"][0]["failed"], 1_000, "{groups:#}");
    place.run(&["health"]).expect(3, &[]);
    let retried = place.json(&["outbox", "retry", "--error-key", KEY, "--yes"]);
    assert_eq!(retried["done"], 1_000, "{retried:#}");
    assert_eq!(count(&place, "pending"), 1_000);
    let worker = place.start(&["worker"]).await;
    wait::until("everything applied", SOON, async || {
        place.json(&["outbox", "list"])["items"] == Value::Array(Vec::new())
    })
    .await;
    worker.stop().await;
    place.run(&["verify"]).expect(0, &[]);
}

#[test]
fn what_is_discarded_keeps_its_reason_and_can_be_restored() {
    let place = failed(9);
    let discard = [
        "outbox",
        "discard",
        "--type",
        "todo",
        "--reason",
        "test data",
        "--yes",
    ];
    assert_eq!(place.json(&discard)["done"], 9);
    let events = place.json(&["outbox", "list", "--status", "discarded"]);
    assert_eq!(
        events["items"][0]["discardReason"], "test data",
        "{events:#}"
    );
    assert_eq!(
        place.json(&["outbox", "restore", "--all", "--yes"])["done"],
        9
    );
    assert_eq!(
        (count(&place, "discarded"), count(&place, "failed")),
        (0, 0)
    );
}

#[test]
fn of_named_events_each_one_counts() {
    let place = failed(2);
    let id = ids(&place, &["--status", "failed"]).remove(0);
    place
        .run(&["outbox", "retry", "nothing", "--yes"])
        .expect(1, &["none of these events"]);
    place
        .run(&["outbox", "retry", &id, "nothing", "--yes"])
        .expect(4, &["1 of the 2 ids"]);
    assert_eq!(count(&place, "failed"), 1);
}

#[tokio::test]
async fn a_signal_ends_a_slow_retry_and_what_was_done_stays_done() {
    let place = failed(200);
    let arguments = [
        "outbox", "retry", "--all", "--rate", "1/s", "--yes", "--json",
    ];
    let mut child = Child::spawn(&mut place.command(&arguments)).unwrap();
    wait::until("some are retried", SOON, async || {
        count(&place, "failed") < 200
    })
    .await;
    child.signal(Signal::TERM).unwrap();
    let status = child.exit(SOON).await.unwrap();
    assert_eq!(status.code(), Some(143), "{:#?}", child.output(None));
    let left = count(&place, "failed");
    assert!((1..200).contains(&left), "{left}");
    let lines = child.output(None).join("\n");
    let said = format!("after {}", 200 - left);
    assert!(lines.contains(&said), "no {said:?} in {lines}");
    let again = place.json(&["outbox", "retry", "--all", "--yes"]);
    assert_eq!(again["done"], left as u64, "{again:#}");
}
