-- In a cluster the plain name is a Distributed table over the shards; nothing to do on a single node.
{{distributed "mail_consents" "cityHash64(address)"}}
