-- A request whose size is sudden waits for the operator; state is empty when it counts.
ALTER TABLE {{table "requests"}}
    ADD COLUMN IF NOT EXISTS state LowCardinality(String),
    ADD COLUMN IF NOT EXISTS hold_reason LowCardinality(String),
    ADD COLUMN IF NOT EXISTS decided_by String,
    ADD COLUMN IF NOT EXISTS decided_at Nullable(DateTime64(3, 'UTC'))
