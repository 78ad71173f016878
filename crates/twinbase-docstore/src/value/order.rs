//! How strings are ordered: byte by byte, or by a collation.

use std::sync::Arc;

use bson::Document;
use icu_collator::CollatorBorrowed;

use crate::{Collation, Error};

/// The order of strings, which is a part of the order of values. The default is that of bytes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Order(Option<Arc<Collated>>);

#[derive(Debug)]
struct Collated {
    collation: Collation,
    rules: CollatorBorrowed<'static>,
}

impl PartialEq for Order {
    fn eq(&self, other: &Self) -> bool {
        self.collation() == other.collation()
    }
}

impl Order {
    pub(crate) fn new(collation: Option<&Collation>) -> Result<Self, Error> {
        let collated = |collation: &Collation| {
            Ok(Arc::new(Collated {
                collation: collation.clone(),
                rules: collation.rules()?,
            }))
        };
        collation.map(collated).transpose().map(Self)
    }

    /// The order whose collation was written by [`Order::to_bytes`].
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, crate::fault::Fault> {
        let document = Document::from_reader(bytes)?;
        Ok(Self::new(Collation::parse(&document)?.as_ref())?)
    }

    /// `None` for the order of bytes.
    pub(crate) fn to_bytes(&self) -> Option<Vec<u8>> {
        let document = self.collation()?.to_document();
        // A string and a number can always be written; nothing at all would be refused by the reader.
        Some(document.to_vec().unwrap_or_default())
    }

    /// Tells the rules of one version of this program from those of another: what they make of the letters of most alphabets and of the
    /// common Han characters. `None` for the order of bytes, which never changes.
    pub(crate) fn fingerprint(&self) -> Option<i64> {
        let characters = ('\u{20}'..'\u{3400}').chain('\u{4e00}'..'\u{a000}');
        let key = self.key_of_text(&characters.collect::<String>())?;
        // FNV-1a: it is the same on every machine.
        let hash = key.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Some(hash.cast_signed())
    }

    pub(crate) fn collation(&self) -> Option<&Collation> {
        self.0.as_ref().map(|collated| &collated.collation)
    }

    /// Whether strings are ordered by their bytes.
    pub(crate) fn is_simple(&self) -> bool {
        self.0.is_none()
    }

    /// The bytes by which a string is ordered, if they are not its own.
    pub(super) fn key_of_text(&self, text: &str) -> Option<Vec<u8>> {
        let collated = self.0.as_ref()?;
        let mut key = Vec::with_capacity(text.len() + 8);
        let Ok(()) = collated.rules.write_sort_key_to(text, &mut key);
        Some(key)
    }
}
