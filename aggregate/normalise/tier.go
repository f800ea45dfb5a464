package normalise

import (
	"strings"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// Tier tells the talent tier that a posting wants: lead 领军, backbone 骨干, reserve 后备, "" when title, degree
// and experience say nothing. The title's words of rank decide first (首席, principal; 高级, senior; 实习,
// junior), then the years of experience (≥ 10 lead, ≥ 3 backbone, below: reserve, or backbone with a master's
// degree and a year), then a doctor's degree (backbone).
func Tier(title, education, experienceStated, text string) talent.Tier {
	years, stated := experience(experienceStated, text)
	return tier(title, Education(education, text), experienceStated, years, stated)
}

func tier(title, degree, field string, years int, stated bool) talent.Tier {
	t := strings.ToLower(narrow(title))
	switch rank := titleRank(t); {
	case rank == talent.TierReserve:
		return rank
	case rank == talent.TierLead && (!stated || years < 0 || years >= 3):
		return rank
	case rank != "":
		return talent.TierBackbone // a "director" for whom two years will do does not lead a field
	}
	if stated && years >= 0 {
		switch {
		case years >= 10:
			return talent.TierLead
		case years >= 3, degree == "doctor", degree == "master" && years >= 1:
			return talent.TierBackbone
		case containsAny(field, "应届", "实习", "在校"), years < 3:
			return talent.TierReserve
		}
	}
	if degree == "doctor" {
		return talent.TierBackbone
	}
	return ""
}

// titleRank reads the rank that a lower-case title names; the lowest one wins, because "总监助理" is an
// assistant and "intern, office of the chief scientist" an intern.
func titleRank(t string) talent.Tier {
	switch {
	case containsAny(t, "实习", "应届", "校招", "校园招聘", "管培", "培训生", "见习", "初级", "助理", "届毕业", "届春招", "届秋招",
		"可培养", "培养岗", "学徒") || hasAnyWord(t, "intern", "interns", "internship", "junior", "jr", "graduate", "trainee", "apprentice",
		"entry level", "entry-level", "new grad", "working student", "assistant", "campus"):
		return talent.TierReserve
	case containsAny(t, "首席", "总监", "科学家", "架构师", "带头人", "领军", "院长", "所长", "副总", "总裁", "总经理", "合伙人",
		"资深专家", "高级专家", "负责人", "事业部总") || hasAnyWord(t, "chief", "principal", "director", "head of", "vp", "cto", "vice president",
		"distinguished", "fellow", "architect", "co-founder", "cofounder", "founding"):
		return talent.TierLead
	case containsAny(t, "高级", "资深", "经理", "主管", "专家", "骨干", "组长", "博士后", "中高级", "主任") ||
		hasAnyWord(t, "senior", "sr", "staff", "lead", "manager", "expert", "postdoc", "postdoctoral", "scientist"):
		return talent.TierBackbone
	}
	return ""
}
