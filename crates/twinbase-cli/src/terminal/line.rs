//! A line of a display: pieces of text, each with a tone. A tone only stresses what the text says by itself.

use super::text::{ELLIPSIS, columns, cut};

/// How a piece of text is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    Plain,
    /// A heading.
    Strong,
    /// Of less weight.
    Dim,
    /// All is well.
    Good,
    /// Somebody should look.
    Warning,
    /// It does not work.
    Bad,
}

impl Tone {
    /// The attributes of ECMA-48 (SGR).
    const fn code(self) -> &'static str {
        match self {
            Self::Plain => "0",
            Self::Strong => "1",
            Self::Dim => "2",
            Self::Good => "32",
            Self::Warning => "33",
            Self::Bad => "1;31",
        }
    }
}

/// One line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line(Vec<(Tone, String)>);

impl Line {
    /// A line of one piece.
    pub fn of(tone: Tone, text: impl Into<String>) -> Self {
        Self(vec![(tone, text.into())])
    }

    /// The same with another piece.
    #[must_use]
    pub fn and(mut self, tone: Tone, text: impl Into<String>) -> Self {
        self.0.push((tone, text.into()));
        self
    }

    /// How many columns it takes.
    pub fn columns(&self) -> usize {
        self.0.iter().map(|(_, text)| columns(text)).sum()
    }

    /// The line in at most so many columns; what is cut off shows as an ellipsis.
    #[must_use]
    pub fn fit(self, width: usize) -> Self {
        if self.columns() <= width {
            return self;
        }
        let Some(mut left) = width.checked_sub(1) else {
            return Self::default();
        };
        let mut fitted = Self::default();
        for (tone, text) in self.0 {
            let part = cut(&text, left);
            left -= columns(part);
            let whole = part.len() == text.len();
            fitted = fitted.and(tone, part);
            if !whole {
                return fitted.and(tone, ELLIPSIS);
            }
        }
        fitted
    }

    /// The text alone.
    pub fn plain(&self) -> String {
        let text: String = self.0.iter().map(|(_, text)| text.as_str()).collect();
        text.trim_end().to_owned()
    }

    /// The text with its tones, for a terminal.
    pub fn toned(&self) -> String {
        let piece = |(tone, text): &(Tone, String)| match tone {
            Tone::Plain => text.clone(),
            tone => format!("\u{1b}[{}m{text}\u{1b}[0m", tone.code()),
        };
        self.0.iter().map(piece).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_where_it_is_too_long_whatever_its_pieces() {
        let line = Line::of(Tone::Strong, "abc")
            .and(Tone::Bad, "def")
            .and(Tone::Plain, "ghi");
        assert_eq!(line.columns(), 9);
        for (width, text) in [
            (9, "abcdefghi"),
            (8, "abcdefg…"),
            (5, "abcd…"),
            (3, "ab…"),
            (0, ""),
        ] {
            assert_eq!(line.clone().fit(width).plain(), text, "{width}");
        }
    }

    #[test]
    fn tones_do_not_change_the_text() {
        let line = Line::of(Tone::Bad, "x").and(Tone::Plain, "y");
        assert_eq!(line.toned(), "\u{1b}[1;31mx\u{1b}[0my");
        assert_eq!(line.plain(), "xy");
    }
}
