//! Patterns are written for PCRE. What PCRE and our engine read alike passes, what they write differently is rewritten, and
//! what only one of them knows, or what they read differently, is refused by name.

use std::iter::Peekable;
use std::str::Chars;

#[derive(Debug, Clone, Copy, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the four letters of the language"
)]
pub(super) struct Flags {
    pub(super) ignore_case: bool,
    pub(super) multi_line: bool,
    pub(super) dot_all: bool,
    pub(super) extended: bool,
}

/// PCRE's classes are ASCII unless told otherwise, and MongoDB does not tell.
const DIGIT: &str = "0-9";
const WORD: &str = "0-9A-Za-z_";
const SPACE: &str = r"\t\n\x0b\x0c\r ";

pub(super) fn translate(pattern: &str, flags: Flags) -> Result<String, String> {
    let translator = Translator {
        rest: pattern.chars().peekable(),
        flags,
        out: String::new(),
        starts: vec![true],
        at_start: true,
    };
    translator.run()
}

struct Translator<'p> {
    rest: Peekable<Chars<'p>>,
    flags: Flags,
    out: String,
    /// For each open group, whether nothing can have been consumed before it.
    starts: Vec<bool>,
    at_start: bool,
}

impl Translator<'_> {
    fn run(mut self) -> Result<String, String> {
        while let Some(c) = self.rest.next() {
            match c {
                c if self.flags.extended && is_space(c) => continue,
                '#' if self.flags.extended => {
                    self.rest.by_ref().find(|c| *c == '\n');
                    continue;
                }
                '(' => {
                    self.open()?;
                    continue;
                }
                ')' => {
                    self.starts.pop();
                    self.out.push(')');
                }
                '|' => {
                    self.out.push('|');
                    self.at_start = self.starts.last().copied().unwrap_or(true);
                    continue;
                }
                '^' if self.flags.multi_line && !self.at_start => {
                    return Err("^ inside of a pattern with option m".to_owned());
                }
                '^' => {
                    self.out.push('^');
                    continue;
                }
                '$' => self.end()?,
                '*' | '+' | '?' | '{' => self.quantifier(c)?,
                '[' => self.class()?,
                '\\' => self.escape()?,
                '.' => self.out.push('.'),
                literal => self.literal(literal),
            }
            self.at_start = false;
        }
        Ok(self.out)
    }

    fn literal(&mut self, c: char) {
        self.out
            .push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
    }

    fn open(&mut self) -> Result<(), String> {
        self.starts.push(self.at_start);
        self.out.push_str("(?:");
        if self.rest.next_if_eq(&'?').is_some() && self.rest.next_if_eq(&':').is_none() {
            let kind = self
                .rest
                .peek()
                .map(ToString::to_string)
                .unwrap_or_default();
            return Err(format!("a group (?{kind}"));
        }
        if self.rest.peek() == Some(&'*') {
            return Err("a verb (*".to_owned());
        }
        Ok(())
    }

    /// Without option m, `$` also stands before a newline that ends the text. That is the same as consuming the newline, if nothing follows.
    fn end(&mut self) -> Result<(), String> {
        if self.flags.multi_line {
            self.out.push('$');
            return Ok(());
        }
        if !only_closes(&self.rest.clone().collect::<String>()) {
            return Err("$ inside of a pattern".to_owned());
        }
        self.out.push_str(r"\n?\z");
        Ok(())
    }

    fn quantifier(&mut self, c: char) -> Result<(), String> {
        self.out.push(c);
        if c == '{' {
            let mut bounds = String::new();
            while let Some(c) = self.rest.next_if(|c| c.is_ascii_digit() || *c == ',') {
                bounds.push(c);
            }
            if !bounds.starts_with(|c: char| c.is_ascii_digit()) || self.rest.next() != Some('}') {
                return Err("{ without bounds".to_owned());
            }
            self.out.push_str(&bounds);
            self.out.push('}');
        }
        if self.rest.next_if_eq(&'?').is_some() {
            self.out.push('?');
        }
        if self.flags.extended {
            while self.rest.next_if(|c| is_space(*c)).is_some() {}
        }
        match self.rest.peek() {
            Some('+') => Err("a possessive quantifier".to_owned()),
            Some(c @ ('*' | '?' | '{')) => Err(format!("{c} after a quantifier")),
            _ => Ok(()),
        }
    }

    fn escape(&mut self) -> Result<(), String> {
        let c = self
            .rest
            .next()
            .ok_or("a pattern that ends with a backslash")?;
        match c {
            'd' => self.set("", DIGIT),
            'D' => self.set("^", DIGIT),
            'w' => self.set("", WORD),
            'W' => self.set("^", WORD),
            's' => self.set("", SPACE),
            'S' => self.set("^", SPACE),
            'b' => self.out.push_str(r"(?-u:\b)"),
            'A' => self.out.push_str(r"\A"),
            'z' => self.out.push_str(r"\z"),
            _ => {
                let literal = self.escaped_literal(c)?;
                self.literal(literal);
            }
        }
        Ok(())
    }

    /// Classes never ignore case: a Kelvin sign is no word character because a k is.
    fn set(&mut self, negation: &str, members: &str) {
        self.out.extend(["(?-i:[", negation, members, "])"]);
    }

    fn escaped_literal(&mut self, c: char) -> Result<char, String> {
        Ok(match c {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'f' => '\u{c}',
            'e' => '\u{1b}',
            'a' => '\u{7}',
            'x' => {
                let digits: String = self.rest.by_ref().take(2).collect();
                let code = u8::from_str_radix(&digits, 16)
                    .ok()
                    .filter(|_| digits.len() == 2);
                char::from(code.ok_or(r"\x without two hexadecimal digits")?)
            }
            c if c.is_ascii_alphanumeric() => return Err(format!("\\{c}")),
            c => c,
        })
    }

    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            match self.rest.next().ok_or("a class without its end")? {
                ']' if !first => break,
                '[' if matches!(self.rest.peek(), Some(':' | '.' | '=')) => {
                    return Err("a POSIX class".to_owned());
                }
                '-' if !first && self.rest.peek() == Some(&'-') => {
                    return Err("-- in a class".to_owned());
                }
                '-' => self
                    .out
                    .push_str(if first || self.rest.peek() == Some(&']') {
                        r"\-"
                    } else {
                        "-"
                    }),
                '\\' => self.class_escape()?,
                c => self.class_literal(c),
            }
            first = false;
        }
        self.out.push(']');
        Ok(())
    }

    fn class_literal(&mut self, c: char) {
        if c.is_ascii_punctuation() {
            self.out.push('\\');
        }
        self.out.push(c);
    }

    fn class_escape(&mut self) -> Result<(), String> {
        let c = self
            .rest
            .next()
            .ok_or("a pattern that ends with a backslash")?;
        let (negation, members) = match c {
            'd' => ("", DIGIT),
            'D' => ("^", DIGIT),
            'w' => ("", WORD),
            'W' => ("^", WORD),
            's' => ("", SPACE),
            'S' => ("^", SPACE),
            _ => {
                let literal = self.escaped_literal(c)?;
                self.class_literal(literal);
                return Ok(());
            }
        };
        if self.flags.ignore_case && c.eq_ignore_ascii_case(&'w') {
            return Err(format!("\\{c} in a class with option i"));
        }
        if self.rest.peek() == Some(&'-') {
            return Err(format!("a range from \\{c}"));
        }
        self.out.extend(["[", negation, members, "]"]);
        Ok(())
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\u{b}' | '\u{c}' | '\r')
}

/// Whether after this nothing can be consumed: only ends of groups, and alternatives that are not taken.
fn only_closes(rest: &str) -> bool {
    let mut rest = rest.chars();
    loop {
        match rest.next() {
            None => return true,
            Some(')') => {}
            Some('|') => {
                if !skip_alternatives(&mut rest) {
                    return true;
                }
            }
            Some(_) => return false,
        }
    }
}

/// Skips to behind the end of the group; false when the pattern ends first.
fn skip_alternatives(rest: &mut Chars<'_>) -> bool {
    let mut depth = 0_u32;
    while let Some(c) = rest.next() {
        match c {
            '\\' => drop(rest.next()),
            '[' => skip_class(rest),
            '(' => depth += 1,
            ')' if depth == 0 => return true,
            ')' => depth -= 1,
            _ => {}
        }
    }
    false
}

/// Skips to behind the end of a class; a bracket that comes first is a member.
fn skip_class(rest: &mut Chars<'_>) {
    let mut first = true;
    while let Some(c) = rest.next() {
        match c {
            '\\' => drop(rest.next()),
            '^' if first => continue,
            ']' if !first => return,
            _ => {}
        }
        first = false;
    }
}
