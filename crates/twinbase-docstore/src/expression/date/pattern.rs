//! Dates read by a format: each part takes as many characters as it has, everything else stands for itself.

use super::format::MONTHS;
use super::read::{Fields, unconvertible};
use crate::expression::function::{Wrong, wrong};

/// What is left of a text.
#[derive(Debug)]
pub(super) struct Cursor<'t>(&'t str);

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self(text)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn is_at_sign(&self) -> bool {
        self.0.starts_with(['+', '-'])
    }

    pub(super) fn one_of(&mut self, chars: &str) -> Option<char> {
        let c = self.0.chars().next().filter(|c| chars.contains(*c))?;
        self.0 = &self.0[c.len_utf8()..];
        Some(c)
    }

    pub(super) fn literal(&mut self, wanted: char) -> Option<()> {
        self.0 = self.0.strip_prefix(wanted)?;
        Some(())
    }

    fn digits(&mut self, least: usize, most: usize) -> Option<&'t str> {
        let found = self.0.bytes().take(most).take_while(u8::is_ascii_digit);
        let (digits, rest) = self.0.split_at(found.count());
        self.0 = rest;
        (digits.len() >= least).then_some(digits)
    }

    pub(super) fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        self.digits(least, most)?.parse().ok()
    }

    /// The milliseconds of a fraction of a second; further digits are cut off.
    pub(super) fn fraction(&mut self) -> Option<i64> {
        let digits = self.digits(1, usize::MAX)?;
        format!("{digits:0<3}").get(..3)?.parse().ok()
    }

    /// Z or hours and minutes, in milliseconds east of UTC.
    pub(super) fn offset(&mut self) -> Option<i64> {
        if self.one_of("Zz").is_some() {
            return Some(0);
        }
        let sign = if self.one_of("+-")? == '-' { -1 } else { 1 };
        let hours = self.number(2, 2)?;
        let colon = self.literal(':').is_some();
        let minutes = if colon || !self.is_at_end() {
            self.number(2, 2)?
        } else {
            0
        };
        Some(sign * (hours * 60 + minutes) * 60_000)
    }

    /// Minutes, in milliseconds east of UTC.
    fn offset_in_minutes(&mut self) -> Option<i64> {
        let sign = if self.one_of("+-")? == '-' { -1 } else { 1 };
        Some(sign * self.number(1, 4)? * 60_000)
    }

    /// The number of a month by its name, whole or of three letters, in any case.
    fn month(&mut self, length: usize) -> Option<i64> {
        for (number, name) in (1_i64..).zip(MONTHS) {
            let name = name.get(..length.min(name.len()))?;
            let begins = self.0.get(..name.len());
            if begins.is_some_and(|text| text.eq_ignore_ascii_case(name)) {
                self.0 = &self.0[name.len()..];
                return Some(number);
            }
        }
        None
    }

    fn part(&mut self, part: char, fields: &mut Fields) -> Option<()> {
        let (place, value) = match part {
            'b' => (&mut fields.month, self.month(3)?),
            'B' => (&mut fields.month, self.month(usize::MAX)?),
            'd' => (&mut fields.day, self.number(1, 2)?),
            'G' => (&mut fields.iso_year, self.number(4, 4)?),
            'H' => (&mut fields.hour, self.number(1, 2)?),
            'j' => (&mut fields.day_of_year, self.number(1, 3)?),
            'L' => {
                let digits = self.digits(1, 3)?;
                let value = format!("{digits:0<3}").parse().ok()?;
                (&mut fields.millisecond, value)
            }
            'm' => (&mut fields.month, self.number(1, 2)?),
            'M' => (&mut fields.minute, self.number(2, 2)?),
            'S' => (&mut fields.second, self.number(2, 2)?),
            'u' => (&mut fields.iso_day, self.number(1, 1)?),
            'V' => (&mut fields.iso_week, self.number(1, 2)?),
            'Y' => (&mut fields.year, self.number(4, 4)?),
            'z' => (&mut fields.offset, self.offset()?),
            'Z' => (&mut fields.offset, self.offset_in_minutes()?),
            _ => return self.literal('%'),
        };
        *place = Some(value);
        Some(())
    }
}

const PARTS: &str = "%bBdGHjLmMSuVYzZ";

/// Refuses a format with an unknown part.
pub(super) fn check(format: &str) -> Result<(), Wrong> {
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c == '%' {
            match chars.next() {
                Some(part) if PARTS.contains(part) => {}
                Some(part) => return wrong(&format!("does not know %{part} in a format")),
                None => return wrong("ends with a % in its format"),
            }
        }
    }
    Ok(())
}

/// The format was checked.
pub(super) fn read(format: &str, text: &str) -> Result<Fields, Wrong> {
    let mut fields = Fields::default();
    let mut cursor = Cursor::new(text);
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        let read = match c {
            '%' => cursor.part(chars.next().unwrap_or('%'), &mut fields),
            c => cursor.literal(c),
        };
        if read.is_none() {
            return unconvertible("cannot read the string by its format");
        }
    }
    if cursor.is_at_end() {
        Ok(fields)
    } else {
        unconvertible("has more in the string than in its format")
    }
}
