-- The two addresses of a subscription become rows. A row that was changed here since has a later version.
INSERT INTO receivers (id, channel, address, org, skills, regions, industries, min_severity, language, secret, active, version)
SELECT id, pair.1, pair.2, org, skills, regions, industries, min_severity, language, if(pair.1 = 'webhook', secret, ''), active, version
FROM subscriptions FINAL ARRAY JOIN [('email', email), ('webhook', webhook_url)] AS pair
WHERE active AND pair.2 != ''
