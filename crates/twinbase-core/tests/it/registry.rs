//! Schemas that cannot work are refused when the application opens.

use std::sync::Arc;

use twinbase_core::{Field, Index, Kind, Registry, Schema, Table, TextIndex};

fn key() -> Field {
    Field::key("id")
}

fn check(schema: Schema, reason: &str) {
    let error = Registry::new([schema.into()]).unwrap_err();
    assert!(error.reason.contains(reason), "{error}");
}

fn things<const N: usize>(fields: [Field; N]) -> Schema {
    Schema::new("thing", Table::new("things", fields), "things")
}

#[test]
fn a_schema_without_exactly_one_key_is_refused() {
    check(
        things([Field::new("title", "title", Kind::Text)]),
        "0 key fields",
    );
    check(things([key(), key()]), "2 key fields");
}

#[test]
fn names_that_would_need_quoting_are_refused() {
    check(
        Schema::new("thing", Table::new("things; drop", [key()]), "things"),
        "names of letters",
    );
    check(
        things([key(), Field::new("a\"b", "ab", Kind::Text)]),
        "is not a name",
    );
    check(
        things([key(), Field::new("ab", "a.b", Kind::Text)]),
        "is not a name",
    );
}

#[test]
fn reserved_and_repeated_names_are_refused() {
    check(
        things([key(), Field::new("sync", "_sync", Kind::Text)]),
        "reserved",
    );
    check(
        things([key(), Field::new("other", "id", Kind::Text)]),
        "reserved",
    );
    let twice = [
        key(),
        Field::new("a", "a", Kind::Text),
        Field::new("b", "a", Kind::Text),
    ];
    check(things(twice), "appears twice");
}

#[test]
fn two_aggregates_do_not_share_a_table_a_type_or_a_collection() {
    let one: Arc<_> = Schema::new("thing", Table::new("things", [key()]), "things").into();
    let other = Schema::new("other", Table::new("things", [key()]), "others");
    let error = Registry::new([one.clone(), other.into()]).unwrap_err();
    assert!(error.reason.contains("same table"), "{error}");
    assert!(Registry::new([one.clone(), one.clone()]).is_err());
    assert!(Registry::new([one]).unwrap().by_type("thing").is_some());
}

#[test]
fn an_index_of_what_no_document_has_is_refused() {
    let address = Field::new("address", "address", Kind::Json);
    let fields = || [key(), address.clone(), Field::private("secret", Kind::Text)];
    let indexed = |key: &'static str| {
        let index = Index::new("of_it", [(key, 1)]);
        things(fields()).with_indexes([index])
    };
    for key in ["secret", "id", "nothing"] {
        check(indexed(key), "no document has");
    }
    for key in ["_id", "address", "address.city"] {
        assert!(Registry::new([indexed(key).into()]).is_ok(), "{key}");
    }
}

#[test]
fn a_text_index_that_some_replica_could_not_make_is_refused() {
    let text = |name: &'static str| Field::new(name, name, Kind::Text);
    let fields = || {
        let points = Field::new("points", "points", Kind::Int32);
        let secret = Field::private("secret", Kind::Text);
        [
            key(),
            text("title").nullable(),
            text("tags").many(),
            points,
            secret,
        ]
    };
    let with = |fields: &[(&'static str, u32)]| TextIndex::new("words", fields.iter().copied());
    let searched = |index| things(fields()).with_text(index);
    for field in ["points", "secret", "id", "_id", "nothing", "title.de"] {
        check(searched(with(&[(field, 1)])), "no text of a document");
    }
    check(searched(with(&[])), "1 to 32 fields");
    check(
        searched(with(&[("title", 1), ("title", 2)])),
        "appears twice",
    );
    check(searched(with(&[("title", 0)])), "weight");
    check(searched(with(&[("title", 100_000)])), "weight");
    let good = with(&[("title", 99_999), ("tags", 1)]);
    let plain = Index::new("words", [("title", 1)]);
    check(searched(good.clone()).with_indexes([plain]), "two indexes");
    let unclear = things([key(), text("title"), text("_language").nullable()]);
    check(unclear.with_text(with(&[("title", 1)])), "language");
    assert!(Registry::new([searched(good).into()]).is_ok());
}
