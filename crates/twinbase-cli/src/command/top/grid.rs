//! Columns that fit a width: the least important are left out first, then the first one is cut.

use crate::terminal::{
    Line, Tone,
    text::{columns, fit},
};

/// Between two columns.
const GAP: usize = 2;
/// A first column narrower than this says too little: rather leave another one out.
const LEAST: usize = 12;

/// A column but for the first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) title: &'static str,
    /// Columns with a higher number are left out first.
    pub(super) rank: u8,
}

/// A row: the first cell is text, the others are short.
#[derive(Debug)]
pub(super) struct Row<const N: usize> {
    pub(super) tone: Tone,
    pub(super) first: String,
    pub(super) cells: [String; N],
}

/// A header and the rows as lines of at most `width` columns.
pub(super) fn grid<const N: usize>(
    title: &str,
    header: [Column; N],
    rows: &[Row<N>],
    width: usize,
) -> (Line, Vec<Line>) {
    let widths: [usize; N] = std::array::from_fn(|at| {
        let cells = rows.iter().map(|row| columns(&row.cells[at]));
        cells.chain([columns(header[at].title)]).max().unwrap_or(0)
    });
    let widest = rows.iter().map(|row| columns(&row.first));
    let widest = widest.chain([columns(title)]).max().unwrap_or(0);
    let shown = choose(header, &widths, widest, width);
    let taken: usize = shown.iter().map(|at| GAP + widths[*at]).sum();
    let first = widest.min(width.saturating_sub(taken));
    let line = |tone, text: &str, cell: &dyn Fn(usize) -> String| {
        let mut line = pad(&fit(text, first), first);
        for &at in &shown {
            let cell = cell(at);
            let space = GAP + widths[at] - columns(&cell);
            line.push_str(&" ".repeat(space));
            line.push_str(&cell);
        }
        Line::of(tone, line).fit(width)
    };
    let head = line(Tone::Strong, title, &|at| header[at].title.to_owned());
    let rows = rows
        .iter()
        .map(|row| line(row.tone, &row.first, &|at| row.cells[at].clone()));
    (head, rows.collect())
}

/// Which columns are shown, in order.
fn choose<const N: usize>(
    header: [Column; N],
    widths: &[usize; N],
    widest: usize,
    width: usize,
) -> Vec<usize> {
    let mut shown: Vec<usize> = (0..N).collect();
    let fits = |shown: &[usize]| {
        let taken: usize = shown.iter().map(|at| GAP + widths[*at]).sum();
        taken + widest.min(LEAST) <= width
    };
    while !fits(&shown)
        && let Some(least) = shown.iter().copied().max_by_key(|at| header[*at].rank)
    {
        shown.retain(|at| *at != least);
    }
    shown
}

fn pad(text: &str, width: usize) -> String {
    let space = width.saturating_sub(columns(text));
    format!("{text}{}", " ".repeat(space))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(width: usize) -> Vec<String> {
        let column = |title, rank| Column { title, rank };
        let row = |first: &str, cells: [&str; 2]| Row {
            tone: Tone::Plain,
            first: first.to_owned(),
            cells: cells.map(str::to_owned),
        };
        let rows = [
            row("a long name of a thing", ["1,000", "x"]),
            row("b", ["2", "yes"]),
        ];
        let header = [column("COUNT", 0), column("WHY", 1)];
        let (head, rows) = grid("THING", header, &rows, width);
        [head].iter().chain(&rows).map(Line::plain).collect()
    }

    #[test]
    fn columns_are_aligned_and_the_first_is_cut_when_it_must() {
        assert_eq!(
            lines(40),
            [
                "THING                   COUNT  WHY",
                "a long name of a thing  1,000    x",
                "b                           2  yes"
            ]
        );
        assert_eq!(lines(26)[1], "a long name o…  1,000    x");
    }

    #[test]
    fn the_least_important_column_goes_when_nothing_else_helps() {
        assert_eq!(lines(20)[0], "THING          COUNT");
        assert_eq!(lines(20)[1], "a long name …  1,000");
        assert_eq!(lines(5), ["THING", "a lo…", "b"]);
    }
}
