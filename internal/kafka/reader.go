package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go"
)

// longPoll is how long a broker may wait with the answer to a question for messages where there are none. It costs
// nothing while nothing happens, and bounds for how long a leader that says nothing any more is believed.
const longPoll = 5 * time.Second

// reader makes a reader of one partition, of which cfg says the rest, and a function that closes it. The library's own
// Close waits for the answer under way, so that function, and the end of ctx, cut the reader's connections.
func (c *Client) reader(ctx context.Context, topic string, partition int, cfg kafka.ReaderConfig) (_ *kafka.Reader, end func() error) {
	ctx, cancel := context.WithCancel(ctx)
	dialer := *c.dialer
	dial := dialer.DialFunc
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialer.Timeout}).DialContext
	}
	dialer.DialFunc = func(dialing context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(dialing, network, address)
		if err != nil {
			return nil, err
		}
		return &boundConn{Conn: conn, stop: context.AfterFunc(ctx, func() { _ = conn.Close() })}, nil
	}
	cfg.Brokers, cfg.Dialer, cfg.Topic, cfg.Partition = c.cfg.Brokers, &dialer, topic, partition
	cfg.MinBytes, cfg.MaxWait, cfg.ReadLagInterval = 1, longPoll, -1 // the lag is asked for where it is wanted
	reader := kafka.NewReader(cfg)
	return reader, func() error {
		cancel()
		return reader.Close()
	}
}

// boundConn is a connection that a context closes.
type boundConn struct {
	net.Conn
	stop func() bool
}

func (b *boundConn) Close() error {
	b.stop()
	return b.Conn.Close()
}
