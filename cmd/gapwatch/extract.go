package main

import "github.com/gapwatch/gapwatch/aggregate/skills"

// extractCmd finds skills in texts.
type extractCmd struct{}

// Help is shown under the flags.
func (extractCmd) Help() string {
	return `Offsets are bytes of the text. Example:
  echo '{"id":"1","text":"熟悉 PyTorch 与机器学习"}' | gapwatch extract`
}

// Run reads JSONL from standard input and writes JSONL to standard output.
func (extractCmd) Run(env *environment) error { return skills.Stream(env.stdin, env.stdout) }
