//! The score of a search, `{$meta: "textScore"}`: where a query may ask for it.
//!
//! It belongs to the row that SQLite gives and not to the document, so it is there as long as documents pass one by one. A stage
//! that gathers them first ends that, as it does in MongoDB for most of these stages.

use bson::{Bson, Document};

use crate::Error;
use crate::sort::{self, Key};

/// One part of the order of a search.
#[derive(Debug, Clone)]
pub(crate) enum Rank {
    /// The best first.
    Score,
    Path(Key),
}

/// Whether a value is `{$meta: "textScore"}`; any other `$meta` is refused.
pub(crate) fn is_score(value: &Bson) -> Result<bool, Error> {
    let Some(asked) = value.as_document().and_then(|meta| meta.get("$meta")) else {
        return Ok(false);
    };
    if asked.as_str() == Some("textScore") {
        return Ok(true);
    }
    Err(Error::Unsupported {
        operator: format!("$meta: {asked}"),
        path: String::new(),
    })
}

/// Whether a `$meta` is anywhere in a document of a query.
pub(crate) fn names_score(query: &Document) -> bool {
    query
        .iter()
        .any(|(name, value)| name == "$meta" || asks_for_score(value))
}

/// Whether a `$meta` is anywhere in a value.
pub(crate) fn asks_for_score(value: &Bson) -> bool {
    match value {
        Bson::Document(fields) => names_score(fields),
        Bson::Array(values) => values.iter().any(asks_for_score),
        _ => false,
    }
}

/// The order of a sort that asks for the score; `None` of any other sort.
pub(crate) fn ranks(sort: &Document) -> Result<Option<Vec<Rank>>, Error> {
    let mut ranks = Vec::with_capacity(sort.len());
    let mut by_score = false;
    for (path, order) in sort {
        if is_score(order)? {
            by_score = true;
            ranks.push(Rank::Score);
        } else {
            let mut one = Document::new();
            one.insert(path, order.clone());
            ranks.extend(sort::parse(&one)?.into_iter().map(Rank::Path));
        }
    }
    Ok(by_score.then_some(ranks))
}

/// What a projection of `find` asks for besides the score, and the fields that get the score.
pub(crate) fn split(projection: &Document) -> Result<(Document, Document), Error> {
    let (mut rest, mut scores) = (Document::new(), Document::new());
    for (path, value) in projection {
        let part = if is_score(value)? {
            &mut scores
        } else {
            &mut rest
        };
        part.insert(path, value.clone());
    }
    Ok((rest, scores))
}

/// Refuses a stage that asks for the score where there is none.
pub(crate) fn check_stage(
    name: &str,
    value: &Bson,
    place: &str,
    has_score: bool,
) -> Result<(), Error> {
    match name {
        // The order of a sort is read by `ranks`, and what the others have inside begins anew.
        "$sort" | "$lookup" | "$unionWith" | "$facet" => Ok(()),
        _ if !asks_for_score(value) => Ok(()),
        "$project" | "$addFields" | "$set" | "$replaceRoot" | "$replaceWith" | "$group"
            if has_score =>
        {
            Ok(())
        }
        "$project" | "$addFields" | "$set" | "$replaceRoot" | "$replaceWith" | "$group" => {
            Err(no_score(place))
        }
        _ => Err(Error::Unsupported {
            operator: format!("$meta in {name}"),
            path: place.to_owned(),
        }),
    }
}

/// Whether documents pass a stage one by one, with their scores.
pub(crate) fn keeps_score(stage: &str) -> bool {
    matches!(
        stage,
        "$match"
            | "$project"
            | "a projection"
            | "$addFields"
            | "$set"
            | "$unset"
            | "$replaceRoot"
            | "$replaceWith"
            | "$unwind"
            | "$skip"
            | "$limit"
    )
}

/// A score is asked for where no search gives one.
pub(crate) fn no_score(place: &str) -> Error {
    Error::InvalidQuery {
        operator: "$meta: textScore".to_owned(),
        path: place.to_owned(),
        reason: "there is no score: it needs a $text before it, and no stage between them that gathers documents"
            .to_owned(),
    }
}
