//! Schemas as the primary keeps them, so that a program that is not the application knows its aggregates.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{Kind, Language, Schema};

impl Schema {
    /// The schema as text; read back by [`Schema::read`].
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// A schema from its text, if that makes documents by the mapping of this hash ([`Schema::mapping_hash`]): `None` when it says what this
    /// version does not know, because a part of a mapping makes other documents.
    pub fn read(text: &str, mapping: i64) -> Option<Self> {
        let schema: Self = serde_json::from_str(text).ok()?;
        (schema.mapping_hash() == mapping).then_some(schema)
    }
}

/// What is kept by its name.
macro_rules! by_name {
    ($($of:ty),+) => {
        $(impl Serialize for $of {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                self.name().serialize(to)
            }
        }

        impl<'de> Deserialize<'de> for $of {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let name = String::deserialize(from)?;
                Self::parse(&name).ok_or_else(|| D::Error::custom("is not known to this version"))
            }
        })+
    };
}

by_name!(Kind, Language);

#[cfg(test)]
mod tests {
    use super::{super::Table, *};
    use crate::{Field, Index, TextIndex, Unique};

    fn schema() -> Schema {
        let fields = [
            Field::key("id"),
            Field::new("name", "name", Kind::Text).one_of(["a", "b"]),
            Field::new("tags", "tags", Kind::Text).many(),
            Field::new("at", "at", Kind::Timestamp).nullable(),
            Field::private("secret", Kind::Bytes),
        ];
        Schema::new("thing", Table::new("things", fields), "things")
            .with_indexes([Index::new("by_name", [("name", 1), ("at", -1)])])
            .with_text(TextIndex::new("words", [("name", 2)]))
            .with_uniques([Unique::new("things_name", ["name"])])
    }

    #[test]
    fn what_is_kept_is_read_back() {
        let schema = schema();
        let read = Schema::read(&schema.to_text(), schema.mapping_hash());
        assert_eq!(read, Some(schema));
    }

    #[test]
    fn what_another_version_kept_is_not_read_in_part() {
        let (text, hash) = (schema().to_text(), schema().mapping_hash());
        let newer_kind = text.replace("\"timestamp\"", "\"interval\"");
        let newer_part = text.replacen('{', "{\"joined\":[],", 1);
        for newer in [&*newer_kind, &newer_part, "", "{}"] {
            assert_eq!(Schema::read(newer, hash), None, "{newer}");
        }
        assert_eq!(Schema::read(&text, hash + 1), None);
    }
}
