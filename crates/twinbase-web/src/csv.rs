//! Comma-separated values (RFC 4180) that spreadsheets open as they are meant: with a byte order mark, so that they read
//! UTF-8, and without cells that they would take for formulas.

/// The media type of the files.
pub const MEDIA_TYPE: &str = "text/csv; charset=utf-8";

/// A file that is being written, row by row.
#[derive(Debug)]
pub struct Csv(String);

impl Csv {
    /// A file that begins with these headings.
    pub fn with_headings<'a>(headings: impl IntoIterator<Item = &'a str>) -> Self {
        let mut csv = Self("\u{feff}".to_owned());
        csv.row(headings);
        csv
    }

    /// Appends a row.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        for (i, cell) in cells.into_iter().enumerate() {
            if i > 0 {
                self.0.push(',');
            }
            self.cell(cell);
        }
        self.0.push_str("\r\n");
    }

    /// What was written since this was last called, for a file that is sent while it is written.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.0)
    }

    /// The file.
    pub fn into_text(self) -> String {
        self.0
    }

    fn cell(&mut self, text: &str) {
        let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
        let apostrophe = if is_formula { "'" } else { "" };
        if is_formula || text.contains(['"', ',', '\r', '\n']) {
            let quoted = text.replace('"', "\"\"");
            self.0.extend(["\"", apostrophe, &quoted, "\""]);
        } else {
            self.0.push_str(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Csv;

    #[test]
    fn cells_are_quoted_where_needed_and_never_formulas() {
        let mut csv = Csv::with_headings(["day", "=notes"]);
        csv.row(["2030-01-31", "a \"b\", c\nd"]);
        csv.row(["\n=x", "@x"]);
        let expected =
            "\u{feff}day,\"'=notes\"\r\n2030-01-31,\"a \"\"b\"\", c\nd\"\r\n\"'\n=x\",\"'@x\"\r\n";
        assert_eq!(csv.into_text(), expected);
    }

    #[test]
    fn a_file_can_be_taken_in_parts() {
        let mut csv = Csv::with_headings(["a"]);
        assert_eq!(csv.take(), "\u{feff}a\r\n");
        csv.row(["1", "2"]);
        assert_eq!(csv.take(), "1,2\r\n");
        assert_eq!(csv.into_text(), "");
    }
}
