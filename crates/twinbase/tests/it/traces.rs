//! The trace context of a request is on the events of what it wrote, and on no others.

use std::time::Duration;

use twinbase::{current_trace, prelude::*, with_trace};

use crate::{
    app::{Account, Note, account, id, note},
    combination::{Setup, on_every_combination},
};

on_every_combination!(
    every_event_tells_the_trace_it_was_written_in,
    a_change_takes_the_trace_it_was_called_in_wherever_it_is_awaited,
    with_and_without_a_trace_it_is_the_same_statement,
);

fn trace(number: u64) -> TraceParent {
    let recorded = format!("00-{number:032x}-{number:016x}-01");
    TraceParent::parse(&recorded).unwrap()
}

/// The trace contexts of an aggregate's events, in order.
async fn traces(setup: &Setup, of: &str) -> Vec<Option<String>> {
    let sql = r#"select traceparent from "Outbox" where aggregate_id = $1 order by version"#;
    let rows = setup.twin.query(sql, &[of.into()]).await.unwrap();
    rows.iter()
        .map(|row| row.get("traceparent").unwrap())
        .collect()
}

fn texts(traces: &[Option<&TraceParent>]) -> Vec<Option<String>> {
    let text = |trace: Option<&TraceParent>| trace.map(|trace| trace.as_str().to_owned());
    traces.iter().copied().map(text).collect()
}

async fn every_event_tells_the_trace_it_was_written_in(setup: Setup) {
    let twin = &setup.twin;
    let (one, two) = (trace(1), trace(2));
    let (who, of) = (&account("who"), &id("who"));
    let rename = || vec![Account::NAME.set("new")];
    with_trace(one.clone(), async {
        assert_eq!(current_trace(), Some(trace(1)));
        twin.insert(who).await.unwrap();
        twin.update::<Account>(of, rename()).await.unwrap();
    })
    .await;
    twin.update::<Account>(of, rename()).await.unwrap();
    let several = twin.write(|tx| async move {
        tx.insert_many(&[note("n1", of), note("n2", of), note("n3", of)])
            .await?;
        tx.update_if::<Account>(of, Version::new(3), rename())
            .await?;
        tx.update_where::<Note>(Vec::new(), vec![Note::TEXT.set("all")])
            .await?;
        tx.delete::<Note>(&id("n1")).await?;
        tx.delete::<Account>(of).await?;
        Ok::<_, PrimaryError>(())
    });
    with_trace(two.clone(), several).await.unwrap();
    assert_eq!(current_trace(), None);
    let (one, two) = (Some(&one), Some(&two));
    assert_eq!(
        traces(&setup, "who").await,
        texts(&[one, one, None, two, two])
    );
    assert_eq!(traces(&setup, "n1").await, texts(&[two, two, two]));
    for bulk in ["n2", "n3"] {
        assert_eq!(traces(&setup, bulk).await, texts(&[two, two]), "{bulk}");
    }
}

#[expect(
    clippy::async_yields_async,
    reason = "a call that is awaited elsewhere is what this is about"
)]
async fn a_change_takes_the_trace_it_was_called_in_wherever_it_is_awaited(setup: Setup) {
    let twin = &setup.twin;
    let (one, of) = (trace(1), &id("who"));
    let who = account("who");
    let call = with_trace(one.clone(), async { twin.insert(&who) }).await;
    call.await.unwrap();
    let name = vec![Account::NAME.set("new")];
    let call = with_trace(one.clone(), async {
        twin.update_where::<Account>(vec![], name)
    })
    .await;
    let other = with_trace(
        trace(2),
        tokio::time::timeout(Duration::from_secs(10), call),
    );
    other.await.unwrap().unwrap();
    // A task of its own is another piece of work, until it is told otherwise.
    let spawned = |twin: Twinbase, given: Option<TraceParent>| async move {
        let id = id("who");
        let work = async move {
            let name = vec![Account::NAME.set("spawned")];
            twin.update::<Account>(&id, name).await.unwrap();
        };
        match given {
            Some(parent) => tokio::spawn(with_trace(parent, work)),
            None => tokio::spawn(work),
        }
        .await
        .unwrap();
    };
    with_trace(one.clone(), async {
        spawned(twin.clone(), None).await;
        spawned(twin.clone(), current_trace()).await;
    })
    .await;
    let one = Some(&one);
    assert_eq!(
        traces(&setup, of.as_str()).await,
        texts(&[one, one, None, one])
    );
}

async fn with_and_without_a_trace_it_is_the_same_statement(setup: Setup) {
    if setup.twin.sides().primary.kind() == PrimaryKind::Sqlite {
        // Its one text is a file.
        return;
    }
    // In one transaction, so on one connection.
    let work = setup.twin.write(|tx| async move {
        tx.insert(&account("a")).await?;
        with_trace(trace(1), tx.insert(&account("b"))).await?;
        with_trace(trace(2), async { tx.insert(&account("c")).await }).await?;
        let sql = "select count(*) as n from pg_prepared_statements where statement like 'with %into \"accounts\"%'";
        tx.query(sql, &[]).await
    });
    let (rows, _) = work.await.unwrap();
    assert_eq!(rows[0].get::<i64>("n").unwrap(), 1);
}
