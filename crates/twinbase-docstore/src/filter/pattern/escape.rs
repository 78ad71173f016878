//! What a backslash begins.

use regex_syntax::hir::{ClassUnicode, Look};

use super::{Flags, Item, Node, Parser, not_newline, one, ranges};

impl Parser<'_> {
    /// An escape outside of a class.
    pub(super) fn escape(&mut self, flags: Flags) -> Result<Item, String> {
        let c = self.escaped()?;
        if let Some(set) = shorthand(c) {
            return Ok(Item::Atom(Node::Set(set)));
        }
        Ok(match c {
            'b' => Item::Assertion(Node::Look(Look::WordAscii)),
            'A' => Item::Assertion(Node::Look(Look::Start)),
            'z' => Item::Assertion(Node::Look(Look::End)),
            'Z' => Item::Assertion(Node::End),
            'N' if !self.rest.starts_with('{') => Item::Atom(Node::Set(not_newline())),
            c => Item::Atom(Node::Set(one(self.literal_escape(c)?, flags))),
        })
    }

    /// The character behind a backslash.
    pub(super) fn escaped(&mut self) -> Result<char, String> {
        self.next()
            .ok_or_else(|| "a pattern that ends with a backslash".to_owned())
    }

    /// An escape that stands for one character, in a class and outside of it.
    pub(super) fn literal_escape(&mut self, c: char) -> Result<char, String> {
        Ok(match c {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'f' => '\u{c}',
            'e' => '\u{1b}',
            'a' => '\u{7}',
            'x' if self.rest.starts_with('{') => self.braced(c, 16)?,
            // None, one or two digits; none is NUL.
            'x' => self.digits(2, 16),
            'o' if self.rest.starts_with('{') => self.braced(c, 8)?,
            '0' => self.digits(2, 8),
            c if c.is_ascii_alphanumeric() => return Err(format!("\\{c}")),
            c => c,
        })
    }

    fn digits(&mut self, most: usize, radix: u32) -> char {
        let mut code = 0;
        for _ in 0..most {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(radix)) else {
                break;
            };
            code = code * radix + digit;
            self.next();
        }
        char::from_u32(code).unwrap_or_default()
    }

    fn braced(&mut self, letter: char, radix: u32) -> Result<char, String> {
        let refuse = || format!("\\{letter}{{ without the number of a character");
        let (digits, rest) = self.rest[1..].split_once('}').ok_or_else(refuse)?;
        if !digits.chars().all(|c| c.is_digit(radix)) {
            return Err(refuse());
        }
        let code = u32::from_str_radix(digits, radix).map_err(|_| refuse())?;
        self.rest = rest;
        char::from_u32(code).ok_or_else(refuse)
    }
}

/// The classes with a letter. They are ASCII, and ignoring case does not change them.
pub(super) fn shorthand(c: char) -> Option<ClassUnicode> {
    let mut set = ranges(match c.to_ascii_lowercase() {
        'd' => &[('0', '9')],
        'w' => &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
        's' => &[('\t', '\r'), (' ', ' ')],
        _ => return None,
    });
    if c.is_ascii_uppercase() {
        set.negate();
    }
    Some(set)
}
