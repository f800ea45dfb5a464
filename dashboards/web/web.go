// Package web holds what browsers are sent: templates, styles, scripts and the chart library that the build copies.
package web

import "embed"

// Files are the templates (templates/*.html) and the assets (assets/…).
//
//go:embed assets templates
var Files embed.FS
