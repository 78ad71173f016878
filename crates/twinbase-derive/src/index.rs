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

impl Key {
    fn of<'a>(&self, columns: &'a [Column<'a>]) -> syn::Result<&'a Column<'a>> {
        let column = columns.iter().find(|column| *column.field == self.field);
        column.ok_or_else(|| Error::new_spanned(&self.field, "the aggregate has no such field"))
    }
}

impl Index {
    /// Its name, and its keys as documents name them.
    pub(crate) fn resolved(
        &self,
        columns: &[Column<'_>],
    ) -> syn::Result<(String, Vec<(String, i32)>)> {
        let keys = self.keys.iter().map(|key| {
            let (column, way) = (key.of(columns)?, if key.descending { -1 } else { 1 });
            if column.private {
                let reason = "a private column is in no document";
                return Err(Error::new_spanned(&key.field, reason));
            }
            Ok((column.key().to_owned(), way))
        });
        Ok((self.name.to_string(), keys.collect::<syn::Result<_>>()?))
    }

    /// Its name, and its columns.
    pub(crate) fn columns(&self, columns: &[Column<'_>]) -> syn::Result<(String, Vec<String>)> {
        let found = self
            .keys
            .iter()
            .map(|key| Ok(key.of(columns)?.named.clone()));
        Ok((self.name.to_string(), found.collect::<syn::Result<_>>()?))
    }
}
