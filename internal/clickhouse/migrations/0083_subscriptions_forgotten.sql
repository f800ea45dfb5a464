-- The rows stand in receivers now: the old table forgets addresses and secrets, as when a subscription ends.
INSERT INTO subscriptions (id, org, active, version) SELECT id, org, false, version + 1 FROM subscriptions FINAL WHERE active
