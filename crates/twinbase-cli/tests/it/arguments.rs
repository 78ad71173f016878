//! Flags, URLs, help.

use twinbase_testkit::process::Ended;

use super::program::Place;

#[test]
fn wrong_usage_is_refused_with_what_was_meant() {
    let place = Place::new();
    place.run(&["heath"]).expect(2, &["heath", "'health'"]);
    place
        .run(&["health", "--output", "jsno"])
        .expect(2, &["'json'"]);
    place.run(&["outbox", "retry"]).expect(2, &["--all"]);
    place.run(&[]).expect(2, &["Usage: twinbase"]);
}

#[test]
fn a_url_that_is_missing_or_of_the_other_side_is_wrong_usage() {
    let place = Place::new();
    Ended::of(&mut place.command(&["health"])).expect(2, &["--primary", "DATABASE_URL"]);
    let one = ["--primary", "sqlite:app.db", "health"];
    Ended::of(&mut place.command(&one)).expect(2, &["--replica", "MONGODB_URL"]);
    let swapped = ["--primary", "mongodb://h/d", "health"];
    Ended::of(&mut place.command(&swapped)).expect(2, &["--primary", "document database"]);
}

#[test]
fn urls_come_from_the_environment_and_from_files_without_being_shown() {
    let place = Place::new();
    std::fs::write(place.file("secret"), "mongodb://ann:hunter2@h/d\n").unwrap();
    let shown = Ended::of(
        place
            .command(&["config", "show", "--origin"])
            .env("DATABASE_URL", "postgres://ann:hunter2@h/d")
            .env("MONGODB_URL_FILE", "secret"),
    );
    shown.expect(0, &[]);
    for text in [
        "postgres://***@h/d",
        "environment DATABASE_URL",
        "mongodb://***@h/d",
        "named by MONGODB_URL_FILE",
    ] {
        assert!(shown.stdout.contains(text), "no {text} in {shown:#?}");
    }
    assert!(!shown.stdout.contains("hunter2"), "{shown:#?}");
}

#[test]
fn help_completions_and_the_manual_name_this_program() {
    let place = Place::new();
    for (arguments, text) in [
        (
            &["outbox", "retry", "--help"][..],
            "  twinbase outbox retry --all",
        ),
        (&["pause", "--help"], "after `twinbase resume`"),
        (&["completions", "bash"], "_twinbase"),
        (&["man"], ".TH twinbase"),
    ] {
        let ended = Ended::of(&mut place.command(arguments));
        ended.expect(0, &[]);
        assert!(ended.stdout.contains(text), "no {text} in {ended:#?}");
        assert!(!ended.stdout.contains("{program}"), "{ended:#?}");
    }
}
