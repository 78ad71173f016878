//! Tokens as text.

use proptest::prelude::*;
use twinbase_core::{AggregateId, InvalidToken, Key, Token, Version};

fn keys() -> impl Strategy<Value = Vec<(String, String, i64)>> {
    let id = prop_oneof![
        "[^\\p{Cc}]{1,40}",
        any::<u128>().prop_map(|n| uuid::Uuid::from_u128(n).hyphenated().to_string()),
        any::<u128>().prop_map(|n| uuid::Uuid::from_u128(n)
            .hyphenated()
            .to_string()
            .to_uppercase()),
    ];
    let size = prop_oneof![0usize..30, 300usize..1_500];
    size.prop_flat_map(move |size| {
        proptest::collection::vec(("[a-z]{1,8}", id.clone(), 0..i64::MAX), size)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read_back_or_folded_when_it_is_too_long(entries in keys()) {
        let mut token = Token::default();
        for (kind, id, version) in entries {
            token.insert(Key::new(kind, AggregateId::new(id).unwrap()), Version::new(version));
        }
        let text = token.to_string();
        prop_assert!(text.len() <= Token::MAX_TEXT_BYTES, "{}", text.len());
        let read = text.parse::<Token>().unwrap();
        if read.is_folded() {
            prop_assert!(token.entries().len() > 200, "{}", token.entries().len());
            prop_assert_eq!(read.to_string().parse::<Token>(), Ok(read));
        } else {
            prop_assert_eq!(read, token);
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,200}") {
        let _ = text.parse::<Token>();
    }

    #[test]
    fn a_cut_token_is_refused_or_names_less(cut in 1usize..20) {
        let mut token = Token::default();
        for n in 0..5 {
            token.insert(Key::new("todo", AggregateId::new(format!("id-{n}")).unwrap()), Version::new(7));
        }
        let text = token.to_string();
        let short = text[..text.len() - cut].parse::<Token>();
        prop_assert!(short.is_err(), "{short:?}");
    }
}

#[test]
fn of_two_versions_the_higher_stays() {
    let key = Key::new("todo", AggregateId::new("a").unwrap());
    let mut token = Token::default();
    token.insert(key.clone(), Version::new(5));
    token.insert(key.clone(), Version::new(3));
    let mut other = Token::default();
    other.insert(key.clone(), Version::new(4));
    token.merge(other);
    assert_eq!(
        token.entries().collect::<Vec<_>>(),
        [(&key, Version::new(5))]
    );
}

#[test]
fn a_folded_token_stays_one_whatever_is_added() {
    let mut token = Token::default();
    for n in 0..5_000 {
        let id = AggregateId::new(format!("id-{n}")).unwrap();
        token.insert(Key::new("todo", id), Version::new(1));
    }
    let mut folded: Token = token.to_string().parse().unwrap();
    assert!(folded.is_folded() && !folded.is_empty() && !token.is_folded());
    let mut other = Token::default();
    other.insert(
        Key::new("todo", AggregateId::new("a").unwrap()),
        Version::new(1),
    );
    folded.merge(other.clone());
    other.merge(folded);
    assert!(other.to_string().parse::<Token>().unwrap().is_folded());
}

#[test]
fn a_huge_text_is_no_token() {
    assert_eq!("A".repeat(100_000).parse::<Token>(), Err(InvalidToken));
    assert_eq!("".parse::<Token>(), Err(InvalidToken));
    assert_eq!("§$%".parse::<Token>(), Err(InvalidToken));
}

#[test]
fn a_hundred_uuids_fit_into_a_header() {
    let mut token = Token::default();
    for n in 0..100u128 {
        let id = AggregateId::from_uuid(uuid::Uuid::from_u128(n << 64));
        token.insert(Key::new("todo", id), Version::new(1));
    }
    assert!(
        token.to_string().len() < 4_000,
        "{}",
        token.to_string().len()
    );
}
