//! Text that came from elsewhere, so that a terminal shows it and does nothing else with it.
//!
//! Control characters are commands to a terminal. Those that turn the direction of text, and those without
//! any shape, make a line look like another one (CVE-2021-42574). Both are shown by their numbers instead.

use std::{borrow::Cow, fmt::Write as _};

/// Text of one line: an error, a name or an id.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => line.push(' '),
            c if is_control(c) || is_invisible(c) => {
                let _ = write!(line, "\\u{{{:x}}}", u32::from(c));
            }
            c => line.push(c),
        }
    }
    line
}

/// Text of several lines that we made, colours included, with foreign text in it.
///
/// Its own line breaks and colours begin with control characters, so only the others are shown by number.
pub(super) fn several_lines(text: &str) -> Cow<'_, str> {
    let hides = |c: char| matches!(c, '\u{7f}'..='\u{9f}') || is_invisible(c);
    if !text.contains(hides) {
        return Cow::Borrowed(text);
    }
    let pieces = text.split_inclusive(hides);
    let mut lines = String::with_capacity(text.len());
    for piece in pieces {
        match piece.char_indices().next_back() {
            Some((at, c)) if hides(c) => {
                let _ = write!(lines, "{}\\u{{{:x}}}", &piece[..at], u32::from(c));
            }
            _ => lines.push_str(piece),
        }
    }
    Cow::Owned(lines)
}

/// JSON that says the same. Its writer has escaped what is below U+0020 already.
pub(super) fn json(json: String) -> String {
    let escaped = |c: char| is_control(c) && c != '\n' || is_invisible(c);
    if !json.contains(escaped) {
        return json;
    }
    let mut safe = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if escaped(c) {
            // Beyond U+FFFF JSON has two units, each escaped.
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    safe
}

/// C0 and C1: U+009B begins commands as ESC does.
const fn is_control(c: char) -> bool {
    matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}')
}

/// What has no shape or turns the direction. Joiners stay: scripts and emoji are written with them.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_command_the_terminal() {
        assert_eq!(one_line("a\u{1b}[2Jb\r\nc"), "a\\u{1b}[2Jb  c");
        assert_eq!(
            several_lines("\u{1b}[1mé\u{9b}2J\u{1b}[0m\n"),
            "\u{1b}[1mé\\u{9b}2J\u{1b}[0m\n"
        );
    }

    #[test]
    fn text_that_turns_around_is_shown_by_its_number() {
        let title = "pay \u{202e}eve\u{2069}\u{200b}\u{e0041}";
        let shown = r"pay \u{202e}eve\u{2069}\u{200b}\u{e0041}";
        assert_eq!(one_line(title), shown);
        assert_eq!(several_lines(title), shown);
        // A family of two, which is written with a joiner, and Persian with a non-joiner.
        for text in ["👩\u{200d}👧", "می\u{200c}خواهم", "שלום"] {
            assert_eq!(one_line(text), text);
            assert_eq!(several_lines(text), text);
        }
    }

    #[test]
    fn json_shows_the_same_and_commands_nothing() {
        let foreign =
            "\u{1b}[2J \u{7f}\u{9b}2J\u{9f}\u{a0}\u{fc}\u{5b66}\u{202e}\u{e0041}👩\u{200d}👧";
        let text = json(serde_json::to_string(foreign).unwrap());
        assert!(
            !text.contains(|c: char| is_control(c) || is_invisible(c)),
            "{text:?}"
        );
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), foreign);
    }
}
