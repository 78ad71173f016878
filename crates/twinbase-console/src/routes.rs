//! Every route of the operations API, with its description.

use axum::http::StatusCode;
use serde_json::{Value, json};
use twinbase::prelude::*;
use twinbase_web::{
    Code, Part as _,
    openapi::{Op, Routes, schema},
};

use crate::{
    backup, compare, explain,
    failure::{NOT_NOW, OPERATION_ENDED},
    operations, outbox, pauses,
    query::MOST_ITEMS,
    rebuilds, trigger, workers,
};

/// Events, operations, workers and pauses.
pub(crate) fn all() -> Routes<Twinbase> {
    events().merge(documents()).merge(running())
}

fn events() -> Routes<Twinbase> {
    let detail = json!({ "payload": {}, "document": { "state": "present", "version": "7", "document": {}, "error": null } });
    // Without a document there is no version either.
    let of_document = "/allOf/1/properties/document/properties/";
    let nullable = ["version", "document"].map(|name| format!("{of_document}{name}"));
    let mut detail = schema::with(&event(), &detail);
    // Other programs write what they will.
    detail["allOf"][1]["properties"]["payload"] = json!({});
    let detail = schema::with_nulls(detail, &nullable.each_ref().map(String::as_str));
    let mut groups = schema::items(&group());
    groups["properties"]["more"] = bool::schema();
    groups["example"]["more"] = false.into();
    let limit = json!({ "type": "integer", "minimum": 1, "maximum": MOST_ITEMS, "default": 50 });
    let act = |summary| {
        let op = Op::post(summary, operation()).status(StatusCode::ACCEPTED);
        let op = op.headed("Location", "Where to see how far it is.");
        op.or(
            StatusCode::OK,
            schema::like(&json!({ "count": 3, "countIsLeast": false, "asOf": TIME })),
        )
        .fails(Code::Busy)
    };
    Routes::new()
        .on(
            "/outbox",
            filtered(Op::get("Events, newest first", schema::page(&event()))).paged(MOST_ITEMS),
            outbox::list,
        )
        .on(
            "/outbox/groups",
            Op::get("Failing events by their cause", groups).query(
                "limit",
                &limit,
                "How many groups.",
            ),
            outbox::groups,
        )
        .on(
            "/outbox/retry",
            act("Has failed events tried again"),
            outbox::retry,
        )
        .on(
            "/outbox/discard",
            act("Gives events up, for a reason"),
            outbox::discard,
        )
        .on(
            "/outbox/restore",
            act("Takes discarded events back"),
            outbox::restore,
        )
        .on(
            "/outbox/{id}",
            Op::get("One event with its payload and document", detail),
            outbox::show,
        )
}

fn documents() -> Routes<Twinbase> {
    let explained = json!({
        "collection": "todos", "aggregateType": "todo", "id": ID,
        "verdict": "The document is as its row, at version 7.", "drift": null, "head": "7", "hasRow": true, "row": {},
        "document": { "state": "present", "version": "7", "document": {} },
        "differences": [{ "field": "title", "row": "Chapter 3", "document": "Chapter 2" }],
    });
    let nullable = [
        "row",
        "document/properties/version",
        "document/properties/document",
    ];
    let nullable = nullable.map(|name| format!("/properties/{name}"));
    let explained = schema::like(&explained);
    let mut explained = schema::with_nulls(explained, &nullable.each_ref().map(String::as_str));
    // A field's value can be of any type.
    for side in ["row", "document"] {
        explained["properties"]["differences"]["items"]["properties"][side] = json!({});
    }
    explained["properties"]["events"] = schema::list(&event());
    explained["example"]["events"] = json!([event()["example"]]);
    let act = |summary| {
        let op = Op::post(summary, operation()).status(StatusCode::ACCEPTED);
        let op = op.headed("Location", "Where to see how far it is.");
        op.fails(Code::Busy)
    };
    let (verify, repair) = (
        act("Compares both sides"),
        act("Compares both sides and has what is wrong made anew"),
    );
    let plan = Op::get(
        "What a rebuild of each collection would take, and whether one is due",
        plan_schema(),
    );
    let list = Op::get(
        "How far the last rebuild of each collection is",
        schema::page(&rebuild()),
    )
    .paged(MOST_ITEMS);
    let show = Op::get("How far the last rebuild of a collection is", rebuild());
    let change = Op::post(
        "Begins the rebuild of a collection, has it rest, go on or end, or has readers move back",
        rebuild(),
    );
    let change = change.status(StatusCode::ACCEPTED);
    let change = change.headed("Location", "Where the operation says how far it is.");
    let change = change.fails(Code::NotFound).fails(NOT_NOW);
    let routes = Routes::new()
        .on("/verify", verify, compare::verify)
        .on("/repair", repair, compare::repair)
        .on("/plan", plan, rebuilds::plan)
        .on("/rebuilds", list, rebuilds::list)
        .on("/rebuilds/{collection}", show, rebuilds::show)
        .on("/rebuilds/{collection}", change, rebuilds::change);
    routes.on(
        "/explain/{collection}/{id}",
        Op::get(
            "One document: row, version, events, differences, and why it is as it is",
            explained,
        ),
        explain::explain,
    )
}

fn filtered(op: Op) -> Op {
    let text = String::schema();
    let statuses = ["pending", "retrying", "applied", "failed", "discarded"];
    op.query(
        "status",
        &json!({ "type": "string", "enum": statuses }),
        "Only those.",
    )
    .query("errorKey", &text, "Only those of one cause.")
    .query("aggregateType", &text, "Only those of one type.")
    .query("aggregateId", &text, "Only those of one aggregate.")
    .query("eventType", &text, "Only those.")
    .query("asOf", &Timestamp::schema(), "Only those written by then.")
}

fn running() -> Routes<Twinbase> {
    let (one, scope) = ("/operations/{id}", "/pauses/{scope}");
    let cancel = Op::post("Ends an operation after its current chunk", operation());
    let cancel = cancel.status(StatusCode::ACCEPTED).fails(OPERATION_ENDED);
    let progress = Op::events(
        "How far an operation is, told as it goes: events `progress` and `ended`, each with the operation",
    );
    let pause = Op::create("Has workers leave something alone", pause());
    let pause = pause
        .or(StatusCode::OK, self::pause())
        .fails(Code::Contention);
    let resume = Op::delete("Ends a pause", json!({})).status(StatusCode::NO_CONTENT);
    Routes::new()
        .on(
            "/operations",
            Op::get("Operations, newest first", schema::page(&operation())).paged(MOST_ITEMS),
            operations::list,
        )
        .on(
            one,
            Op::get("How far an operation is", operation()),
            operations::show,
        )
        .on("/operations/{id}/cancel", cancel, operations::cancel)
        .on("/operations/{id}/progress", progress, operations::follow)
        .on(
            "/workers",
            Op::get("The workers of every process", schema::page(&worker())).paged(MOST_ITEMS),
            workers::list,
        )
        .on(
            "/pauses",
            Op::get("What workers leave alone", schema::page(&self::pause())).paged(MOST_ITEMS),
            pauses::list,
        )
        .on("/pauses", pause, pauses::create)
        .on(scope, Op::get("One pause", self::pause()), pauses::show)
        .on(scope, resume, pauses::remove)
}

/// What the original has under `/api`.
pub(crate) fn trigger() -> Routes<Twinbase> {
    let found = schema::like(&json!({
        "triggered": true, "queueSize": 0, "failedEvents": 0, "syncLagSeconds": 0.0, "worker": "running", "workersAlive": 1,
    }));
    Routes::new().on(
        "/admin/sync/trigger",
        Op::post("Has the workers poll now", found),
        trigger::trigger,
    )
}

/// What the original has under `/api`.
pub(crate) fn backup() -> Routes<Twinbase> {
    let made = schema::like(&json!({
        "folder": "studyhall-data/backups/2030-01-31T09-00-00.000Z", "format": 1, "version": "0.1.0", "takenAt": TIME,
        "tookMs": 120, "primaryBytes": 4_096_000, "replicaBytes": 8_192_000,
    }));
    let summary = "Copies both embedded databases into a new folder on the server's machine, while everybody goes on";
    let op = Op::post(summary, made).status(StatusCode::CREATED);
    let op = op.fails(backup::OTHER_TOOLS).fails(backup::NO_SPACE);
    let op = op.fails(Code::AlreadyExists).fails(NOT_NOW);
    Routes::new().on("/backup/full", op, backup::backup)
}

const TIME: &str = "2030-01-31T09:00:00Z";
const ID: &str = "0194b7d2-52a0-7c3e-9a51-0c6f2f1d9f10";

fn event() -> Value {
    schema::like(&json!({
        "id": ID, "seq": "17", "partition": 3, "eventType": "todo.updated", "aggregateType": "todo", "aggregateId": ID,
        "version": "7", "status": "failed", "retryCount": 6, "createdAt": TIME, "processedAt": null,
        "nextAttemptAt": null, "failedAt": null, "lastError": null, "errorKey": null, "discardReason": null, "traceparent": null,
    }))
}

fn group() -> Value {
    schema::like(&json!({
        "errorKey": "8a3f", "failed": 2, "retrying": 1, "oldestCreatedAt": TIME, "lastFailedAt": null,
        "sampleError": "the document is too large", "sampleId": ID,
    }))
}

fn operation() -> Value {
    let operation = schema::like(&json!({
        "id": ID, "kind": "outbox.retry", "by": "grace", "state": "running", "phase": "retrying", "done": 10, "estimatedTotal": null,
        "totalIsLeast": false, "rate": 5.0, "etaSeconds": null, "etaGuessed": false, "canCancel": true, "error": null, "startedAt": TIME,
        "finishedAt": null, "filter": {}, "scope": null, "about": null, "ratePerSecond": null, "keepSeconds": null, "reason": null, "found": null,
    }));
    // A comparison has a scope instead.
    schema::with_nulls(operation, &["/properties/filter"])
}

fn plan_schema() -> Value {
    let mut plan = schema::list(&planned());
    plan["example"] = json!([planned()["example"]]);
    plan
}

fn planned() -> Value {
    let planned = schema::like(&json!({
        "collection": "todos", "mappingChanged": true, "neverFilled": false, "rows": 100_000, "seconds": 30, "measured": false,
        "withoutVersion": 0, "withoutVersionIsLeast": true, "bytes": 40_000_000,
        "strays": [{ "name": "todos_g3", "documents": 12, "remedy": "Remove it with mongosh: db.getCollection(\"todos_g3\").drop()" }],
    }));
    // One that is too large to be counted in time.
    schema::with_nulls(planned, &["/properties/strays/items/properties/documents"])
}

fn rebuild() -> Value {
    let rebuild = schema::like(&json!({
        "collection": "todos", "serving": "todos", "beside": "todos_g2", "phase": "filling", "paused": false, "pausedSince": null, "withoutWorker": false, "withoutWorkerSince": null, "filled": 5_000,
        "total": 100_000, "rowsPerSecond": 5_000, "compared": 0, "toCompare": 200_000, "comparedPerSecond": 0, "etaSeconds": 29, "etaGuessed": true,
        "mended": 0, "withoutDocument": { "rows": 1, "first": ID }, "requestedAt": TIME, "keepSeconds": 86_400, "wayBack": true, "keepUntil": null, "waitsFor": null, "error": null, "operation": ID,
    }));
    // Before it begins and after its end.
    let nullable = [
        "beside",
        "total",
        "toCompare",
        "etaSeconds",
        "withoutDocument",
        "operation",
    ]
    .map(|name| format!("/properties/{name}"));
    schema::with_nulls(rebuild, &nullable.each_ref().map(String::as_str))
}

fn worker() -> Value {
    schema::like(&json!({
        "id": ID, "machine": "host-1", "process": 4711, "state": "running", "alive": true, "partitions": 64, "applied": 100,
        "superseded": 3, "charged": 0, "failing": "", "appliedPerSecond": 12.5, "startedAt": TIME, "seenAt": TIME,
    }))
}

fn pause() -> Value {
    schema::like(
        &json!({ "scope": "collection:todos", "since": TIME, "reason": "The index is being rebuilt." }),
    )
}
