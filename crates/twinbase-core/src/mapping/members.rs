//! The members of a JSON object as they are written, found without reading their values.

use memchr::memchr2;
use smallvec::SmallVec;

/// As many as most documents have: no memory is asked for.
const USUAL: usize = 16;

/// Names and values, in the order of the text.
pub(super) struct Members<'a>(SmallVec<[(&'a str, &'a str); USUAL]>);

impl<'a> Members<'a> {
    /// Those of a valid text; `None` for another value than an object. A text that is not valid has none or any: what is read of it is
    /// checked where it is read.
    pub(super) fn of(json: &'a str) -> Option<Self> {
        let mut left = Left { json, at: 0 };
        let mut members = SmallVec::new();
        left.take(b'{')?;
        if left.take(b'}').is_none() {
            loop {
                let name = quoted(left.value()?)?;
                left.take(b':')?;
                members.push((name, left.value()?));
                if left.take(b',').is_none() {
                    break left.take(b'}')?;
                }
            }
        }
        left.skip_space();
        left.peek().is_none().then_some(Self(members))
    }

    /// Of a name that is there twice the last counts. One with escapes is none.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        let mut members = self.0.iter().rev();
        members.find(|(of, _)| *of == name).map(|(_, value)| *value)
    }
}

/// What is between the quotes of a JSON text.
pub(super) fn quoted(json: &str) -> Option<&str> {
    let [b'"', .., b'"'] = json.as_bytes() else {
        return None;
    };
    json.get(1..json.len() - 1)
}

/// What is left of a text.
struct Left<'a> {
    json: &'a str,
    at: usize,
}

impl<'a> Left<'a> {
    fn peek(&self) -> Option<u8> {
        self.json.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// A byte, and the space before it.
    fn take(&mut self, byte: u8) -> Option<()> {
        self.skip_space();
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn value(&mut self) -> Option<&'a str> {
        self.skip_space();
        let from = self.at;
        match self.peek()? {
            b'"' => self.text()?,
            b'{' | b'[' => self.nested()?,
            _ => {
                let is_end = |byte: &u8| b",}]".contains(byte) || byte.is_ascii_whitespace();
                let mut rest = self.json.as_bytes().get(self.at..)?.iter();
                self.at += rest.position(is_end)?;
            }
        }
        self.json.get(from..self.at)
    }

    fn text(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            self.at += memchr2(b'"', b'\\', self.json.as_bytes().get(self.at..)?)? + 1;
            match self.json.as_bytes().get(self.at - 1)? {
                b'"' => return Some(()),
                // What is escaped.
                _ => self.at += 1,
            }
        }
    }

    fn nested(&mut self) -> Option<()> {
        let mut depth = 0;
        loop {
            match self.peek()? {
                b'"' => {
                    self.text()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn members_are_those_of_the_object_however_it_is_written() {
        let object = json!({
            "": "", "text": "a \"b\\\" ä 🙂, }", "none": null, "no": false, "number": -1.5e-3, "list": [1, "]", {"x": "}"}, []],
            "object": {"list": [[]], "text": "\\"}, "empty": {},
        });
        for text in [
            object.to_string(),
            serde_json::to_string_pretty(&object).unwrap(),
        ] {
            let members = Members::of(&text).unwrap();
            let found = members.0.iter();
            let found = found.map(|(name, value)| {
                let value: Value = serde_json::from_str(value).unwrap();
                ((*name).to_owned(), value)
            });
            assert_eq!(found.collect::<Value>(), object);
        }
        assert!(Members::of(" { } ").unwrap().0.is_empty());
        let twice = Members::of(r#"{"a": 1, "b": 2, "a": 3}"#).unwrap();
        assert_eq!((twice.get("a"), twice.get("c")), (Some("3"), None));
    }

    #[test]
    fn what_ends_early_or_is_no_object_has_none() {
        let whole = r#"{"a": [1, {"b": "c\\\""}], "d": -1, "e": "f"}"#;
        for end in 0..whole.len() {
            assert!(Members::of(&whole[..end]).is_none(), "{end}");
        }
        for other in [
            "",
            "[]",
            "null",
            "\"{}\"",
            "{a: 1}",
            "{1: 2}",
            "{\"a\" 1}",
            "{} {}",
        ] {
            assert!(Members::of(other).is_none(), "{other}");
        }
    }
}
