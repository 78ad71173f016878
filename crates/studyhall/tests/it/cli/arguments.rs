//! Flags, commands, help, and a reader that leaves early.

use twinbase_testkit::process::Ended;

use super::program::Place;

#[test]
fn a_misspelt_flag_or_command_is_refused_with_the_one_that_was_meant() {
    let place = Place::new();
    place
        .run(&["--data-dri", "x"])
        .expect(2, &["--data-dri", "'--data-dir'"]);
    place.run(&["verfy"]).expect(2, &["verfy", "'verify'"]);
    place
        .run(&["config", "show", "--orign"])
        .expect(2, &["'--origin'"]);
    place
        .run(&["verify", "--output", "jsno"])
        .expect(2, &["'json'"]);
}

#[test]
fn a_number_out_of_range_is_refused() {
    let place = Place::new();
    place
        .run(&["demo", "--people", "0"])
        .expect(2, &["1..=200000"]);
    place.run(&["demo", "--seed", "x"]).expect(2, &["--seed"]);
    assert!(!place.path().join("studyhall-data").exists());
}

#[test]
fn help_is_data_and_shows_every_command_with_examples() {
    let place = Place::new();
    let help = place.run(&["--help"]);
    help.expect(0, &[]);
    for text in [
        "serve",
        "worker",
        "migrate",
        "verify",
        "health",
        "top",
        "outbox",
        "workers",
        "operations",
        "pause",
        "resume",
        "operator",
        "demo",
        "config",
        "Examples:",
        "Exit codes:",
    ] {
        assert!(help.stdout.contains(text), "no {text:?} in {}", help.stdout);
    }
    for command in [
        "serve",
        "worker",
        "migrate",
        "verify",
        "health",
        "top",
        "outbox list",
        "outbox show",
        "outbox groups",
        "outbox retry",
        "outbox discard",
        "outbox restore",
        "workers",
        "operations",
        "pause",
        "resume",
        "operator add",
        "operator remove",
        "operator list",
        "demo",
        "completions",
        "man",
    ] {
        let words: Vec<_> = command.split(' ').chain(["--help"]).collect();
        let help = place.run(&words);
        help.expect(0, &[]);
        assert!(help.stdout.contains("Example"), "{}", help.stdout);
    }
}

#[test]
fn completions_and_the_manual_need_no_valid_configuration() {
    let place = Place::new().with("DATABASE_URL", "nonsense");
    for shell in ["bash", "zsh", "fish"] {
        let script = place.run(&["completions", shell]);
        script.expect(0, &[]);
        assert!(script.stdout.contains("studyhall"), "{shell}");
    }
    let page = place.run(&["man"]);
    page.expect(0, &[]);
    assert!(page.stdout.contains(".TH studyhall"), "{}", page.stdout);
}

#[test]
fn the_manual_has_every_command_with_its_own_options() {
    let page = Place::new().run(&["man"]).stdout;
    for (command, option) in [
        ("OUTBOX RETRY", r"\-\-error\-key"),
        ("OUTBOX DISCARD", r"\-\-reason"),
        ("DEMO", r"\-\-people"),
        ("OPERATOR ADD", "Example"),
    ] {
        let title = format!(".SH \"STUDYHALL {command}\"\n");
        let (_, section) = page
            .split_once(&title)
            .unwrap_or_else(|| panic!("no {command} in {page}"));
        let (section, _) = section.split_once("\n.SH ").unwrap_or((section, ""));
        assert!(section.contains(option), "no {option} in {section}");
        assert!(!section.contains(r"\-\-database\-url"), "{section}");
    }
    // Pages that do not exist are not referred to.
    assert!(!page.contains("(1)"), "{page}");
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let place = Place::new();
    for arguments in [&["man"][..], &["config", "show"], &["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = place.command(arguments);
        let ended = Ended::of(command.stdout(writer));
        ended.expect(0, &[]);
        assert_eq!(ended.stderr, "", "{arguments:?}");
    }
}

#[test]
fn colour_is_used_when_asked_for_and_not_otherwise() {
    let place = Place::new().with("DATABASE_URL", "nonsense");
    assert!(place.run(&["--color", "always"]).stderr.contains('\u{1b}'));
    assert!(!place.run(&[]).stderr.contains('\u{1b}'));
}
