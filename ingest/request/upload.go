package request

import (
	"context"
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
	intake.UploadInput
	Key string `header:"Idempotency-Key" maxLength:"200" doc:"Names a series of uploads: within it, a row that was uploaded before is not taken again. Without it all uploads of the organisation are one series; give a new key to post the same rows as new demand."`
}

func (s *Service) registerUpload(api *httpd.API) {
	op := httpd.Require(huma.Operation{OperationID: "upload-requests", Path: path + "/csv", Tags: []string{"Requests"},
		Summary: "Upload a table of requests",
		Description: "CSV (UTF-8, UTF-16, GBK or Big5; comma, semicolon or tab) or XLSX, as the body or as the file of a form. Columns: skill and heads, and if wanted tier, region, industry, needed_by, note. " +
			"Good rows are taken, the answer names what is wrong with the others. Uploading the corrected file again takes only what is new. 422 when no row is good. With preview=true nothing is taken: the answer shows what would be."}, talent.RoleEnterprise)
	intake.RegisterTable(api, op, s.upload, huma.Operation{OperationID: "requests-template", Summary: "An empty table of requests to fill in"}, intake.Template{
		File: "requests.csv",
		EN: "skill,heads,tier,region,industry,needed_by,note\r\n" +
			"# id or name,1 to 10000,lead | backbone | reserve,GB/T 2260 code or name,A to T,2027-03-01,only for yourself\r\n",
		ZH: "技能,人数,层次,地区,行业,到岗日期,备注\r\n" +
			"# 编号或名称,1 至 10000,领军 | 骨干 | 后备,行政区划代码或名称,门类 A 至 T,2027-03-01,仅自己可见\r\n",
	})
}

// table reads one organisation's uploads of one series.
type table struct {
	*Service
	org, key string
}

func (s *Service) upload(ctx context.Context, in *uploadInput) (*intake.UploadOutput, error) {
	p, _ := httpd.PrincipalOf(ctx)
	return intake.Take(ctx, intake.Table{Path: path + "/csv", Columns: columns(), MaxRows: s.cfg.MaxRows, Text: s.text}, &in.UploadInput, table{s, p.Org, in.Key})
}

// Read makes a request of each row. Its id follows from what the row says and from how many rows above say the same, so
// that uploading a table twice, or its corrected form, names the same requests.
func (t table) Read(rows []sheet.Row, lang string) intake.Reading[talent.Request] {
	var out intake.Reading[talent.Request]
	times := make(map[string]int)
	for _, row := range rows {
		f := &intake.Fields{Text: t.text[lang]}
		c := row.Cells
		in := requestInput{Skill: c["skill"], Tier: c["tier"], Region: c["region"], Industry: c["industry"], NeededBy: c["needed_by"], Note: c["note"]}
		var isNumber bool
		if in.Heads, isNumber = text.Int(c["heads"]); !isNumber {
			in.Heads = 1 // the other fields are checked all the same
			f.Bad("heads", c["heads"], "wrong.number", 1, maxHeads)
		}
		r := check(in, t.skills, lang, t.now(), f)
		line := intake.NewLine(row, f)
		if len(line.Wrong) > 0 {
			out.Rejected++
		} else {
			content := talent.NewID("row", r.Skill, strconv.Itoa(r.Heads), string(r.Tier), r.Region, r.Industry, r.NeededBy.Format(time.DateOnly), r.Note)
			times[content]++
			r.Org, r.ID = t.org, talent.NewID("request", t.org, "upload", t.key, content, strconv.Itoa(times[content]))
			line.Item = len(out.Items)
			out.Items = append(out.Items, intake.Item[talent.Request]{ID: r.ID, Value: r})
		}
		out.Lines = append(out.Lines, line)
	}
	return out
}

// Judge tells new requests from those that an earlier upload brought, and which of the new ones are held.
func (t table) Judge(ctx context.Context, items []intake.Item[talent.Request], preview bool) error {
	ids := make([]string, len(items))
	for i, item := range items {
		ids[i] = item.ID
	}
	stored, err := t.store.RequestsByID(ctx, ids)
	if err != nil {
		return err
	}
	known := make(map[string]bool, len(stored))
	for _, r := range stored {
		known[r.ID] = true
	}
	var fresh []talent.Request
	at := t.now().UTC()
	for _, item := range items {
		if !known[item.ID] {
			stamp(&item.Value, at)
			fresh = append(fresh, item.Value)
		}
	}
	if preview {
		err = t.holder.foretell(ctx, fresh)
	} else {
		err = t.holder.decide(ctx, fresh, nil)
	}
	if err != nil {
		return err
	}
	for i := range items {
		if known[items[i].ID] {
			items[i].State = intake.Unchanged
			continue
		}
		items[i].Value, items[i].State, fresh = fresh[0], intake.New, fresh[1:]
		if items[i].Value.State == talent.RequestHeld {
			items[i].State = intake.Held
		}
	}
	return nil
}

// Send posts requests.
func (t table) Send(ctx context.Context, prefer string, requests []talent.Request) error {
	if err := t.write(ctx, requests...); err != nil {
		return err
	}
	t.await(ctx, prefer, requests...)
	return nil
}

// Show says by names what a row was understood to mean.
func (t table) Show(r talent.Request, _ sheet.Row, lang string) map[string]string {
	names := t.skills.Names(lang)
	cells := map[string]string{"skill": names.Skill(r.Skill), "heads": strconv.Itoa(r.Heads), "note": r.Note}
	if r.Tier != "" {
		cells["tier"] = names.Tier(r.Tier)
	}
	if r.Region != "" {
		cells["region"] = names.Region(r.Region)
	}
	if r.Industry != "" {
		cells["industry"] = names.Industry(r.Industry)
	}
	if !r.NeededBy.IsZero() {
		cells["needed_by"] = r.NeededBy.Format(time.DateOnly)
	}
	return cells
}
