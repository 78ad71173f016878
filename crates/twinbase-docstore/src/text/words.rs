//! From text to the words that are indexed and searched, by the rules of MongoDB's text indexes of version 3: split at
//! Unicode's delimiters, put in small letters, stop words left out, stemmed, and then rid of diacritical marks.
//!
//! What comes out is a part of the stored format: an index holds it, and a search must make the same of the same word.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

use super::Language;

/// The properties that MongoDB's delimiters have. Control characters are no part of a word here: SQLite ends a text at NUL.
const DELIMITERS: &str = r"\p{White_Space}\p{Dash}\p{Hyphen}\p{Pattern_Syntax}\p{Quotation_Mark}\p{Terminal_Punctuation}\p{Cc}";

static WORDS: LazyLock<Regex> = LazyLock::new(|| pattern(&format!("[^{DELIMITERS}]+")));
static WORDS_WITH_APOSTROPHES: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!("(?:[^{DELIMITERS}]|')+")));
static MARKS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\p{Diacritic}+"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern, which the tests compile")
}

/// A word of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// What is searched by.
    pub(super) stem: String,
    /// The whole word without case and marks, for search by its beginning.
    pub(super) whole: String,
}

/// The words of a text that are not stop words.
pub(super) fn words(text: &str, language: Language) -> impl Iterator<Item = Word> {
    split(text, language).filter_map(move |raw| {
        let lower = lower(raw, language);
        if language.is_stop_word(&lower) {
            return None;
        }
        Some(Word {
            stem: without_marks(&language.stem(&lower)).into_owned(),
            whole: without_marks(&lower).into_owned(),
        })
        .filter(|word| !word.stem.is_empty())
    })
}

/// The words as they are written.
pub(super) fn split(text: &str, language: Language) -> impl Iterator<Item = &str> {
    let words = if language.joins_by_apostrophe() {
        &WORDS_WITH_APOSTROPHES
    } else {
        &WORDS
    };
    words.find_iter(text).map(|found| found.as_str())
}

/// A text in which neither case nor marks make a difference.
pub(super) fn fold(text: &str, language: Language) -> String {
    without_marks(&lower(text, language)).into_owned()
}

fn lower(text: &str, language: Language) -> Cow<'_, str> {
    if text.is_ascii() && !language.has_dotless_i() {
        return Cow::Owned(text.to_ascii_lowercase());
    }
    let mut lower = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            'I' if language.has_dotless_i() => lower.push('ı'),
            'İ' if language.has_dotless_i() => lower.push('i'),
            // The sigma at the end of a word is the same letter.
            'ς' => lower.push('σ'),
            letter => lower.extend(letter.to_lowercase()),
        }
    }
    Cow::Owned(lower)
}

fn without_marks(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let apart: String = text.nfd().collect();
    Cow::Owned(MARKS.replace_all(&apart, "").into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(text: &str, language: &str) -> Vec<String> {
        let language = Language::named(language).unwrap();
        words(text, language).map(|word| word.stem).collect()
    }

    #[test]
    fn words_are_split_folded_and_stemmed() {
        for (language, text, expected) in [
            ("english", "The Runners, running; RUNS!", "runner run run"),
            ("english", "Don't stop Anna's car", "stop anna car"),
            ("en", "e-mail a_b c++", "e mail a_b c"),
            ("none", "The Runners' CAFÉ", "the runners cafe"),
            ("none", "Ångström ΟΔΟΣ οδος", "angstrom οδοσ οδοσ"),
            ("german", "Die Häuser der Straße", "haus strass"),
            ("french", "l'école est fermée", "ecol ferm"),
            ("turkish", "ISI İnek", "ıs inek"),
            ("none", "naïve 東京 x\u{0}y 🦀", "naive 東京 x y 🦀"),
            ("none", "", ""),
        ] {
            let expected: Vec<&str> = expected.split_whitespace().collect();
            assert_eq!(stems(text, language), expected, "{text:?} in {language}");
        }
    }

    #[test]
    fn every_language_has_stop_words() {
        for (language, word) in [
            ("da", "og"),
            ("nl", "het"),
            ("en", "the"),
            ("fi", "ja"),
            ("fr", "est"),
            ("de", "und"),
            ("hu", "az"),
            ("it", "della"),
            ("nb", "og"),
            ("pt", "uma"),
            ("ro", "este"),
            ("ru", "и"),
            ("es", "pero"),
            ("sv", "och"),
            ("tr", "ve"),
        ] {
            assert_eq!(stems(word, language), Vec::<String>::new(), "{language}");
        }
    }
}
