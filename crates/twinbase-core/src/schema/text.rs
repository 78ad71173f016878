//! The text index of a collection, by which its documents are found by words.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{Field, Kind, Name, Schema};

crate::named! {
    /// The language of a text index: by its rules words are reduced to their stems, and its most frequent words are left
    /// out. The names are MongoDB's.
    pub enum Language {
        /// No language: words are what they are, and none is left out.
        None = "none",
        /// Danish.
        Danish = "danish",
        /// Dutch.
        Dutch = "dutch",
        /// English.
        English = "english",
        /// Finnish.
        Finnish = "finnish",
        /// French.
        French = "french",
        /// German.
        German = "german",
        /// Hungarian.
        Hungarian = "hungarian",
        /// Italian.
        Italian = "italian",
        /// Norwegian.
        Norwegian = "norwegian",
        /// Portuguese.
        Portuguese = "portuguese",
        /// Romanian.
        Romanian = "romanian",
        /// Russian.
        Russian = "russian",
        /// Spanish.
        Spanish = "spanish",
        /// Swedish.
        Swedish = "swedish",
        /// Turkish.
        Turkish = "turkish",
    }
}

/// A text index, for filters with `$text`. A collection has one at most, by MongoDB's rule.
///
/// A document may name another language in its field [`TextIndex::LANGUAGE_FIELD`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextIndex {
    /// Its name, unique in the collection.
    pub name: Name,
    /// The fields of the document whose words are found, each with its weight: how much a word there counts in the score
    /// of a search, from 1 to 99,999.
    pub fields: Vec<(Name, u32)>,
    /// The language of documents that name none.
    pub language: Language,
}

impl TextIndex {
    /// The field in which a document names the language of its own texts. It is not MongoDB's default, `language`: that
    /// is a likely name of a field that holds something else, and such a document would be rejected.
    pub const LANGUAGE_FIELD: &str = "_language";

    /// The largest weight that MongoDB takes.
    const MAX_WEIGHT: u32 = 99_999;

    /// As many as the embedded store takes.
    const MAX_FIELDS: usize = 32;

    /// A text index over these fields of the document, each with its weight, in English.
    pub fn new<K: Into<Name>>(
        name: impl Into<Name>,
        fields: impl IntoIterator<Item = (K, u32)>,
    ) -> Self {
        let fields = fields.into_iter();
        Self {
            name: name.into(),
            fields: fields.map(|(key, weight)| (key.into(), weight)).collect(),
            language: Language::English,
        }
    }

    /// The same index in another language.
    #[must_use]
    pub const fn in_language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// Refuses, in words, what some replica could not index.
    pub(super) fn check(&self, schema: &Schema) -> Result<(), String> {
        let name = &self.name;
        if schema.indexes.iter().any(|index| index.name == *name) {
            return Err(format!("two indexes have the name `{name}`"));
        }
        if !(1..=Self::MAX_FIELDS).contains(&self.fields.len()) {
            let most = Self::MAX_FIELDS;
            return Err(format!("the text index `{name}` has 1 to {most} fields"));
        }
        let names_language = |(of, mapped): &(&Field, &str)| {
            *mapped == Self::LANGUAGE_FIELD && (of.kind != Kind::Text || of.many || of.nullable)
        };
        if schema.mapped().any(|field| names_language(&field)) {
            let field = Self::LANGUAGE_FIELD;
            return Err(format!(
                "`{field}` names the language of a document: a text that is never null"
            ));
        }
        let mut seen = HashSet::new();
        for (field, weight) in &self.fields {
            let is_text = schema
                .mapped()
                .any(|(of, mapped)| mapped == field && !of.key && of.kind == Kind::Text);
            let problem = if !is_text {
                "is no text of a document"
            } else if !seen.insert(field) {
                "appears twice"
            } else if !(1..=Self::MAX_WEIGHT).contains(weight) {
                "has a weight that is not from 1 to 99999"
            } else {
                continue;
            };
            return Err(format!("in the text index `{name}`, `{field}` {problem}"));
        }
        Ok(())
    }
}
