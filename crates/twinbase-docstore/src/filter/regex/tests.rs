//! What PCRE2 10.42 answers with its UTF option; each line was given to it too.

use std::time::Duration;

use bson::Regex;

use super::{Budget, Pace, Patterns};
use crate::store::Clock;

fn regex(pattern: &str, options: &str) -> Regex {
    Regex {
        pattern: pattern.try_into().unwrap(),
        options: options.try_into().unwrap(),
    }
}

fn check(pattern: &str, options: &str, text: &str) -> Result<bool, String> {
    let regex = regex(pattern, options);
    let patterns =
        Patterns::new([&regex], "s", &mut Budget::default()).map_err(|error| error.to_string())?;
    let clock = Clock::new();
    let mut pace = Pace::begin(&clock).unwrap();
    Ok(patterns.matches(text, &mut pace).unwrap())
}

#[test]
fn what_pcre_matches_is_matched() {
    for (pattern, options, text, expected) in [
        ("", "", "anything", true),
        ("^a.c$", "", "abc", true),
        ("^a.c$", "", "abc\n", true),
        ("^a.c$", "", "abc\n\n", false),
        (r"c\Z", "m", "abc\n", true),
        (r"c\z", "", "abc\n", false),
        ("^b", "m", "a\nb", true),
        ("\n^b", "m", "a\nb", true),
        ("a$", "m", "a\nb", true),
        ("A.B", "is", "a\nb", true),
        (r"a\Nb", "s", "a\nb", false),
        ("(?i)ABC", "", "xabcx", true),
        ("a(?i)b|c", "", "C", true),
        ("(a(?i)b)c", "", "aBC", false),
        ("(?i:a)b", "", "Ab", true),
        ("a(?#no b)c", "", "ac", true),
        ("a b # comment\n c", "x", "abc", true),
        ("[a b]", "x", " ", true),
        (r"\d+\s\w", "", "12 x", true),
        (r"^\w$", "", "é", false),
        (r"^\w$", "i", "\u{212a}", false),
        ("^k$", "i", "\u{212a}", true),
        (r"^[k\d]$", "i", "\u{212a}", true),
        (r"^[\w]$", "i", "\u{212a}", false),
        (r"\bcat\b", "", "a cat!", true),
        (r"[^\d]", "", "5", false),
        (r"[\w.-]+@x\.org", "", "a.b-c@x.org", true),
        (r"^[\w-]+$", "", "a-b", true),
        ("<[^>]+>", "", "a <b> c", true),
        ("[<]", "", "<", true),
        ("[[]", "", "[", true),
        ("[a&&b]", "", "&", true),
        ("^[+--]$", "", ",", true),
        ("[]a]", "", "]", true),
        ("[^]a]", "", "]", false),
        ("^[a-c-e]+$", "", "b-e", true),
        ("[[:alpha:]_]", "", "5", false),
        ("^[[:^digit:]]$", "", "é", true),
        ("^[[:upper:]]$", "i", "a", true),
        (r"^[\b]$", "", "\u{8}", true),
        ("(?:ab|cd){2}", "", "abcd", true),
        ("a{b", "", "a{b", true),
        ("^a{}$", "", "a{}", true),
        ("x{2,}", "", "x{2,}", false),
        (r"\x41\.", "", "A.", true),
        (r"^\x+4$", "", "\0\u{0}4", true),
        (r"\x{e9}", "", "é", true),
        (r"\0\012\o{101}", "", "\0\nA", true),
        ("(a|b$)", "", "xb", true),
        ("(^)*a", "", "ba", true),
    ] {
        assert_eq!(
            check(pattern, options, text),
            Ok(expected),
            "{pattern:?} {options:?} {text:?}"
        );
    }
}

#[test]
fn what_pcre_refuses_is_refused_by_name() {
    for (pattern, name) in [
        (r"[+-\d]", "a range to a class"),
        (r"[\w-a]", "a range from a class"),
        ("[[:alpha:]-z]", "a range from a class"),
        ("[z-a]", "a range whose ends are out of order"),
        ("^*a", "a quantifier behind an assertion"),
        (r"a\b+", "a quantifier behind an assertion"),
        (r"\A?a", "a quantifier behind an assertion"),
        ("a$*", "a quantifier behind an assertion"),
        ("a|*", "a quantifier without something to repeat"),
        ("(?i)*", "a quantifier without something to repeat"),
        ("{2}", "a quantifier without something to repeat"),
        ("a**", "a quantifier after a quantifier"),
        (r"[.@\.]", "a POSIX class outside of a class"),
        ("[:alpha:]", "a POSIX class outside of a class"),
        ("[[.a.]]", "a POSIX class [."),
        ("[[:word:][:no:]]", "[:no:]"),
        (r"[\N]", r"\N"),
        (r"\8", r"\8"),
        (r"\x{}", r"\x{"),
        (r"\x{d800}", r"\x{"),
        ("a{3,2}", "out of order"),
        ("a{65536}", "above 65535"),
        ("(", "a group without its end"),
        ("a)", "a ) without its group"),
        ("[a", "a class without its end"),
        ("a\\", "ends with a backslash"),
    ] {
        let refusal = check(pattern, "", "").unwrap_err();
        assert!(refusal.contains(name), "{pattern:?}: {refusal}");
    }
}

#[test]
fn what_this_engine_has_no_form_for_is_refused_by_name() {
    for (pattern, options, name) in [
        ("(?=a)", "", "(?="),
        ("(?<!a)b", "", "(?<"),
        ("(?>a)", "", "(?>"),
        ("(?P<n>a)", "", "(?P"),
        (r"(a)\1", "", r"\1"),
        ("a*+", "", "possessive"),
        ("a{,3}", "", "{ with spaces or without a lower bound"),
        ("a{ 1}", "", "{ with spaces or without a lower bound"),
        ("(?xx)^[a b]$", "", "option xx"),
        (r"\p{L}", "", r"\p"),
        (r"\v", "", r"\v"),
        (r"\Bа", "", r"\B"),
        (r"\Qa\E", "", r"\Q"),
        ("(*UTF)a", "", "(*"),
        ("(a$)b", "", "$ inside of a pattern"),
        ("a$\n", "", "$ inside of a pattern"),
        ("^", "m", "an empty line"),
        ("a\n(^)", "m", "an empty line"),
        ("a\u{85}b", "x", "white space beyond ASCII"),
        (r"[\W[:upper:]]", "", "beside a class beyond ASCII"),
        ("a", "g", "option g"),
    ] {
        let refusal = check(pattern, options, "").unwrap_err();
        assert!(refusal.contains(name), "{pattern:?}: {refusal}");
    }
    let deep = "(".repeat(1_000) + &")".repeat(1_000);
    assert!(check(&deep, "", "").unwrap_err().contains("250 groups"));
}

#[test]
fn what_is_compiled_is_bounded_in_size_and_what_is_matched_in_time() {
    let large = check("(?:[a-z]{1000}){1000}", "", "").unwrap_err();
    assert!(
        large.contains("bytes in compiled regular expressions"),
        "{large}"
    );
    let mut budget = Budget::default();
    let each = regex("[a-z]{40,4000}", "");
    let all = (0..1_000).map(|_| Patterns::new([&each], "s", &mut budget));
    assert!(all.collect::<Result<Vec<_>, _>>().is_err());

    let slow = regex(r"(\w{1,50}\s?){1,50}z", "");
    let patterns = Patterns::new([&slow], "s", &mut Budget::default()).unwrap();
    let clock = Clock::new();
    let mut pace = Pace::begin(&clock).unwrap();
    clock.begin(Duration::ZERO);
    let text = "abcdefghij ".repeat(1_000_000);
    assert!(patterns.matches(&text, &mut pace).is_err());
}
