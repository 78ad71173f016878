//! `index(name = [field, field desc])` and `unique(name = [field])`.

use syn::{
    Error, Ident, Token, bracketed,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
};

use crate::columns::Column;

/// An index as it is written.
pub(crate) struct Index {
    name: Ident,
    keys: Punctuated<Key, Token![,]>,
}

struct Key {
    field: Ident,
    descending: bool,
}

impl Parse for Index {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        let keys;
        bracketed!(keys in input);
        Ok(Self {
            name,
            keys: Punctuated::parse_terminated(&keys)?,
        })
    }
}

impl Parse for Key {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let field = input.parse()?;
        let way = input.parse::<Option<Ident>>()?;
        let descending = match &way {
            None => false,
            Some(way) if way == "asc" => false,
            Some(way) if way == "desc" => true,
            Some(way) => return Err(Error::new_spanned(way, "an order is `asc` or `desc`")),
        };
        Ok(Self { field, descending })
    }
}

/// The column of a field.
fn column<'a>(field: &Ident, columns: &'a [Column<'a>]) -> syn::Result<&'a Column<'a>> {
    let column = columns.iter().find(|column| column.field == field);
    column.ok_or_else(|| Error::new_spanned(field, "the aggregate has no such field"))
}

/// The column of a field that documents have.
pub(crate) fn in_documents<'a>(
    field: &Ident,
    columns: &'a [Column<'a>],
) -> syn::Result<&'a Column<'a>> {
    let column = column(field, columns)?;
    if column.private {
        let reason = "a private column is in no document";
        return Err(Error::new_spanned(field, reason));
    }
    Ok(column)
}

impl Index {
    /// Its name, and its keys as documents name them.
    pub(crate) fn resolved(
        &self,
        columns: &[Column<'_>],
    ) -> syn::Result<(String, Vec<(String, i32)>)> {
        let keys = self.keys.iter().map(|key| {
            let way = if key.descending { -1 } else { 1 };
            let column = in_documents(&key.field, columns)?;
            Ok((column.key().to_owned(), way))
        });
        Ok((self.name.to_string(), keys.collect::<syn::Result<_>>()?))
    }

    /// Its name, and its columns.
    pub(crate) fn columns(&self, columns: &[Column<'_>]) -> syn::Result<(String, Vec<String>)> {
        let found = self
            .keys
            .iter()
            .map(|key| Ok(column(&key.field, columns)?.named.clone()));
        Ok((self.name.to_string(), found.collect::<syn::Result<_>>()?))
    }
}
