//! Phrases: whether a document has a text in which one stands, letter by letter, without case and marks. MongoDB asks this of
//! the documents too, and not of the index, which knows only stems.

use bson::raw::RawDocument;
use bson::{Bson, Document, doc};

use super::words::fold;
use super::{Definition, NoTexts};
use crate::Error;
use crate::fault::Fault;

/// The phrases of a search, folded.
#[derive(Debug)]
pub(crate) struct Phrases {
    definition: Definition,
    all: Vec<String>,
    none: Vec<String>,
}

impl Phrases {
    /// As they are bound to a statement.
    pub(super) fn to_document(
        definition: &Definition,
        all: &[String],
        none: &[String],
    ) -> Document {
        doc! { "index": definition.to_document(), "all": all, "none": none }
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        let bound = Document::from_reader(bytes)?;
        let list = |name| -> Vec<String> {
            let phrases = bound.get_array(name).into_iter().flatten();
            phrases
                .filter_map(Bson::as_str)
                .map(str::to_owned)
                .collect()
        };
        let damaged = || bson::error::Error::from(std::io::Error::other("not a text index"));
        Ok(Self {
            definition: bound
                .get_document("index")
                .ok()
                .and_then(Definition::from_document)
                .ok_or_else(damaged)?,
            all: list("all"),
            none: list("none"),
        })
    }

    /// Whether every wanted phrase stands in a text of the document, and no unwanted one does.
    pub(crate) fn hold(&self, document: &RawDocument) -> Result<bool, Fault> {
        let mut texts = Vec::new();
        self.definition
            .texts(document, &mut |_, text, language| {
                texts.push(fold(text, language));
            })
            .map_err(|error| match error {
                NoTexts::Damaged(source) => Fault::Damaged(source),
                NoTexts::Language(reason) => Fault::Refused(Error::InvalidQuery {
                    operator: "$text".to_owned(),
                    path: String::new(),
                    reason,
                }),
            })?;
        let stands = |phrase: &String| texts.iter().any(|text| text.contains(phrase.as_str()));
        Ok(self.all.iter().all(stands) && !self.none.iter().any(stands))
    }
}
