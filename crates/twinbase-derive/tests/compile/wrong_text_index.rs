//! A text index is of fields that documents have, in a language by its name, and a collection has one.

use twinbase_core::AggregateId;
use twinbase_derive::Aggregate;

#[derive(Aggregate)]
#[aggregate(crate = twinbase_core, name = "note", table = "notes", text(words = [title], language = "de-DE"))]
struct Note {
    #[key]
    id: AggregateId,
    title: String,
}

#[derive(Aggregate)]
#[aggregate(crate = twinbase_core, name = "page", table = "pages", text(a = [title]), text(b = [title]))]
struct Page {
    #[key]
    id: AggregateId,
    title: String,
}

#[derive(Aggregate)]
#[aggregate(crate = twinbase_core, name = "memo", table = "memos", text(words = [titel 3]))]
struct Memo {
    #[key]
    id: AggregateId,
    title: String,
}

fn main() {}
