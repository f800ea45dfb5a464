-- The same columns of the Distributed table of a cluster; nothing to do on a single node.
{{over "requests" `ADD COLUMN IF NOT EXISTS state LowCardinality(String),
    ADD COLUMN IF NOT EXISTS hold_reason LowCardinality(String),
    ADD COLUMN IF NOT EXISTS decided_by String,
    ADD COLUMN IF NOT EXISTS decided_at Nullable(DateTime64(3, 'UTC'))`}}
