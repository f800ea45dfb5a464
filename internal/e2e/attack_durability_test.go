//go:build e2e

package e2e

// durabilityAttacks are filled in by the part of the system that they are about.
func durabilityAttacks() []attack { return nil }
