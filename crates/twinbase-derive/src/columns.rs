//! The fields of a struct as columns.

use quote::format_ident;
use syn::{Attribute, Data, DeriveInput, Error, Fields, Ident, LitStr, Meta, Type, Visibility};

use crate::rename::{Serde, by_rule};

/// One field.
pub(crate) struct Column<'a> {
    pub(crate) field: &'a Ident,
    pub(crate) visibility: &'a Visibility,
    pub(crate) of: &'a Type,
    pub(crate) docs: Vec<&'a Attribute>,
    /// The column's name.
    pub(crate) named: String,
    /// The name in documents.
    pub(crate) name: String,
    pub(crate) role: Role,
    /// The kind of the key's column, where it is no text.
    pub(crate) key_kind: Option<Ident>,
    /// Whether it is in no document.
    pub(crate) private: bool,
}

/// What a column is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Key,
    /// It is given once.
    Fixed,
    /// The time of the last change.
    Updated,
    Free,
}

impl Column<'_> {
    /// The name of its constant.
    pub(crate) fn constant(&self) -> Ident {
        let name = self.field.to_string().to_ascii_uppercase();
        format_ident!(
            "{}",
            name.trim_start_matches("R#"),
            span = self.field.span()
        )
    }

    /// Its name in an index.
    pub(crate) fn key(&self) -> &str {
        if self.role == Role::Key {
            "_id"
        } else {
            &self.name
        }
    }
}

/// The columns of a struct with named fields.
pub(crate) fn of(input: &DeriveInput) -> syn::Result<Vec<Column<'_>>> {
    if let Some(parameter) = input.generics.params.first() {
        return Err(Error::new_spanned(
            parameter,
            "an aggregate has no parameters",
        ));
    }
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(&input.ident, "an aggregate is a struct"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new_spanned(
            &input.ident,
            "an aggregate has named fields",
        ));
    };
    let rule = Serde::of(&input.attrs)?.rename_all;
    let columns: syn::Result<Vec<_>> = fields
        .named
        .iter()
        .map(|field| column(field, rule.as_ref()))
        .collect();
    let columns = columns?;
    let mut keys = columns.iter().filter(|column| column.role == Role::Key);
    match (keys.next(), keys.next()) {
        (None, _) => {
            let reason = "one field is the id of the aggregate: mark it with `#[key]`";
            Err(Error::new_spanned(&input.ident, reason))
        }
        (_, Some(second)) => {
            let reason = "an aggregate has one key, and it is one column";
            Err(Error::new_spanned(second.field, reason))
        }
        (Some(key), None) if key.name != "id" => {
            let reason =
                "the key is `id` in events: name the field so, or `#[serde(rename = \"id\")]`";
            Err(Error::new_spanned(key.field, reason))
        }
        _ => Ok(columns),
    }
}

fn column<'a>(field: &'a syn::Field, rename: Option<&LitStr>) -> syn::Result<Column<'a>> {
    let ident = field.ident.as_ref();
    let ident = ident.ok_or_else(|| Error::new_spanned(field, "an aggregate has named fields"))?;
    let serde = Serde::of(&field.attrs)?;
    if serde.skip != is_private(&field.ty) {
        let reason = if serde.skip {
            "what is not in documents is a `Private<..>`"
        } else {
            "a private column is in no document: mark it with `#[serde(skip)]`"
        };
        return Err(Error::new_spanned(field, reason));
    }
    let plain = ident.to_string().trim_start_matches("r#").to_owned();
    let name = match &serde.rename {
        Some(name) => name.value(),
        None => by_rule(rename, &plain)?,
    };
    let (mut role, mut column, mut key_kind) = (Role::Free, None, None);
    for attribute in &field.attrs {
        let path = attribute.path();
        let roles = [
            ("key", Role::Key),
            ("fixed", Role::Fixed),
            ("created", Role::Fixed),
            ("updated", Role::Updated),
        ];
        if let Some((_, of)) = roles.into_iter().find(|(name, _)| path.is_ident(name)) {
            if let (Role::Key, Meta::List(list)) = (of, &attribute.meta) {
                key_kind = Some(key_of(&list.parse_args()?)?);
            } else {
                attribute.meta.require_path_only()?;
            }
            if role != Role::Free {
                return Err(Error::new_spanned(attribute, "a column has one role"));
            }
            role = of;
        } else if path.is_ident("aggregate") {
            attribute.parse_nested_meta(|meta| {
                if !meta.path.is_ident("column") {
                    return Err(meta.error("of a field there is `column = \"..\"`"));
                }
                column = Some(meta.value()?.parse::<LitStr>()?.value());
                Ok(())
            })?;
        }
    }
    Ok(Column {
        field: ident,
        visibility: &field.vis,
        of: &field.ty,
        docs: field
            .attrs
            .iter()
            .filter(|of| of.path().is_ident("doc"))
            .collect(),
        named: column.unwrap_or(plain),
        name,
        role,
        key_kind,
        private: serde.skip,
    })
}

/// `#[key(int64)]`: the kind of the key's column.
fn key_of(said: &Ident) -> syn::Result<Ident> {
    let kind = match said.to_string().as_str() {
        "text" => "Text",
        "uuid" => "Uuid",
        "int32" => "Int32",
        "int64" => "Int64",
        _ => {
            let reason = "the column of a key is `text`, `uuid`, `int32` or `int64`";
            return Err(Error::new_spanned(said, reason));
        }
    };
    Ok(Ident::new(kind, said.span()))
}

/// Whether the type is written as `Private<..>`; one behind an alias is not recognized, and does not compile.
fn is_private(of: &Type) -> bool {
    let Type::Path(path) = of else { return false };
    let last = path.path.segments.last();
    last.is_some_and(|last| last.ident == "Private")
}
