//! `text(name = [field, field 10], language = "german")`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{
    Error, Ident, LitInt, LitStr, Path, Token, bracketed,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
};

use crate::{columns::Column, index};

/// A text index as it is written.
pub(crate) struct Text {
    pub(crate) name: Ident,
    fields: Punctuated<Weighed, Token![,]>,
    language: Option<LitStr>,
}

/// A field, with its weight where that is not 1.
struct Weighed {
    field: Ident,
    weight: Option<LitInt>,
}

impl Parse for Text {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        let fields;
        bracketed!(fields in input);
        let mut text = Self {
            name,
            fields: Punctuated::parse_terminated(&fields)?,
            language: None,
        };
        while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let option: Ident = input.parse()?;
            if option != "language" {
                let reason = "beside its fields, a text index has a `language`";
                return Err(Error::new_spanned(option, reason));
            }
            input.parse::<Token![=]>()?;
            text.language = Some(input.parse()?);
        }
        Ok(text)
    }
}

impl Parse for Weighed {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let field = input.parse()?;
        let weight = if input.peek(LitInt) {
            Some(input.parse()?)
        } else {
            None
        };
        Ok(Self { field, weight })
    }
}

impl Text {
    /// The expression that makes it.
    pub(crate) fn expression(
        &self,
        columns: &[Column<'_>],
        root: &Path,
    ) -> syn::Result<TokenStream> {
        let fields = self.fields.iter().map(|Weighed { field, weight }| {
            let key = index::in_documents(field, columns)?.key();
            let weight = match weight {
                Some(weight) => weight.base10_parse::<u32>()?,
                None => 1,
            };
            Ok(quote!((#key, #weight)))
        });
        let fields = fields.collect::<syn::Result<Vec<_>>>()?;
        let language = self.language.as_ref().map(variant).transpose()?;
        let language = language.map(|language| quote!(.in_language(#root::Language::#language)));
        let name = self.name.to_string();
        Ok(quote!(#root::TextIndex::new(#name, [#(#fields),*])#language))
    }
}

/// The variant of `Language` with that name: one that does not exist does not compile, at the place where it is written.
fn variant(language: &LitStr) -> syn::Result<Ident> {
    let name = language.value();
    let is_word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
    if !is_word {
        return Err(Error::new_spanned(
            language,
            "a language is a word such as \"english\"",
        ));
    }
    let (first, rest) = name.split_at(1);
    Ok(format_ident!(
        "{}{}",
        first.to_ascii_uppercase(),
        rest,
        span = language.span()
    ))
}
