//! Text indexes, and searches of them: words of the documents and nonsense, as a box that searches gets them.

use bson::{Bson, Document, doc};
use twinbase_docstore::{IndexSpec, TextSpec};

use super::make::Maker;
use super::values::{NOT_PATHS, PATHS};

/// Names of languages, and one that is none.
const LANGUAGES: [&str; 6] = ["english", "german", "tr", "none", "FR", "klingon"];
const WORDS: [&str; 14] = [
    "hello",
    "Hello",
    "lorem",
    "ipsum",
    "the",
    "h\u{e9}llo",
    "running",
    "o'clock",
    "a_b",
    "-",
    "\"",
    "x y",
    "\0",
    "\u{1F600}",
];

impl Maker {
    pub(super) fn text_index(&mut self) -> IndexSpec {
        let count = self.random.below(3) + 1;
        let weights = (0..count).map(|_| {
            let path = if self.random.chance(5) {
                self.random.pick(&NOT_PATHS)
            } else {
                self.random.pick(&PATHS)
            };
            (path.to_owned(), self.random.pick(&[1, 10, 99_999]))
        });
        IndexSpec {
            name: "text".to_owned(),
            text: Some(TextSpec {
                weights: weights.collect(),
                default_language: self.random.pick(&LANGUAGES).to_owned(),
                // Where that is a field of the documents, few of them are taken.
                language_override: self.random.pick(&["language", "language", "s"]).to_owned(),
            }),
            ..IndexSpec::default()
        }
    }

    /// `$text` with up to five words, some of them negated, quoted or cut off.
    pub(super) fn search(&mut self) -> Document {
        let mut words = Vec::new();
        for _ in 0..self.random.below(6) {
            let word = self.random.pick(&WORDS);
            words.push(match self.random.below(8) {
                0 => format!("-{word}"),
                1 => format!("\"{word}\""),
                2 => word.chars().take(2).collect(),
                3 => format!("\"{word}"),
                _ => word.to_owned(),
            });
        }
        let mut search = doc! { "$search": words.join(" ") };
        if self.random.chance(30) {
            search.insert("$prefix", true);
        }
        if self.random.chance(15) {
            search.insert("$language", self.random.pick(&LANGUAGES));
        }
        if self.random.chance(3) {
            search.insert("$search", Bson::Null);
        }
        doc! { "$text": search }
    }
}
