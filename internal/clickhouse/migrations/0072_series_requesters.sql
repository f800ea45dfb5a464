-- How many organisations stand behind requested, and what of it is judged.
ALTER TABLE {{table "gap_series"}}
    ADD COLUMN IF NOT EXISTS requesters UInt32 AFTER requested,
    ADD COLUMN IF NOT EXISTS judged Float64 AFTER requesters
