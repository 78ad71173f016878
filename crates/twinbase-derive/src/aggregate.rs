//! `#[derive(Aggregate)]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{DeriveInput, Error, LitStr, Path, Visibility};

use crate::{
    columns::{self, Column, Role},
    index::Index,
    text::Text,
};

/// What `#[aggregate(..)]` says of the struct.
#[derive(Default)]
struct Said {
    name: Option<LitStr>,
    table: Option<LitStr>,
    collection: Option<LitStr>,
    indexes: Vec<Index>,
    text: Option<Text>,
    uniques: Vec<Index>,
    /// Where `twinbase::core` is.
    root: Option<Path>,
}

impl Said {
    fn root(&self) -> Path {
        let usual = || syn::parse_quote!(::twinbase::core);
        self.root.clone().unwrap_or_else(usual)
    }
}

pub(crate) fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let said = said(input)?;
    let columns = columns::of(input)?;
    let schema = schema(input, &said, &columns)?;
    let root = said.root();
    let constants = constants(input, &columns, &root);
    let new_row = new_row(input, &columns, &root);
    let change = change(input, &columns, &root);
    Ok(quote! { #schema #constants #new_row #change })
}

fn said(input: &DeriveInput) -> syn::Result<Said> {
    let mut said = Said::default();
    let of_aggregate = input
        .attrs
        .iter()
        .filter(|of| of.path().is_ident("aggregate"));
    for attribute in of_aggregate {
        attribute.parse_nested_meta(|meta| {
            let place = match meta.path.get_ident().map(ToString::to_string).as_deref() {
                Some("name") => &mut said.name,
                Some("table") => &mut said.table,
                Some("collection") => &mut said.collection,
                Some("crate") => {
                    said.root = Some(meta.value()?.call(Path::parse_mod_style)?);
                    return Ok(());
                }
                Some(what @ ("index" | "unique")) => {
                    let inside;
                    syn::parenthesized!(inside in meta.input);
                    let kind = if what == "index" { &mut said.indexes } else { &mut said.uniques };
                    kind.push(inside.parse()?);
                    return Ok(());
                }
                Some("text") => {
                    let inside;
                    syn::parenthesized!(inside in meta.input);
                    let text: Text = inside.parse()?;
                    if said.text.is_some() {
                        return Err(Error::new_spanned(text.name, "a collection has one text index at most"));
                    }
                    said.text = Some(text);
                    return Ok(());
                }
                _ => {
                    let known = "of an aggregate there are `name`, `table`, `collection`, `index(..)`, `text(..)` \
                                 and `unique(..)`";
                    return Err(meta.error(known));
                }
            };
            *place = Some(meta.value()?.parse()?);
            Ok(())
        })?;
    }
    Ok(said)
}

fn schema(input: &DeriveInput, said: &Said, columns: &[Column<'_>]) -> syn::Result<TokenStream> {
    let (of, root) = (&input.ident, said.root());
    let missing = |what: &str| {
        let reason = format!("say its {what}: `#[aggregate({what} = \"..\")]`");
        Error::new_spanned(of, reason)
    };
    let name = said.name.as_ref().ok_or_else(|| missing("name"))?;
    let table = said.table.as_ref().ok_or_else(|| missing("table"))?;
    let collection = said.collection.as_ref().unwrap_or(table);
    let fields = columns.iter().map(|column| {
        let (of, named, name) = (column.of, &column.named, &column.name);
        if column.role == Role::Key {
            let kind = column.key_kind.as_ref();
            let kind = kind.map_or_else(|| quote!(Text), |kind| quote!(#kind));
            quote!(#root::Field::key_of(#named, #root::Kind::#kind))
        } else {
            quote!(#root::Field::of::<#of>(#named, #name))
        }
    });
    let indexes = said.indexes.iter().map(|index| {
        let (name, keys) = index.resolved(columns)?;
        let keys = keys.iter().map(|(key, way)| quote!((#key, #way)));
        Ok(quote!(#root::Index::new(#name, [#(#keys),*])))
    });
    let indexes = indexes.collect::<syn::Result<Vec<_>>>()?;
    let text = said.text.iter().map(|text| {
        let made = text.expression(columns, &root)?;
        Ok(quote!(.with_text(#made)))
    });
    let text = text.collect::<syn::Result<Vec<_>>>()?;
    let uniques = said.uniques.iter().map(|unique| {
        let (name, columns) = unique.columns(columns)?;
        Ok(quote!(#root::Unique::new(#name, [#(#columns),*])))
    });
    let uniques = uniques.collect::<syn::Result<Vec<_>>>()?;
    Ok(quote! {
        impl #root::Aggregate for #of {
            fn schema() -> &'static ::std::sync::Arc<#root::Schema> {
                static SCHEMA: #root::SharedSchema = ::std::sync::LazyLock::new(|| {
                    let table = #root::Table::new(#table, [#(#fields),*]);
                    #root::Schema::new(#name, table, #collection)
                        .with_indexes([#(#indexes),*])
                        .with_uniques([#(#uniques),*])
                        #(#text)*
                        .into()
                });
                &SCHEMA
            }
        }
    })
}

fn constants(input: &DeriveInput, columns: &[Column<'_>], root: &Path) -> TokenStream {
    let of = &input.ident;
    let constants = columns.iter().map(|column| {
        let (visibility, constant, kind) = (shown(input, column), column.constant(), column.of);
        let named = &column.named;
        let doc = format!("The column `{named}`.");
        quote! {
            #[doc = #doc]
            #visibility const #constant: #root::Column<Self, #kind> =
                #root::Column::new(#named);
        }
    });
    quote! {
        impl #of { #(#constants)* }
    }
}

/// A column is shown to whom its field is shown.
fn shown<'a>(input: &'a DeriveInput, column: &Column<'a>) -> &'a Visibility {
    match column.visibility {
        Visibility::Inherited => column.visibility,
        _ if matches!(input.vis, Visibility::Inherited) => &input.vis,
        visibility => visibility,
    }
}

fn new_row(input: &DeriveInput, columns: &[Column<'_>], root: &Path) -> TokenStream {
    let of = &input.ident;
    let set = columns.iter().map(|column| {
        let (constant, field) = (column.constant(), column.field);
        quote!(Self::#constant.set(::std::clone::Clone::clone(&self.#field)))
    });
    quote! {
        impl #root::NewRow for #of {
            type Aggregate = Self;

            fn row(&self) -> ::std::vec::Vec<#root::schema::Assignment<Self>> {
                ::std::vec![#(#set),*]
            }
        }
    }
}

fn change(input: &DeriveInput, columns: &[Column<'_>], root: &Path) -> TokenStream {
    let (of, visibility) = (&input.ident, &input.vis);
    let free: Vec<_> = columns.iter().filter(|of| of.role == Role::Free).collect();
    if free.is_empty() {
        return TokenStream::new();
    }
    let change = format_ident!("{of}Change");
    let doc = format!("A change of a [`{of}`]: `None` leaves a field as it is.");
    let fields = free.iter().map(|column| {
        let (docs, visibility) = (&column.docs, column.visibility);
        let (field, kind) = (column.field, column.of);
        quote!(#(#docs)* #visibility #field: ::std::option::Option<#kind>)
    });
    let assigned = free.iter().map(|column| {
        let (field, constant) = (column.field, column.constant());
        quote! {
            let changed = self.#field.as_ref().filter(|new| {
                #root::schema::is_change(*new, &current.#field)
            });
            set.extend(changed.map(|new| #of::#constant.set(::std::clone::Clone::clone(new))));
        }
    });
    let updated = columns.iter().find(|of| of.role == Role::Updated);
    let touched = updated.map(|column| {
        let constant = column.constant();
        quote! {
            if !set.is_empty() {
                set.push(#of::#constant.set(now));
            }
        }
    });
    quote! {
        #[doc = #doc]
        #[derive(::std::fmt::Debug, ::std::clone::Clone, ::std::default::Default)]
        #visibility struct #change { #(#fields),* }

        impl #root::change::Change for #change {
            type Aggregate = #of;

            fn assignments(
                &self,
                current: &#of,
                now: #root::Timestamp,
            ) -> ::std::vec::Vec<#root::schema::Assignment<#of>> {
                let (mut set, _) = (::std::vec::Vec::new(), now);
                #(#assigned)*
                #touched
                set
            }
        }
    }
}
