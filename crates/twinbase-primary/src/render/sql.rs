//! A statement while it is being composed: its text and its parameters.
//!
//! Names are quoted and values become parameters here and nowhere else.

use std::time::Duration;

use twinbase_core::{Value, primary::PrimaryKind};

use super::Statement;

/// A parameter of a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Param {
    /// One value.
    One(Value),
    /// An array of values; on SQLite, which has no arrays, it is bound as JSON.
    Array(Vec<Value>),
}

/// SQL in one dialect with the values of its placeholders, in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sql {
    pub(crate) kind: PrimaryKind,
    pub(crate) text: String,
    /// The parameters: the first belongs to `$1` (`?1` on SQLite).
    pub(crate) params: Vec<Param>,
}

impl Sql {
    pub(crate) fn new(kind: PrimaryKind) -> Self {
        Self {
            kind,
            // As a change of an aggregate of ten fields has: a shorter one is copied as it grows.
            text: String::with_capacity(2048),
            params: Vec::new(),
        }
    }

    /// As it is sent.
    pub(crate) fn statement(&self, operation: &'static str) -> Statement<'_> {
        Statement {
            operation,
            kind: self.kind,
            text: &self.text,
            params: &self.params,
        }
    }

    /// About how many bytes it has on the wire.
    pub(crate) fn bytes(&self) -> usize {
        fn of(value: &Value) -> usize {
            match value {
                Value::Text(text) => text.len(),
                Value::Json(json) => json.to_string().len(),
                Value::Bytes(bytes) => bytes.len(),
                Value::Many(values) => values.iter().map(of).sum(),
                Value::Null
                | Value::Bool(_)
                | Value::Int(_)
                | Value::Double(_)
                | Value::Timestamp(_) => 8,
            }
        }
        let params = self.params.iter().map(|param| match param {
            Param::One(value) => of(value),
            Param::Array(values) => values.iter().map(of).sum(),
        });
        self.text.len() + params.sum::<usize>()
    }

    /// What servers take (PostgreSQL and CockroachDB), or what SQLite takes.
    pub(super) fn either<T>(&self, servers: T, sqlite: T) -> T {
        match self.kind {
            PrimaryKind::Postgres | PrimaryKind::Cockroach => servers,
            PrimaryKind::Sqlite => sqlite,
        }
    }

    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Appends a quoted name.
    pub(crate) fn name(&mut self, name: &str) -> &mut Self {
        self.enclosed('"', name)
    }

    /// Appends a string literal; for names from schemas, never for values.
    pub(crate) fn literal(&mut self, text: &str) -> &mut Self {
        self.enclosed('\'', text)
    }

    /// Appends a text between two quotes; one in it is doubled.
    fn enclosed(&mut self, quote: char, text: &str) -> &mut Self {
        self.text.push(quote);
        for (at, part) in text.split(quote).enumerate() {
            if at > 0 {
                self.text.extend([quote, quote]);
            }
            self.text.push_str(part);
        }
        self.text.push(quote);
        self
    }

    /// Appends a placeholder for a value.
    pub(crate) fn value(&mut self, value: Value) -> &mut Self {
        self.param(Param::One(value))
    }

    pub(crate) fn param(&mut self, param: Param) -> &mut Self {
        self.params.push(param);
        self.text.push(self.either('$', '?'));
        self.text.push_str(&self.params.len().to_string());
        self
    }

    /// Appends the comparison with a list: one parameter, so that the text is the same for any number of values.
    pub(crate) fn any(&mut self, values: impl IntoIterator<Item = Value>) -> &mut Self {
        let sqlite = (" in (select value from json_each(", "))");
        let (begin, end) = self.either((" = any(", ")"), sqlite);
        let values = Param::Array(values.into_iter().collect());
        self.push(begin).param(values).push(end)
    }

    /// Appends a column with its table.
    pub(crate) fn column(&mut self, table: &str, column: &str) -> &mut Self {
        self.name(table).push(".").name(column)
    }

    /// Appends a text with a column wherever it says `{column}`.
    pub(super) fn template(&mut self, text: &str, column: impl Fn(&mut Self)) -> &mut Self {
        for (at, part) in text.split("{column}").enumerate() {
            if at > 0 {
                column(self);
            }
            self.push(part);
        }
        self
    }

    /// Appends the database's time, the same throughout a statement.
    pub(crate) fn now(&mut self) -> &mut Self {
        let sqlite = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";
        self.push(self.either("statement_timestamp()", sqlite))
    }

    /// Appends the floor of versions, null where the primary was emptied. On PostgreSQL it is a sequence's, which has no snapshots.
    pub(crate) fn floor(&mut self) -> &mut Self {
        self.push(match self.kind {
            PrimaryKind::Postgres => {
                "(select last_value from twinbase_floor where exists (select 1 from twinbase_timeline))"
            }
            PrimaryKind::Cockroach | PrimaryKind::Sqlite => {
                "(select floor from twinbase_timeline where id = 1)"
            }
        })
    }

    /// Appends the database's time and a while.
    pub(crate) fn now_plus(&mut self, period: Duration) -> &mut Self {
        match self.kind {
            PrimaryKind::Postgres | PrimaryKind::Cockroach => {
                let millis = i64::try_from(period.as_millis()).unwrap_or(i64::MAX);
                self.push("statement_timestamp() + cast(")
                    .value(Value::Int(millis))
                    .push(" as bigint) * interval '1 millisecond'")
            }
            PrimaryKind::Sqlite => {
                let modifier = format!("+{:.3} seconds", period.as_secs_f64());
                self.push("strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ")
                    .value(Value::Text(modifier))
                    .push(")")
            }
        }
    }

    /// Appends `items` with `separator` between them.
    pub(crate) fn list<T>(
        &mut self,
        separator: &str,
        items: impl IntoIterator<Item = T>,
        mut each: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                self.push(separator);
            }
            each(self, item);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_in_a_name_or_literal_does_not_end_it() {
        let mut sql = Sql::new(PrimaryKind::Postgres);
        sql.name("a\"b").push(" ").literal("it's").push(" ");
        sql.value(Value::Null).value(Value::Null);
        assert_eq!(sql.text, "\"a\"\"b\" 'it''s' $1$2");
    }
}
