//go:build e2e

package e2e

// budgetAttacks are filled in by the part of the system that they are about.
func budgetAttacks() []attack { return nil }
