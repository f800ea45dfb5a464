package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// ErrNoLibrary says that libchdb is on none of the places where it is looked for.
var ErrNoLibrary = errors.New("the ClickHouse engine (libchdb) was not found")

// FindLibrary returns the path of libchdb: the given one, or the first that exists of: beside the
// executable, node_modules of the working directory and of the directories above it, and the path in
// GAPWATCH_LIBCHDB. The error says how to get the library.
func FindLibrary(explicit string) (string, error) {
	if explicit != "" {
		if !isFile(explicit) {
			return "", fmt.Errorf("%w at %s, which the configuration names", ErrNoLibrary, explicit)
		}
		return filepath.Abs(explicit)
	}
	var candidates []string
	if exe, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		candidates = append(candidates, filepath.Join(filepath.Dir(exe), libraryName))
	}
	if dir, err := os.Getwd(); err == nil {
		for {
			candidates = append(candidates, filepath.Join(dir, "node_modules", "@chdb", npmPackage(), libraryName))
			parent := filepath.Dir(dir)
			if parent == dir {
				break
			}
			dir = parent
		}
	}
	if path := os.Getenv("GAPWATCH_LIBCHDB"); path != "" {
		candidates = append(candidates, path)
	}
	for _, path := range candidates {
		if isFile(path) {
			return filepath.Abs(path)
		}
	}
	return "", fmt.Errorf("%w: run 'make build' (or 'npm ci' in the source tree) to fetch it, put %s beside the executable, or name it in GAPWATCH_LIBCHDB or embedded.library",
		ErrNoLibrary, libraryName)
}

// libraryName is the same on macOS: the packages carry a file named .so there too.
const libraryName = "libchdb.so"

// npmPackage is the package of this platform, as package.json lists them.
func npmPackage() string {
	arch := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	if runtime.GOOS == "linux" {
		return "lib-linux-" + arch + "-gnu"
	}
	return "lib-" + runtime.GOOS + "-" + arch
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
