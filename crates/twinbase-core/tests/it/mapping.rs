//! Payloads to documents and back.

use std::sync::LazyLock;

use bson::{Bson, DateTime, doc};
use serde_json::json;
use twinbase_core::{
    AggregateId, Field, Kind, Schema, SharedSchema, Table,
    mapping::{MapError, is_document, to_document, to_json},
};

static SCHEMA: SharedSchema = LazyLock::new(|| {
    Schema::new(
        "thing",
        Table::new(
            "things",
            &[
                Field::key("id"),
                Field::new("title", "title", Kind::Text),
                Field::new("done", "done", Kind::Bool),
                Field::new("small", "small", Kind::Int32),
                Field::new("large", "large", Kind::Int64),
                Field::new("ratio", "ratio", Kind::Double).nullable(),
                Field::new("made_at", "madeAt", Kind::Timestamp),
                Field::new("extra", "extra", Kind::Json).nullable(),
                Field::new("tag", "tag", Kind::Uuid).nullable(),
                Field::new("day", "day", Kind::Date).nullable(),
                Field::private("secret", Kind::Text),
            ],
        ),
        "things",
    )
    .into()
});

fn payload() -> serde_json::Value {
    json!({
        "id": "one", "title": "t", "done": true, "small": 7, "large": 1_i64 << 60, "ratio": 0.5,
        "madeAt": "2026-11-22T10:00:00.123+00:00", "extra": {"b": [1, 2.5, null]},
        "tag": "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "day": "2026-11-29",
        "secret": "hash", "unknown": 1,
    })
}

fn map(payload: &serde_json::Value) -> Result<bson::Document, MapError> {
    to_document(
        &SCHEMA,
        &AggregateId::new("one").unwrap(),
        &payload.to_string(),
    )
}

#[test]
fn a_payload_becomes_a_document_of_the_schemas_types_and_nothing_else() {
    let document = map(&payload()).unwrap();
    let expected = doc! {
        "title": "t", "done": true, "small": 7_i32, "large": 1_i64 << 60, "ratio": 0.5,
        "madeAt": DateTime::from_millis(1_795_341_600_123), "extra": {"b": [1_i32, 2.5, Bson::Null]},
        "tag": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "day": "2026-11-29",
    };
    assert_eq!(document, expected);
    assert!(document.keys().eq(expected.keys()));
}

#[test]
fn what_does_not_fit_is_named_without_its_value() {
    let check = |field: &str, value: serde_json::Value, expected: MapError| {
        let mut payload = payload();
        payload[field] = value;
        let error = map(&payload).unwrap_err();
        assert_eq!(error, expected, "{field}");
        assert!(!error.to_string().contains("sesame"));
    };
    let wrong = |field: &'static str, kind| MapError::WrongType {
        field: field.into(),
        kind,
    };
    check("title", json!(5), wrong("title", Kind::Text));
    check("done", json!("sesame"), wrong("done", Kind::Bool));
    check("small", json!(1_i64 << 40), wrong("small", Kind::Int32));
    check("large", json!(1.5), wrong("large", Kind::Int64));
    check("madeAt", json!("sesame"), wrong("madeAt", Kind::Timestamp));
    check("tag", json!("sesame"), wrong("tag", Kind::Uuid));
    for beyond in ["infinity", "2026-02-30", "sesame"] {
        check("day", json!(beyond), wrong("day", Kind::Date));
    }
    check(
        "title",
        json!(null),
        MapError::Missing {
            field: "title".into(),
        },
    );
    check("id", json!("another"), MapError::WrongId);
    for beyond in ["infinity", "12000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"] {
        check("madeAt", json!(beyond), wrong("madeAt", Kind::Timestamp));
    }
}

#[test]
fn a_key_that_is_absent_is_not_null() {
    for field in ["title", "ratio", "extra"] {
        let mut payload = payload();
        payload.as_object_mut().unwrap().remove(field);
        let absent = MapError::Absent {
            field: field.into(),
        };
        assert_eq!(map(&payload), Err(absent));
        payload[field] = serde_json::Value::Null;
        assert_eq!(map(&payload).is_ok(), field != "title");
    }
}

#[test]
fn a_time_is_rounded_in_one_way_and_read_in_any_form() {
    let check = |value: serde_json::Value, expected: &str| {
        let mut payload = payload();
        payload["madeAt"] = value;
        let document = map(&payload).unwrap();
        let at = document.get_datetime("madeAt").unwrap();
        assert_eq!(at.try_to_rfc3339_string().unwrap(), expected);
    };
    check(
        json!("2026-11-22T10:00:00.1236Z"),
        "2026-11-22T10:00:00.124Z",
    );
    check(
        json!("1965-11-22T10:00:00.1236Z"),
        "1965-11-22T10:00:00.124Z",
    );
    check(json!("2026-11-22 10:00:00.123"), "2026-11-22T10:00:00.123Z");
    check(json!(1_795_341_600_123_i64), "2026-11-22T10:00:00.123Z");
}

#[test]
fn a_64_bit_number_may_come_as_text() {
    let mut payload = payload();
    payload["large"] = json!("9223372036854775807");
    assert_eq!(map(&payload).unwrap().get_i64("large").unwrap(), i64::MAX);
}

#[test]
fn what_is_no_object_is_refused() {
    let id = AggregateId::new("one").unwrap();
    for text in ["", "null", "[]", "5", "\"text\""] {
        assert_eq!(
            to_document(&SCHEMA, &id, text),
            Err(MapError::NotAnObject),
            "{text}"
        );
    }
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(300), "]".repeat(300));
    let huge = format!(r#"{{"a":1{}}}"#, "0".repeat(400));
    for (text, reason) in [
        ("{", "EOF while parsing an object"),
        (&deep, "recursion limit exceeded"),
        (&huge, "number out of range"),
    ] {
        let refused = to_document(&SCHEMA, &id, text).unwrap_err().to_string();
        assert_eq!(refused, format!("the payload cannot be read: {reason}"));
    }
}

#[test]
fn a_document_reads_back_as_its_payload() {
    let mut document = map(&payload()).unwrap();
    document.insert("_id", "one");
    let mut expected = payload();
    for gone in ["secret", "unknown"] {
        expected.as_object_mut().unwrap().remove(gone);
    }
    expected["madeAt"] = json!("2026-11-22T10:00:00.123Z");
    expected["tag"] = json!("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    assert_eq!(serde_json::Value::from(to_json(document)), expected);
}

#[test]
fn a_document_is_recognized_where_it_lies() {
    let id = AggregateId::new("one").unwrap();
    let is_it = |payload: &serde_json::Value, stored: &bson::Document| {
        let bytes = stored.to_vec().unwrap();
        is_document(&SCHEMA, id.as_str(), &payload.to_string(), &bytes)
    };
    let mut stored = doc! {"_id": "one"};
    stored.extend(map(&payload()).unwrap());
    stored.insert("_sync", doc! {"v": 3_i64});
    assert!(is_it(&payload(), &stored));
    let with = |name: &str, value: serde_json::Value| {
        let mut payload = payload();
        payload[name] = value;
        payload
    };
    for (name, same) in [
        ("madeAt", json!("2026-11-22T12:00:00.123+02:00")),
        ("large", json!((1_i64 << 60).to_string())),
        ("tag", json!("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")),
        ("secret", json!("another")),
        ("unknown", json!({})),
        ("id", json!(null)),
    ] {
        assert!(is_it(&with(name, same), &stored), "{name}");
    }
    for (name, other) in [
        ("title", json!("u")),
        ("title", json!("t\\")),
        ("title", json!(null)),
        ("done", json!(false)),
        ("small", json!(8)),
        ("large", json!(1)),
        ("ratio", json!(0.25)),
        ("ratio", json!(null)),
        ("madeAt", json!("2026-11-22T10:00:00.124Z")),
        ("extra", json!({"b": [1, 2.5]})),
        ("tag", json!(null)),
        ("day", json!("2026-11-30")),
        ("id", json!("two")),
    ] {
        assert!(!is_it(&with(name, other), &stored), "{name}");
    }
    let mut absent = payload();
    absent.as_object_mut().unwrap().remove("ratio");
    assert!(!is_it(&absent, &stored));
    let changed = |change: fn(&mut bson::Document)| {
        let mut stored = stored.clone();
        change(&mut stored);
        stored
    };
    for other in [
        changed(|stored| drop(stored.insert("_id", "two"))),
        changed(|stored| drop(stored.remove("_id"))),
        changed(|stored| drop(stored.remove("day"))),
        changed(|stored| drop(stored.remove("title"))),
        changed(|stored| drop(stored.insert("more", 1))),
        changed(|stored| drop(stored.insert("small", 7_i64))),
        changed(|stored| drop(stored.insert("title", Bson::Null))),
        changed(|stored| drop(stored.insert("title", Bson::Symbol("t".into())))),
        changed(|stored| drop(stored.insert("madeAt", 1_795_341_600_123_i64))),
    ] {
        assert!(!is_it(&payload(), &other), "{other}");
    }
    let bytes = stored.to_vec().unwrap();
    let text = payload().to_string();
    for end in 0..bytes.len() {
        assert!(
            !is_document(&SCHEMA, id.as_str(), &text, &bytes[..end]),
            "{end}"
        );
    }
    let name = b"extra";
    let end = bytes.windows(name.len()).position(|of| of == name);
    for at in 0..end.unwrap() + name.len() {
        let mut broken = bytes.clone();
        broken[at] ^= 0x20;
        assert!(!is_document(&SCHEMA, id.as_str(), &text, &broken), "{at}");
    }
    assert!(!is_document(&SCHEMA, id.as_str(), "[]", &bytes));
}

#[test]
fn a_text_with_escapes_is_recognized() {
    let title = "a \"quoted\"\nline \u{1f600}";
    let mut payload = payload();
    payload["title"] = json!(title);
    let mut stored = doc! {"_id": "one"};
    stored.extend(map(&payload).unwrap());
    assert_eq!(stored.get_str("title").unwrap(), title);
    let (id, bytes) = (AggregateId::new("one").unwrap(), stored.to_vec().unwrap());
    assert!(is_document(
        &SCHEMA,
        id.as_str(),
        &payload.to_string(),
        &bytes
    ));
}
