//! Classes in brackets.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::escape::shorthand;
use super::{Flags, Parser, ranges};

/// A member of a class.
enum Member {
    One(char),
    Set(ClassUnicode),
}

impl Parser<'_> {
    /// A class, behind its opening bracket.
    pub(super) fn class(&mut self, flags: Flags) -> Result<ClassUnicode, String> {
        if self.posix().is_some() {
            return Err("a POSIX class outside of a class".to_owned());
        }
        let negated = self.eat("^");
        // What ignoring case widens, and what it leaves.
        let (mut wide, mut fixed) = (ranges(&[]), ranges(&[]));
        let (mut named, mut beyond_ascii) = (false, false);
        let mut first = true;
        while first || !self.eat("]") {
            first = false;
            named |= self.rest.starts_with("[:") && !self.rest.starts_with("[:^");
            match self.member(flags)? {
                Member::Set(set) => {
                    if self.rest.starts_with('-') && !self.rest.starts_with("-]") {
                        return Err("a range from a class".to_owned());
                    }
                    beyond_ascii |= !set.is_ascii();
                    fixed.union(&set);
                }
                Member::One(start) => {
                    let range = self.range(start, flags)?;
                    wide.push(range);
                }
            }
        }
        // PCRE2 10.42 forgets what is beyond ASCII then.
        if named && beyond_ascii {
            return Err("a POSIX class beside a class beyond ASCII".to_owned());
        }
        if flags.ignore_case {
            wide.case_fold_simple();
        }
        wide.union(&fixed);
        if negated {
            wide.negate();
        }
        Ok(wide)
    }

    /// From a character to the one behind a hyphen, if there is one.
    fn range(&mut self, start: char, flags: Flags) -> Result<ClassUnicodeRange, String> {
        if !self.rest.starts_with('-') || self.rest.starts_with("-]") {
            return Ok(ClassUnicodeRange::new(start, start));
        }
        self.next();
        let end = match self.member(flags)? {
            Member::One(end) if end >= start => end,
            Member::One(_) => return Err("a range whose ends are out of order".to_owned()),
            Member::Set(_) => return Err("a range to a class".to_owned()),
        };
        // Behind a range a hyphen is a literal.
        Ok(ClassUnicodeRange::new(start, end))
    }

    fn member(&mut self, flags: Flags) -> Result<Member, String> {
        match self.next().ok_or("a class without its end")? {
            '[' => match self.posix() {
                Some((kind @ ':', name)) => {
                    self.rest = &self.rest[name.len() + 3..];
                    posix_set(name, flags)
                        .map(Member::Set)
                        .ok_or_else(|| format!("[{kind}{name}{kind}]"))
                }
                Some((kind, _)) => Err(format!("a POSIX class [{kind}")),
                None => Ok(Member::One('[')),
            },
            '\\' => match self.escaped()? {
                'b' => Ok(Member::One('\u{8}')),
                c => match shorthand(c) {
                    Some(set) => Ok(Member::Set(set)),
                    None => self.literal_escape(c).map(Member::One),
                },
            },
            c => Ok(Member::One(c)),
        }
    }
}

impl<'p> Parser<'p> {
    /// Behind a `[`: whether PCRE2 takes it for the beginning of a POSIX class, its kind (`:`, `.` or `=`) and its name.
    fn posix(&self) -> Option<(char, &'p str)> {
        let kind = self.peek().filter(|c| ":.=".contains(*c))?;
        let mut chars = self.rest.char_indices().skip(1).peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, next)| *next)?;
            match c {
                '\\' if matches!(next, ']' | '\\') => drop(chars.next()),
                ']' => return None,
                '[' if next == kind => return None,
                c if c == kind && next == ']' => return Some((kind, &self.rest[1..at])),
                _ => {}
            }
        }
        None
    }
}

fn posix_set(name: &str, flags: Flags) -> Option<ClassUnicode> {
    let (negated, name) = name
        .strip_prefix('^')
        .map_or((false, name), |name| (true, name));
    let letters: &[_] = &[('A', 'Z'), ('a', 'z')];
    let mut set = ranges(match name {
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => letters,
        "lower" | "upper" if flags.ignore_case => letters,
        "lower" => &[('a', 'z')],
        "upper" => &[('A', 'Z')],
        "ascii" => &[('\0', '\x7f')],
        "blank" => &[('\t', '\t'), (' ', ' ')],
        "cntrl" => &[('\0', '\x1f'), ('\x7f', '\x7f')],
        "digit" => &[('0', '9')],
        "graph" => &[('!', '~')],
        "print" => &[(' ', '~')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "space" => &[('\t', '\r'), (' ', ' ')],
        "word" => &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return None,
    });
    if negated {
        set.negate();
    }
    Some(set)
}
