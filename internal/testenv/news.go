package testenv

import (
	"sync"
	"testing"

	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// news passes what the stores of a test tell to its Kafka clients, as a process does with its one store and client.
type news struct {
	mu      sync.Mutex
	clients []*kafka.Client
}

var tests sync.Map // testing.TB → *news

func newsOf(t testing.TB) *news {
	n, there := tests.LoadOrStore(t, &news{})
	if !there {
		t.Cleanup(func() { tests.Delete(t) })
	}
	return n.(*news)
}

func (n *news) add(c *kafka.Client) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.clients = append(n.clients, c)
}

// Tell implements clickhouse.Teller.
func (n *news) Tell(changes ...talent.Change) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.clients {
		c.Tell(changes...)
	}
}
