package embedded

import "fmt"

func runHelper(name string) error { return fmt.Errorf("no helper %q", name) }
