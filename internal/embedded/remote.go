package embedded

import (
	"context"
	"net"
	"path/filepath"

	"github.com/gapwatch/gapwatch/internal/embedded/socket"
	"github.com/gapwatch/gapwatch/internal/listen"
)

// socketLimits leave room for many stages and tools of one user; there is no counting by address.
var socketLimits = listen.Limits{Total: 1024, PerHost: 1024}

// socketPaths are where the broker and the engine of a data directory answer other processes.
func socketPaths(dir string) (kafka, clickhouse string) {
	return filepath.Join(dir, "kafka.sock"), filepath.Join(dir, "clickhouse.sock")
}

// Remote reaches the broker and the engine of whichever process of the same user shares a data directory, now or
// later: nothing about it changes when that process is restarted.
type Remote struct{ kafka, clickhouse string }

// At returns the Remote of a data directory. It does not connect yet.
func At(dir string) Remote {
	kafka, clickhouse := socketPaths(dir)
	return Remote{kafka: kafka, clickhouse: clickhouse}
}

// DialKafka connects to the broker; the address is ignored. Its clients may do everything.
func (r Remote) DialKafka(ctx context.Context, _, _ string) (net.Conn, error) {
	return socket.Dial(ctx, r.kafka)
}

// DialClickHouse connects to the engine; the address is ignored. Its clients may do everything.
func (r Remote) DialClickHouse(ctx context.Context, _ string) (net.Conn, error) {
	return socket.Dial(ctx, r.clickhouse)
}

// Answers tells whether a process shares the directory now.
func (r Remote) Answers(ctx context.Context) bool {
	for _, path := range []string{r.kafka, r.clickhouse} {
		conn, err := socket.Dial(ctx, path)
		if err != nil {
			return false
		}
		_ = conn.Close()
	}
	return true
}
