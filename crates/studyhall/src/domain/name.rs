//! Names of users: what one may choose, how one may be typed, and when two are one.

use std::{collections::HashSet, fmt::Write as _, sync::LazyLock};

use icu_casemap::CaseMapper;
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup},
};
use sha2::{Digest as _, Sha256};
use unicode_normalization::UnicodeNormalization as _;

twinbase_web::text! {
    /// A user's name: letters, marks and digits of any script, and . - _; nothing that cannot be seen. Two names that differ
    /// in letter case, or that look alike, are one.
    pub struct Username: Rules::of(3, 30).composed().and(check_name);
    /// A name as somebody typed it, to find whose it is: also one of before, when names were other than today.
    pub struct TypedName: Rules::of(1, 64).composed();
}

/// Words that stand for the service, for those who run it, or for a page of it.
const RESERVED: &str = "about account admin administrator all anonymous api assets board bot day deleted everybody everyone \
    forms friends guest health help home info leaderboard live login logout mail me messages metrics mod moderator \
    moderators new nobody none noreply null official operations operator operators owner points postmaster privacy \
    profile reports root search security sessions settings signup staff status studyhall support sync system team \
    terms todos twinbase undefined user users webmaster www you";

/// More marks on one letter are drawn over the lines around it. Unicode's Technical Standard 39 says 4.
const MOST_MARKS: usize = 4;

static RESERVED_KEYS: LazyLock<HashSet<String>> =
    LazyLock::new(|| RESERVED.split(' ').map(look).collect());

fn check_name(name: &str) -> Result<(), &'static str> {
    let group = |c| CodePointMapData::<GeneralCategory>::new().get(c);
    let is_mark = |c| GeneralCategoryGroup::Mark.contains(group(c));
    let is_letter_or_digit = |c| {
        let letters = GeneralCategoryGroup::Letter;
        letters.contains(group(c)) || group(c) == GeneralCategory::DecimalNumber
    };
    let invisible = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let fits = |c| {
        let is_shown = is_letter_or_digit(c) || is_mark(c) || matches!(c, '.' | '-' | '_');
        is_shown && !invisible.contains(c)
    };
    if !name.chars().all(fits) {
        return Err("may have letters, digits and . - _ only");
    }
    // A mark with nothing before it would be drawn over what is shown before the name.
    if name.chars().next().is_some_and(is_mark) || !name.chars().any(is_letter_or_digit) {
        return Err("must have a letter or a digit, and no mark in front of the first");
    }
    let marks = name
        .split(|c| !is_mark(c))
        .map(|marks| marks.chars().count());
    if marks.max().is_some_and(|most| most > MOST_MARKS) {
        return Err("has too many marks on one letter");
    }
    if RESERVED_KEYS.contains(&look(name)) {
        return Err("is reserved; choose another");
    }
    Ok(())
}

/// A name without letter case and without forms of the same letter: two names that fold to the same are one.
///
/// Names are folded here and never by a database, whose locale may fold other letters to these.
fn fold(name: &str) -> String {
    let composed: String = name.nfkc().collect();
    CaseMapper::new().fold_string(&composed).nfkc().collect()
}

/// What a name looks like, as far as Unicode's Technical Standard 39 knows, whatever the letter case.
fn look(name: &str) -> String {
    fold(&skeleton(&fold(name)))
}

fn skeleton(name: &str) -> String {
    unicode_security::skeleton(name).collect()
}

impl Username {
    /// The name without letter case; see [`TypedName::folded`].
    pub fn folded(&self) -> String {
        fold(self)
    }

    /// The name as one that was typed.
    pub fn typed(&self) -> TypedName {
        TypedName(self.0.clone())
    }
}

/// What no two names may have in common, hashed so that one that is kept free tells nobody what it was: the folded name
/// first, then how it looks whatever the letter case, and how it looks as it is (`KarI` is no `Karl`).
pub(super) fn keys(name: &str) -> [String; 3] {
    [
        hash("name", &fold(name)),
        hash("look", &look(name)),
        hash("shown", &skeleton(&name.nfkc().collect::<String>())),
    ]
}

impl TypedName {
    /// The name without letter case: names that fold to the same are one.
    pub fn folded(&self) -> String {
        fold(self)
    }

    /// The key of whoever has this name.
    pub(super) fn key(&self) -> String {
        hash("name", &self.folded())
    }
}

fn hash(kind: &str, text: &str) -> String {
    let mut key = format!("{kind}:");
    for byte in Sha256::digest(text) {
        let _ = write!(key, "{byte:02x}");
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Username {
        Username::parse(text).expect("it is a name")
    }

    fn collide(a: &str, b: &str) -> bool {
        let (a, b) = (keys(&name(a)), keys(&name(b)));
        a.iter().zip(&b).any(|(a, b)| a == b)
    }

    #[test]
    fn names_of_every_script_have_3_to_30_characters() {
        for good in [
            "Ada_L.1-x",
            "Ädä",
            "Юлія",
            "नितिन",
            "さくら",
            "مريم",
            "٣٤٥",
            "e\u{301}va",
        ] {
            assert!(Username::parse(good).is_ok(), "{good}");
        }
        assert_eq!(&*name("e\u{301}va"), "\u{e9}va");
        assert!(
            Username::parse(&"n\u{303}\u{331}".repeat(30)).is_ok(),
            "30 characters of 3"
        );
        for bad in ["", "ab", "नि", &"a".repeat(31), &"a".repeat(10_000)] {
            assert!(Username::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_cannot_be_seen_or_is_no_letter_is_in_no_name() {
        for bad in [
            "a b c",
            "ada@",
            "a\0da",
            "ada\n",
            "a\u{200b}da",
            "a\u{200d}da",
            "\u{202e}ada",
            "\u{2066}ada",
            "\u{feff}ada",
            "a\u{ad}da",
            "ad\u{3164}a",
            "ad\u{115f}a",
            "ada\u{fe0f}",
            "a\u{34f}da",
            "ada😀",
            "ada/x",
            "a?b",
            "a%20b",
            "<b>x",
            "\u{301}ada",
            "...",
            "-_-",
            "ⅠⅡⅢ",
            "ada\u{e000}",
        ] {
            assert!(Username::parse(bad).is_err(), "{bad:?}");
        }
        for marks in [5, 1_000] {
            let tower = format!("ada{}", "\u{317}".repeat(marks));
            assert!(Username::parse(&tower).is_err(), "{marks}");
        }
    }

    #[test]
    fn names_that_fold_or_look_alike_are_one() {
        for (a, b) in [
            ("ada", "ADA"),
            ("ada", "\u{430}d\u{430}"),
            ("ADA", "\u{430}d\u{430}"),
            ("ada", "ａｄａ"),
            ("bob", "b0b"),
            ("Karl", "KarI"),
            ("Karl", "Kar1"),
            ("Straße", "STRASSE"),
            ("ΣΑΣ", "σας"),
            ("e\u{301}va", "\u{c9}VA"),
            ("modern", "rnodern"),
            ("\u{13a0}\u{13a1}\u{13a2}", "\u{ab70}\u{ab71}\u{ab72}"),
        ] {
            assert!(collide(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("ada", "adam"),
            ("kai", "kal"),
            ("eva", "éva"),
            ("anna", "änna"),
        ] {
            assert!(!collide(a, b), "{a} {b}");
        }
    }

    #[test]
    fn a_reserved_word_is_no_name_however_it_is_written() {
        for bad in [
            "admin",
            "Root",
            "SUPPORT",
            "\u{430}dmin",
            "adrnin",
            "ｍｅｓｓａｇｅｓ",
            "r00t",
        ] {
            assert!(Username::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_of_before_can_be_typed() {
        assert!(TypedName::parse("x").is_ok() && TypedName::parse("admin").is_ok());
        assert_eq!(
            TypedName::parse("ＡＤＡ").expect("a name").key(),
            keys("ada")[0]
        );
        assert!(TypedName::parse(&"a".repeat(65)).is_err());
    }
}
