// Package talent holds the domain's types: what travels in Kafka, what is stored in ClickHouse, and the
// words the field uses for it. It imports the standard library only, so that every stage may share it.
package talent
