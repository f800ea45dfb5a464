-- Which tables and parts were there when all was last well: what is missing since then was lost. A row with an empty
-- part is the table itself; state is active, kept for a detached part that a repair has dealt with, or lost for a part
-- whose loss no repair has dealt with yet: its name may be given to a new part meanwhile.
CREATE TABLE IF NOT EXISTS {{table "inventory"}} (
    table      LowCardinality(String),
    part       String,
    state      LowCardinality(String),
    block_from Int64,
    block_to   Int64,
    partition  String,
    rows       UInt64,
    hash       String,
    uuid       String,
    definition String CODEC(ZSTD(3)),
    at         DateTime64(6, 'UTC')
) ENGINE = {{replacing "inventory" "at"}}
ORDER BY (table, part, state)
