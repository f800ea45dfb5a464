//go:build e2e

package e2e

// mailAttacks are filled in by the part of the system that they are about.
func mailAttacks() []attack { return nil }
