//! What `docs/prisma` says about the database is true of it.

use std::{collections::BTreeSet, fs, path::Path};

use twinbase::prelude::Writes as _;

use crate::support::{Combination, Studyhall, on_two_combinations};

on_two_combinations! {
    prisma_is_told_to_leave_every_table_alone,
}

async fn prisma_is_told_to_leave_every_table_alone(on: Combination) {
    let app = Studyhall::start(on).await;
    let tables = if on.has_postgres() {
        "select table_name as name from information_schema.tables where table_schema = current_schema()"
    } else {
        "select name from sqlite_master where type = 'table' and name not like 'sqlite%'"
    };
    let rows = app.twin.query(tables, &[]).await.expect("it runs");
    let there: BTreeSet<String> = rows
        .iter()
        .map(|row| row.get("name").expect("a name"))
        .collect();
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/prisma/prisma.config.ts");
    let config = fs::read_to_string(config).expect("the file is there");
    let listed: BTreeSet<String> = config
        .split('\'')
        .filter_map(|text| text.strip_prefix("public."))
        .map(str::to_owned)
        .collect();
    assert_eq!(listed, there);
}
