//! Tokens: what a write returns so that a read can wait for it.
//!
//! A token names what was written, (aggregate, version) by (aggregate, version),
//! and is satisfied when every named document, or its tombstone, is at that
//! version or above. It is never a position in a log, so it holds for any number
//! of workers and across restarts. As text it is URL-safe base64 of a compact
//! form: a format byte, then per aggregate type its name and its entries, an id
//! that is a UUID in 16 bytes.
//!
//! A text has a limit. The text of a token beyond it is *folded*: it says only that there were too many.
//! A read with it goes to the primary, or is refused where it must not; the replica cannot show that it has them all.

use std::{collections::BTreeMap, fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::{AggregateId, Key, Version};

/// The aggregates that a write changed, with the versions it gave them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Token {
    entries: BTreeMap<Key, Version>,
    folded: bool,
}

/// A text that is not a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a sync token")]
pub struct InvalidToken;

const FORMAT: u8 = 1;
const FOLDED: u8 = 2;
/// What [`Token::MAX_TEXT_BYTES`] of base64 hold.
const MAX_BYTES: usize = Token::MAX_TEXT_BYTES / 4 * 3;

const UUID_ID: u8 = 0;
const TEXT_ID: u8 = 1;

impl Token {
    /// The longest text of a token, written and read: what a header line can hold.
    pub const MAX_TEXT_BYTES: usize = 16 * 1024;

    /// Adds an aggregate at a version. Of two versions the higher stays; [`Version::NONE`] adds nothing.
    pub fn insert(&mut self, key: Key, version: Version) {
        if version > Version::NONE {
            let entry = self.entries.entry(key).or_default();
            *entry = (*entry).max(version);
        }
    }

    /// Adds what another token names.
    pub fn merge(&mut self, other: Token) {
        self.folded |= other.folded;
        for (key, version) in other.entries {
            self.insert(key, version);
        }
    }

    /// Whether it names nothing, and so is always satisfied.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && !self.folded
    }

    /// Whether it was read from the text of a token with too many entries: what it stood for is not known any more.
    pub const fn is_folded(&self) -> bool {
        self.folded
    }

    /// What it names, by type and id.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (&Key, Version)> {
        self.entries.iter().map(|(key, version)| (key, *version))
    }

    fn encode(&self) -> Vec<u8> {
        if self.folded {
            return vec![FOLDED];
        }
        let mut out = vec![FORMAT];
        let entries: Vec<_> = self.entries.iter().collect();
        for of_type in entries.chunk_by(|(a, _), (b, _)| a.aggregate_type == b.aggregate_type) {
            put_bytes(&mut out, of_type[0].0.aggregate_type.as_bytes());
            put_number(&mut out, of_type.len() as u64);
            for (key, version) in of_type {
                put_id(&mut out, &key.id);
                put_number(&mut out, version.get().unsigned_abs());
            }
            if out.len() > MAX_BYTES {
                return vec![FOLDED];
            }
        }
        out
    }

    fn decode(mut bytes: &[u8]) -> Option<Self> {
        let input = &mut bytes;
        let mut token = Self::default();
        match take(input, 1)? {
            [FORMAT] => {}
            [FOLDED] if input.is_empty() => {
                token.folded = true;
                return Some(token);
            }
            _ => return None,
        }
        while !input.is_empty() {
            let aggregate_type: std::sync::Arc<str> = take_text(input)?.into();
            for _ in 0..take_number(input)? {
                let id = take_id(input)?;
                let version = i64::try_from(take_number(input)?).ok()?;
                token.insert(Key::new(aggregate_type.clone(), id), Version::new(version));
            }
        }
        Some(token)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.encode()))
    }
}

impl FromStr for Token {
    type Err = InvalidToken;
    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        if text.len() > Self::MAX_TEXT_BYTES {
            return Err(InvalidToken);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidToken)?;
        Self::decode(&bytes).ok_or(InvalidToken)
    }
}

fn put_id(out: &mut Vec<u8>, id: &AggregateId) {
    match Uuid::try_parse(id.as_str()) {
        // Only the usual form comes back as the same text.
        Ok(uuid) if AggregateId::from_uuid(uuid) == *id => {
            out.push(UUID_ID);
            out.extend_from_slice(uuid.as_bytes());
        }
        _ => {
            out.push(TEXT_ID);
            put_bytes(out, id.as_str().as_bytes());
        }
    }
}

fn take_id(input: &mut &[u8]) -> Option<AggregateId> {
    match take(input, 1)? {
        [UUID_ID] => Some(AggregateId::from_uuid(
            Uuid::from_slice(take(input, 16)?).ok()?,
        )),
        [TEXT_ID] => AggregateId::new(take_text(input)?).ok(),
        _ => None,
    }
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn take_text<'a>(input: &mut &'a [u8]) -> Option<&'a str> {
    let length = usize::try_from(take_number(input)?).ok()?;
    std::str::from_utf8(take(input, length)?).ok()
}

/// LEB128, seven bits a byte, the lowest first.
fn put_number(out: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = number.to_le_bytes()[0] & 0x7f;
        number >>= 7;
        if number == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

fn take_number(input: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = take(input, 1)?[0];
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn take<'a>(input: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = input.split_at_checked(length)?;
    *input = rest;
    Some(taken)
}
