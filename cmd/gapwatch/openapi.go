package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// openapiCmd prints the API's description.
type openapiCmd struct{}

// Help is shown under the flags.
func (openapiCmd) Help() string {
	return "The same document is at /api/v1/openapi.json of a running system. Example: gapwatch openapi > openapi.json"
}

// Run prints the document; it asks no store.
func (openapiCmd) Run(env *environment) error {
	cfg, logger, err := env.load()
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	s := &stage{cfg: cfg, logger: logger, backend: &backend{}, registry: newRegistry()}
	webhooks, err := newWebhooks(s)
	if err != nil {
		return err
	}
	defer webhooks.Close()
	api, err := newAPI(mux, s, webhooks)
	if err != nil {
		return err
	}
	doc, err := api.OpenAPI().MarshalJSON()
	if err != nil {
		return fmt.Errorf("render the OpenAPI document: %w", err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, doc, "", "  "); err != nil {
		return fmt.Errorf("render the OpenAPI document: %w", err)
	}
	_, err = fmt.Fprintln(env.stdout, out.String())
	return err
}
