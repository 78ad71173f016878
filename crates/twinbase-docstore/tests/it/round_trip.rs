//! What goes in comes out: every type, every bit, every order of fields.

use bson::oid::ObjectId;
use bson::{
    Binary, Bson, DbPointer, Decimal128, Document, JavaScriptCodeWithScope, Regex, Timestamp, doc,
};
use proptest::prelude::*;
use twinbase_docstore::Find;

use crate::support::{Scratch, fill};

fn scalar() -> impl Strategy<Value = Bson> {
    prop_oneof![
        any::<i32>().prop_map(Bson::Int32),
        any::<i64>().prop_map(Bson::Int64),
        any::<u64>().prop_map(|bits| Bson::Double(f64::from_bits(bits))),
        any::<String>().prop_map(Bson::String),
        any::<bool>().prop_map(Bson::Boolean),
        Just(Bson::Null),
        Just(Bson::Undefined),
        Just(Bson::MinKey),
        Just(Bson::MaxKey),
        any::<i64>().prop_map(|ms| Bson::DateTime(bson::DateTime::from_millis(ms))),
        any::<[u8; 12]>().prop_map(|bytes| Bson::ObjectId(ObjectId::from_bytes(bytes))),
        any::<[u8; 16]>().prop_map(|bytes| Bson::Decimal128(Decimal128::from_bytes(bytes))),
        (any::<u32>(), any::<u32>())
            .prop_map(|(time, increment)| Bson::Timestamp(Timestamp { time, increment })),
        (0_u8..=9, any::<Vec<u8>>()).prop_filter_map(
            "old binary has its own frame",
            |(subtype, bytes)| {
                (subtype != 2).then(|| {
                    Bson::Binary(Binary {
                        subtype: subtype.into(),
                        bytes,
                    })
                })
            }
        ),
        ("[a-z^$.]{0,5}", "i?m?s?").prop_map(|(pattern, options)| {
            Bson::RegularExpression(Regex {
                pattern: pattern.try_into().unwrap(),
                options: options.try_into().unwrap(),
            })
        }),
        any::<String>().prop_map(Bson::Symbol),
        any::<String>().prop_map(Bson::JavaScriptCode),
        any::<String>().prop_map(
            |code| Bson::JavaScriptCodeWithScope(JavaScriptCodeWithScope {
                code,
                scope: doc! {"x": 1}
            })
        ),
    ]
}

fn value() -> impl Strategy<Value = Bson> {
    scalar().prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Bson::Array),
            prop::collection::vec(("[^\0]{0,6}", inner), 0..5)
                .prop_map(|fields| Bson::Document(fields.into_iter().collect::<Document>())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_document_comes_back_bit_for_bit(fields in prop::collection::vec(("[^\0]{0,8}", value()), 0..8)) {
        let store = Scratch::new();
        let mut document = doc! {"_id": "x"};
        document.extend(fields.into_iter().filter(|(name, _)| name != "_id"));
        fill(&store, "c", std::slice::from_ref(&document));
        let bytes = document.to_vec().unwrap();
        prop_assert_eq!(store.get("c", "x").unwrap().unwrap().to_vec().unwrap(), bytes.clone());
        let found = store.find("c", &Find { sort: doc! {"a": 1, "b.c": -1}, ..Find::default() });
        if let Ok(found) = found {
            prop_assert_eq!(found[0].to_vec().unwrap(), bytes.clone());
        }
        let scanned = store.get_many("c", &["x"]).unwrap().remove(0).document.unwrap();
        prop_assert_eq!(scanned.to_vec().unwrap(), bytes);
    }

    /// A value finds itself, whatever it is, with and without an index.
    #[test]
    fn every_value_is_equal_to_itself(value in value()) {
        let has_operators = |d: &Document| d.keys().any(|k| k.starts_with('$'));
        prop_assume!(!matches!(value, Bson::Undefined));
        prop_assume!(!value.as_document().is_some_and(has_operators));
        let store = Scratch::new();
        store.ensure_collection("c", &[crate::support::index("v", &["v"], false)]).unwrap();
        let document = doc! {"_id": "x", "v": value.clone()};
        fill(&store, "c", std::slice::from_ref(&document));
        store.apply("d", &[crate::support::put("x", 1, document)]).unwrap();
        for collection in ["c", "d"] {
            prop_assert_eq!(store.count(collection, &doc! {"v": {"$eq": value.clone()}}).unwrap(), 1);
            // In this list a regular expression is a pattern, and some are refused.
            if !matches!(value, Bson::RegularExpression(_)) {
                prop_assert_eq!(store.count(collection, &doc! {"v": {"$in": [value.clone()]}}).unwrap(), 1);
            }
            prop_assert_eq!(store.count(collection, &doc! {"v": {"$ne": value.clone()}}).unwrap_or(0), 0);
        }
    }
}

#[test]
fn the_deprecated_pointer_comes_back_too() {
    let store = Scratch::new();
    // Its fields are private, so it is made from bytes: type 12, name "p", namespace "n", twelve bytes of id.
    let mut bytes = vec![
        0, 0, 0, 0, 2, b'_', b'i', b'd', 0, 2, 0, 0, 0, b'x', 0, 12, b'p', 0, 2, 0, 0, 0, b'n', 0,
    ];
    bytes.extend([7; 12]);
    bytes.push(0);
    bytes[0] = u8::try_from(bytes.len()).unwrap();
    let document = Document::from_reader(bytes.as_slice()).unwrap();
    fill(&store, "c", std::slice::from_ref(&document));
    assert_eq!(store.get("c", "x").unwrap(), Some(document.clone()));
    let pointer: &Bson = document.get("p").unwrap();
    assert!(matches!(pointer, Bson::DbPointer(DbPointer { .. })));
    assert_eq!(store.count("c", &doc! {"p": pointer.clone()}).unwrap(), 1);
}
