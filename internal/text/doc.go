// Package text brings names and texts into the one form in which they are compared: employers as keys,
// texts as fingerprints. It is pure.
package text
