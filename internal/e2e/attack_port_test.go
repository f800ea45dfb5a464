//go:build e2e

package e2e

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/twmb/franz-go/pkg/kmsg"

	kafkabus "github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
)

func attackAnnounce(t *testing.T, v *victim) string {
	head := func(key kmsg.Key, version int16, rest string) []byte {
		b := binary.BigEndian.AppendUint16(nil, uint16(key))
		b = binary.BigEndian.AppendUint16(b, uint16(version))
		b = append(b, "\x00\x00\x00\x01\xff\xff"+rest...)
		return append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...)
	}
	const many = "\xff\xff\xff\xff\x0f"
	zeros := strings.Repeat("\x00", 65000)
	frames := [][]byte{
		head(kmsg.Metadata, 12, many), head(kmsg.ApiVersions, 3, "\x00\x01\x01"+many), head(kmsg.Metadata, 12, "\x00\x01\x00\x00"+many),
		head(kmsg.SASLAuthenticate, 2, "\x00\x01"+many), head(kmsg.Metadata, 8, "\x7f\xff\xff\xff"), head(kmsg.Metadata, 8, "\x00\x00\xfd\xe8"+zeros),
		head(kmsg.CreateTopics, 4, "\x00\x00\xfd\xe8"+zeros), []byte("\x04\x00\x00\x00\x00\x03\x00\x08\x00\x00\x00\x01\xff\xff"), []byte("\x7f\xff\xff\xff\x00\x03\x00\x08\x00\x00\x00\x01\xff\xff"),
	}
	v.resetPeak(t)
	held, _ := v.memory(t)
	cpu := v.cpu(t)
	began := time.Now()
	bytes, sent := 0, 0
	for range 10 {
		for _, f := range frames {
			rawBytes(t, v, f)
			bytes, sent = bytes+len(f), sent+1
		}
	}
	took := time.Since(began)
	cpu = v.cpu(t) - cpu
	_, peak := v.memory(t)
	// What the process does by itself meanwhile is counted too: half a processor, and its garbage.
	if room := took/2 + time.Duration(bytes)*5*time.Microsecond; cpu > room {
		t.Errorf("%d requests of %d bytes took %s of the processor in %s", sent, bytes, cpu, took)
	}
	if room := held + 256*int64(bytes)/10 + 128<<20; peak > room {
		t.Errorf("memory rose from %d to %d MiB for %d bytes", held>>20, peak>>20, bytes)
	}
	return fmt.Sprintf("%d requests, %d KB: %.2f s of the processor, memory +%d MiB", sent, bytes>>10, cpu.Seconds(), max(0, peak-held)>>20)
}

func attackConnections(t *testing.T, v *victim) string {
	var conns []net.Conn
	closed := 0
	for range 400 {
		conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(t.Context(), "tcp", v.kafka)
		if err != nil {
			closed++
			continue
		}
		conns = append(conns, conn)
	}
	// the program and the tools of its user do not notice
	began := time.Now()
	v.key(t, "Busy", "enterprise")
	plant(t, v)
	took := time.Since(began)
	open := 0
	for _, conn := range conns {
		_ = conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		_, err := conn.Read(make([]byte, 1))
		if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
			open++
		}
	}
	if open > 256 {
		t.Errorf("%d connections are kept", open)
	}
	for _, conn := range conns {
		_ = conn.Close()
	}
	answered := false
	for deadline := time.Now().Add(20 * time.Second); !answered && time.Now().Before(deadline); {
		answered = len(rawRequest(t, v, kmsg.NewPtrApiVersionsRequest())) > 0
	}
	if !answered {
		t.Error("the port is dead after the connections have gone")
	}
	return fmt.Sprintf("400 opened, %d kept; a key made and messages written meanwhile in %.1f s; the port answers afterwards", open, took.Seconds())
}

// attackFlood has 60 strangers ask without a pause while the owner writes messages, one after the other.
func attackFlood(t *testing.T, v *victim) string {
	plant(t, v)
	client := bus(t, v.dir)
	m, err := kafkabus.JSON("k", talent.AlertEvent{ID: "flood", AlertID: "flood"})
	if err != nil {
		t.Fatal(err)
	}
	const long = 2 * time.Second
	writes := func() (n int) {
		for end := time.Now().Add(long); time.Now().Before(end); n++ {
			if err := client.Write(t.Context(), talent.TopicAlerts, m); err != nil {
				t.Fatal(err)
			}
		}
		return n
	}
	alone := writes()
	fetch := kmsg.NewPtrFetchRequest()
	fetch.Version, fetch.MaxBytes, fetch.SessionEpoch = 11, 1<<30, -1
	part := kmsg.NewFetchRequestTopicPartition()
	part.PartitionMaxBytes = 1 << 30
	fetch.Topics = append(fetch.Topics, kmsg.FetchRequestTopic{Topic: talent.TopicAlerts, Partitions: []kmsg.FetchRequestTopicPartition{part}})
	raw := kmsg.NewRequestFormatter().AppendRequest(nil, fetch, 1)
	var answered atomic.Int64
	var strangers sync.WaitGroup
	stop := make(chan struct{})
	began := time.Now()
	for range 60 {
		conn := dial(t, v.kafka)
		strangers.Go(func() {
			<-stop
			_ = conn.Close()
		})
		strangers.Go(func() {
			for size := make([]byte, 4); ; answered.Add(1) {
				if _, err := conn.Write(raw); err != nil {
					return
				}
				if _, err := io.ReadFull(conn, size); err != nil {
					return
				}
				if _, err := io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(size))); err != nil {
					return
				}
			}
		})
	}
	beside := writes()
	took := time.Since(began)
	close(stop)
	strangers.Wait()
	if beside*10 < alone {
		t.Errorf("the owner wrote %d messages in %s alone and %d beside the strangers", alone, long, beside)
	}
	if n := answered.Load(); n == 0 || float64(n) > 256+2*256*(took.Seconds()+1) {
		t.Errorf("%d requests of strangers were answered in %s", n, took)
	}
	return fmt.Sprintf("60 connections: %d answers in %.1f s; the owner wrote %d messages alone and %d beside them", answered.Load(), took.Seconds(), alone, beside)
}

func attackGuess(t *testing.T, v *victim) string {
	began := time.Now()
	const guesses = 4
	for i := range guesses {
		transport := &kafka.Transport{SASL: plain.Mechanism{Username: "gapwatch", Password: fmt.Sprint("guess", i)}, DialTimeout: 20 * time.Second}
		client := &kafka.Client{Addr: kafka.TCP(v.kafka), Transport: transport, Timeout: 20 * time.Second}
		if _, err := client.Metadata(t.Context(), &kafka.MetadataRequest{}); err == nil {
			t.Error("a guess was right")
		}
		transport.CloseIdleConnections()
	}
	took := time.Since(began)
	if took < 2*time.Second {
		t.Errorf("%d guesses in %s", guesses, took)
	}
	log := v.up.stderr.String()
	if !strings.Contains(log, "wrong user or password for the Kafka port") || !strings.Contains(log, "127.0.0.1:") || strings.Contains(log, "guess0") {
		t.Error("the log says nothing of it, or too much")
	}
	return fmt.Sprintf("%d guesses took %.1f s, each logged with its address", guesses, took.Seconds())
}
