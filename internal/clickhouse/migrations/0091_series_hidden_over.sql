-- The same column of the Distributed table of a cluster; nothing to do on a single node.
{{over "gap_series" `ADD COLUMN IF NOT EXISTS hidden UInt8 DEFAULT 7 AFTER state`}}
