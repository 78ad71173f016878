//! The derives of Twinbase: an aggregate from a struct, and column types from newtypes.
//!
//! What they write can be written by hand; the documentation of `twinbase` shows both.

mod aggregate;
mod columns;
mod field_type;
mod index;
mod rename;
mod text;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes an aggregate of a struct: its schema, a typed constant for each column, `NewRow`, and a type for changes.
///
/// ```ignore
/// #[derive(Aggregate, Serialize, Deserialize)]
/// #[serde(rename_all = "camelCase")]
/// #[aggregate(name = "todo", table = "todos", index(newest = [user_id, created_at desc, id desc]))]
/// struct Todo {
///     #[key]
///     id: AggregateId,
///     #[fixed]
///     user_id: AggregateId,
///     title: String,
///     #[serde(skip)]
///     note: Private<String>,
///     #[created]
///     created_at: Timestamp,
///     #[updated]
///     updated_at: Timestamp,
/// }
/// ```
///
/// Of the struct: `name` is the aggregate's type in events, `table` its table, `collection` its collection (as the
/// table unless given), `index(name = [field, field desc])` an index of the
/// collection, `text(name = [field, field 10], language = "german")` its text index for `$text`, with the weight of a field
/// where that is not 1 and the language where that is not English, `unique(name = [field])` a unique constraint of the table by its name in the primary, `crate` the path of `twinbase::core` where that is another. Of a field: `#[key]` is
/// the id (`#[key(uuid)]`, `#[key(int32)]`, `#[key(int64)]` where its column is no text), `#[fixed]` never changes, `#[created]` neither, `#[updated]` is the time of the last change;
/// `#[aggregate(column = "..")]` names its column, which is the field's name otherwise. Its name in documents is
/// serde's. Every field's type is a `FieldType`.
///
/// It makes: `impl Aggregate`; `Todo::USER_ID` and so on; `impl NewRow`; and `TodoChange`, with an `Option` for each
/// field that may change.
#[proc_macro_derive(Aggregate, attributes(aggregate, key, fixed, created, updated))]
pub fn aggregate(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let made = aggregate::expand(&input);
    made.unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a type around another (`struct Title(String)`) one that columns can have, or an enum of variants without
/// fields: a column of the texts that serde makes of them, and of no others.
#[proc_macro_derive(FieldType)]
pub fn field_type(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let made = field_type::expand(&input);
    made.unwrap_or_else(syn::Error::into_compile_error).into()
}
