//! The check of one's own aggregates.

use twinbase::{
    bson::Document,
    core::{
        Aggregate, AggregateId, NewRow, PrimaryError, Schema, State, Value,
        error::{Constraint, error_chain},
        mapping::to_document,
        write::{Action, Assignment, Comparison, Condition, OnConflict, Target, Write},
    },
    primary::client::Writes as _,
};

use super::{TestTwin, extremes};
use crate::log;

/// A row to be inserted.
type Row = Vec<Assignment>;

/// What is wrong, collected over all rows.
struct Check<'a> {
    twin: &'a TestTwin,
    schema: &'a std::sync::Arc<Schema>,
    /// What must be nowhere: the column, and its value as text.
    secrets: Vec<(String, String)>,
    /// Where the log of this check begins.
    log: usize,
    findings: Vec<String>,
}

/// Checks an aggregate with these rows; see [`TestTwin::check_aggregate`].
pub(super) async fn check<N: NewRow>(twin: &TestTwin, samples: &[N]) {
    assert!(
        !samples.is_empty(),
        "a check of an aggregate takes a row at least"
    );
    log::keep();
    let schema = <N::Aggregate as Aggregate>::schema();
    let mut check = Check {
        twin,
        schema,
        secrets: Vec::new(),
        log: log::len(),
        findings: Vec::new(),
    };
    if let Err(error) = twin.check_tables().await {
        check.findings.push(error.to_string());
    }
    for sample in samples {
        let row = twinbase::core::schema::Assignment::all(sample.row());
        check.sample::<N::Aggregate>(row).await;
    }
    let findings = check.findings;
    assert!(
        findings.is_empty(),
        "aggregate `{}` is not in order:\n- {}",
        schema.aggregate_type,
        findings.join("\n- ")
    );
}

impl Check<'_> {
    /// Checks a row as it is, and with each of its columns at each extreme.
    async fn sample<A: Aggregate>(&mut self, mut row: Row) {
        self.secrets.clear();
        for given in &mut row {
            let Some(field) = self.schema.table.field(&given.column) else {
                let (table, column) = (&self.schema.table.name, &given.column);
                let unknown = format!(
                    "a row gives `{column}`, which table `{table}` of the schema does not have"
                );
                return self.findings.push(unknown);
            };
            if field.name.is_none()
                && let Some((value, text)) = extremes::marker(given, field.kind)
            {
                given.value = value;
                self.secrets.push((given.column.to_string(), text));
            }
        }
        let before = self.findings.len();
        self.trial::<A>("as it is given", &row, false).await;
        let leaked = self.leaks("the log", &log::after(self.log));
        self.findings.extend(leaked);
        if self.findings.len() > before {
            return;
        }
        for field in &self.schema.table.fields {
            if field.key || field.name.is_none() {
                continue;
            }
            let mut values = extremes::of(field);
            if field.nullable {
                values.push(Value::Null);
            }
            for value in values {
                let what = format!("with `{}` = {}", field.column, shown(&value));
                let mut row = row.clone();
                row.retain(|given| given.column != field.column);
                row.push(Assignment::set(field.column.clone(), value));
                self.trial::<A>(&what, &row, true).await;
            }
        }
    }

    /// Writes a row, follows it to the replica, compares, and deletes it again.
    async fn trial<A: Aggregate>(&mut self, what: &str, row: &Row, is_extreme: bool) {
        let (columns, values) = row
            .iter()
            .cloned()
            .map(|one| (one.column, one.value))
            .unzip();
        let insert = Action::Insert {
            columns,
            rows: vec![values],
            on_conflict: OnConflict::Fail,
        };
        let written = match self.twin.execute(self.write(insert)).await {
            Ok(written) => written.states.into_iter().next(),
            // A check of the table, the length of a column: the table says what it takes.
            Err(PrimaryError::Constraint { constraint, .. })
                if is_extreme && constraint != Constraint::NotNull =>
            {
                return;
            }
            Err(PrimaryError::InvalidValue { .. }) if is_extreme => return,
            Err(error) => {
                let text = error_chain(&error);
                return self
                    .findings
                    .push(format!("the row {what} cannot be inserted: {text}"));
            }
        };
        let Some(state) = written else {
            return self
                .findings
                .push(format!("the row {what} was not inserted"));
        };
        let found = self.follow::<A>(&state, is_extreme).await;
        self.findings.extend(
            found
                .into_iter()
                .map(|found| format!("{found} (the row {what})")),
        );
        let key = self.schema.key().column.clone();
        let id = Value::from(&state.id);
        let filter = vec![Condition::compare(key, Comparison::Equal, id)];
        let deleted = self
            .twin
            .execute(self.write(Action::Delete { filter }))
            .await;
        if let Err(error) = deleted {
            let text = error_chain(&error);
            self.findings
                .push(format!("the row {what} cannot be deleted: {text}"));
        }
    }

    fn write(&self, action: Action) -> Write {
        Write {
            target: Target::Aggregate(self.schema.clone()),
            action,
            expected: None,
            traceparent: None,
        }
    }

    /// Everything that is wrong with a row on its way.
    async fn follow<A: Aggregate>(&self, state: &State, is_extreme: bool) -> Vec<String> {
        let (schema, id) = (self.schema, &state.id);
        let payload = state.payload.as_deref().unwrap_or_default();
        let mut found = self.leaks("the payload of its event", payload);
        let value: A = match serde_json::from_str(payload) {
            Ok(value) => value,
            // A type that validates says what it takes.
            Err(_) if is_extreme => return found,
            Err(error) => {
                found.push(format!("the struct cannot be read from the row: {error}"));
                return found;
            }
        };
        if let Ok(text) = serde_json::to_string(&value) {
            found.extend(self.leaks("the struct as JSON", &text));
        }
        let of_row = to_document(schema, id, payload).unwrap_or_else(|error| {
            found.push(format!("the row fits no document: {error}"));
            Document::new()
        });
        let expected = schema.check_sample(&value).unwrap_or_else(|mismatch| {
            found.extend(mismatch.differences);
            of_row.clone()
        });
        found.extend(differences("the struct and its row", &expected, &of_row));
        self.twin.drain().await;
        match self.document(id).await {
            Ok(document) => {
                found.extend(self.leaks("its document", &document.to_string()));
                found.extend(differences(
                    "the struct and its document",
                    &expected,
                    &document,
                ));
            }
            Err(error) => found.push(error),
        }
        let read = self.twin.collection::<A>().get(id).await;
        match read.map(|answer| answer.value) {
            Ok(Some(read)) => match schema.check_sample(&read.value) {
                Ok(read) => found.extend(differences(
                    "what was written and what is read",
                    &expected,
                    &read,
                )),
                Err(mismatch) => found.extend(mismatch.differences),
            },
            Ok(None) => found.push("the replica has no document".to_owned()),
            Err(error) => found.push(format!(
                "the document cannot be read: {}",
                error_chain(&error)
            )),
        }
        found
    }

    /// The document as the replica has it, without what Twinbase keeps in it.
    async fn document(&self, id: &AggregateId) -> Result<Document, String> {
        let replica = &self.twin.sides().replica;
        let stored = replica.get(self.schema, std::slice::from_ref(id)).await;
        let stored = stored.map_err(|error| error_chain(&error))?;
        let found = stored.into_iter().next().and_then(|stored| stored.document);
        let mut document = found.ok_or_else(|| "the replica has no document".to_owned())?;
        document.remove("_id");
        Ok(document)
    }

    fn leaks(&self, place: &str, text: &str) -> Vec<String> {
        let leaked = self
            .secrets
            .iter()
            .filter(|(_, value)| text.contains(value));
        leaked
            .map(|(column, _)| format!("private column `{column}` is in {place}"))
            .collect()
    }
}

/// The fields in which two documents differ.
fn differences(between: &str, one: &Document, other: &Document) -> Vec<String> {
    let names = one
        .keys()
        .chain(other.keys().filter(|name| !one.contains_key(name)));
    let different = names.filter(|name| one.get(name) != other.get(name));
    different
        .map(|name| {
            let side = |document: &Document| {
                document
                    .get(name)
                    .map_or("nothing".to_owned(), |value| cut(value.to_string()))
            };
            format!(
                "{between} differ in `{name}`: {} and {}",
                side(one),
                side(other)
            )
        })
        .collect()
}

fn shown(value: &Value) -> String {
    cut(format!("{value:?}"))
}

/// Enough of a value to know it.
fn cut(text: impl Into<String>) -> String {
    let text = text.into();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text,
    }
}
