package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"github.com/gapwatch/gapwatch/cmd/gapwatch/config"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

type composeFile struct {
	Services map[string]composeService
	Volumes  map[string]any
}

type composeService struct {
	Image       string
	Build       any
	Command     []string
	Environment map[string]string
	Ports       []string
	Volumes     []string
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	Healthcheck struct{ Test []string }
	User        string
	ReadOnly    bool `yaml:"read_only"`
	Privileged  bool
	Tmpfs       []string
	CapDrop     []string `yaml:"cap_drop"`
	CapAdd      []string `yaml:"cap_add"`
	SecurityOpt []string `yaml:"security_opt"`
}

// TestCompose: no container engine is at hand where the tests run, so the file is held against what the binary and
// its configuration accept.
func TestCompose(t *testing.T) {
	root := testenv.Root(t)
	text, err := os.ReadFile(filepath.Join(root, "docker-compose.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var file composeFile
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kafka-1", "kafka-2", "kafka-3", "keeper", "clickhouse", "mail", "migrate", "crawl", "aggregate", "alert", "serve"} {
		if _, ok := file.Services[name]; !ok {
			t.Errorf("no service %s", name)
		}
	}
	for name, s := range file.Services {
		if s.Image != "gapwatch" && !regexp.MustCompile(`^[a-z0-9/-]+:v?\d+\.\d+`).MatchString(s.Image) {
			t.Errorf("%s: image %q is not pinned to a version", name, s.Image)
		}
		for dep, d := range s.DependsOn {
			target, ok := file.Services[dep]
			if !ok {
				t.Errorf("%s depends on %s, which is not there", name, dep)
			}
			if d.Condition == "service_healthy" && len(target.Healthcheck.Test) == 0 {
				t.Errorf("%s waits for %s to be healthy, which has no health check", name, dep)
			}
		}
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			if strings.HasPrefix(from, "./") {
				if _, err := os.Stat(filepath.Join(root, from)); err != nil {
					t.Errorf("%s mounts %s: %v", name, from, err)
				}
			} else if _, ok := file.Volumes[from]; !ok {
				t.Errorf("%s mounts volume %s, which is not declared", name, from)
			}
		}
		if s.Image == "gapwatch" {
			checkGapwatchService(t, root, file, name, s)
		}
	}
	if v := file.Services["kafka-1"].Image; !strings.HasPrefix(v, "apache/kafka:4") {
		t.Errorf("kafka is %s, want Apache Kafka 4", v)
	}
	if v := file.Services["clickhouse"].Image; !strings.HasPrefix(v, "clickhouse/clickhouse-server:26") {
		t.Errorf("clickhouse is %s, want ClickHouse 26", v)
	}
}

// checkGapwatchService starts nothing, but parses the service's command line and loads its configuration as the
// container would.
func checkGapwatchService(t *testing.T, root string, file composeFile, name string, s composeService) {
	checkConfined(t, root, name, s)
	parser, err := kong.New(&cli{}, kong.Name("gapwatch"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(s.Command); err != nil {
		t.Errorf("%s: command %v: %v", name, s.Command, err)
	}
	if len(s.Healthcheck.Test) > 1 && s.Healthcheck.Test[1] == "gapwatch" {
		if _, err := parser.Parse(s.Healthcheck.Test[2:]); err != nil {
			t.Errorf("%s: health check %v: %v", name, s.Healthcheck.Test, err)
		}
	}
	known, err := config.EnvironmentNames()
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range s.Environment {
		if !known[k] {
			t.Errorf("%s: the configuration knows no variable %s", name, k)
		}
		t.Setenv(k, defaults(v))
	}
	cfg, err := config.Load(filepath.Join(root, "deploy", "gapwatch.yaml"))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if err := cfg.Validate(); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	if !cfg.External {
		t.Errorf("%s does not run against the servers of the file", name)
	}
	for _, host := range append(append([]string{}, cfg.Kafka.Brokers...), cfg.ClickHouse.Addr...) {
		service, port, _ := strings.Cut(host, ":")
		if _, ok := file.Services[service]; !ok {
			t.Errorf("%s: host %s is no service", name, host)
		}
		if want := map[bool]string{true: "9092", false: "8123"}[strings.HasPrefix(service, "kafka")]; port != want {
			t.Errorf("%s: %s, want port %s", name, host, want)
		}
	}
	if cfg.Alerts.Channels.Email.Host != "mail" || cfg.Alerts.Channels.Email.Port != 1025 {
		t.Errorf("%s: mails go to %s:%d, the mail catcher is mail:1025", name, cfg.Alerts.Channels.Email.Host, cfg.Alerts.Channels.Email.Port)
	}
	if cfg.Kafka.Replication > 3 {
		t.Errorf("%s: replication %d of 3 brokers", name, cfg.Kafka.Replication)
	}
	for _, p := range s.Ports {
		if !strings.HasSuffix(cfg.HTTP.Listen, ":"+p[strings.LastIndex(p, ":")+1:]) {
			t.Errorf("%s publishes %s but listens on %s", name, p, cfg.HTTP.Listen)
		}
	}
}

// checkConfined: a stage runs as a user of its own that can change no file but temporary ones and gain no right.
func checkConfined(t *testing.T, root, name string, s composeService) {
	if !s.ReadOnly || s.Privileged || len(s.CapAdd) > 0 || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
		t.Errorf("%s: want a read-only root, no capabilities and no new privileges, got %+v", name, s)
	}
	if len(s.Tmpfs) != 1 || !strings.HasPrefix(s.Tmpfs[0], "/tmp:size=") {
		t.Errorf("%s: want a bounded /tmp in memory and nothing else to write to, got %v", name, s.Tmpfs)
	}
	for _, v := range s.Volumes {
		if !strings.HasSuffix(v, ":ro") {
			t.Errorf("%s can write to %s", name, v)
		}
	}
	dockerfile, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	users := regexp.MustCompile(`(?m)^USER (\d+:\d+)$`).FindAllStringSubmatch(string(dockerfile), -1)
	if len(users) != 1 || users[0][1] != s.User || strings.HasPrefix(s.User, "0:") {
		t.Errorf("%s: user %q of the file and %v of the image: want one user by number, not root", name, s.User, users)
	}
}

// defaults resolves ${NAME:-value} as a shell without the variable does.
func defaults(s string) string {
	return regexp.MustCompile(`\$\{[A-Z_]+:-([^}]*)\}`).ReplaceAllString(s, "$1")
}
