package request

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/ingest/intake"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/sheet"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/text"
)

func columns() []sheet.Column {
	return []sheet.Column{
		{Name: "skill", Aliases: []string{"技能"}, Required: true},
		{Name: "heads", Aliases: []string{"人数"}, Required: true},
		{Name: "tier", Aliases: []string{"层次", "人才层次"}},
		{Name: "region", Aliases: []string{"地区"}},
		{Name: "industry", Aliases: []string{"行业"}},
		{Name: "needed_by", Aliases: []string{"到岗日期", "需求日期"}},
		{Name: "note", Aliases: []string{"备注"}},
	}
}

type uploadInput struct {
	ContentType string `header:"Content-Type"`
	Prefer      string `header:"Prefer" doc:"respond-async: answer at once."`
	Key         string `header:"Idempotency-Key" maxLength:"200" doc:"Names a series of uploads: within it, a row that was uploaded before is not taken again. Without it all uploads of the organisation are one series; give a new key to post the same rows as new demand."`
	RawBody     []byte
}

// requestUpload says what became of an uploaded table of requests.
type requestUpload struct {
	Accepted  int               `json:"accepted" doc:"Rows that made new requests."`
	Held      int               `json:"held" doc:"Of the accepted, those that wait for the operator because their size is sudden; they count nothing until then."`
	Unchanged int               `json:"unchanged" doc:"Rows that an earlier upload had brought; nothing was changed."`
	Rejected  int               `json:"rejected" doc:"Rows with errors; correct them and upload the whole file again."`
	IDs       []string          `json:"ids" nullable:"false" doc:"Ids of the accepted and unchanged rows, in the order of the file."`
	Errors    []intake.RowError `json:"errors" nullable:"false" doc:"The first 50; the last entry counts the others."`
}

type uploadOutput struct{ Body requestUpload }

func (s *Service) registerUpload(api *httpd.API) {
	op := httpd.Require(huma.Operation{OperationID: "upload-requests", Path: path + "/csv", Tags: []string{"Requests"},
		Summary: "Upload a table of requests",
		Description: "CSV (UTF-8, UTF-16 or GBK; comma, semicolon or tab) or XLSX, as the body or as the file of a form. Columns: skill and heads, and if wanted tier, region, industry, needed_by, note. " +
			"Good rows are taken, the answer names what is wrong with the others. Uploading the corrected file again takes only what is new. 422 when no row is good."}, talent.RoleEnterprise)
	intake.RegisterTable(api, op, s.upload, huma.Operation{OperationID: "requests-template", Summary: "An empty table of requests to fill in"}, intake.Template{
		File: "requests.csv",
		EN: "skill,heads,tier,region,industry,needed_by,note\r\n" +
			"# id or name,1 to 10000,lead | backbone | reserve,GB/T 2260 code or name,A to T,2027-03-01,only for yourself\r\n",
		ZH: "技能,人数,层次,地区,行业,到岗日期,备注\r\n" +
			"# 编号或名称,1 至 10000,领军 | 骨干 | 后备,行政区划代码或名称,门类 A 至 T,2027-03-01,仅自己可见\r\n",
	})
}

// parse reads a table into requests with their ids. An id follows from what its row says and from how many rows
// above say the same, so that uploading a table twice, or its corrected form, names the same requests.
func (s *Service) parse(ctx context.Context, org, key string, data []byte) ([]talent.Request, *intake.RowErrors, error) {
	table, err := s.skills.Table(ctx)
	if err != nil {
		return nil, nil, err
	}
	rows, err := sheet.Read(data, columns(), s.cfg.MaxRows)
	if err != nil {
		return nil, nil, intake.Unreadable(err, path+"/csv")
	}
	var out []talent.Request
	errs := &intake.RowErrors{}
	times := make(map[string]int)
	for _, row := range rows {
		if row.Err != "" {
			errs.Add(row.Number, "", row.Err, nil)
			continue
		}
		c := row.Cells
		in := requestInput{Skill: c["skill"], Tier: c["tier"], Region: c["region"], Industry: c["industry"], NeededBy: c["needed_by"], Note: c["note"]}
		heads, isNumber := text.Int(c["heads"])
		if !isNumber {
			heads = 1 // the other fields are checked all the same
			errs.Add(row.Number, "heads", "must be a whole number from 1 to 10000", c["heads"])
		}
		in.Heads = heads
		r, wrong := check(in, table, s.now(), "")
		for _, w := range wrong {
			errs.Add(row.Number, w.Location, w.Message, w.Value)
		}
		if !isNumber || len(wrong) > 0 {
			continue
		}
		content := talent.NewID("row", r.Skill, strconv.Itoa(r.Heads), string(r.Tier), r.Region, r.Industry, r.NeededBy.Format(time.DateOnly), r.Note)
		times[content]++
		r.Org, r.ID = org, talent.NewID("request", org, "upload", key, content, strconv.Itoa(times[content]))
		out = append(out, r)
	}
	return out, errs, nil
}

func (s *Service) upload(ctx context.Context, in *uploadInput) (*uploadOutput, error) {
	p, _ := httpd.PrincipalOf(ctx)
	data, err := sheet.Upload(in.ContentType, in.RawBody)
	if err != nil {
		return nil, httpd.Problem(http.StatusBadRequest, "unreadable_form", err.Error())
	}
	requests, errs, err := s.parse(ctx, p.Org, in.Key, data)
	if err != nil {
		return nil, err
	}
	if len(requests) == 0 {
		return nil, errs.Problem("no row of the table can be taken; errors names what is wrong, by line of the file")
	}
	ids := make([]string, len(requests))
	for i, r := range requests {
		ids[i] = r.ID
	}
	stored, err := s.store.RequestsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	known := make(map[string]bool, len(stored))
	for _, r := range stored {
		known[r.ID] = true
	}
	var fresh []talent.Request
	at := s.now().UTC()
	for _, r := range requests {
		if !known[r.ID] {
			stamp(&r, at)
			fresh = append(fresh, r)
		}
	}
	if err := s.holder.decide(ctx, fresh, nil); err != nil {
		return nil, err
	}
	held := 0
	for _, r := range fresh {
		if r.State == talent.RequestHeld {
			held++
		}
	}
	if len(fresh) > 0 {
		if err := s.write(ctx, fresh...); err != nil {
			return nil, err
		}
		s.await(ctx, in.Prefer, fresh...)
	}
	return &uploadOutput{requestUpload{Accepted: len(fresh), Held: held, Unchanged: len(known), Rejected: errs.Rows(), IDs: ids, Errors: errs.List()}}, nil
}
