//! `#[derive(FieldType)]`: a newtype, or an enum of plain variants, as the type of a column.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DataEnum, DeriveInput, Error, Fields, Type};

use crate::rename::{Serde, variant_by_rule};

pub(crate) fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    match &input.data {
        Data::Struct(data) => newtype(input, &data.fields),
        Data::Enum(data) => choice(input, data),
        Data::Union(_) => Err(wrong(input)),
    }
}

fn wrong(input: &DeriveInput) -> Error {
    let reason = "a column type is a struct around one other, `struct Title(String)`, or an enum of variants \
                  without fields";
    Error::new_spanned(&input.ident, reason)
}

fn newtype(input: &DeriveInput, fields: &Fields) -> syn::Result<TokenStream> {
    let name = &input.ident;
    let Fields::Unnamed(fields) = fields else {
        return Err(wrong(input));
    };
    let mut fields = fields.unnamed.iter();
    let (Some(inner), None) = (fields.next(), fields.next()) else {
        return Err(wrong(input));
    };
    let inner: &Type = &inner.ty;
    let (of, types, bounds) = input.generics.split_for_impl();
    let of_inner = quote!(<#inner as ::twinbase::core::FieldType>);
    Ok(quote! {
        impl #of ::std::convert::From<#name #types> for ::twinbase::core::Value #bounds {
            fn from(outer: #name #types) -> Self {
                ::std::convert::Into::into(outer.0)
            }
        }

        impl #of ::twinbase::core::FieldType for #name #types #bounds {
            const KIND: ::twinbase::core::Kind = #of_inner::KIND;
            const NULLABLE: bool = #of_inner::NULLABLE;
            const MANY: bool = #of_inner::MANY;
            const VALUES: &'static [&'static str] = #of_inner::VALUES;
        }
    })
}

/// An enum is the texts that serde makes of its variants.
fn choice(input: &DeriveInput, data: &DataEnum) -> syn::Result<TokenStream> {
    let name = &input.ident;
    let rule = Serde::of(&input.attrs)?.rename_all;
    let mut variants = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(wrong(input));
        }
        let text = match Serde::of(&variant.attrs)?.rename {
            Some(text) => text.value(),
            None => variant_by_rule(rule.as_ref(), &variant.ident.to_string())?,
        };
        variants.push((&variant.ident, text));
    }
    let arms = variants
        .iter()
        .map(|(ident, text)| quote!(#name::#ident => #text));
    let texts = variants.iter().map(|(_, text)| text);
    if variants.is_empty() {
        return Err(wrong(input));
    }
    Ok(quote! {
        impl ::std::convert::From<#name> for ::twinbase::core::Value {
            fn from(value: #name) -> Self {
                ::std::convert::Into::into(match value { #(#arms),* })
            }
        }

        impl ::twinbase::core::FieldType for #name {
            const KIND: ::twinbase::core::Kind = ::twinbase::core::Kind::Text;
            const VALUES: &'static [&'static str] = &[#(#texts),*];
        }
    })
}
