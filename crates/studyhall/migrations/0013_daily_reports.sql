-- The rows of the aggregate `report`. Its document has every column.
create table if not exists daily_reports (
    id             {text} not null,
    -- No cascade: it would delete reports without their events.
    user_id        {text} not null references users (id),
    local_date     {date} not null,
    study_hours    {double} not null,
    completion_pct {double} not null,
    notes          text,
    created_at     {time} not null default ({now}),
    constraint daily_reports_pkey primary key (id),
    -- One a day. Also pages of a user's reports, read backwards.
    constraint daily_reports_user_id_local_date_key unique (user_id, local_date)
){strict};
