//! The words of an SQL text, told apart from what only looks like words.
//!
//! Just enough of each dialect's lexical rules that nothing inside of a string,
//! a quoted name or a comment is taken for a word, and no word hides behind what
//! this lexer alone takes for one of these. It does not parse.

use twinbase_core::primary::PrimaryKind;

/// One token with its place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) is: Is,
    /// The byte where it begins.
    pub(super) start: usize,
    /// The byte after it.
    pub(super) end: usize,
}

/// The kinds of token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Is {
    /// A keyword or an unquoted name, in lower case.
    Word(String),
    /// A quoted name, without its quotes.
    Quoted(String),
    /// A string, a number or a parameter.
    Value,
    /// Any other character.
    Symbol(char),
}

/// Why a text has no tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the SQL has an unfinished {0}")]
pub(super) struct Unfinished(&'static str);

/// The tokens of a text; comments and white space are left out.
pub(super) fn tokens(kind: PrimaryKind, text: &str) -> Result<Vec<Token>, Unfinished> {
    let mut lexer = Lexer { kind, text, at: 0 };
    let mut tokens = Vec::new();
    while lexer.skip_blank()? {
        let start = lexer.at;
        let is = lexer.token()?;
        tokens.push(Token {
            is,
            start,
            end: lexer.at,
        });
    }
    Ok(tokens)
}

struct Lexer<'a> {
    kind: PrimaryKind,
    text: &'a str,
    at: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn bump_while(&mut self, belongs: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&belongs) {
            self.bump();
        }
    }

    /// Moves to the next token; false at the end.
    fn skip_blank(&mut self) -> Result<bool, Unfinished> {
        loop {
            self.bump_while(|c| c.is_ascii_whitespace() || c == '\u{b}');
            if self.rest().starts_with("--") {
                let sqlite = self.kind == PrimaryKind::Sqlite;
                self.bump_while(|c| c != '\n' && (c != '\r' || sqlite));
            } else if self.rest().starts_with("/*") {
                self.comment()?;
            } else {
                return Ok(!self.rest().is_empty());
            }
        }
    }

    /// Comments nest, except on SQLite, where the first end ends them.
    fn comment(&mut self) -> Result<(), Unfinished> {
        let mut depth = 0;
        loop {
            if self.rest().starts_with("/*") && (depth == 0 || self.kind != PrimaryKind::Sqlite) {
                depth += 1;
                self.at += 2;
            } else if self.rest().starts_with("*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return Ok(());
                }
            } else if self.bump().is_none() {
                return Err(Unfinished("comment"));
            }
        }
    }

    fn token(&mut self) -> Result<Is, Unfinished> {
        let sqlite = self.kind == PrimaryKind::Sqlite;
        match self.bump().unwrap_or(' ') {
            '\'' => self.string(false),
            '"' => self.quoted('"'),
            '`' if sqlite => self.quoted('`'),
            '[' if sqlite => self.quoted(']'),
            '$' if !sqlite => self.dollar(),
            '$' | '?' | ':' | '@' if sqlite && self.peek().is_some_and(is_inner) => {
                self.bump_while(is_inner);
                Ok(Is::Value)
            }
            c if c.is_ascii_digit() => {
                self.bump_while(|c| c.is_ascii_digit() || c == '.');
                Ok(Is::Value)
            }
            c if is_first(c) => {
                let start = self.at - c.len_utf8();
                self.bump_while(is_inner);
                let word = self.text[start..self.at].to_ascii_lowercase();
                if self.peek() == Some('\'') && self.escapes(&word) {
                    self.bump();
                    return self.string(true);
                }
                Ok(Is::Word(word))
            }
            c => Ok(Is::Symbol(c)),
        }
    }

    /// Whether a string after this word has backslash escapes.
    fn escapes(&self, word: &str) -> bool {
        match self.kind {
            PrimaryKind::Postgres => word == "e",
            PrimaryKind::Cockroach => matches!(word, "e" | "b"),
            PrimaryKind::Sqlite => false,
        }
    }

    fn string(&mut self, escapes: bool) -> Result<Is, Unfinished> {
        loop {
            match self.bump() {
                None => return Err(Unfinished("string")),
                Some('\\') if escapes => {
                    self.bump();
                }
                // A doubled quote ends one string and begins the next: the same to us.
                Some('\'') if self.peek() == Some('\'') => {
                    self.bump();
                }
                Some('\'') => return Ok(Is::Value),
                Some(_) => {}
            }
        }
    }

    fn quoted(&mut self, end: char) -> Result<Is, Unfinished> {
        let mut name = String::new();
        loop {
            match self.bump() {
                None => return Err(Unfinished("quoted name")),
                Some(c) if c == end => {
                    if end == ']' || self.peek() != Some(end) {
                        return Ok(Is::Quoted(name));
                    }
                    self.bump();
                    name.push(end);
                }
                Some(c) => name.push(c),
            }
        }
    }

    /// `$1`, or a string between `$tag$` and the same again.
    fn dollar(&mut self) -> Result<Is, Unfinished> {
        let start = self.at;
        if self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.bump_while(|c| c.is_ascii_digit());
            return Ok(Is::Value);
        }
        if self.peek().is_some_and(is_first) {
            self.bump_while(|c| is_inner(c) && c != '$');
        }
        if self.peek() != Some('$') {
            self.at = start;
            return Ok(Is::Symbol('$'));
        }
        self.bump();
        let tag = &self.text[start - 1..self.at];
        match self.text[self.at..].find(tag) {
            None => Err(Unfinished("dollar-quoted string")),
            Some(found) => {
                self.at += found + tag.len();
                Ok(Is::Value)
            }
        }
    }
}

fn is_first(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn is_inner(c: char) -> bool {
    is_first(c) || c.is_ascii_digit() || c == '$'
}

#[cfg(test)]
#[path = "lexer_tests.rs"]
mod tests;
