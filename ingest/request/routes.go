package request

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/ingest/intake"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/talent"
)

const path = "/api/v1/requests"

type createInput struct {
	intake.BodyInput
	Key string `header:"Idempotency-Key" maxLength:"200" doc:"Any text of your own; a repeated call with the same key and body makes nothing new. Kept for 30 days."`
}

type viewOutput struct{ Body requestView }

type createOutput struct {
	Location string `header:"Location"`
	Replay   string `header:"Idempotent-Replay" doc:"true when an earlier call with the key made the request."`
	Body     requestView
}

type listOutput struct{ Body httpd.Page[requestView] }

// Register adds the operations to the API.
func (s *Service) Register(api *httpd.API) {
	create := httpd.Require(huma.Operation{OperationID: "create-request", Method: http.MethodPost, Path: path, DefaultStatus: http.StatusCreated,
		Tags: []string{"Requests"}, Summary: "Post a skill request", MaxBodyBytes: 64 << 10,
		Description: "Answers when the brokers have the request, and waits up to two seconds until lists show it.",
		Errors:      []int{http.StatusServiceUnavailable}}, talent.RoleEnterprise)
	createBody := httpd.NewJSONBody[requestInput](api, &create)
	httpd.Register(api, create, func(ctx context.Context, in *createInput) (*createOutput, error) {
		return s.create(ctx, createBody, in)
	})
	createBody.Tidy(&create)

	update := httpd.Require(huma.Operation{OperationID: "change-request", Method: http.MethodPut, Path: path + "/{id}",
		Tags: []string{"Requests"}, Summary: "Change a request of one's own", MaxBodyBytes: 64 << 10,
		Description: "Replaces what the request states; when it was posted stays, so its heads count in the same period.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict, http.StatusServiceUnavailable}}, talent.RoleEnterprise)
	updateBody := httpd.NewJSONBody[requestInput](api, &update)
	httpd.Register(api, update, func(ctx context.Context, in *intake.UpdateInput) (*viewOutput, error) {
		return s.update(ctx, updateBody, in)
	})
	updateBody.Tidy(&update)

	httpd.Register(api, httpd.Require(huma.Operation{OperationID: "list-requests", Method: http.MethodGet, Path: path, Tags: []string{"Requests"},
		Summary:     "List one's own requests",
		Description: "The newest first, withdrawn ones too. An admin sees those of all organisations."}, talent.RoleEnterprise), s.list)
	httpd.Register(api, httpd.Require(huma.Operation{OperationID: "get-request", Method: http.MethodGet, Path: path + "/{id}", Tags: []string{"Requests"},
		Summary: "Read a request of one's own", Errors: []int{http.StatusNotFound}}, talent.RoleEnterprise), s.get)
	httpd.Register(api, httpd.Require(huma.Operation{OperationID: "withdraw-request", Method: http.MethodDelete, Path: path + "/{id}", Tags: []string{"Requests"},
		Summary: "Withdraw a request of one's own", DefaultStatus: http.StatusOK, Errors: []int{http.StatusNotFound, http.StatusServiceUnavailable},
		Description: "Its heads count no more; it stays in the list as withdrawn."}, talent.RoleEnterprise), s.withdraw)
	s.registerUpload(api)
}
