//! `$regex` with MongoDB's options, run by an engine whose time is linear in the text.

use bson::Regex;
use bson::raw::RawBsonRef;
use regex::RegexBuilder;

use super::pattern::{self, Flags};
use crate::Error;
use crate::fault::Fault;

/// The memory of one compiled pattern; enough for hundreds of alternatives, far too little to hurt.
const COMPILED_BYTES: usize = 1024 * 1024;

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern(regex::Regex);

impl Pattern {
    pub(super) fn new(regex: &Regex) -> Result<Self, Fault> {
        compile(regex).map(Self).map_err(|construct| {
            Error::Unsupported {
                operator: format!("$regex: {construct}"),
                path: String::new(),
            }
            .into()
        })
    }

    pub(super) fn accepts(&self, value: RawBsonRef<'_>) -> bool {
        match value {
            RawBsonRef::String(text) | RawBsonRef::Symbol(text) => self.0.is_match(text),
            _ => false,
        }
    }
}

/// Compiles a pattern, or names what it has that is not supported.
pub(super) fn compile(regex: &Regex) -> Result<regex::Regex, String> {
    let (flags, body) = flags(regex)?;
    let translated = pattern::translate(body, flags)?;
    let compiled = RegexBuilder::new(&translated)
        .case_insensitive(flags.ignore_case)
        .multi_line(flags.multi_line)
        .dot_matches_new_line(flags.dot_all)
        .size_limit(COMPILED_BYTES)
        .build()
        .map_err(|_| "a pattern that cannot be compiled here".to_owned())?;
    // PCRE finds no line start after a newline that ends the text; this engine does, and it shows where a match may be empty.
    if flags.multi_line && body.contains('^') && compiled.find_at("\n", 1).is_some() {
        return Err("option m with a pattern that matches an empty line".to_owned());
    }
    Ok(compiled)
}

/// The options beside the pattern and those that it starts with, `(?i)`.
fn flags(regex: &Regex) -> Result<(Flags, &str), String> {
    let pattern = regex.pattern.as_str();
    let inline = pattern
        .strip_prefix("(?")
        .and_then(|rest| rest.split_once(')'))
        .filter(|(letters, _)| {
            !letters.is_empty() && letters.bytes().all(|b| b"imsx".contains(&b))
        });
    let (letters, body) = inline.unwrap_or(("", pattern));
    let mut flags = Flags::default();
    for letter in regex.options.as_str().chars().chain(letters.chars()) {
        match letter {
            'i' => flags.ignore_case = true,
            'm' => flags.multi_line = true,
            's' => flags.dot_all = true,
            'x' => flags.extended = true,
            // Unicode is always on, in MongoDB too.
            'u' => {}
            other => return Err(format!("option {other}")),
        }
    }
    Ok((flags, body))
}

#[cfg(test)]
mod tests {
    use super::{Regex, compile};

    fn check(pattern: &str, options: &str, text: &str) -> Result<bool, String> {
        Ok(compile(&Regex {
            pattern: pattern.try_into().unwrap(),
            options: options.try_into().unwrap(),
        })?
        .is_match(text))
    }

    #[test]
    fn what_pcre_and_the_engine_read_alike_is_matched() {
        for (pattern, options, text, expected) in [
            ("", "", "anything", true),
            ("^a.c$", "", "abc", true),
            ("^a.c$", "", "abc\n", true),
            ("^a.c$", "", "abc\n\n", false),
            ("^b", "m", "a\nb", true),
            ("a$", "m", "a\nb", true),
            ("A.B", "is", "a\nb", true),
            ("(?i)ABC", "", "xabcx", true),
            ("a b # comment\n c", "x", "abc", true),
            ("[a b]", "x", " ", true),
            (r"\d+\s\w", "", "12 x", true),
            (r"^\w$", "", "é", false),
            (r"^\w$", "i", "\u{212a}", false),
            (r"\bcat\b", "", "a cat!", true),
            (r"[^\d]", "", "5", false),
            (r"[\w.-]+@x\.org", "", "a.b-c@x.org", true),
            ("[[]", "", "[", true),
            ("[a&&b]", "", "&", true),
            ("[]a]", "", "]", true),
            ("(?:ab|cd){2}", "", "abcd", true),
            (r"\x41\.", "", "A.", true),
            ("(a|b$)", "", "xb", true),
        ] {
            assert_eq!(
                check(pattern, options, text),
                Ok(expected),
                "{pattern:?} {options:?} {text:?}"
            );
        }
    }

    #[test]
    fn what_they_read_differently_is_refused_by_name() {
        for (pattern, options) in [
            ("(?=a)", ""),
            ("(?<!a)b", ""),
            (r"(a)\1", ""),
            ("a*+", ""),
            ("a{,3}", ""),
            (r"\Z", ""),
            (r"\p{L}", ""),
            (r"\v", ""),
            ("[[:alpha:]]", ""),
            ("(a$)b", ""),
            ("a$\n", ""),
            ("(?>a)", ""),
            ("a", "g"),
            ("^", "m"),
            ("a\n(^)", "m"),
            (r"[\w]", "i"),
            ("(", ""),
            ("[z-a]", ""),
        ] {
            assert!(
                check(pattern, options, "").is_err(),
                "{pattern:?} {options:?}"
            );
        }
    }
}
