-- The same columns of the Distributed table of a cluster; nothing to do on a single node.
{{over "gap_series" `ADD COLUMN IF NOT EXISTS requesters UInt32 AFTER requested,
    ADD COLUMN IF NOT EXISTS judged Float64 AFTER requesters`}}
