//! The texts of a document: the strings on the paths of the index, those in arrays one by one, each with its language.

use bson::raw::{RawArray, RawBsonRef, RawDocument};

use super::definition::unknown;
use super::{Definition, Language};
use crate::path::field;

/// Why a document has no texts.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoTexts {
    /// MongoDB refuses such a document as well.
    #[error("{0}")]
    Language(String),
    #[error("a document cannot be decoded")]
    Damaged(#[from] bson::error::Error),
}

/// Gets the position of the path in the index, the text and its language.
type Visit<'v> = &'v mut dyn FnMut(usize, &str, Language);

impl Definition {
    /// Visits every text of a document.
    pub(super) fn texts(&self, document: &RawDocument, visit: Visit<'_>) -> Result<(), NoTexts> {
        // The language of a document is checked even when it has no text.
        self.language_of(document, self.language)?;
        for (at, (path, _)) in self.fields.iter().enumerate() {
            let mut visit = |text: &str, language| visit(at, text, language);
            self.walk(document, path.parts(), self.language, &mut visit)?;
        }
        Ok(())
    }

    fn walk(
        &self,
        document: &RawDocument,
        parts: &[String],
        language: Language,
        visit: &mut dyn FnMut(&str, Language),
    ) -> Result<(), NoTexts> {
        let language = self.language_of(document, language)?;
        let Some((part, rest)) = parts.split_first() else {
            return Ok(());
        };
        match field(document, part)? {
            Some(RawBsonRef::String(text)) if rest.is_empty() => visit(text, language),
            Some(RawBsonRef::Document(inner)) if !rest.is_empty() => {
                self.walk(inner, rest, language, visit)?;
            }
            Some(RawBsonRef::Array(array)) => self.elements(array, rest, language, visit)?,
            _ => {}
        }
        Ok(())
    }

    fn elements(
        &self,
        array: &RawArray,
        rest: &[String],
        language: Language,
        visit: &mut dyn FnMut(&str, Language),
    ) -> Result<(), NoTexts> {
        for element in array {
            match element? {
                RawBsonRef::String(text) if rest.is_empty() => visit(text, language),
                RawBsonRef::Document(inner) if !rest.is_empty() => {
                    self.walk(inner, rest, language, visit)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The language of a document: its own, or that of the document around it.
    fn language_of(&self, document: &RawDocument, around: Language) -> Result<Language, NoTexts> {
        match field(document, &self.language_override)? {
            None => Ok(around),
            Some(RawBsonRef::String(name)) => {
                Language::named(name).ok_or_else(|| NoTexts::Language(unknown(name)))
            }
            Some(_) => Err(NoTexts::Language(format!(
                "the language of a document, in {:?}, is a string",
                self.language_override
            ))),
        }
    }
}
