//go:build e2e

package e2e

// integrityAttacks are filled in by the part of the system that they are about.
func integrityAttacks() []attack { return nil }
