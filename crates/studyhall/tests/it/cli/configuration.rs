//! Where settings come from, and that secrets do not come out.

use std::fs;

use super::program::Place;

#[test]
fn a_flag_wins_over_the_environment_the_file_and_the_default() {
    let place = Place::new()
        .with("PORT", "4002")
        .with("STUDYHALL_LOG_LEVEL", "warn");
    let file = "port = 4003\nlog_level = \"debug\"\nhost = \"::1\"\n";
    fs::write(place.path().join("studyhall.toml"), file).unwrap();
    let shown = place.json(&["config", "show", "--origin", "--port", "4001"]);
    for (name, value, origin) in [
        ("port", "4001", "flag --port"),
        ("log_level", "\"warn\"", "environment STUDYHALL_LOG_LEVEL"),
        ("host", "\"::1\"", "file studyhall.toml"),
        ("session_lifetime", "\"30d\"", "default"),
    ] {
        assert_eq!(shown[name]["value"].to_string(), value, "{shown:#}");
        assert_eq!(shown[name]["origin"], origin, "{shown:#}");
    }
}

#[test]
fn the_shown_configuration_is_a_configuration_file() {
    let place = Place::new();
    let shown = place.run(&["config", "show", "--origin", "--data-dir", "a \"b\" # c"]);
    shown.expect(0, &[]);
    fs::write(place.path().join("studyhall.toml"), &shown.stdout).unwrap();
    let again = place.json(&["config", "show"]);
    assert_eq!(again["data_dir"], "a \"b\" # c");
    assert_eq!(again["port"], 3001);
}

#[test]
fn the_switch_of_the_cookies_is_a_bare_flag_a_variable_or_a_truth_value_of_the_file() {
    let value = |place: &Place, arguments: &[&str]| {
        let arguments = [&["config", "show"], arguments].concat();
        place.json(&arguments)["secure_cookies"].clone()
    };
    let place = Place::new();
    assert_eq!(value(&place, &[]), false);
    assert_eq!(value(&place, &["--secure-cookies"]), true);
    fs::write(place.path().join("studyhall.toml"), "secure_cookies = true").unwrap();
    assert_eq!(value(&place, &[]), true);
    let place = place.with("STUDYHALL_SECURE_COOKIES", "false");
    assert_eq!(value(&place, &[]), false);
    assert_eq!(value(&place, &["--secure-cookies=true"]), true);
}

#[test]
fn a_worker_is_told_what_it_keeps_when_it_warns_and_how_often_it_probes() {
    let place = Place::new()
        .with("STUDYHALL_RETENTION", "30d")
        .with("STUDYHALL_HEARTBEAT", "off");
    let file = "backlog_cap = 5000\nheartbeat = \"1m\"\n";
    fs::write(place.path().join("studyhall.toml"), file).unwrap();
    let shown = place.json(&["config", "show", "--origin", "--retention", "12h"]);
    for (name, value, origin) in [
        ("retention", "\"12h\"", "flag --retention"),
        ("heartbeat", "\"off\"", "environment STUDYHALL_HEARTBEAT"),
        ("backlog_cap", "5000", "file studyhall.toml"),
    ] {
        assert_eq!(shown[name]["value"].to_string(), value, "{shown:#}");
        assert_eq!(shown[name]["origin"], origin, "{shown:#}");
    }
    let shown = Place::new().json(&["config", "show"]);
    assert_eq!(shown["retention"], "7d", "{shown:#}");
    assert_eq!(shown["heartbeat"], "10s", "{shown:#}");
    assert_eq!(shown["backlog_cap"], 100_000, "{shown:#}");
}

#[tokio::test]
async fn the_session_goes_over_tls_alone_when_the_configuration_says_so() {
    for (value, secure) in [("true", true), ("false", false)] {
        let place = Place::new().with("STUDYHALL_SECURE_COOKIES", value);
        let running = place.start(&[]).await;
        running.session("ada").await;
        let login = serde_json::json!({ "username": "ada", "password": "correct horse" });
        let answer = reqwest::Client::new()
            .post(format!("{}/api/v1/login", running.url))
            .json(&login)
            .send()
            .await
            .unwrap();
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        assert_eq!(cookie.ends_with("; Secure"), secure, "{cookie}");
        running.stop().await;
    }
}

#[test]
fn secrets_are_hidden_in_every_format() {
    let place = Place::new()
        .with(
            "DATABASE_URL",
            "postgres://ann:hunter2@db.example/app?sslpassword=hunter2",
        )
        .with("MONGODB_URL", "mongodb://ann:hunter2@a:1,b:2/app")
        .with("STUDYHALL_METRICS_TOKEN", "hunter2-hunter2-hunter2");
    for format in ["table", "json", "jsonl"] {
        let shown = place.run(&["config", "show", "--origin", "--output", format]);
        shown.expect(0, &[]);
        shown.expect_hidden("hunter2");
        shown.expect_hidden("ann");
        assert!(shown.stdout.contains("postgres://***@db.example/app"));
        assert!(shown.stdout.contains("mongodb://***@a:1,b:2/app"));
    }
}

#[test]
fn a_secret_may_come_from_a_file() {
    let place = Place::new().with("DATABASE_URL_FILE", "secret");
    place
        .run(&["config", "show"])
        .expect(2, &["secret", "cannot be read"]);
    fs::write(
        place.path().join("secret"),
        "postgres://ann:hunter2@db.example/app\n",
    )
    .unwrap();
    let shown = place.json(&["config", "show", "--origin"]);
    assert_eq!(
        shown["database_url"]["value"],
        "postgres://***@db.example/app"
    );
    assert_eq!(
        shown["database_url"]["origin"],
        "file secret named by DATABASE_URL_FILE"
    );
}

#[test]
fn an_unknown_key_of_the_file_is_refused_with_the_one_that_was_meant() {
    let place = Place::new();
    fs::write(place.path().join("own.toml"), "databse_url = \"sqlite:x\"").unwrap();
    let arguments = ["config", "show", "--config", "own.toml"];
    place.run(&arguments).expect(
        2,
        &["own.toml", "`databse_url`", "Did you mean `database_url`?"],
    );
    fs::write(
        place.path().join("own.toml"),
        "database_url = \"postgres://a:hunter2@h/d\" x",
    )
    .unwrap();
    let ended = place.run(&arguments);
    ended.expect(2, &["own.toml", "line 1"]);
    ended.expect_hidden("hunter2");
}

#[test]
fn a_wrong_url_is_refused_in_a_sentence_that_does_not_quote_it() {
    for (name, url, said) in [
        (
            "DATABASE_URL",
            "mysql://ann:hunter2@h/d",
            "`mysql` is not a SQL database",
        ),
        ("DATABASE_URL", "mongodb://ann:hunter2@h/d", "MONGODB_URL"),
        ("MONGODB_URL", "postgres://ann:hunter2@h/d", "DATABASE_URL"),
        ("DATABASE_URL", "hunter2", "it is not a URL"),
        ("DATABASE_URL", "postgres:hunter2", "it has no host"),
    ] {
        let ended = Place::new().with(name, url).run(&[]);
        ended.expect(2, &[name, said, "help:"]);
        ended.expect_hidden("hunter2");
    }
}

#[test]
fn a_value_that_cannot_be_used_is_refused_with_a_remedy() {
    for (name, value) in [
        ("PORT", "70000"),
        ("PORT", "http"),
        ("STUDYHALL_LOG_LEVEL", "loud"),
        ("STUDYHALL_LOG_FORMAT", "xml"),
        ("STUDYHALL_SESSION_LIFETIME", "forever"),
        ("STUDYHALL_SECURE_COOKIES", "maybe"),
        ("STUDYHALL_RETENTION", "7"),
        ("STUDYHALL_BACKLOG_CAP", "many"),
        ("STUDYHALL_HEARTBEAT", "never"),
    ] {
        let ended = Place::new().with(name, value).run(&[]);
        ended.expect(2, &[name, value, "help: Use "]);
    }
}

#[test]
fn the_page_of_settings_and_the_schema_come_from_the_program_even_with_a_wrong_configuration() {
    let place = Place::new().with("DATABASE_URL", "nonsense");
    let page = place.run(&["config", "reference"]);
    page.expect(0, &[]);
    let written = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/SETTINGS.md");
    assert_eq!(
        page.stdout,
        fs::read_to_string(written).unwrap(),
        "write it again: studyhall config reference > docs/SETTINGS.md"
    );
    let schema = place.json(&["config", "schema"]);
    let shown = Place::new().json(&["config", "show"]);
    for name in shown.as_object().unwrap().keys() {
        assert!(schema["properties"][name].is_object(), "{name}");
    }
    assert_eq!(schema["properties"]["port"]["default"], 3001);
    assert_eq!(schema["properties"]["database_url_file"]["type"], "string");
    assert_eq!(schema["additionalProperties"], false);
}
