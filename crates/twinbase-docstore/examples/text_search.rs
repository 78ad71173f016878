//! How long a page of full text search takes in 100,000 titles, and what a text index costs a write.
//!
//! `cargo run --release -p twinbase-docstore --example text_search`. Titles are made of a vocabulary in which few words are
//! frequent and most are rare, as in natural text. Each kind of question is asked with many words; the median and the slowest
//! of a hundred count.

use std::time::{Duration, Instant};

use bson::{DateTime, Document, doc};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use twinbase_docstore::{Find, IndexSpec, Options, Put, Store, TextSpec};

const TITLES: usize = 100_000;
const WORDS: u32 = 20_000;
const BATCH: usize = 1_000;
const ASKED: usize = 200;
const PAGE: u64 = 20;

type Failure = Box<dyn std::error::Error>;

/// The n-th word of the vocabulary: syllables, so that words share their beginnings.
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

/// A word by Zipf's law, near enough: the logarithm of the rank is uniform.
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

fn title(random: &mut StdRng) -> String {
    let words: Vec<String> = (0..random.random_range(4..9))
        .map(|_| any_word(random))
        .collect();
    words.join(" ")
}

fn put(n: usize, version: i64, title: &str) -> Put {
    Put {
        id: format!("{n:08}"),
        version,
        document: Some(
            doc! { "owner": format!("u{}", n % 50), "title": title, "done": version > 1 },
        ),
        at: DateTime::from_millis(0),
    }
}

fn fill(store: &Store, puts: &[Put]) -> Result<Duration, Failure> {
    let start = Instant::now();
    for batch in puts.chunks(BATCH) {
        store.apply("todos", batch)?;
    }
    Ok(start.elapsed())
}

fn ask(store: &Store, kind: &str, filters: Vec<Document>) -> Result<(), Failure> {
    let (mut times, mut found) = (Vec::new(), 0);
    for filter in filters {
        let query = Find {
            filter,
            sort: doc! { "score": { "$meta": "textScore" } },
            limit: Some(PAGE),
            projection: doc! { "title": 1, "score": { "$meta": "textScore" } },
            ..Find::default()
        };
        let start = Instant::now();
        found += store.find("todos", &query)?.len();
        times.push(start.elapsed());
    }
    times.sort();
    let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
    println!(
        "{kind:<34} median {median:>9.1?}  slowest {slowest:>9.1?}  {found} found in {ASKED} pages"
    );
    Ok(())
}

fn main() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let random = &mut StdRng::seed_from_u64(7);
    let titles: Vec<String> = (0..TITLES).map(|_| title(random)).collect();
    let puts = |version: i64| -> Vec<Put> {
        let numbered = titles.iter().enumerate();
        numbered.map(|(n, title)| put(n, version, title)).collect()
    };
    let index = IndexSpec {
        name: "text".to_owned(),
        text: Some(TextSpec {
            weights: vec![("title".to_owned(), 1)],
            ..TextSpec::default()
        }),
        ..IndexSpec::default()
    };
    let bare = Store::open(folder.path().join("bare.db"), Options::default())?;
    println!(
        "write {TITLES} without an index: {:.2?}",
        fill(&bare, &puts(1))?
    );
    println!(
        "the same again, another field:  {:.2?}",
        fill(&bare, &puts(2))?
    );
    let start = Instant::now();
    bare.ensure_collection("todos", std::slice::from_ref(&index))?;
    println!("make the index of what is there: {:.2?}", start.elapsed());
    let store = Store::open(folder.path().join("docs.db"), Options::default())?;
    store.ensure_collection("todos", &[index])?;
    println!(
        "write {TITLES} with the index:    {:.2?}",
        fill(&store, &puts(1))?
    );
    println!(
        "the same again, another field:  {:.2?}",
        fill(&store, &puts(2))?
    );

    let search = |words: String| doc! { "$text": { "$search": words } };
    let many = |make: &mut dyn FnMut() -> Document| (0..ASKED).map(|_| make()).collect::<Vec<_>>();
    ask(&store, "one word", many(&mut || search(any_word(random))))?;
    ask(
        &store,
        "two words",
        many(&mut || search(format!("{} {}", any_word(random), any_word(random)))),
    )?;
    ask(
        &store,
        "a word without another",
        many(&mut || search(format!("{} -{}", any_word(random), any_word(random)))),
    )?;
    let phrase = |random: &mut StdRng| {
        let words: Vec<&str> = titles[random.random_range(0..TITLES)]
            .split(' ')
            .take(2)
            .collect();
        search(format!("\"{}\"", words.join(" ")))
    };
    ask(
        &store,
        "a phrase of two words",
        many(&mut || phrase(random)),
    )?;
    for letters in 1..6 {
        let make = |random: &mut StdRng| {
            let text: String = any_word(random).chars().take(letters).collect();
            doc! { "$text": { "$search": text, "$prefix": true } }
        };
        ask(
            &store,
            &format!("extension: {letters} letters of a word"),
            many(&mut || make(random)),
        )?;
    }
    let owned =
        |random: &mut StdRng| doc! { "$text": { "$search": any_word(random) }, "owner": "u7" };
    ask(
        &store,
        "one word, of one owner",
        many(&mut || owned(random)),
    )?;
    ask(
        &store,
        "the most frequent word",
        many(&mut || search(word(1))),
    )?;
    Ok(())
}
