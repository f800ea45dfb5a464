-- In a cluster the plain name is a Distributed table over the shards; nothing to do on a single node.
{{distributed "receivers" "cityHash64(id)"}}
