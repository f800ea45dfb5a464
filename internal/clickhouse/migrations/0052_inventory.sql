-- Which tables and parts were there when all was last well: what is missing since then was lost. A row with an empty
-- part is the table itself; state is active, or kept for a detached part that an operator has dealt with.
CREATE TABLE IF NOT EXISTS {{table "inventory"}} (
    table      LowCardinality(String),
    part       String,
    state      LowCardinality(String),
    block_from Int64,
    block_to   Int64,
    partition  String,
    rows       UInt64,
    uuid       String,
    definition String CODEC(ZSTD(3)),
    at         DateTime64(6, 'UTC')
) ENGINE = {{replacing "inventory" "at"}}
ORDER BY (table, part, state)
