//! `$text` of a filter, and what its search string asks for, by MongoDB's rules.

use bson::Bson;

use super::words::{fold, split, words};
use super::{Definition, Language};
use crate::Error;

/// A `$text` that is checked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Search {
    text: String,
    language: Option<Language>,
    prefix: bool,
}

/// What a search string asks for in the language of the search.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Terms {
    /// Stems of which a document has one at least.
    pub(super) any: Vec<String>,
    /// The beginning of a word, which counts as one of `any`.
    pub(super) prefix: Option<String>,
    /// Stems of which a document has none.
    pub(super) none: Vec<String>,
    /// What stands in a document, without case and marks.
    pub(super) phrases: Vec<String>,
    /// What does not stand in it.
    pub(super) no_phrases: Vec<String>,
}

impl Search {
    pub(crate) fn parse(value: &Bson) -> Result<Self, Error> {
        let fields = value
            .as_document()
            .ok_or_else(|| invalid("takes a document with $search"))?;
        let mut search = None;
        let mut parsed = Self {
            text: String::new(),
            language: None,
            prefix: false,
        };
        for (name, value) in fields {
            match (name.as_str(), value) {
                ("$search", Bson::String(text)) => search = Some(text.clone()),
                ("$language", Bson::String(name)) => {
                    let language = Language::named(name)
                        .ok_or_else(|| invalid(&super::definition::unknown(name)))?;
                    parsed.language = Some(language);
                }
                ("$prefix", Bson::Boolean(prefix)) => parsed.prefix = *prefix,
                ("$caseSensitive" | "$diacriticSensitive", Bson::Boolean(false)) => {}
                ("$caseSensitive" | "$diacriticSensitive", Bson::Boolean(true)) => {
                    return Err(Error::Unsupported {
                        operator: name.clone(),
                        path: "$text".to_owned(),
                    });
                }
                ("$search" | "$language", _) => {
                    return Err(invalid(&format!("{name} is a string")));
                }
                ("$prefix" | "$caseSensitive" | "$diacriticSensitive", _) => {
                    return Err(invalid(&format!("{name} is true or false")));
                }
                _ => return Err(invalid(&format!("has no {name}"))),
            }
        }
        parsed.text = search.ok_or_else(|| invalid("needs $search, a string"))?;
        Ok(parsed)
    }

    /// How many words it asks for at most.
    pub(crate) fn size(&self) -> usize {
        split(&self.text, self.language.unwrap_or_default()).count()
    }

    /// MongoDB's reading: a hyphen after white space negates up to the next white space; a phrase is what stands between two
    /// quotation marks, and its words count as words too unless it is negated.
    pub(super) fn terms(&self, definition: &Definition) -> Terms {
        let language = self.language.unwrap_or(definition.language);
        let mut terms = Terms::default();
        let (mut wanted, mut unwanted) = (String::new(), String::new());
        let (mut phrase, mut negated, mut after_space) = (None, false, true);
        for (at, letter) in self.text.char_indices() {
            let is_space = letter.is_whitespace();
            match (letter, phrase) {
                ('"', Some(start)) => {
                    let folded = fold(&self.text[start..at], language);
                    if negated {
                        terms.no_phrases.push(folded);
                    } else {
                        terms.phrases.push(folded);
                    }
                    phrase = None;
                }
                ('"', None) => phrase = Some(at + 1),
                ('-', None) if after_space => negated = true,
                (_, None) if is_space => negated = false,
                _ => {}
            }
            match (negated, phrase) {
                (false, _) => wanted.push(letter),
                (true, None) => unwanted.push(letter),
                (true, Some(_)) => {}
            }
            if is_space && phrase.is_none() {
                unwanted.push(' ');
            }
            after_space = is_space;
        }
        if self.prefix
            && phrase.is_none()
            && !negated
            && let Some(last) = split(&wanted, language).last()
            && self.text.ends_with(last)
        {
            terms.prefix = Some(fold(last, language)).filter(|prefix| !prefix.is_empty());
            wanted.truncate(wanted.len() - last.len());
        }
        terms.any = stems(&wanted, language);
        terms.none = stems(&unwanted, language);
        terms
    }
}

fn stems(text: &str, language: Language) -> Vec<String> {
    let mut stems: Vec<String> = words(text, language).map(|word| word.stem).collect();
    stems.sort_unstable();
    stems.dedup();
    stems
}

fn invalid(reason: &str) -> Error {
    Error::InvalidQuery {
        operator: "$text".to_owned(),
        path: String::new(),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use bson::bson;

    use super::*;
    use crate::TextSpec;

    fn terms(text: &str) -> Terms {
        let definition = Definition::new(&TextSpec {
            weights: vec![("t".to_owned(), 1)],
            ..TextSpec::default()
        });
        Search::parse(&bson!({ "$search": text, "$prefix": true }))
            .unwrap()
            .terms(&definition.unwrap())
    }

    #[test]
    fn a_search_string_is_read_as_mongodb_reads_it() {
        for (text, any, prefix, none, phrases, no_phrases) in [
            ("coffee SHOPS ", "coffe shop", "", "", "", ""),
            ("coffee shops", "coffe", "shops", "", "", ""),
            ("coffee -shops cake ", "cake coffe", "", "shop", "", ""),
            ("pre-market ", "market pre", "", "", "", ""),
            ("-pre-market tea ", "tea", "", "market pre", "", ""),
            (
                "\"Coffee Shop\" tea ",
                "coffe shop tea",
                "",
                "",
                "coffee shop",
                "",
            ),
            ("tea -\"Coffee Shop\" ", "tea", "", "", "", "coffee shop"),
            ("\"coffee shop", "coffe shop", "", "", "", ""),
            ("tea -shop", "tea", "", "shop", "", ""),
            ("tea \"shop\"", "shop tea", "", "", "shop", ""),
            ("the", "", "the", "", "", ""),
            ("", "", "", "", "", ""),
        ] {
            let list = |text: &str| -> Vec<String> {
                text.split_whitespace().map(str::to_owned).collect()
            };
            let one = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let expected = Terms {
                any: list(any),
                prefix: one(prefix),
                none: list(none),
                phrases: one(phrases).into_iter().collect(),
                no_phrases: one(no_phrases).into_iter().collect(),
            };
            assert_eq!(terms(text), expected, "{text:?}");
        }
    }
}
