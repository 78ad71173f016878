//! What the derive makes of a struct, and that it is what can be written by hand.

use serde::{Deserialize, Serialize};
use serde_json::json;
use twinbase::{
    core::{Language, Registry, TextIndex, Unique},
    prelude::*,
};

use crate::{
    app::{SECRET, id},
    combination::{Setup, on_every_combination},
};

on_every_combination!(
    a_change_writes_what_differs_and_nothing_else,
    a_violated_constraint_has_the_name_that_the_schema_declares,
    a_table_that_is_not_as_its_schema_says_is_refused_before_anything_is_synced,
);

/// A title, as one of an application's own types.
#[derive(Debug, Clone, PartialEq, FieldType, Serialize, Deserialize)]
struct Title(String);

#[derive(Debug, Clone, PartialEq, Aggregate, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[aggregate(
    name = "entry",
    table = "journal_entries",
    collection = "entries",
    index(newest = [owner_id, created_at desc, id desc]),
    index(by_title = [title]),
    text(words = [title 10, body], language = "german"),
    unique(one_title_per_owner = [owner_id, title])
)]
struct Entry {
    #[key]
    id: AggregateId,
    #[fixed]
    owner_id: AggregateId,
    title: Title,
    #[serde(rename = "text")]
    #[aggregate(column = "long_text")]
    body: Option<String>,
    stars: i64,
    tag: Option<uuid::Uuid>,
    day: jiff::civil::Date,
    r#type: String,
    #[serde(skip)]
    secret: Private<Option<String>>,
    #[created]
    created_at: Timestamp,
    #[updated]
    updated_at: Timestamp,
}

/// What a reader wants of an entry.
#[derive(Debug, PartialEq, Deserialize)]
struct Line {
    title: String,
}

fn by_hand() -> Schema {
    let fields = [
        Field::key("id"),
        Field::new("owner_id", "ownerId", Kind::Text),
        Field::new("title", "title", Kind::Text),
        Field::new("long_text", "text", Kind::Text).nullable(),
        Field::new("stars", "stars", Kind::Int64),
        Field::new("tag", "tag", Kind::Uuid).nullable(),
        Field::new("day", "day", Kind::Date),
        Field::new("type", "type", Kind::Text),
        Field::private("secret", Kind::Text).nullable(),
        Field::new("created_at", "createdAt", Kind::Timestamp),
        Field::new("updated_at", "updatedAt", Kind::Timestamp),
    ];
    Schema::new("entry", Table::new("journal_entries", fields), "entries")
        .with_indexes([
            Index::new("newest", [("ownerId", 1), ("createdAt", -1), ("_id", -1)]),
            Index::new("by_title", [("title", 1)]),
        ])
        .with_uniques([Unique::new("one_title_per_owner", ["owner_id", "title"])])
        .with_text(
            TextIndex::new("words", [("title", 10), ("text", 1)]).in_language(Language::German),
        )
}

fn entry() -> Entry {
    Entry {
        id: id("one"),
        owner_id: id("ada"),
        title: Title("First".into()),
        body: None,
        stars: 3,
        tag: None,
        day: jiff::civil::date(2026, 11, 29),
        r#type: "diary".into(),
        secret: Some(SECRET.to_owned()).into(),
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

#[test]
fn the_schema_is_what_can_be_written_by_hand() {
    assert_eq!(**Entry::schema(), by_hand());
    assert!(Registry::new([Entry::schema().clone()]).is_ok());
}

#[test]
fn a_private_column_is_in_no_text() {
    let entry = entry();
    assert!(!format!("{entry:?}").contains(SECRET));
    assert!(!serde_json::to_string(&entry).unwrap().contains(SECRET));
    let written = entry.row();
    let columns: Vec<_> = written.into_iter().map(Assignment::into_inner).collect();
    let secret = columns.iter().find(|set| set.column == "secret").unwrap();
    assert_eq!(secret.value, SECRET.into());
}

#[test]
fn a_change_assigns_what_differs_and_the_time() {
    let now: Timestamp = "2026-11-29T04:00:00Z".parse().unwrap();
    let columns = |change: EntryChange| {
        let set = Assignment::all(change.assignments(&entry(), now));
        let named = set
            .into_iter()
            .map(|set| (set.column.to_string(), set.value));
        named.collect::<Vec<_>>()
    };
    let same = EntryChange {
        title: Some(Title("First".into())),
        body: Some(None),
        stars: Some(3),
        ..EntryChange::default()
    };
    assert_eq!(columns(same), []);
    let other = EntryChange {
        stars: Some(4),
        body: Some(Some("text".into())),
        ..EntryChange::default()
    };
    let expected = [
        ("long_text".to_owned(), "text".into()),
        ("stars".to_owned(), 4_i64.into()),
        ("updated_at".to_owned(), now.into()),
    ];
    assert_eq!(columns(other), expected);
    // What a private column holds is not known, so it is written.
    let hidden = EntryChange {
        secret: Some(Some(SECRET.to_owned()).into()),
        ..EntryChange::default()
    };
    assert_eq!(columns(hidden).len(), 2);
}

/// An application with a journal, on the databases of another.
async fn journal(setup: &Setup) -> Twinbase {
    let sides = setup.twin.sides();
    let twin = Twinbase::builder()
        .aggregate::<Entry>()
        .migrations(MigrationSet {
            name: "journal",
            migrations: vec![Migration {
                number: 1,
                name: "entries",
                sql: |_| {
                    "create table if not exists journal_entries (
                        id text primary key, owner_id text not null, title text not null, long_text text,
                        stars bigint not null, type text not null, secret text,
--[postgres cockroach]
                        tag uuid, day date not null,
--[sqlite]
                        tag text, day text not null,
--[all]
                        created_at {time} not null, updated_at {time} not null,
                        constraint one_title_per_owner unique (owner_id, title)
                    )"
                },
            }],
        })
        .open_primary(sides.primary.clone())
        .open_replica(sides.replica.clone())
        .open()
        .await
        .unwrap();
    twin.migrate().await.unwrap();
    twin
}

async fn a_change_writes_what_differs_and_nothing_else(setup: Setup) {
    let twin = journal(&setup).await;
    let written = twin.insert(&entry()).await.unwrap();
    let tag = uuid::Uuid::from_u128(7);
    let change = EntryChange {
        title: Some(Title("Second".into())),
        tag: Some(Some(tag)),
        day: Some(jiff::civil::date(2026, 12, 1)),
        ..EntryChange::default()
    };
    let expected = written.version.into();
    let changed = twin
        .change(&written.id, &expected, &change)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(changed.title, Title("Second".into()));
    assert!(changed.updated_at > written.updated_at);
    let again = twin
        .change(&written.id, &Expected::Any, &change)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (again.version, &again.value),
        (changed.version, &changed.value)
    );
    let late = twin
        .change(&written.id, &expected, &change)
        .await
        .unwrap_err();
    assert!(
        matches!(late, PrimaryError::VersionConflict { .. }),
        "{late}"
    );
    let nobody = twin
        .change(&id("nobody"), &Expected::Any, &change)
        .await
        .unwrap();
    assert!(nobody.is_none());
    let (counted, token) = twin
        .write(|tx| async move {
            let (id, set) = (id("one"), [Entry::STARS.increase(2)]);
            tx.update(&id, set).await?;
            Ok::<_, PrimaryError>(tx.token().await)
        })
        .await
        .unwrap();
    assert_eq!(counted.to_string(), token.to_string());
    twin.drain(WorkerOptions::default()).await.unwrap();
    let entries = twin.documents("entries").unwrap();
    let found = entries.get(&id("one")).await.unwrap().value.unwrap();
    assert_eq!(found.value.get_i64("stars").unwrap(), 5);
    assert!(!found.value.contains_key("secret"));
    assert_eq!(found.value.get_str("day").unwrap(), "2026-12-01");
    let typed = twin.collection::<Entry>().get(&id("one")).await.unwrap();
    assert_eq!(typed.value.unwrap().tag, Some(tag));
    let lines = twin
        .collection::<Entry>()
        .find(doc! {})
        .projection(doc! { "title": 1 });
    let lines = lines.fetch_as::<Line>().await.unwrap().value;
    assert_eq!(json!(lines[0].title), "Second");
    let report = twin.verify(|_, _| {}).await.unwrap();
    assert!(report.is_clean(), "{report:#?}");
}

async fn a_table_that_is_not_as_its_schema_says_is_refused_before_anything_is_synced(setup: Setup) {
    let sides = setup.twin.sides();
    let opened = async |schema: Schema| {
        let twin = Twinbase::builder()
            .schema(schema)
            .open_primary(sides.primary.clone())
            .open_replica(sides.replica.clone());
        twin.open().await.unwrap().migrate().await
    };
    let accounts = |fields: Vec<Field>| {
        let fields = [vec![Field::key("id")], fields].concat();
        Schema::new("account", Table::new("accounts", fields), "accounts")
    };
    let right = accounts(vec![
        Field::new("name", "name", Kind::Text),
        Field::new("points", "points", Kind::Int32),
    ]);
    opened(right).await.unwrap();
    let wrong = accounts(vec![
        Field::new("nickname", "nickname", Kind::Text),
        Field::new("points", "points", Kind::Json).nullable(),
        Field::new("name", "name", Kind::Int64),
    ]);
    let error = opened(wrong).await.unwrap_err();
    let text = error.to_string();
    for part in ["no column `nickname`", "`accounts.name`"] {
        assert!(text.contains(part), "{text}");
    }
    assert!(error.remedy().contains("migration"), "{}", error.remedy());
    let missing = Schema::new("ghost", Table::new("ghosts", [Field::key("id")]), "ghosts");
    let error = opened(missing).await.unwrap_err();
    assert!(error.to_string().contains("no table `ghosts`"), "{error}");
}

async fn a_violated_constraint_has_the_name_that_the_schema_declares(setup: Setup) {
    let twin = journal(&setup).await;
    twin.insert(&entry()).await.unwrap();
    // SQLite names the columns of a constraint, the others the constraint.
    let same = &Entry {
        id: id("two"),
        ..entry()
    };
    let alone = twin.insert(same).await.unwrap_err();
    assert_eq!(alone.constraint(), Some("one_title_per_owner"), "{alone}");
    let together = twin.write(|tx| async move { tx.insert(same).await });
    let together: PrimaryError = together.await.unwrap_err();
    assert_eq!(together.constraint(), Some("one_title_per_owner"));
}
