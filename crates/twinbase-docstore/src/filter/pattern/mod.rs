//! Patterns are written for PCRE2. This reads them as PCRE2 does and gives them the engine's form; what PCRE2 refuses, what
//! the engine has no form for, and what PCRE2's versions read differently is refused by name.
//!
//! The rules are those of `pcre2pattern(3)`, with the options that MongoDB sets: UTF, and classes such as `\w` in ASCII.

mod class;
mod escape;
mod lower;
mod quantifier;

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange, Hir, Look};

/// PCRE2's own limit for groups in groups.
const MAX_DEPTH: usize = 250;

/// The options that are in force at a place of a pattern.
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

impl Flags {
    /// The option of a letter.
    pub(super) fn letter(&mut self, letter: char) -> Option<&mut bool> {
        match letter {
            'i' => Some(&mut self.ignore_case),
            'm' => Some(&mut self.multi_line),
            's' => Some(&mut self.dot_all),
            'x' => Some(&mut self.extended),
            _ => None,
        }
    }
}

/// A part of a pattern, before it is known what follows it.
#[derive(Debug)]
enum Node {
    Set(ClassUnicode),
    Look(Look),
    /// `^` with option m.
    LineStart,
    /// `$` without option m, and `\Z`: the end, or before a newline that ends the text.
    End,
    Concat(Vec<Node>),
    Alternatives(Vec<Node>),
    Repeat {
        node: Box<Node>,
        least: u32,
        most: Option<u32>,
    },
}

/// What stands at one place.
enum Item {
    /// Can be repeated.
    Atom(Node),
    /// PCRE2 allows no quantifier behind it.
    Assertion(Node),
    /// An option or a comment.
    Nothing,
}

/// The engine's form of a pattern, or the construct that is not supported.
pub(super) fn parse(pattern: &str, flags: Flags) -> Result<Hir, String> {
    let mut parser = Parser {
        rest: pattern,
        depth: 0,
    };
    let node = parser.alternatives(flags)?;
    if parser.rest.is_empty() {
        return lower::lower(&node);
    }
    Err("a ) without its group".to_owned())
}

struct Parser<'p> {
    rest: &'p str,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next();
        self.rest = chars.as_str();
        next
    }

    fn eat(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Up to the end of the group; an option that is set on the way holds in the alternatives behind it too.
    fn alternatives(&mut self, mut flags: Flags) -> Result<Node, String> {
        let mut alternatives = vec![self.concat(&mut flags)?];
        while self.eat("|") {
            alternatives.push(self.concat(&mut flags)?);
        }
        Ok(Node::Alternatives(alternatives))
    }

    fn concat(&mut self, flags: &mut Flags) -> Result<Node, String> {
        let mut items = Vec::new();
        loop {
            self.skip_ignored(*flags)?;
            if matches!(self.peek(), None | Some('|' | ')')) {
                return Ok(Node::Concat(items));
            }
            match self.item(flags)? {
                Item::Nothing => {}
                Item::Atom(node) => items.push(self.quantified(node, *flags)?),
                Item::Assertion(node) => {
                    self.skip_ignored(*flags)?;
                    if self.quantifier()?.is_some() {
                        return Err("a quantifier behind an assertion".to_owned());
                    }
                    items.push(node);
                }
            }
        }
    }

    fn item(&mut self, flags: &mut Flags) -> Result<Item, String> {
        if self.quantifier()?.is_some() {
            return Err("a quantifier without something to repeat".to_owned());
        }
        let Some(c) = self.next() else {
            return Ok(Item::Nothing);
        };
        Ok(match c {
            '(' => return self.group(flags),
            '[' => Item::Atom(Node::Set(self.class(*flags)?)),
            '\\' => return self.escape(*flags),
            '.' if flags.dot_all => Item::Atom(Node::Set(all())),
            '.' => Item::Atom(Node::Set(not_newline())),
            '^' if flags.multi_line => Item::Assertion(Node::LineStart),
            '^' => Item::Assertion(Node::Look(Look::Start)),
            '$' if flags.multi_line => Item::Assertion(Node::Look(Look::EndLF)),
            '$' => Item::Assertion(Node::End),
            literal => Item::Atom(Node::Set(one(literal, *flags))),
        })
    }

    fn group(&mut self, flags: &mut Flags) -> Result<Item, String> {
        if self.rest.starts_with('*') {
            return Err("a verb (*".to_owned());
        }
        let mut inner = *flags;
        if self.eat("?") && !self.eat(":") && self.options(&mut inner)? {
            *flags = inner;
            return Ok(Item::Nothing);
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("more than {MAX_DEPTH} groups in groups"));
        }
        let node = self.alternatives(inner)?;
        self.depth -= 1;
        if !self.eat(")") {
            return Err("a group without its end".to_owned());
        }
        Ok(Item::Atom(node))
    }

    /// The options behind `(?`; whether they are for what follows (`(?i)`) and not for a group of their own (`(?i:`).
    fn options(&mut self, flags: &mut Flags) -> Result<bool, String> {
        let mut on = true;
        let mut previous = None;
        loop {
            let letter = self.next();
            match letter {
                Some(')') => return Ok(true),
                Some(':') => return Ok(false),
                Some('-') if on => on = false,
                Some('x') if previous == letter => return Err("option xx".to_owned()),
                Some(c) => match flags.letter(c) {
                    Some(flag) => *flag = on,
                    None => return Err(format!("a group (?{}", c.escape_debug())),
                },
                None => return Err("a group without its end".to_owned()),
            }
            previous = letter;
        }
    }

    /// Comments, and with option x white space and comments up to the end of a line.
    fn skip_ignored(&mut self, flags: Flags) -> Result<(), String> {
        loop {
            if self.eat("(?#") {
                let end = self.rest.find(')').ok_or("a comment without its end")?;
                self.rest = &self.rest[end + 1..];
                continue;
            }
            match self.peek() {
                Some(' ' | '\t'..='\r') if flags.extended => drop(self.next()),
                Some('#') if flags.extended => {
                    let end = self.rest.find('\n').map_or(self.rest.len(), |end| end + 1);
                    self.rest = &self.rest[end..];
                }
                // PCRE2 leaves these out too; its versions differ on which.
                Some('\u{85}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}')
                    if flags.extended =>
                {
                    return Err("white space beyond ASCII with option x".to_owned());
                }
                _ => return Ok(()),
            }
        }
    }
}

fn ranges(ranges: &[(char, char)]) -> ClassUnicode {
    ClassUnicode::new(
        ranges
            .iter()
            .map(|(start, end)| ClassUnicodeRange::new(*start, *end)),
    )
}

fn all() -> ClassUnicode {
    ranges(&[('\0', char::MAX)])
}

fn not_newline() -> ClassUnicode {
    ranges(&[('\0', '\t'), ('\u{b}', char::MAX)])
}

/// One character, with the other cases that it has if case is ignored.
fn one(c: char, flags: Flags) -> ClassUnicode {
    let mut set = ranges(&[(c, c)]);
    if flags.ignore_case {
        set.case_fold_simple();
    }
    set
}
