package parse

import (
	"encoding/json"

	"github.com/gapwatch/gapwatch/internal/text"
)

// ldSalary writes a MonetaryAmount as "CNY 20000-35000 / MONTH"; a salary in words stays as it is.
func ldSalary(v any) string {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if s := ldSalary(e); s != "" {
				return s
			}
		}
		return ""
	case map[string]any:
		amount := v
		switch value := v["value"].(type) {
		case map[string]any:
			amount = value
		case string, json.Number:
			if v["minValue"] == nil && v["maxValue"] == nil {
				return salary(ldString(v["currency"]), ldString(value), "", firstString(v["unitText"]))
			}
		}
		low, high := ldString(amount["minValue"]), ldString(amount["maxValue"])
		if low == "" && high == "" {
			low = ldString(amount["value"])
		}
		return salary(firstString(v["currency"], amount["currency"]), low, high, firstString(amount["unitText"], v["unitText"]))
	}
	return text.Line(ldString(v))
}

// salary joins the parts of a stated salary; low or high may be empty, and low may be words.
func salary(currency, low, high, unit string) string {
	low, high = text.Amount(text.Line(low)), text.Amount(text.Line(high))
	amount := low
	switch {
	case low == "":
		amount = high
	case high != "" && high != low:
		amount = low + "-" + high
	}
	if amount == "" {
		return ""
	}
	if currency = text.Line(currency); currency != "" {
		amount = currency + " " + amount
	}
	if unit = text.Line(unit); unit != "" {
		amount += " / " + unit
	}
	return amount
}
