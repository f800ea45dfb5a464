package layout

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// selectors lists every package.Name that a file mentions.
func selectors(f *ast.File) []string {
	var out []string
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok {
				out = append(out, x.Name+"."+s.Sel.Name)
			}
		}
		return true
	})
	return out
}

// checkClock refuses time.Now in a pure package.
func checkClock(t *testing.T, file string, f *ast.File) {
	for _, name := range selectors(f) {
		if name == "time.Now" || name == "time.Since" || name == "time.Until" {
			t.Errorf("%s calls %s: a pure package is given the time", file, name)
		}
	}
}

// checkWriters refuses files that a power cut may halve or take.
func checkWriters(t *testing.T, file string, f *ast.File) {
	for _, name := range selectors(f) {
		if slices.Contains(writers, name) {
			t.Errorf("%s calls %s: files are written by internal/durable, so that a power cut leaves them whole", file, name)
		}
	}
}

// checkConfigs refuses functions in configurations: they are data, and clocks and dialers are dependencies.
func checkConfigs(t *testing.T, file string, f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || !strings.HasSuffix(spec.Name.Name, "Config") {
			return true
		}
		ast.Inspect(spec.Type, func(n ast.Node) bool {
			switch n.(type) {
			case *ast.FuncType, *ast.ChanType, *ast.InterfaceType:
				t.Errorf("%s: %s holds a function, channel or interface: a configuration is data, New takes the rest", file, spec.Name.Name)
			}
			return true
		})
		return true
	})
}

// checkMetrics refuses metrics that somebody has to remember to register.
func checkMetrics(t *testing.T, file string, f *ast.File) {
	for _, name := range selectors(f) {
		for _, kind := range []string{"Counter", "Gauge", "Histogram", "Summary"} {
			if strings.HasPrefix(name, "prometheus.New"+kind) {
				t.Errorf("%s calls %s: promauto.With(reg) makes and registers a metric in one step", file, name)
			}
		}
	}
}
