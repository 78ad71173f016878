//! The elements of a stored document, found by the lengths that their types have (bsonspec.org) without reading their values.

use bson::spec::ElementType;

/// The shortest document: its length and the zero at its end.
const MIN_DOCUMENT: usize = 5;

/// What is left of a document.
pub(super) struct Elements<'a>(&'a [u8]);

/// A field as it is stored.
pub(super) struct Element<'a> {
    pub(super) kind: ElementType,
    pub(super) name: &'a [u8],
    pub(super) value: &'a [u8],
}

impl<'a> Elements<'a> {
    /// Those of a document; `None` for bytes that are no whole one.
    pub(super) fn of(document: &'a [u8]) -> Option<Self> {
        let (_, elements) = document.split_first_chunk::<4>()?;
        let (end, elements) = elements.split_last()?;
        (*end == 0 && length(document) == Some(document.len())).then_some(Self(elements))
    }

    fn take(&mut self) -> Option<Element<'a>> {
        let (&kind, rest) = self.0.split_first()?;
        let kind = ElementType::from(kind)?;
        let (name, rest) = rest.split_at(rest.iter().position(|byte| *byte == 0)?);
        let rest = rest.get(1..)?;
        let (value, rest) = rest.split_at_checked(size(kind, rest)?)?;
        self.0 = rest;
        Some(Element { kind, name, value })
    }
}

/// `None` in place of an element that is broken or of a type that is rare.
impl<'a> Iterator for Elements<'a> {
    type Item = Option<Element<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.0.is_empty()).then(|| self.take())
    }
}

impl<'a> Element<'a> {
    /// A text's bytes, which may be no UTF-8.
    pub(super) fn text(&self) -> Option<&'a [u8]> {
        let text = self.value.get(4..)?.strip_suffix(&[0])?;
        (self.kind == ElementType::String).then_some(text)
    }
}

/// The bytes of a value at the beginning of `bytes`.
fn size(kind: ElementType, bytes: &[u8]) -> Option<usize> {
    match kind {
        ElementType::Null => Some(0),
        ElementType::Boolean => Some(1),
        ElementType::Int32 => Some(4),
        ElementType::Double | ElementType::Int64 | ElementType::DateTime => Some(8),
        ElementType::Decimal128 => Some(16),
        ElementType::String => length(bytes)?.checked_add(4),
        ElementType::Binary => length(bytes)?.checked_add(5),
        ElementType::EmbeddedDocument | ElementType::Array => {
            length(bytes).filter(|length| *length >= MIN_DOCUMENT)
        }
        _ => None,
    }
}

fn length(bytes: &[u8]) -> Option<usize> {
    usize::try_from(i32::from_le_bytes(*bytes.first_chunk()?)).ok()
}
