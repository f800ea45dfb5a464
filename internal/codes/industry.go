package codes

// IndustryEdition is the edition of the industry codes.
const IndustryEdition = "GB/T 4754-2017"

// Industries returns the sections of GB/T 4754-2017, A to T.
func Industries() []Named {
	return []Named{
		{"A", Name{"农、林、牧、渔业", "Agriculture, forestry, animal husbandry and fishery"}},
		{"B", Name{"采矿业", "Mining"}},
		{"C", Name{"制造业", "Manufacturing"}},
		{"D", Name{"电力、热力、燃气及水生产和供应业", "Electricity, heat, gas and water supply"}},
		{"E", Name{"建筑业", "Construction"}},
		{"F", Name{"批发和零售业", "Wholesale and retail trade"}},
		{"G", Name{"交通运输、仓储和邮政业", "Transport, storage and post"}},
		{"H", Name{"住宿和餐饮业", "Accommodation and catering"}},
		{"I", Name{"信息传输、软件和信息技术服务业", "Information transmission, software and IT services"}},
		{"J", Name{"金融业", "Finance"}},
		{"K", Name{"房地产业", "Real estate"}},
		{"L", Name{"租赁和商务服务业", "Leasing and business services"}},
		{"M", Name{"科学研究和技术服务业", "Scientific research and technical services"}},
		{"N", Name{"水利、环境和公共设施管理业", "Water, environment and public facilities"}},
		{"O", Name{"居民服务、修理和其他服务业", "Resident, repair and other services"}},
		{"P", Name{"教育", "Education"}},
		{"Q", Name{"卫生和社会工作", "Health and social work"}},
		{"R", Name{"文化、体育和娱乐业", "Culture, sports and entertainment"}},
		{"S", Name{"公共管理、社会保障和社会组织", "Public administration, social security and organisations"}},
		{"T", Name{"国际组织", "International organisations"}},
	}
}

// Industry returns the name of a section, or of the section that a longer code ("I65") belongs to.
func Industry(code string) (Name, bool) {
	if code == "" || len(code) > 5 {
		return Name{}, false
	}
	for _, c := range code[1:] {
		if c < '0' || c > '9' {
			return Name{}, false
		}
	}
	return find(Industries(), code[:1])
}

// IndustryName returns the name of a section in lang; the empty code is "all industries", an unknown one is
// returned as it is.
func IndustryName(code, lang string) string {
	if code == "" {
		return Name{"全部行业", "All industries"}.In(lang)
	}
	if n, ok := Industry(code); ok {
		return n.In(lang)
	}
	return code
}

// ValidIndustry reports whether code is the letter of a section.
func ValidIndustry(code string) bool {
	_, ok := Industry(code)
	return ok && len(code) == 1
}
