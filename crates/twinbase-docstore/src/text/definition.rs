//! What a text index is of: checked when it is created, and stored as BSON.

use std::collections::HashSet;

use bson::{Bson, Document, doc};

use super::Language;
use crate::path::Path;
use crate::request::TextSpec;
use crate::sort::sortable;

/// MongoDB's largest weight.
const MAX_WEIGHT: u32 = 99_999;

/// Each path is two columns of the index, and a search names them.
const MAX_PATHS: usize = 32;

/// A text index that exists.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Definition {
    pub(super) fields: Vec<(Path, u32)>,
    pub(super) language: Language,
    pub(super) language_override: String,
}

impl Definition {
    /// Refuses what cannot be a text index, in words.
    pub(crate) fn new(spec: &TextSpec) -> Result<Self, String> {
        let (name, field) = (&spec.default_language, &spec.language_override);
        if spec.weights.is_empty() || spec.weights.len() > MAX_PATHS {
            return Err("a text index has 1 to 32 paths".to_owned());
        }
        if field.is_empty() || field.starts_with('$') || field.contains(['.', '\0']) {
            return Err("the field of a document's language needs a plain name".to_owned());
        }
        let language = Language::named(name).ok_or_else(|| unknown(name))?;
        let mut seen = HashSet::new();
        let mut fields = Vec::new();
        for (path, weight) in &spec.weights {
            if path == "$**" {
                return Err("a text index of every field ($**) is not supported".to_owned());
            }
            if !seen.insert(path) {
                return Err(format!("{path:?} is given twice"));
            }
            if !(1..=MAX_WEIGHT).contains(weight) {
                return Err(format!("the weight of {path:?} is not from 1 to 99999"));
            }
            let path = sortable(path).map_err(|error| error.to_string())?;
            fields.push((path, *weight));
        }
        Ok(Self {
            fields,
            language,
            language_override: field.clone(),
        })
    }

    pub(crate) fn to_document(&self) -> Document {
        let weight = |(path, weight): &(Path, u32)| (path.text().to_owned(), Bson::from(*weight));
        doc! {
            "weights": self.fields.iter().map(weight).collect::<Document>(),
            "language": self.language.name(),
            "override": &self.language_override,
        }
    }

    /// `None` of what [`to_document`](Self::to_document) did not write.
    pub(crate) fn from_document(stored: &Document) -> Option<Self> {
        let weight = |(path, weight): (&String, &Bson)| {
            let weight = weight.as_i64().or_else(|| weight.as_i32().map(i64::from))?;
            Some((path.clone(), u32::try_from(weight).ok()?))
        };
        let weights = stored.get_document("weights").ok()?;
        Self::new(&TextSpec {
            weights: weights.iter().map(weight).collect::<Option<_>>()?,
            default_language: stored.get_str("language").ok()?.to_owned(),
            language_override: stored.get_str("override").ok()?.to_owned(),
        })
        .ok()
    }
}

impl From<Definition> for TextSpec {
    fn from(definition: Definition) -> Self {
        let fields = definition.fields.into_iter();
        Self {
            weights: fields
                .map(|(path, weight)| (path.text().to_owned(), weight))
                .collect(),
            default_language: definition.language.name().to_owned(),
            language_override: definition.language_override,
        }
    }
}

pub(super) fn unknown(language: &str) -> String {
    format!("{language:?} is no language of a text index")
}
