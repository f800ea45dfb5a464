package httpd

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// API is the JSON API under /api/v1. It is a huma.API; operations are added with Register.
type API struct {
	huma.API
	auth   *Auth
	logger *slog.Logger
}

// NewAPI makes the API on a mux, with its OpenAPI document at /api/v1/openapi.json and .yaml, and problem
// details for paths and methods that do not exist. version is the program's.
func NewAPI(mux *http.ServeMux, auth *Auth, version string, logger *slog.Logger) *API {
	cfg := huma.DefaultConfig("Gapwatch · AI人才需求预警系统", version)
	cfg.Info.Description = "Skill gaps of the AI labour market, where each number comes from, and the warnings about it. " +
		"Enterprises post skill requests, universities register programmes and subscribe to warnings.\n\n" +
		"人工智能人才需求缺口、数据来源与预警；企业提交技能需求，高校登记培养方案并订阅预警。\n\n" +
		"Errors are problem details (RFC 9457): `type` names the problem, `detail` says what to do, `errors` names every wrong field. " +
		"Lists are paged by cursor: pass `next_cursor` of a page as `cursor` for the next one; it is absent on the last page."
	cfg.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		schemeBearer: {Type: "http", Scheme: "bearer", BearerFormat: "gw_<id>_<secret>", Description: "An API key, made with gapwatch key create."},
		schemeHeader: {Type: "apiKey", In: "header", Name: "X-API-Key", Description: "The same key in a header of its own."},
	}
	cfg.Servers = []*huma.Server{{URL: "/", Description: "the server that this document came from"}}
	cfg.Security = []map[string][]string{{}} // no key, unless an operation says otherwise
	cfg.OnAddOperation = append(cfg.OnAddOperation, func(doc *huma.OpenAPI, op *huma.Operation) {
		status := strconv.Itoa(http.StatusTooManyRequests) // the server counts what an address asks for, whatever it is
		if op.Responses[status] == nil {
			op.Responses[status] = &huma.Response{Description: http.StatusText(http.StatusTooManyRequests), Content: map[string]*huma.MediaType{
				"application/problem+json": {Schema: doc.Components.Schemas.Schema(reflect.TypeFor[huma.ErrorModel](), true, "Error")}}}
		}
	})
	// The documents are served below: huma renders them on first use without a lock. Its schema links would put
	// a $schema member into every answer.
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath, cfg.CreateHooks = "", "", "", nil
	cfg.Transformers = append(cfg.Transformers, func(_ huma.Context, _ string, v any) (any, error) {
		if p, ok := v.(*huma.ErrorModel); ok {
			return bounded(p), nil
		}
		return v, nil
	})
	a := &API{API: humago.New(mux, cfg), auth: auth, logger: logger}
	a.UseMiddleware(a.authorise)

	document := sync.OnceValues(func() ([]byte, error) { return json.Marshal(a.OpenAPI()) })
	mux.HandleFunc("GET /api/v1/openapi.json", a.document(document, "application/openapi+json"))
	mux.HandleFunc("GET /api/v1/openapi.yaml", a.document(sync.OnceValues(func() ([]byte, error) { return a.OpenAPI().YAML() }), "application/openapi+yaml"))
	// One a method: a pattern of every method would clash with "GET /" of the pages.
	for _, m := range methods() {
		mux.HandleFunc(m+" /api/", func(w http.ResponseWriter, r *http.Request) { WriteProblem(w, r, noRoute(mux, w, r)) })
	}
	return a
}

func (a *API) document(render func() ([]byte, error), contentType string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b, err := render()
		if err != nil {
			a.logger.Error("openapi document cannot be rendered", "error", err)
			WriteProblem(w, r, internalProblem(RequestID(r.Context())))
			return
		}
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(b) // the caller may be gone
	}
}

func methods() []string {
	return []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
}

// noRoute tells a path that does not exist from a method that the path does not have.
func noRoute(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) *huma.ErrorModel {
	var allowed []string
	for _, m := range methods() {
		other := r.Clone(r.Context())
		other.Method = m
		if _, pattern := mux.Handler(other); strings.HasPrefix(pattern, m+" /api/") && pattern != m+" /api/" {
			allowed = append(allowed, m)
		}
	}
	if len(allowed) == 0 {
		return Problem(http.StatusNotFound, "no_such_path", "there is nothing at "+r.URL.Path+": /api/v1/openapi.json lists every path")
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	return Problem(http.StatusMethodNotAllowed, "method_not_allowed", r.URL.Path+" takes "+strings.Join(allowed, ", "))
}

// authorise is the middleware before every operation.
func (a *API) authorise(ctx huma.Context, next func(huma.Context)) {
	inner, err := a.auth.authorise(ctx.Context(), ctx.Operation(), ctx.Header)
	if err != nil {
		a.refuse(ctx, err)
		return
	}
	r, _ := humago.Unwrap(ctx)
	back, err := borrowBody(inner, ctx.Operation(), r)
	if err != nil {
		a.refuse(ctx, err)
		return
	}
	defer back()
	next(huma.WithContext(ctx, inner))
}

// refuse answers with the problem that err is, or hides.
func (a *API) refuse(ctx huma.Context, err error) {
	r, w := humago.Unwrap(ctx)
	p := a.problem(ctx.Context(), err)
	if p.Status == http.StatusUnauthorized {
		ctx.SetHeader("WWW-Authenticate", `Bearer realm="gapwatch"`)
	}
	if _, ok := errors.AsType[huma.HeadersError](err); ok {
		writeRefusal(w, r, err)
		return
	}
	WriteProblem(w, r, p)
}

// problem turns an error into what the caller may see. Anything but a problem is logged here, once.
func (a *API) problem(ctx context.Context, err error) *huma.ErrorModel {
	if p, ok := errors.AsType[*huma.ErrorModel](err); ok {
		return p
	}
	if ctx.Err() != nil { // the caller left
		return Problem(http.StatusServiceUnavailable, "cancelled", "the request was cancelled")
	}
	a.logger.Error("api request failed", "request", RequestID(ctx), "error", err)
	if IsUnavailable(err) {
		return unavailableProblem()
	}
	return internalProblem(RequestID(ctx))
}

// Register adds an operation. Errors of its handler are shown when they are problems; any other is logged and
// shown as an internal one.
func Register[I, O any](a *API, op huma.Operation, handler func(context.Context, *I) (*O, error)) {
	op.BodyReadTimeout = -1 // the server's own pace of bodies holds, see pacedBody
	if op.MaxBodyBytes > 0 {
		op.Errors = append(op.Errors, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge)
		if !slices.Contains(op.Errors, http.StatusServiceUnavailable) {
			op.Errors = append(op.Errors, http.StatusServiceUnavailable)
		}
	}
	huma.Register(a.API, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err == nil {
			return out, nil
		}
		if _, ok := errors.AsType[huma.StatusError](err); ok {
			return nil, err
		}
		p := a.problem(ctx, err)
		if p.Status == http.StatusServiceUnavailable {
			return nil, huma.ErrorWithHeaders(p, http.Header{"Retry-After": {retryAfter}})
		}
		return nil, p
	})
}
