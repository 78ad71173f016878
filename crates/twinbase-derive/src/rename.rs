//! The names that serde gives to fields, which are the names in documents.

use syn::{Attribute, Error, LitStr, meta::ParseNestedMeta};

/// What serde's attributes say of names.
#[derive(Default)]
pub(crate) struct Serde {
    pub(crate) rename_all: Option<LitStr>,
    pub(crate) rename: Option<LitStr>,
    pub(crate) skip: bool,
}

impl Serde {
    pub(crate) fn of(attributes: &[Attribute]) -> syn::Result<Self> {
        let mut found = Self::default();
        let of_serde = attributes.iter().filter(|of| of.path().is_ident("serde"));
        for attribute in of_serde {
            attribute.parse_nested_meta(|meta| found.take(&meta))?;
        }
        Ok(found)
    }

    fn take(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let one_name = |meta: &ParseNestedMeta<'_>| {
            let value = meta.value();
            let value = value.map_err(|_| meta.error("an aggregate has one name for both ways"));
            value?.parse::<LitStr>()
        };
        if meta.path.is_ident("rename_all") {
            self.rename_all = Some(one_name(meta)?);
        } else if meta.path.is_ident("rename") {
            self.rename = Some(one_name(meta)?);
        } else if meta.path.is_ident("skip") {
            self.skip = true;
        } else if meta.path.is_ident("flatten") {
            return Err(meta.error("a column is one field: `flatten` has no place in an aggregate"));
        } else if meta.input.peek(syn::Token![=]) {
            meta.value()?.parse::<syn::Expr>()?;
        } else if meta.input.peek(syn::token::Paren) {
            let inside;
            syn::parenthesized!(inside in meta.input);
            inside.parse::<proc_macro2::TokenStream>()?;
        }
        Ok(())
    }
}

/// A field's name by serde's rule.
pub(crate) fn by_rule(rule: Option<&LitStr>, field: &str) -> syn::Result<String> {
    let Some(rule) = rule else {
        return Ok(field.to_owned());
    };
    let pascal: String = field.split('_').map(capitalized).collect();
    Ok(match rule.value().as_str() {
        "snake_case" | "lowercase" => field.to_owned(),
        "UPPERCASE" | "SCREAMING_SNAKE_CASE" => field.to_ascii_uppercase(),
        "PascalCase" => pascal,
        "camelCase" => {
            let mut chars = pascal.chars();
            let first = chars.next().map(|c| c.to_ascii_lowercase());
            first.into_iter().chain(chars).collect()
        }
        _ => {
            let reason = "names in documents are of letters, digits and `_`: use `camelCase`";
            return Err(Error::new(rule.span(), reason));
        }
    })
}

/// A variant's name by serde's rule.
pub(crate) fn variant_by_rule(rule: Option<&LitStr>, variant: &str) -> syn::Result<String> {
    let Some(rule) = rule else {
        return Ok(variant.to_owned());
    };
    let mut snake = String::new();
    for (at, c) in variant.char_indices() {
        if c.is_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    Ok(match rule.value().as_str() {
        "lowercase" => variant.to_ascii_lowercase(),
        "UPPERCASE" => variant.to_ascii_uppercase(),
        "snake_case" => snake,
        "SCREAMING_SNAKE_CASE" => snake.to_ascii_uppercase(),
        "kebab-case" => snake.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => snake.replace('_', "-").to_ascii_uppercase(),
        "PascalCase" => variant.to_owned(),
        "camelCase" => by_rule(Some(rule), &snake)?,
        _ => return Err(Error::new(rule.span(), "serde has no such rule")),
    })
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}
