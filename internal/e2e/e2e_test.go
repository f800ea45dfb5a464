//go:build e2e

// Package e2e runs the built program as its users do, on real input, and prints what it found.
package e2e

import (
	"os"
	"testing"
	"time"
)

// TestEndToEnd is the main job, end to end. It needs bin/gapwatch and the real data beside the checkout.
func TestEndToEnd(t *testing.T) {
	p, out := newProgram(t), &table{}
	defer func() { out.print(os.Stdout) }()
	step := func(name string, run func(t *testing.T)) {
		began := time.Now()
		if !t.Run(name, run) {
			out.add(name, "FAILED", "%.0f s", time.Since(began).Seconds())
			return
		}
		out.add(name, "whole step", "%.0f s", time.Since(began).Seconds())
	}
	var whole string
	var took time.Duration
	kept := t.TempDir()
	step("1 real board", func(t *testing.T) { crawlBoard(t, p, out) })
	step("2 archive", func(t *testing.T) { whole, took = importArchive(t, p, out, kept) })
	step("3 loop", func(t *testing.T) { closeTheLoop(t, p, out) })
	step("4 kill -9", func(t *testing.T) { killImport(t, p, out, whole, took) })
	step("5 stages", func(t *testing.T) { runStages(t, p, out) })
	step("6 load", func(t *testing.T) { readPages(t, p, out, whole) })
}
