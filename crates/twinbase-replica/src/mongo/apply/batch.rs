//! How statements are packed into commands.

use std::ops::Range;

use bson::{RawArrayBuf, RawDocumentBuf, raw::cstr, rawdoc};

use super::statement::{Form, Statement};

/// A command is one document of at most 16 MiB; this leaves room for what the driver adds.
const MAX_COMMAND_BYTES: usize = 16 * 1024 * 1024 - 16 * 1024;
/// Servers take up to 100,000. Fewer keep one command's locks, and what a deadlock undoes, small.
const MAX_STATEMENTS: usize = 5_000;
/// Type, position as text and its end.
const ELEMENT_BYTES: usize = 8;

/// Ranges of statements that fit into one command each, inserts before replacements, as they are sorted.
pub(super) fn ranges(statements: &[Statement<'_>]) -> Vec<Range<usize>> {
    let inserts = statements.partition_point(|statement| statement.form == Form::Insert);
    let size = |statement: &Statement<'_>| statement.raw.as_bytes().len();
    let replacements = split(statements[inserts..].iter().map(size))
        .into_iter()
        .map(|range| range.start + inserts..range.end + inserts);
    let mut ranges = split(statements[..inserts].iter().map(size));
    ranges.extend(replacements);
    ranges
}

/// Ranges of statements of these sizes that fit into one command each. One that alone is over the limit goes alone:
/// servers leave 16 KiB for the command around a document of the largest size.
fn split(sizes: impl IntoIterator<Item = usize>) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let (mut start, mut bytes, mut end) = (0, 0, 0);
    for size in sizes {
        let size = size + ELEMENT_BYTES;
        let full = bytes + size > MAX_COMMAND_BYTES || end - start == MAX_STATEMENTS;
        if full && end > start {
            ranges.push(start..end);
            (start, bytes) = (end, 0);
        }
        bytes += size;
        end += 1;
    }
    if end > start {
        ranges.push(start..end);
    }
    ranges
}

/// The command for statements of one form. The server gives up waiting for the majority when we would.
pub(super) fn command(
    collection: &str,
    statements: &[Statement<'_>],
    wait_millis: i64,
) -> RawDocumentBuf {
    let mut items = RawArrayBuf::new();
    for statement in statements {
        items.push(&*statement.raw);
    }
    let mut command = RawDocumentBuf::new();
    match statements.first().map(|statement| statement.form) {
        Some(Form::Insert) => {
            command.append(cstr!("insert"), collection);
            command.append(cstr!("documents"), items);
        }
        Some(Form::Replace) | None => {
            command.append(cstr!("update"), collection);
            command.append(cstr!("updates"), items);
        }
    }
    command.append(cstr!("ordered"), false);
    command.append(
        cstr!("writeConcern"),
        rawdoc! { "w": "majority", "wtimeout": wait_millis },
    );
    command
}

#[cfg(test)]
mod tests {
    use super::{MAX_COMMAND_BYTES, split};

    #[test]
    fn commands_stay_below_the_limits_and_nothing_is_lost() {
        let one = |range: std::ops::Range<usize>| vec![range];
        let half = MAX_COMMAND_BYTES / 2;
        let too_much = MAX_COMMAND_BYTES + 1;
        assert!(split([]).is_empty());
        assert_eq!(split([1, 1]), one(0..2));
        assert_eq!(split([half, half, 1]), [0..1, 1..3]);
        assert_eq!(split([1, too_much, 1]), [0..1, 1..2, 2..3]);
        assert_eq!(
            split(std::iter::repeat_n(10, 12_000)),
            [0..5_000, 5_000..10_000, 10_000..12_000]
        );
    }
}
