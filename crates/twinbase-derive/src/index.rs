//! `index(name = [field, field desc])`.

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

impl Index {
    /// Its name, and its keys as documents name them.
    pub(crate) fn resolved(
        &self,
        columns: &[Column<'_>],
    ) -> syn::Result<(String, Vec<(String, i32)>)> {
        let keys = self.keys.iter().map(|key| {
            let column = columns.iter().find(|column| *column.field == key.field);
            let unknown = || Error::new_spanned(&key.field, "the aggregate has no such field");
            let column = column.ok_or_else(unknown)?;
            Ok((column.key().to_owned(), if key.descending { -1 } else { 1 }))
        });
        Ok((self.name.to_string(), keys.collect::<syn::Result<_>>()?))
    }
}
