//! By which rules strings are compared: MongoDB's `collation`, with the rules of ICU4X.
//!
//! A collation is read from MongoDB's document, options that are left out being refused by name. Its strength is 1 or 2: then
//! the key of a string is what the rules make of it at that strength, and equal strings have equal keys. So everything that
//! compares keys (filters, sorts, groups, indexes) follows the collation without knowing of it.

mod locales;

use bson::{Bson, Document, doc};
use icu_collator::options::CollatorOptions;
use icu_collator::{CollatorBorrowed, CollatorPreferences};
use icu_locale_core::Locale;

use crate::Error;
use crate::error::invalid;

/// How much of strings is compared; what MongoDB's `strength` 1 and 2 mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// 1: letters alone; `resume`, `Résumé` and `RESUME` are equal.
    Primary,
    /// 2: letters and accents, not case; `resume` and `RESUME` are equal, `résumé` is not.
    Secondary,
}

impl Strength {
    /// MongoDB's number.
    pub fn number(self) -> i32 {
        match self {
            Self::Primary => 1,
            Self::Secondary => 2,
        }
    }
}

/// By which language's rules strings are compared, and how much of them.
///
/// Names of fields, patterns and parts of strings (`$regex`, `$split`, `$indexOfCP`) are compared byte by byte, as in MongoDB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collation {
    locale: &'static str,
    strength: Strength,
}

impl Collation {
    /// The collation of a locale, by the name that MongoDB's manual lists: `en`, `fr_CA`.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a locale that is not in that list, or has no rules here.
    pub fn new(locale: &str, strength: Strength) -> Result<Self, Error> {
        let locale =
            locales::known(locale).ok_or_else(|| unsupported(&format!("locale {locale:?}")))?;
        let collation = Self { locale, strength };
        // What cannot be made is refused here, and not in the middle of a query.
        collation.rules()?;
        Ok(collation)
    }

    /// Reads MongoDB's document. `None` is the simple collation, which compares bytes.
    ///
    /// # Errors
    /// [`Error::InvalidQuery`] for what MongoDB refuses too, [`Error::Unsupported`] for a strength above 2 (3 is MongoDB's default)
    /// and for every other option that changes a comparison.
    pub fn parse(document: &Document) -> Result<Option<Self>, Error> {
        let refuse = |reason: &str| invalid("collation", "", reason);
        let locale = match document.get("locale") {
            Some(Bson::String(locale)) => locale,
            Some(_) => return Err(refuse("locale is a string")),
            None => return Err(refuse("needs a locale")),
        };
        if locale == "simple" {
            return if document.len() == 1 {
                Ok(None)
            } else {
                Err(refuse("the simple locale has no other options"))
            };
        }
        for (name, value) in document {
            match (name.as_str(), value) {
                ("locale" | "strength", _)
                | ("caseLevel" | "numericOrdering", Bson::Boolean(false)) => {}
                ("caseFirst", Bson::String(first)) if first == "off" => {}
                (
                    "caseLevel" | "numericOrdering" | "caseFirst" | "alternate" | "maxVariable"
                    | "normalization" | "backwards" | "version",
                    _,
                ) => return Err(unsupported(name)),
                _ => return Err(refuse(&format!("{name} is no option"))),
            }
        }
        let strength = match document.get("strength") {
            None => Some(3),
            Some(Bson::Int32(n)) => Some(i64::from(*n)),
            Some(Bson::Int64(n)) => Some(*n),
            Some(Bson::Double(n)) => [1_i32, 2, 3, 4, 5]
                .into_iter()
                .find(|whole| f64::from(*whole).total_cmp(n).is_eq())
                .map(i64::from),
            Some(_) => None,
        };
        let strength = match strength {
            Some(1) => Strength::Primary,
            Some(2) => Strength::Secondary,
            Some(n @ 3..=5) => return Err(unsupported(&format!("strength {n}"))),
            _ => return Err(refuse("strength is a number from 1 to 5")),
        };
        Self::new(locale, strength).map(Some)
    }

    /// MongoDB's document, from which [`Collation::parse`] makes the same collation.
    pub fn to_document(&self) -> Document {
        doc! { "locale": self.locale, "strength": self.strength.number() }
    }

    /// The locale, by MongoDB's name.
    pub fn locale(&self) -> &str {
        self.locale
    }

    /// How much of strings is compared.
    pub fn strength(&self) -> Strength {
        self.strength
    }

    /// The rules, which are a part of the program.
    pub(crate) fn rules(&self) -> Result<CollatorBorrowed<'static>, Error> {
        let unknown = || unsupported(&format!("locale {:?}", self.locale));
        let locale: Locale = self
            .locale
            .replace('_', "-")
            .parse()
            .map_err(|_| unknown())?;
        let mut options = CollatorOptions::default();
        options.strength = Some(match self.strength {
            Strength::Primary => icu_collator::options::Strength::Primary,
            Strength::Secondary => icu_collator::options::Strength::Secondary,
        });
        CollatorBorrowed::try_new(CollatorPreferences::from(&locale), options)
            .map_err(|_| unknown())
    }
}

fn unsupported(what: &str) -> Error {
    Error::Unsupported {
        operator: format!("collation with {what}"),
        path: String::new(),
    }
}
