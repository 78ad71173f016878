//! The languages of a text index: their names in MongoDB, their stop words and their stems.

use std::collections::HashSet;
use std::sync::LazyLock;

use snowball_stemmers_rs::{Algorithm, Stemmer};

/// One of MongoDB's languages, by its position in the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Language(usize);

struct Known {
    name: &'static str,
    code: &'static str,
    /// How the lists of stop words call it.
    stop_words: &'static str,
    algorithm: Option<Algorithm>,
}

const fn known(
    name: &'static str,
    code: &'static str,
    stop_words: &'static str,
    algorithm: Algorithm,
) -> Known {
    Known {
        name,
        code,
        stop_words,
        algorithm: Some(algorithm),
    }
}

/// The manual's list of languages, with the codes that it gives. The first one is the default of this type, not of an index.
static LANGUAGES: [Known; 16] = [
    Known {
        name: "none",
        code: "none",
        stop_words: "",
        algorithm: None,
    },
    known("danish", "da", "da", Algorithm::Danish),
    known("dutch", "nl", "nl", Algorithm::Dutch),
    known("english", "en", "en", Algorithm::English),
    known("finnish", "fi", "fi", Algorithm::Finnish),
    known("french", "fr", "fr", Algorithm::French),
    known("german", "de", "de", Algorithm::German),
    known("hungarian", "hu", "hu", Algorithm::Hungarian),
    known("italian", "it", "it", Algorithm::Italian),
    known("norwegian", "nb", "no", Algorithm::Norwegian),
    known("portuguese", "pt", "pt", Algorithm::Portuguese),
    known("romanian", "ro", "ro", Algorithm::Romanian),
    known("russian", "ru", "ru", Algorithm::Russian),
    known("spanish", "es", "es", Algorithm::Spanish),
    known("swedish", "sv", "sv", Algorithm::Swedish),
    known("turkish", "tr", "tr", Algorithm::Turkish),
];

static STOP_WORDS: LazyLock<Vec<HashSet<&'static str>>> = LazyLock::new(|| {
    let words = |known: &Known| stop_words::lookup(known.stop_words).unwrap_or_default();
    LANGUAGES
        .iter()
        .map(|known| words(known).iter().copied().collect())
        .collect()
});

impl Language {
    /// By its name or code, in any case.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let is_it = |known: &Known| {
            known.name.eq_ignore_ascii_case(name) || known.code.eq_ignore_ascii_case(name)
        };
        LANGUAGES.iter().position(is_it).map(Self)
    }

    pub(crate) fn name(self) -> &'static str {
        LANGUAGES[self.0].name
    }

    /// Whether an apostrophe is a part of a word: only in English, as in MongoDB.
    pub(super) fn joins_by_apostrophe(self) -> bool {
        self.name() == "english"
    }

    /// Whether an I without a dot and one with it are two letters.
    pub(super) fn has_dotless_i(self) -> bool {
        self.name() == "turkish"
    }

    /// Whether a word in small letters says nothing by itself.
    pub(super) fn is_stop_word(self, word: &str) -> bool {
        STOP_WORDS[self.0].contains(word)
    }

    /// The stem of a word in small letters.
    pub(super) fn stem(self, word: &str) -> String {
        match LANGUAGES[self.0].algorithm {
            Some(algorithm) => Stemmer::create(algorithm).stem(word).into_owned(),
            None => word.to_owned(),
        }
    }
}
