//! The tables as they stand in the document: a route, what it is asked about, and a cell for each role.

use super::cast::Role;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/RIGHTS.md");

/// A route asked about something.
pub(crate) struct Row {
    pub(crate) method: String,
    /// With a query, where one belongs.
    pub(crate) path: String,
    /// Which of the owner's things, where a route has several kinds.
    pub(crate) of: String,
    pub(crate) cells: Vec<Cell>,
}

/// What somebody is answered.
pub(crate) struct Cell {
    /// Several where databases differ.
    pub(crate) statuses: Vec<u16>,
    /// Whether the answer has the owner's name, id or text in it: printed bold.
    pub(crate) shows_owner: bool,
}

impl Row {
    fn read(line: &str) -> Self {
        let mut columns = line.trim_matches('|').split('|').map(str::trim);
        let route = columns.next().unwrap_or_default().trim_matches('`');
        let (method, path) = route.split_once(' ').expect("a method and a path");
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            of: columns.next().unwrap_or_default().to_owned(),
            cells: columns.map(Cell::read).collect(),
        }
    }

    /// Without a query, as routers and the OpenAPI document have it.
    pub(crate) fn route(&self) -> String {
        let path = self.path.split('?').next().unwrap_or_default();
        format!("{} {path}", self.method)
    }

    /// The line with other cells.
    pub(super) fn line(&self, cells: &[Cell]) -> String {
        let Self {
            method, path, of, ..
        } = self;
        let cells: Vec<_> = cells.iter().map(Cell::text).collect();
        format!("| `{method} {path}` | {of} | {} |", cells.join(" | "))
    }
}

impl Cell {
    fn read(text: &str) -> Self {
        let statuses = text.trim_matches('*').split(" or ");
        Self {
            statuses: statuses
                .map(|status| status.parse().expect("a status"))
                .collect(),
            shows_owner: text.starts_with("**"),
        }
    }

    fn text(&self) -> String {
        let statuses: Vec<_> = self.statuses.iter().map(u16::to_string).collect();
        let bold = if self.shows_owner { "**" } else { "" };
        format!("{bold}{}{bold}", statuses.join(" or "))
    }

    /// Whether what is was said.
    pub(super) fn has(&self, found: &Self) -> bool {
        let is_said = |status| self.statuses.contains(status);
        found.statuses.iter().all(is_said) && self.shows_owner == found.shows_owner
    }
}

/// All rows of the table of the API's routes.
pub(crate) fn rows() -> Vec<Row> {
    table("route")
}

/// All rows of the table of pages.
pub(super) fn pages() -> Vec<Row> {
    table("page")
}

/// The rows of the table whose first column has this name; the heading has the roles in our order.
fn table(of: &str) -> Vec<Row> {
    let document = std::fs::read_to_string(DOCUMENT).expect("it can be read");
    let begin = format!("| {of} |");
    let lines = document
        .lines()
        .skip_while(|line| !line.starts_with(&begin));
    let mut lines = lines.take_while(|line| line.starts_with('|'));
    let heading: Vec<_> = lines
        .next()
        .unwrap_or_default()
        .trim_matches('|')
        .split('|')
        .collect();
    let heading: Vec<_> = heading.iter().skip(2).map(|name| name.trim()).collect();
    assert_eq!(heading, Role::ALL.map(Role::name), "the columns");
    lines.skip(1).map(Row::read).collect()
}
