package alerts_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/gapwatch/gapwatch/alerts/notify"
	"github.com/gapwatch/gapwatch/alerts/notify/channels"
	"github.com/gapwatch/gapwatch/alerts/subscribe"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/httpd/apitest"
	"github.com/gapwatch/gapwatch/internal/org"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// pigeon is a channel that the program does not have. It is all that a new channel takes.
type pigeon struct {
	mu   sync.Mutex
	loft map[string][]notify.Letter // by address
}

func (*pigeon) Name() string                        { return "pigeon" }
func (*pigeon) Check(context.Context, string) error { return nil }
func (*pigeon) Mask(string) string                  { return "loft …" }
func (*pigeon) Consents() bool                      { return true }
func (*pigeon) Signs() bool                         { return false }
func (*pigeon) Ready() error                        { return nil }
func (*pigeon) Receiver(address string) string      { return address }
func (*pigeon) Width() (all, ofOrg int)             { return 2, 1 }
func (*pigeon) Blames(bool, string) bool            { return true }
func (*pigeon) Parse(address string) (string, error) {
	if !strings.HasPrefix(address, "loft ") {
		return "", errors.New("must be a loft, such as loft 7")
	}
	return address, nil
}

func (p *pigeon) Send(_ context.Context, m notify.Message) (retry bool, reason string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.loft[m.Subscription.Address] = append(p.loft[m.Subscription.Address], notify.Write(m))
	return false, talent.ReasonDelivered, nil
}

// desk serves API and pages of subscriptions, and gives a university its key.
func (w *world) desk(t *testing.T) (site *apitest.Client, key string) {
	t.Helper()
	ways, err := channels.New(w.cfg.Channels, open{})
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(ways, w.more)
	_, skills := testenv.Words(t)
	service, err := subscribe.New(w.cfg.Subscribe, w.store, skills, ways.Addresses())
	if err != nil {
		t.Fatal(err)
	}
	site = apitest.StartPages(t, w.store, func(mux *http.ServeMux, api *httpd.API) {
		// style and icon are the dashboard's, which runs beside it in the program
		mux.Handle("/assets/", http.StripPrefix("/assets/", http.FileServer(http.Dir(filepath.Join(testenv.Root(t), "dashboards/web/assets")))))
		if err := service.Register(mux, api); err != nil {
			t.Fatal(err)
		}
	})
	w.cfg.BaseURL = site.URL
	if _, key, err = org.CreateKey(t.Context(), w.store, "Lakeside University", talent.RoleUniversity, ""); err != nil {
		t.Fatal(err)
	}
	return site, key
}

// A channel is one package: registered, it is subscribed to by the API, asks for consent, carries the warning, ends by
// its letter's link, and is masked in the records, without a line about it anywhere else.
func TestNewChannelTakesNothingElse(t *testing.T) {
	w, _ := newOffice(t)
	bird := &pigeon{loft: map[string][]notify.Letter{}}
	w.more = notify.NewChannels(bird)
	site, key := w.desk(t)
	if a := site.Call("POST", "/api/v1/subscriptions", key, `{"channels":[{"channel":"pigeon","address":"roof"}]}`); a.Status != http.StatusUnprocessableEntity || !strings.Contains(string(a.Body), "such as loft 7") {
		t.Errorf("a wrong address: %d %s", a.Status, a.Body)
	}
	a := site.Call("POST", "/api/v1/subscriptions", key, `{"language":"en","channels":[{"channel":"pigeon","address":"loft 7"}]}`)
	var made subscribe.SubscriptionView
	a.Into(t, &made)
	if a.Status != http.StatusCreated || made.State != "pending" {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	press := func(link string) {
		t.Helper()
		path := strings.TrimPrefix(link, site.URL)
		do := "do=confirm"
		if strings.Contains(path, "/leave") {
			do = "do=leave"
		}
		if a := site.Call("POST", path, "", do, "Content-Type", "application/x-www-form-urlencoded"); a.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, a.Status, a.Body)
		}
	}
	w.fire(t, "rag")
	stage := w.start(t)
	notifyOnce(t, stage)
	if got := bird.loft["loft 7"]; len(got) != 1 || !strings.Contains(got[0].URL, "/mail/confirm?t=") {
		t.Fatalf("letters before consent: %+v", got)
	}
	press(bird.loft["loft 7"][0].URL)
	notifyOnce(t, stage)
	got := bird.loft["loft 7"]
	if len(got) != 2 || !regexp.MustCompile(`Shortage warning · orange II, serious.*rag`).MatchString(got[1].Title) || got[1].ManageURL != site.URL+subscribe.Path {
		t.Fatalf("letters after consent: %+v", got)
	}
	w.want(t, "alert-rag", "pigeon sent delivered", 1)
	list, err := w.store.NotificationsOfAlert(t.Context(), "alert-rag")
	if err != nil || list[len(list)-1].Target != "loft …" {
		t.Errorf("recorded %+v, %v", list, err)
	}
	press(got[1].LeaveURL)
	w.fire(t, "sql")
	notifyOnce(t, stage)
	w.want(t, "alert-sql", "pigeon suppressed reader_unsubscribed", 1)
	if n := len(bird.loft["loft 7"]); n != 2 {
		t.Errorf("%d letters after the reader has left", n)
	}
}
