//! The hash of a mapping: FNV-1a of 64 bits, written out so that it is the same in every build.

use super::Schema;

const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// What ends each part, so that `a, bc` and `ab, c` differ. No name contains it.
const END: u8 = 0;

/// The hash of a schema's mapping.
pub(super) fn of(schema: &Schema) -> i64 {
    let key = schema.table.fields.iter().find(|field| field.key);
    let head = [
        schema.table.name.as_ref(),
        key.map_or("", |field| field.column.as_ref()),
    ];
    let fields = schema.mapped().flat_map(|(field, name)| {
        let null = if field.nullable { "null" } else { "" };
        let many = field.many.then_some("many");
        let values = field.values.iter().map(AsRef::as_ref);
        let said = [field.column.as_ref(), name, field.kind.name(), null];
        said.into_iter().chain(many).chain(values)
    });
    head.into_iter()
        .chain(fields)
        .fold(OFFSET_BASIS, |hash, part| {
            let bytes = part.bytes().chain([END]);
            bytes.fold(hash, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(PRIME)
            })
        })
        .cast_signed()
}

#[cfg(test)]
mod tests {
    use super::{super::Table, *};
    use crate::{Field, Kind};

    fn id() -> Field {
        Field::key("id")
    }

    fn title() -> Field {
        Field::new("title", "title", Kind::Text)
    }

    fn schema<const N: usize>(fields: [Field; N]) -> Schema {
        Schema::new("todo", Table::new("todos", fields), "todos")
    }

    #[test]
    fn the_hash_of_a_mapping_never_changes() {
        // Events in databases carry it.
        assert_eq!(of(&schema([id(), title()])), -5_428_648_435_576_552_729);
    }

    #[test]
    fn whatever_changes_a_document_changes_the_hash() {
        let points = || Field::new("points", "points", Kind::Int32);
        let schemas = [
            schema([id(), title()]),
            schema([id(), title(), points()]),
            schema([id(), points(), title()]),
            schema([id(), title().nullable()]),
            schema([id(), Field::new("title", "name", Kind::Text)]),
            schema([id(), Field::new("name", "title", Kind::Text)]),
            schema([id(), Field::new("title", "title", Kind::Json)]),
            schema([Field::key("uid"), title()]),
            schema([Field::key_of("id", Kind::Int64), title()]),
            schema([id(), title().many()]),
            schema([id(), title().one_of(["a", "b"])]),
        ];
        let mut hashes: Vec<i64> = schemas.iter().map(of).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), schemas.len());
    }

    #[test]
    fn a_private_column_and_an_index_are_no_part_of_it() {
        let private = schema([id(), title(), Field::private("secret", Kind::Text)]);
        assert_eq!(of(&private), of(&schema([id(), title()])));
    }
}
