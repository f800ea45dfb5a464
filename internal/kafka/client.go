package kafka

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl/plain"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// Client talks to the brokers. Its methods are safe for concurrent use.
type Client struct {
	cfg       Config
	logger    *slog.Logger
	transport *kafka.Transport
	dialer    *kafka.Dialer
	writer    *kafka.Writer
	news      news
}

// Dial connects to the broker at an address, host:port.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// New makes a client; it does not connect yet. Every connection, of writers, readers and groups alike, is made by
// dial; nil stands for the network.
func New(cfg Config, dial Dial, logger *slog.Logger) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, logger: logger,
		transport: &kafka.Transport{Dial: dial, DialTimeout: 5 * time.Second, ClientID: "gapwatch", MetadataTTL: 10 * time.Second},
		dialer:    &kafka.Dialer{DialFunc: dial, Timeout: 5 * time.Second, ClientID: "gapwatch", DualStack: true},
	}
	if cfg.User != "" {
		mechanism := plain.Mechanism{Username: cfg.User, Password: cfg.Password}
		c.transport.SASL, c.dialer.SASLMechanism = mechanism, mechanism
	}
	if cfg.TLS {
		conf := &tls.Config{MinVersion: tls.VersionTLS12}
		c.transport.TLS, c.dialer.TLS = conf, conf
	}
	c.writer = &kafka.Writer{
		Addr:         kafka.TCP(cfg.Brokers...),
		Balancer:     &kafka.Hash{},
		RequiredAcks: kafka.RequireAll, // kafka-go's default is no acknowledgement at all
		BatchSize:    1000,
		BatchBytes:   1 << 20,
		BatchTimeout: 5 * time.Millisecond,
		MaxAttempts:  5,
		Transport:    c.transport,
	}
	return c, nil
}

// Close sends the news that are on their way and gives the connections back.
func (c *Client) Close() error {
	c.news.close()
	err := c.writer.Close()
	c.transport.CloseIdleConnections()
	return err
}

func (c *Client) api() *kafka.Client {
	return &kafka.Client{Addr: kafka.TCP(c.cfg.Brokers...), Timeout: 10 * time.Second, Transport: c.transport}
}

func (c *Client) name(s string) string { return c.cfg.TopicPrefix + s }

// EnsureTopics makes the topics that are not there yet and waits until each has leaders.
func (c *Client) EnsureTopics(ctx context.Context) error {
	var configs []kafka.TopicConfig
	for _, t := range talent.Topics() {
		partitions := c.cfg.Partitions
		if t == talent.TopicChanges {
			partitions = 1
		}
		configs = append(configs, kafka.TopicConfig{Topic: c.name(t), NumPartitions: partitions, ReplicationFactor: c.cfg.Replication})
	}
	res, err := c.api().CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: configs})
	if err != nil {
		return fmt.Errorf("kafka at %s does not answer; check kafka.brokers: %w", strings.Join(c.cfg.Brokers, ", "), unavailable{err})
	}
	for topic, err := range res.Errors {
		if err != nil && !errors.Is(err, kafka.TopicAlreadyExists) {
			return fmt.Errorf("create topic %s: %w", topic, err)
		}
	}
	for {
		if err = c.topicsReady(ctx); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for topics: %w", errors.Join(ctx.Err(), err))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (c *Client) topicsReady(ctx context.Context) error {
	var names []string
	for _, t := range talent.Topics() {
		names = append(names, c.name(t))
	}
	meta, err := c.api().Metadata(ctx, &kafka.MetadataRequest{Topics: names})
	if err != nil {
		return fmt.Errorf("read metadata: %w", err)
	}
	for _, t := range meta.Topics {
		if t.Error != nil {
			return fmt.Errorf("topic %s: %w", t.Name, t.Error)
		}
		for _, p := range t.Partitions {
			if p.Leader.Host == "" {
				return fmt.Errorf("topic %s partition %d has no leader", t.Name, p.ID)
			}
		}
	}
	return nil
}

// Message is what a producer hands over. Messages of one key keep their order.
type Message struct{ Key, Value []byte }

// JSON encodes v as the value of a message with a key.
func JSON(key string, v any) (Message, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return Message{}, fmt.Errorf("encode message: %w", err)
	}
	return Message{Key: []byte(key), Value: b}, nil
}

// Write returns when every in-sync replica has every message. After an error some of them may be there:
// writing them again is safe, because ids are deterministic.
func (c *Client) Write(ctx context.Context, topic string, msgs ...Message) error {
	out := make([]kafka.Message, len(msgs))
	for i, m := range msgs {
		out[i] = kafka.Message{Topic: c.name(topic), Key: m.Key, Value: m.Value}
	}
	if err := c.writer.WriteMessages(ctx, out...); err != nil {
		if tooLarge(err) {
			err = errors.Join(ErrTooLarge, err)
		} else if !errors.Is(ctx.Err(), context.Canceled) {
			err = unavailable{err}
		}
		return fmt.Errorf("write %d messages to %s: %w", len(msgs), topic, err)
	}
	return nil
}

// unavailable is an error that passes by itself: neither a message's size nor the caller's own end.
type unavailable struct{ error }

func (u unavailable) Unwrap() error { return u.error }

// Unavailable says that the same may be written later. Servers look for this method.
func (unavailable) Unavailable() bool { return true }

// ErrTooLarge says that a message, or a batch with it, is larger than the broker takes.
var ErrTooLarge = errors.New("message is larger than the broker takes")

// tooLarge reports whether size alone kept every message out that was kept out, so that smaller ones will pass.
func tooLarge(err error) bool {
	var single kafka.MessageTooLargeError
	if errors.As(err, &single) || errors.Is(err, kafka.MessageSizeTooLarge) {
		return true
	}
	var each kafka.WriteErrors
	if !errors.As(err, &each) {
		return false
	}
	found := false
	for _, e := range each {
		if e != nil && !errors.Is(e, kafka.MessageSizeTooLarge) {
			return false
		}
		found = found || e != nil
	}
	return found
}
