//! Texts that people give, parsed once at the boundary: what is in one of these types can be stored and shown.

use std::borrow::Cow;

use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

/// Why a text is not accepted; for the person who sent it, and without the text itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(String);

impl Invalid {
    /// A reason, as the end of a sentence that begins with the field's name.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// What a text must be: lengths in characters, none of them a control character unless a rule allows it.
///
/// A character is what a reader takes for one: an extended grapheme cluster of Unicode's Annex 29, in every limit, every
/// message, and the OpenAPI document.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    least: usize,
    most: usize,
    trimmed: bool,
    lines: bool,
    form: Form,
    also: Option<Also>,
}

/// A character may have any number of code points. A text has at most so many for each of its characters: enough for an
/// emoji of a family, too few to hide a book in one letter.
const CODE_POINTS: usize = 8;

/// What a character of free text keeps of its code points: a syllable of Tibetan, Hebrew with its accents and every emoji have fewer. A
/// tower of marks would be drawn over the lines around it.
const KEPT_CODE_POINTS: usize = 16;

/// What is made of a text before anything is counted.
#[derive(Debug, Clone, Copy)]
enum Form {
    AsSent,
    Composed,
    Cleaned,
}

#[derive(Debug, Clone, Copy)]
struct Also {
    check: fn(&str) -> Result<(), &'static str>,
    format: Option<&'static str>,
}

impl Rules {
    /// A text of `least` to `most` characters.
    pub const fn of(least: usize, most: usize) -> Self {
        Self {
            least,
            most,
            trimmed: false,
            lines: false,
            form: Form::AsSent,
            also: None,
        }
    }

    /// Without space around it, which is removed before anything is counted; of several lines the first keeps its indentation. A
    /// text that must have something is not blank, nor made of characters alone that nobody sees.
    #[must_use]
    pub const fn trimmed(self) -> Self {
        Self {
            trimmed: true,
            ..self
        }
    }

    /// With line breaks and tabs.
    #[must_use]
    pub const fn lines(self) -> Self {
        Self {
            lines: true,
            ..self
        }
    }

    /// With letters composed (Unicode's NFC) before anything is counted.
    #[must_use]
    pub const fn composed(self) -> Self {
        Self {
            form: Form::Composed,
            ..self
        }
    }

    /// Brought into one form before anything is counted: letters composed (Unicode's NFC), line breaks as `\n`, and
    /// control characters removed instead of refused, those that break or indent a line made a space where there is one line. Marks
    /// in a tower over a letter are removed. For free text, which people paste from anywhere.
    #[must_use]
    pub const fn cleaned(self) -> Self {
        Self {
            form: Form::Cleaned,
            ..self
        }
    }

    /// And whatever `check` says, whose error is the end of a sentence as that of [`Invalid`] is.
    #[must_use]
    pub const fn and(self, check: fn(&str) -> Result<(), &'static str>) -> Self {
        let format = None;
        let also = Some(Also { check, format });
        Self { also, ..self }
    }

    /// A valid e-mail address as the HTML standard defines it, of at most 254 characters.
    pub const fn email() -> Self {
        let also = Some(Also {
            check: check_email,
            format: Some("email"),
        });
        Self {
            also,
            ..Self::of(3, 254)
        }
    }

    /// The text as it is kept.
    pub fn check(self, text: &str) -> Result<Cow<'_, str>, Invalid> {
        let text: String = match self.form {
            Form::AsSent => return self.checked(text).map(Cow::Borrowed),
            Form::Composed => text.nfc().collect(),
            Form::Cleaned => self.clean(text),
        };
        Ok(Cow::Owned(self.checked(&text)?.to_owned()))
    }

    fn clean(self, text: &str) -> String {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let one_line = |c: char| match c {
            '\u{2028}' | '\u{2029}' if !self.lines => ' ',
            c if c.is_control() && c.is_whitespace() && !self.allows(c) => ' ',
            c => c,
        };
        let text = text.nfc().map(one_line).filter(|c| self.allows(*c));
        let text: String = text.collect();
        if text.is_ascii() {
            return text;
        }
        let kept = text.graphemes(true);
        kept.flat_map(|of| of.chars().take(KEPT_CODE_POINTS))
            .collect()
    }

    /// PostgreSQL refuses NUL in text, and no control character belongs into what people read.
    fn allows(self, c: char) -> bool {
        !c.is_control() || (self.lines && matches!(c, '\n' | '\r' | '\t'))
    }

    fn checked(self, text: &str) -> Result<&str, Invalid> {
        let text = self.without_space_around(text);
        // Code points first: a text of megabytes is not taken apart.
        let is_short = text.chars().nth(self.most * CODE_POINTS).is_none();
        if !is_short || !(self.least..=self.most).contains(&text.graphemes(true).count()) {
            return Err(Invalid(match self.least {
                0 => format!("must have at most {} characters", self.most),
                least => format!("must have {least} to {} characters", self.most),
            }));
        }
        if self.trimmed && self.least > 0 && is_blank(text) {
            return Err(Invalid::new("must have something to read in it"));
        }
        if let Some(also) = self.also {
            (also.check)(text).map_err(Invalid::new)?;
        }
        if !text.chars().all(|c| self.allows(c)) {
            return Err(Invalid::new("must not contain control characters"));
        }
        Ok(text)
    }

    fn without_space_around(self, text: &str) -> &str {
        match (self.trimmed, self.lines) {
            (false, _) => text,
            (true, false) => text.trim(),
            (true, true) => {
                let text = text.trim_end();
                let space = text.len() - text.trim_start().len();
                let first_line = text[..space].rfind('\n').map_or(0, |end| end + 1);
                &text[first_line..]
            }
        }
    }

    /// The JSON schema of such a text. A description says what no keyword of JSON Schema can, such as the length: JSON
    /// Schema counts code points, of which a character may have several.
    pub fn schema(self, doc: &str) -> Value {
        let Self { least, most, .. } = self;
        let longest = most * CODE_POINTS;
        let length = format!("{least} to {most} characters (extended grapheme clusters).");
        let doc = format!("{}\n{length}", doc.trim());
        let mut schema = json!({
            "type": "string", "minLength": least, "maxLength": longest, "description": doc.trim(),
        });
        if let Some(format) = self.also.and_then(|also| also.format) {
            schema["format"] = format.into();
        }
        schema
    }
}

/// Whether nobody sees anything of a text: it has spaces, controls, and what Unicode lets programs ignore when they draw it.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace()
            || c.is_control()
            // Default_Ignorable_Code_Point, and the pattern of Braille without a dot.
            || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
                | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
    })
}

fn check_email(text: &str) -> Result<(), &'static str> {
    let fits = is_email(text).then_some(());
    fits.ok_or("must be an e-mail address such as ada@example.com")
}

/// <https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address>
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let atext = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    !local.is_empty() && local.chars().all(atext) && domain.split('.').all(label)
}

/// Makes types of texts by [`Rules`], as columns, fields of documents and fields of bodies. A document is read as it is:
/// another program may have written it by other rules.
///
/// ```
/// twinbase_web::text! {
///     /// A line.
///     pub struct Title: Rules::of(1, 200).trimmed();
/// }
/// assert_eq!(Title::parse(" a ").map(|title| title.to_string()), Ok("a".to_owned()));
/// ```
#[macro_export]
macro_rules! text {
    ($($(#[doc = $doc:literal])* $visibility:vis struct $name:ident: Rules::$first:ident($($value:tt)*) $(.$rule:ident($($more:expr),*))*;)*) => {$(
        $(#[doc = $doc])*
        #[derive(
            ::std::fmt::Debug, ::std::clone::Clone, ::std::cmp::PartialEq, ::std::cmp::Eq,
            $crate::__private::FieldType, $crate::__private::Serialize, $crate::__private::Deserialize,
        )]
        #[serde(transparent, crate = "twinbase_web::__private::serde")]
        $visibility struct $name(::std::string::String);

        impl $name {
            const RULES: $crate::Rules = $crate::Rules::$first($($value)*)$(.$rule($($more),*))*;

            /// Checks a text and takes it.
            $visibility fn parse(text: &str) -> ::std::result::Result<Self, $crate::Invalid> {
                Self::RULES.check(text).map(|text| Self(text.into_owned()))
            }
        }

        /// The text.
        impl ::std::ops::Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl $crate::Part for $name {
            fn read(value: $crate::__private::Value, place: &mut $crate::Place<'_>) -> ::std::option::Option<Self> {
                place.text(&value, Self::parse)
            }

            fn schema() -> $crate::__private::Value {
                Self::RULES.schema(::std::concat!($($doc, "\n"),*))
            }
        }
    )*};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_at_and_a_domain() {
        for good in ["a@b", "ada.l+x@mail.example.com", "o'neil@example.co"] {
            assert!(Rules::email().check(good).is_ok(), "{good}");
        }
        for bad in [
            "", "ada", "@b.c", "a@", "a@b..c", "a@-b", "a b@c", "a@b@c", "ä@b", "a@b\0",
        ] {
            assert!(Rules::email().check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn text_has_no_control_characters_but_line_breaks_where_they_belong() {
        let line = Rules::of(1, 10).trimmed();
        for bad in ["a\0b", "a\nb", " \t ", "12345678901"] {
            assert!(line.check(bad).is_err(), "{bad}");
        }
        assert_eq!(line.check(" 学习 🎓 ").as_deref(), Ok("学习 🎓"));
        assert!(Rules::of(0, 10).lines().check("a\nb").is_ok());
        assert!(Rules::of(0, 10).lines().check("a\0b").is_err());
    }

    #[test]
    fn a_character_is_what_a_reader_takes_for_one() {
        let name = Rules::of(1, 2).composed();
        for good in ["e\u{301}e\u{301}", "👩‍👩‍👧‍👦🇩🇪", "नि"] {
            assert!(name.check(good).is_ok(), "{good}");
        }
        let tower = format!("a{}", "\u{317}".repeat(16));
        for bad in ["e\u{301}ab", "🇩🇪🇩🇪🇩🇪", &tower] {
            assert!(name.check(bad).is_err(), "{bad}");
        }
        assert_eq!(name.check("e\u{301}").as_deref(), Ok("é"));
        assert!(name.check("a\0").is_err(), "nothing is removed");
    }

    #[test]
    fn free_text_is_cleaned_before_it_is_counted() {
        let free = Rules::of(1, 5).lines().trimmed().cleaned();
        assert_eq!(
            free.check(" e\u{301}\0\r\nb\u{85} ").as_deref(),
            Ok(" é\nb")
        );
        assert_eq!(free.check("a\rb\tc").as_deref(), Ok("a\nb\tc"));
        assert!(free.check(" \0 \u{7f}").is_err(), "nothing is left of it");
        assert!(free.check("abcdef").is_err());
    }

    #[test]
    fn what_nobody_sees_is_blank() {
        let line = Rules::of(1, 10).trimmed().cleaned();
        let lines = line.lines();
        for bad in [
            "\u{200b}",
            "\u{3164}",
            " \u{2800}\u{2800}",
            "\u{fe0f}",
            "\u{ad}\u{2060}",
        ] {
            assert!(line.check(bad).is_err(), "{bad:?}");
            assert!(lines.check(bad).is_err(), "{bad:?}");
        }
        for good in ["\u{2764}\u{fe0f}", "a\u{200b}", "🏴\u{e0067}\u{e007f}", "⠁"] {
            assert_eq!(line.check(good).as_deref(), Ok(good));
        }
    }

    #[test]
    fn a_break_in_a_line_is_a_space_and_the_first_of_several_lines_keeps_its_indentation() {
        let line = Rules::of(1, 20).trimmed().cleaned();
        let sent = "\ta\tb\r\nc\u{85}d\u{2028}e\0f\n";
        assert_eq!(line.check(sent).as_deref(), Ok("a b c d ef"));
        let lines = line.lines();
        assert_eq!(lines.check("\n \n\t a\n  b \n").as_deref(), Ok("\t a\n  b"));
        assert!(lines.check(" \n\t ").is_err());
    }

    #[test]
    fn marks_are_kept_as_far_as_writing_needs_them() {
        let free = Rules::of(1, 10).trimmed().cleaned();
        let tower = |mark: char| format!("a{}b", String::from(mark).repeat(1_200));
        for mark in ['\u{317}', '\u{e47}', '\u{489}', '\u{200d}'] {
            let sent = tower(mark);
            let kept = free.check(&sent).expect("the rest of it is a text");
            assert!(kept.chars().count() <= 17 && kept.ends_with('b'), "{kept}");
            assert_eq!(free.check(&kept).as_deref(), Ok(&*kept));
        }
        // Tibetan with eight letters in one, Hebrew with accents, a couple of emoji, Devanagari.
        for good in [
            "ཧྐྵྨླྺྼྻྂ",
            "בְּ֭רֵאשִׁ֖",
            "👩🏽\u{200d}❤\u{fe0f}\u{200d}💋\u{200d}👨🏽",
            "क्ष्म्य",
        ] {
            let composed: String = good.nfc().collect();
            assert_eq!(free.check(good).as_deref(), Ok(&*composed));
        }
    }
}
