//! A page of full text search in 100,000 titles: what a box that searches asks.

use bson::{DateTime, Document, doc};
use rand::{Rng, SeedableRng, rngs::StdRng};
use twinbase_docstore::{Find, IndexSpec, Options, Put, Store, TextSpec};

use super::sides::{self, COLLECTION, batches};
use crate::{
    report::{Bound, Measurement},
    statistics::median,
    usage,
};

const TITLES: u64 = 100_000;
/// How many different words the titles are made of.
const WORDS: u32 = 20_000;
const ASKED: usize = 200;
const PAGE: u64 = 20;

pub(super) fn measure() -> anyhow::Result<Vec<Measurement>> {
    let folder = tempfile::tempdir()?;
    let random = &mut StdRng::seed_from_u64(7);
    let store = store(folder.path(), random)?;
    let search = |words: String| doc! { "$search": words };
    let pairs = |random: &mut StdRng| search(format!("{} {}", any_word(random), any_word(random)));
    let beginning = |random: &mut StdRng| {
        let letters: String = any_word(random).chars().take(4).collect();
        doc! { "$search": letters, "$prefix": true }
    };
    Ok(vec![
        pages(
            &store,
            "one word",
            |random| search(any_word(random)),
            random,
        )?,
        pages(&store, "two words", pairs, random)?,
        pages(&store, "four letters of a word", beginning, random)?,
        pages(
            &store,
            "the most frequent word",
            |_| search(word(1)),
            random,
        )?,
    ])
}

/// The n-th word of the vocabulary: of syllables, so that words share their beginnings.
fn word(mut n: u32) -> String {
    const SYLLABLES: [&str; 16] = [
        "ba", "cor", "di", "fen", "gu", "hal", "jo", "kim", "lo", "mar", "ne", "pol", "qui", "ras",
        "sun", "tev",
    ];
    let mut text = String::new();
    for _ in 0..4 {
        text.push_str(SYLLABLES[(n % 16) as usize]);
        n /= 16;
    }
    text
}

/// A word by Zipf's law, near enough: the logarithm of the rank is uniform, so few words are frequent and most are rare.
fn any_word(random: &mut StdRng) -> String {
    let share: f64 = random.random();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "below the size of the vocabulary"
    )]
    let rank = f64::from(WORDS).powf(share) as u32;
    word(rank)
}

fn store(folder: &std::path::Path, random: &mut StdRng) -> anyhow::Result<Store> {
    let store = Store::open(folder.join("titles.db"), Options::default())?;
    let text = TextSpec {
        weights: vec![("title".to_owned(), 1)],
        ..TextSpec::default()
    };
    let index = IndexSpec {
        name: "text".to_owned(),
        text: Some(text),
        ..IndexSpec::default()
    };
    store.ensure_collection(COLLECTION, &[index])?;
    for batch in batches(TITLES) {
        let puts: Vec<Put> = batch
            .map(|n| {
                let words = (0..random.random_range(4..9)).map(|_| any_word(random));
                Put {
                    id: sides::id(n),
                    version: 1,
                    document: Some(doc! { "title": words.collect::<Vec<_>>().join(" ") }),
                    at: DateTime::from_millis(0),
                }
            })
            .collect();
        sides::apply(&store, &puts)?;
    }
    Ok(store)
}

/// The median of the processor times of many pages, the best first.
fn pages(
    store: &Store,
    name: &str,
    mut search: impl FnMut(&mut StdRng) -> Document,
    random: &mut StdRng,
) -> anyhow::Result<Measurement> {
    let (mut times, mut found) = (Vec::new(), 0);
    for _ in 0..ASKED {
        let query = Find {
            filter: doc! { "$text": search(random) },
            sort: doc! { "score": { "$meta": "textScore" } },
            limit: Some(PAGE),
            projection: doc! { "title": 1, "score": { "$meta": "textScore" } },
            ..Find::default()
        };
        let began = usage::thread_cpu()?;
        found += store.find(COLLECTION, &query)?.len();
        times.push(usage::thread_cpu()?.saturating_sub(began).as_secs_f64() * 1e3);
    }
    let slowest = times.iter().copied().fold(0.0, f64::max);
    Ok(Measurement::one(
        format!("a page of search for {name}"),
        "ms",
        median(&mut times),
        Some(Bound::AtMost(5.0)),
        format!(
            "processor time, {TITLES} titles, median of {ASKED} pages of {PAGE}; slowest {slowest:.1} ms, {found} found"
        ),
    ))
}
