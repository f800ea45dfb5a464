// Package table turns dumps into postings: JSON Lines, CSV and TSV, whose columns a mapping assigns to the fields of a
// posting. It is pure: no I/O of its own, no clock.
//
// A posting that leaves this package has its Key (a column, else made of the row's content) and what the row states; ID,
// Source, FirstSeen, Fetched and Grain belong to the caller. What a row does not state stays empty.
package table
