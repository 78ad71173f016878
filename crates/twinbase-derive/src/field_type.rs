//! `#[derive(FieldType)]`: a newtype as the type of a column.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields};

pub(crate) fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let name = &input.ident;
    let wrong = || {
        Error::new_spanned(
            name,
            "a column type is a struct around one other: `struct Title(String)`",
        )
    };
    let Data::Struct(data) = &input.data else {
        return Err(wrong());
    };
    let Fields::Unnamed(fields) = &data.fields else {
        return Err(wrong());
    };
    let mut fields = fields.unnamed.iter();
    let (Some(inner), None) = (fields.next(), fields.next()) else {
        return Err(wrong());
    };
    let inner = &inner.ty;
    let (of, types, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        impl #of ::std::convert::From<#name #types> for ::twinbase::core::Value #bounds {
            fn from(outer: #name #types) -> Self {
                ::std::convert::Into::into(outer.0)
            }
        }

        impl #of ::twinbase::core::FieldType for #name #types #bounds {
            const KIND: ::twinbase::core::Kind = <#inner as ::twinbase::core::FieldType>::KIND;
            const NULLABLE: bool = <#inner as ::twinbase::core::FieldType>::NULLABLE;
        }
    })
}
