//! What repeats the item before it.

use super::{Flags, Node, Parser};

/// PCRE2's limit for the numbers of a quantifier.
const MAX_COUNT: u32 = 65_535;

type Bounds = (u32, Option<u32>);

impl Parser<'_> {
    /// The item with the quantifier that follows it, if one does. Greedy and lazy find the same texts.
    pub(super) fn quantified(&mut self, node: Node, flags: Flags) -> Result<Node, String> {
        self.skip_ignored(flags)?;
        let Some((least, most)) = self.quantifier()? else {
            return Ok(node);
        };
        if !self.eat("?") && self.rest.starts_with('+') {
            return Err("a possessive quantifier".to_owned());
        }
        self.skip_ignored(flags)?;
        if self.quantifier()?.is_some() {
            return Err("a quantifier after a quantifier".to_owned());
        }
        Ok(Node::Repeat {
            node: Box::new(node),
            least,
            most,
        })
    }

    pub(super) fn quantifier(&mut self) -> Result<Option<Bounds>, String> {
        let bounds = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => return self.braces(),
            _ => return Ok(None),
        };
        self.next();
        Ok(Some(bounds))
    }

    /// A brace that begins no quantifier is a literal.
    fn braces(&mut self) -> Result<Option<Bounds>, String> {
        let Some((inside, rest)) = self.rest[1..].split_once('}') else {
            return Ok(None);
        };
        let of = |extra: &[char]| {
            inside
                .chars()
                .all(|c| c.is_ascii_digit() || extra.contains(&c))
        };
        if !of(&[',', ' ', '\t']) || !inside.contains(|c: char| c.is_ascii_digit()) {
            return Ok(None);
        }
        let (least, most) = inside.split_once(',').unwrap_or((inside, inside));
        if most.contains(',') {
            return Ok(None);
        }
        // A quantifier since PCRE2 10.43, literal text before.
        if !of(&[',']) || least.is_empty() {
            return Err("{ with spaces or without a lower bound".to_owned());
        }
        let number = |text: &str| {
            text.parse()
                .ok()
                .filter(|n| *n <= MAX_COUNT)
                .ok_or_else(|| format!("a quantifier above {MAX_COUNT}"))
        };
        let least = number(least)?;
        let most = (!most.is_empty()).then(|| number(most)).transpose()?;
        if most.is_some_and(|most| most < least) {
            return Err("a quantifier whose numbers are out of order".to_owned());
        }
        self.rest = rest;
        Ok(Some((least, most)))
    }
}
