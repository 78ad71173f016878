//! `repair` and `explain`: what they print, and how they end.

use serde_json::Value;
use twinbase_testkit::{
    process::{Child, Signal},
    wait,
};

use super::{
    program::{Place, SOON},
    verify::{change_embedded, open_users},
};

const DEMO: [&str; 5] = ["demo", "--people", "5", "--days", "20"];

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_repair_counts_asks_mends_and_says_how_it_ended() {
    let place = Place::new();
    place.run(&DEMO).expect(0, &[]);
    change_embedded(&place.documents());
    let dry = place.run(&["repair", "--dry-run", "--json"]);
    dry.expect(3, &[]);
    let report = json(&dry.stdout);
    assert_eq!(report["state"], "dry run");
    let users = &report["collections"][0];
    assert_eq!(
        (&users["missing"], &users["different"]),
        (&1.into(), &1.into())
    );
    assert_eq!(users["touched"], 0);
    let all = place.run(&["verify", "--findings", "wrong.jsonl"]);
    all.expect(3, &[]);
    let lines = std::fs::read_to_string(place.path().join("wrong.jsonl")).unwrap();
    let lines: Vec<_> = lines.lines().map(json).collect();
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(
        lines.iter().all(|of| of["collection"] == "users"),
        "{lines:#?}"
    );
    let of_findings = place.run(&["repair", "--findings", "wrong.jsonl", "--dry-run", "--json"]);
    of_findings.expect(3, &[]);
    let users = &json(&of_findings.stdout)["collections"];
    assert_eq!(users.as_array().map(Vec::len), Some(1), "{users:#}");
    assert_eq!(
        (&users[0]["missing"], &users[0]["different"]),
        (&1.into(), &1.into())
    );
    // A document and its row, and a row alone.
    assert_eq!(
        (&users[0]["rows"], &users[0]["documents"]),
        (&2.into(), &1.into())
    );
    std::fs::write(place.path().join("empty.jsonl"), "").unwrap();
    let nothing = place.run(&["repair", "--findings", "empty.jsonl"]);
    nothing.expect(0, &[]);
    assert!(
        nothing.stdout.contains("names nothing"),
        "{}",
        nothing.stdout
    );
    std::fs::write(place.path().join("no.jsonl"), "{}").unwrap();
    place
        .run(&["repair", "--findings", "no.jsonl"])
        .expect(2, &["line 1 is no finding", "verify --findings"]);
    place
        .run(&["repair", "--findings", "none.jsonl"])
        .expect(2, &["none.jsonl"]);
    place
        .run(&["repair", "users", "--findings", "wrong.jsonl"])
        .expect(2, &["cannot be used with"]);
    // Nobody can be asked here.
    place.run(&["repair"]).expect(2, &["--dry-run", "--yes"]);
    // Without a worker nothing is confirmed.
    let alone = place.run(&[
        "repair",
        "--findings",
        "wrong.jsonl",
        "--yes",
        "--wait",
        "0",
        "--json",
    ]);
    alone.expect(4, &[]);
    let report = json(&alone.stdout);
    assert_eq!(report["state"], "partly done");
    assert_eq!(report["collections"][0]["unconfirmed"], 2);
    let verified = place.run(&["verify", "users"]);
    verified.expect(0, &[]);
    let said = &verified.stdout;
    assert!(
        said.contains("No worker runs, so what is in flight stays so."),
        "{said}"
    );
}

#[test]
fn an_explanation_has_a_verdict_and_an_exit_code() {
    let place = Place::new();
    place.run(&DEMO).expect(0, &[]);
    let found = place.run(&["verify", "--json"]);
    found.expect(0, &[]);
    change_embedded(&place.documents());
    let report = json(&place.run(&["verify", "--json"]).stdout);
    let samples = report["collections"][0]["samples"].as_array().unwrap();
    let missing = samples.iter().find(|of| of["drift"] == "missing").unwrap();
    let id = missing["id"].as_str().unwrap();
    let explained = place.run(&["explain", "users", id, "--json"]);
    let whole = json(&explained.stdout);
    assert!(whole["verdict"].is_string(), "{whole:#}");
    // Versions are texts, here and there.
    assert!(
        missing["head"].is_string() && whole["head"] == missing["head"],
        "{missing:#}"
    );
    explained.expect(3, &[]);
    place
        .run(&["explain", "nothing", id])
        .expect(2, &["nothing"]);
    let nowhere = place.run(&["explain", "users", "nobody", "--json"]);
    nowhere.expect(1, &["nothing in users has the id nobody", "no event"]);
    place
        .run(&["explain", "users", "a\nb"])
        .expect(2, &["`verify`", "by hand"]);
}

#[test]
fn the_content_of_a_document_without_a_row_is_said_to_be_not_shown() {
    let place = Place::new();
    place.run(&DEMO).expect(0, &[]);
    let (store, table) = open_users(&place.documents());
    let rename =
        format!("update {table} set _id = 'nobody' where _id = (select max(_id) from {table})");
    store.execute_batch(&rename).unwrap();
    drop(store);
    let explained = place.run(&["explain", "users", "nobody"]);
    explained.expect(3, &[]);
    let text = &explained.stdout;
    assert!(text.contains("neither a row nor a version"), "{text}");
    assert!(text.contains("not shown: what its row makes"), "{text}");
}

/// Slow enough that it does not end by itself.
const SLOWLY: [&str; 5] = ["repair", "users", "--yes", "--rate", "1/s"];

/// A repair that has begun, and its entry in the log.
async fn begun(place: &Place) -> (Child, String) {
    let child = Child::spawn(&mut place.command(&SLOWLY)).unwrap();
    let id = wait::until("the entry of the repair", SOON, async || {
        let log = place.json(&["operations", "--limit", "1"]);
        let one = &log["items"][0];
        let runs = one["kind"] == "repair" && one["state"] == "running";
        let id = one["id"].as_str().filter(|_| runs).map(str::to_owned);
        id.ok_or(format!("{log:#}"))
    })
    .await;
    (child, id)
}

#[tokio::test]
async fn a_repair_whose_process_dies_is_in_the_log_from_its_start_and_a_worker_goes_on_with_it() {
    let place = Place::new();
    place.run(&DEMO).expect(0, &[]);
    change_embedded(&place.documents());
    let (mut child, id) = begun(&place).await;
    child.kill().unwrap();
    let one = place.json(&["operations", &id]);
    assert!(
        one["by"].as_str().unwrap().ends_with("command line"),
        "{one:#}"
    );
    assert_eq!(one["scope"]["collections"][0], "users", "{one:#}");
    wait::until("that its process is gone", SOON, async || {
        let one = place.json(&["operations", &id]);
        let error = one["error"].as_str().unwrap_or_default();
        let is_gone = one["phase"] == "waiting" && error.contains("is gone");
        is_gone.then_some(()).ok_or(format!("{one:#}"))
    })
    .await;
    let _worker = place.start(&["worker"]).await;
    wait::until("the end of the repair", SOON, async || {
        let one = place.json(&["operations", &id]);
        let is_done = one["state"] == "succeeded";
        is_done.then_some(()).ok_or(format!("{one:#}"))
    })
    .await;
    place.run(&["verify", "users"]).expect(0, &[]);
}

#[tokio::test]
async fn a_repair_that_is_interrupted_has_ended_in_the_log() {
    let place = Place::new();
    place.run(&DEMO).expect(0, &[]);
    let (mut child, id) = begun(&place).await;
    child.signal(Signal::INT).unwrap();
    let status = child.exit(SOON).await.unwrap();
    assert_eq!(status.code(), Some(130), "{:#?}", child.output(None));
    let one = place.json(&["operations", &id]);
    assert_eq!(one["state"], "cancelled", "{one:#}");
}

#[test]
fn an_id_that_nothing_has_is_said_to_be_nowhere_and_is_no_success() {
    let place = Place::new();
    place.run(&DEMO).expect(0, &[]);
    let line = "not found: users/nobody: no row and no document";
    for command in [
        &["verify", "users", "nobody"][..],
        &["repair", "users", "nobody", "--dry-run"],
        &["repair", "users", "nobody", "--yes"],
    ] {
        let ended = place.run(command);
        ended.expect(1, &[]);
        assert!(ended.stdout.contains(line), "{ended:#?}");
        assert!(!ended.stdout.contains("agree"), "{ended:#?}");
        let ended = place.run(&[command, &["--json"]].concat());
        ended.expect(1, &[]);
        let users = &json(&ended.stdout)["collections"][0];
        assert_eq!(users["absent"], json(r#"["nobody"]"#), "{users:#}");
    }
    let report = json(&place.run(&["verify", "users", "nobody", "--json"]).stdout);
    assert_eq!(report["clean"], false, "{report:#}");
}
