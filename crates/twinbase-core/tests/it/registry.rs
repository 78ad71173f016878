//! Schemas that cannot work are refused when the application opens.

use twinbase_core::{Field, Kind, Registry, Schema, Table};

const KEY: Field = Field::key("id");

fn check(schema: Schema, reason: &str) {
    let schema: &'static Schema = Box::leak(Box::new(schema));
    let error = Registry::new([schema]).unwrap_err();
    assert!(error.reason.contains(reason), "{error}");
}

fn things<const N: usize>(fields: [Field; N]) -> Schema {
    Schema::new(
        "thing",
        Table::new("things", Vec::leak(fields.to_vec())),
        "things",
    )
}

#[test]
fn a_schema_without_exactly_one_key_is_refused() {
    check(
        things([Field::new("title", "title", Kind::Text)]),
        "0 key fields",
    );
    check(things([KEY, KEY]), "2 key fields");
}

#[test]
fn names_that_would_need_quoting_are_refused() {
    check(
        Schema::new("thing", Table::new("things; drop", &[KEY]), "things"),
        "names of letters",
    );
    check(
        things([KEY, Field::new("a\"b", "ab", Kind::Text)]),
        "is not a name",
    );
    check(
        things([KEY, Field::new("ab", "a.b", Kind::Text)]),
        "is not a name",
    );
}

#[test]
fn reserved_and_repeated_names_are_refused() {
    check(
        things([KEY, Field::new("sync", "_sync", Kind::Text)]),
        "reserved",
    );
    check(
        things([KEY, Field::new("other", "id", Kind::Text)]),
        "reserved",
    );
    let twice = [
        KEY,
        Field::new("a", "a", Kind::Text),
        Field::new("b", "a", Kind::Text),
    ];
    check(things(twice), "appears twice");
}

#[test]
fn two_aggregates_do_not_share_a_table_a_type_or_a_collection() {
    static ONE: Schema = Schema::new("thing", Table::new("things", &[KEY]), "things");
    static OTHER: Schema = Schema::new("other", Table::new("things", &[KEY]), "others");
    let error = Registry::new([&ONE, &OTHER]).unwrap_err();
    assert!(error.reason.contains("same table"), "{error}");
    assert!(Registry::new([&ONE, &ONE]).is_err());
    assert!(Registry::new([&ONE]).unwrap().by_type("thing").is_some());
}
