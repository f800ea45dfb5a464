package broker

import (
	"errors"
	"net"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/gapwatch/gapwatch/internal/durable"
)

// treeDepth reaches from the broker's directory over partitions to the directory of each partition.
const treeDepth = 2

// durability is how the broker listens and writes so that it acknowledges only what a power cut leaves. kfake syncs
// each batch of messages and each commit, in that order and before anybody hears of it, but never a directory: a new
// segment or topic could be gone with its name. So no answer leaves before the directories are synced too.
//
// What remains: kfake does not pass on an error of a sync. A disk that fails there has lost more than one message.
func (b *Broker) durability() (listen func(network, address string) (net.Listener, error), options []kfake.Opt, err error) {
	if b.cfg.NoSync {
		return b.guard.listen, nil, nil
	}
	if b.tree, err = durable.Watch(b.cfg.Dir, treeDepth); err != nil {
		return nil, nil, err
	}
	listen = func(network, address string) (net.Listener, error) {
		l, err := b.guard.listen(network, address)
		if err != nil {
			return nil, err
		}
		return durable.Listen(l, b.tree, b.logger), nil
	}
	return listen, []kfake.Opt{kfake.SyncWrites()}, nil
}

// settle syncs what the broker wrote last and ends the watch.
func (b *Broker) settle() error {
	if b.tree == nil {
		return nil
	}
	return errors.Join(b.tree.Settle(), b.tree.Close())
}
