package pages

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/gapwatch/gapwatch/dashboards/web"
)

// chartsLibrary is copied from the npm package echarts by the build.
const chartsLibrary = "vendor/echarts.min.js"

// asset is a file of web/assets, ready to be sent.
type asset struct {
	plain, packed []byte
	kind, tag     string
}

// assets serves web/assets from memory, packed once, under addresses that change with the content.
type assets struct {
	files map[string]asset
	log   *slog.Logger
}

func newAssets(log *slog.Logger) (*assets, error) {
	a := &assets{files: map[string]asset{}, log: log}
	root, err := fs.Sub(web.Files, "assets")
	if err != nil {
		return nil, fmt.Errorf("open embedded assets: %w", err)
	}
	err = fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || path.Ext(name) == ".md" {
			return err
		}
		b, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		f := asset{plain: b, kind: mime.TypeByExtension(path.Ext(name)), tag: hex.EncodeToString(sum[:6])}
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		if _, err := z.Write(b); err != nil {
			return err
		}
		if err := z.Close(); err != nil {
			return err
		}
		if packed.Len() < len(b) {
			f.packed = packed.Bytes()
		}
		a.files[name] = f
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read embedded assets: %w", err)
	}
	if _, ok := a.files[chartsLibrary]; !ok {
		log.Warn("charts are off: this binary was built without echarts; run make build", "missing", "dashboards/web/assets/"+chartsLibrary)
	}
	return a, nil
}

// url is the address of a file; it changes when the file does, so browsers may keep it for good.
func (a *assets) url(name string) template.URL {
	return address("/assets/"+name, url.Values{"v": {a.files[name].tag}})
}

// has reports whether the binary carries the file.
func (a *assets) has(name string) bool { _, ok := a.files[name]; return ok }

func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/assets/")
	f, ok := a.files[name]
	if !ok {
		if name == chartsLibrary {
			a.log.Error("a page asked for charts that this binary was built without; run make build", "missing", "dashboards/web/assets/"+chartsLibrary)
		}
		http.Error(w, "no such asset", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("ETag", `"`+f.tag+`"`)
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "public, max-age=300")
	if r.URL.Query().Get("v") == f.tag {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if r.Header.Get("If-None-Match") == `"`+f.tag+`"` {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.plain
	if f.packed != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.packed
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}
