package normalise

// chineseNicknames are names that postings use and GB/T 2260 does not: quarters, new areas, towns, short names
// of autonomous prefectures; and words that begin like a place.
func chineseNicknames() []place {
	return []place{
		{"浦东", "310000"}, {"徐汇", "310000"}, {"闵行", "310000"}, {"张江", "310000"}, {"漕河泾", "310000"}, {"杨浦", "310000"},
		{"海淀", "110000"}, {"中关村", "110000"}, {"望京", "110000"}, {"亦庄", "110000"}, {"上地", "110000"},
		{"前海", "440300"}, {"福田", "440300"}, {"宝安", "440300"}, {"松山湖", "441900"}, {"横琴", "440400"},
		{"余杭", "330100"}, {"萧山", "330100"}, {"雄安", "130600"}, {"光谷", "420100"}, {"天府新区", "510100"},
		{"延边", "222400"}, {"恩施", "422800"}, {"湘西", "433100"}, {"阿坝", "513200"}, {"甘孜", "513300"}, {"凉山", "513400"},
		{"黔西南", "522300"}, {"黔东南", "522600"}, {"黔南", "522700"}, {"楚雄", "532300"}, {"红河", "532500"}, {"文山", "532600"},
		{"西双版纳", "532800"}, {"大理", "532900"}, {"德宏", "533100"}, {"怒江", "533300"}, {"迪庆", "533400"}, {"临夏", "622900"},
		{"甘南", "623000"}, {"海西", "632800"}, {"昌吉", "652300"}, {"伊犁", "654000"}, {"巴音郭楞", "652800"}, {"博尔塔拉", "652700"},
		{"九龙", "810000"}, {"九龍", "810000"}, {"新界", "810000"}, {"港岛", "810000"}, {"澳門", "820000"},
		{"台北", "710000"}, {"臺北", "710000"}, {"新竹", "710000"}, {"高雄", "710000"}, {"台中市", "710000"}, {"台南", "710000"},
		{"新北市", "710000"}, {"桃园市", "710000"}, {"台灣", "710000"}, {"臺灣", "710000"},
		{"广東", "440000"}, {"廣州", "440100"}, {"廣東", "440000"}, {"東莞", "441900"}, {"蘇州", "320500"}, {"寧波", "330200"}, {"武漢", "420100"},
		{"重慶", "500000"}, {"廈門", "350200"},
		{"中国", china}, {"中國", china},
		{"北京时间", noPlace}, {"北京时区", noPlace}, {"北京時間", noPlace}, {"海外", noPlace}, {"东方时区", noPlace},
		{"朝阳", noPlace}, // a district of Beijing and of Changchun, and a city in Liaoning
	}
}

// chineseEnglish are English names of Chinese places beside those of the code list, folded.
func chineseEnglish() []place {
	return []place{
		{"peking", "110000"}, {"hongkong", "810000"}, {"kowloon", "810000"}, {"macau", "820000"}, {"canton", "440100"}, {"xian", "610100"},
		{"taipei", "710000"}, {"hsinchu", "710000"}, {"taichung", "710000"}, {"kaohsiung", "710000"}, {"tainan", "710000"},
		{"urumqi", "650100"}, {"huhehaote", "150100"}, {"haerbin", "230100"}, {"pudong", "310000"}, {"haidian", "110000"},
		{"neimenggu", "150000"}, {"xizang", "540000"}, {"kunshan", "320500"}, {"yiwu", "330700"}, {"shekou", "440300"},
		{"china", china}, {"mainland china", china}, {"prc", china}, {"hong kong sar", "810000"},
	}
}

// foreignCities are larger cities by country, folded. Names that are also common words (Nice, Reading, Mobile)
// are left out.
func foreignCities() map[string]string {
	return map[string]string{
		"US": "new york,new york city,brooklyn,manhattan,san francisco,sf bay area,bay area,silicon valley,san jose,palo alto,mountain view,menlo park," +
			"sunnyvale,cupertino,santa clara,redwood city,san mateo,south san francisco,oakland,berkeley,fremont,emeryville,los angeles,santa monica,venice beach," +
			"san diego,irvine,pasadena,sacramento,santa barbara,seattle,bellevue,redmond,kirkland,portland,boston,cambridge ma,somerville,waltham,chicago,austin," +
			"dallas,houston,san antonio,plano,denver,boulder,salt lake city,provo,phoenix,scottsdale,tempe,tucson,las vegas,reno,atlanta,miami,orlando,tampa," +
			"jacksonville,charlotte,raleigh,durham,research triangle,nashville,memphis,new orleans,pittsburgh,philadelphia,baltimore,washington dc,arlington," +
			"mclean,reston,minneapolis,st louis,saint louis,kansas city,omaha,des moines,indianapolis,columbus,cleveland,cincinnati,detroit,ann arbor,milwaukee," +
			"madison,louisville,jersey city,hoboken,princeton,new haven,stamford,hartford,providence,buffalo,ithaca,honolulu,albuquerque,boise,united states of america",
		"GB": "london,manchester,cambridge,oxford,edinburgh,glasgow,bristol,leeds,birmingham,brighton,cardiff,belfast,liverpool,newcastle,nottingham,sheffield," +
			"southampton,england,scotland,wales,northern ireland",
		"DE": "berlin,munich,munchen,muenchen,hamburg,cologne,koln,frankfurt,frankfurt am main,stuttgart,dusseldorf,karlsruhe,dresden,leipzig,nuremberg,aachen,heidelberg,bonn",
		"FR": "paris,lyon,toulouse,grenoble,lille,bordeaux,nantes,sophia antipolis,marseille,montpellier",
		"NL": "amsterdam,rotterdam,the hague,den haag,utrecht,eindhoven,delft,groningen", "BE": "brussels,antwerp,ghent,leuven", "LU": "luxembourg city",
		"CH": "zurich,geneva,lausanne,basel,bern,zug", "AT": "vienna,graz,linz,salzburg", "IT": "milan,rome,turin,bologna,milano,roma",
		"ES": "madrid,barcelona,valencia,malaga,seville", "PT": "lisbon,porto,lisboa,braga", "IE": "dublin,cork,galway",
		"SE": "stockholm,gothenburg,malmo,uppsala,lund", "NO": "oslo,bergen,trondheim", "DK": "copenhagen,aarhus", "FI": "helsinki,espoo,tampere,oulu",
		"IS": "reykjavik", "PL": "warsaw,krakow,wroclaw,gdansk,poznan,warszawa,katowice", "CZ": "prague,brno,praha", "HU": "budapest", "RO": "bucharest,cluj napoca,cluj,iasi,timisoara",
		"BG": "sofia", "RS": "belgrade,novi sad", "HR": "zagreb", "SI": "ljubljana", "SK": "bratislava", "GR": "athens,thessaloniki", "EE": "tallinn,tartu", "LV": "riga",
		"LT": "vilnius,kaunas", "UA": "kyiv,kiev,lviv,kharkiv,odessa", "RU": "moscow,saint petersburg,st petersburg", "BY": "minsk", "TR": "istanbul,ankara", "CY": "nicosia,limassol",
		"MT": "valletta", "IL": "tel aviv,jerusalem,haifa,herzliya", "AE": "dubai,abu dhabi", "SA": "riyadh,jeddah", "QA": "doha", "EG": "cairo", "ZA": "cape town,johannesburg",
		"KE": "nairobi", "NG": "lagos,abuja", "MA": "casablanca", "GH": "accra",
		"IN": "bangalore,bengaluru,mumbai,delhi,new delhi,hyderabad,pune,chennai,gurgaon,gurugram,noida,kolkata,ahmedabad,kochi",
		"PK": "karachi,lahore,islamabad", "BD": "dhaka", "LK": "colombo", "NP": "kathmandu",
		"JP": "tokyo,osaka,kyoto,yokohama,fukuoka,nagoya,kobe,sapporo", "KR": "seoul,busan,pangyo,daejeon", "VN": "hanoi,ho chi minh city,ho chi minh,saigon,da nang,danang",
		"TH": "bangkok,chiang mai,phuket", "MY": "kuala lumpur,penang,johor bahru,cyberjaya", "ID": "jakarta,bali,bandung,yogyakarta", "PH": "manila,cebu,makati,taguig",
		"KH": "phnom penh", "MM": "yangon", "MN": "ulaanbaatar", "KZ": "almaty,astana", "GE": "tbilisi", "AM": "yerevan", "AZ": "baku", "UZ": "tashkent",
		"CA": "toronto,vancouver,montreal,ottawa,waterloo,kitchener,calgary,edmonton,quebec city,halifax,victoria bc,winnipeg,mississauga",
		"AU": "sydney,melbourne,brisbane,perth,canberra,adelaide,hobart", "NZ": "auckland,wellington,christchurch",
		"BR": "sao paulo,rio de janeiro,belo horizonte,florianopolis,porto alegre,curitiba", "AR": "buenos aires,cordoba", "CL": "santiago", "CO": "bogota,medellin",
		"MX": "mexico city,guadalajara,monterrey,tijuana", "PE": "lima", "UY": "montevideo", "PA": "panama city", "EC": "quito",
	}
}

// countryAliases are English names of countries beside those of the code list, folded.
func countryAliases() map[string]string {
	return map[string]string{
		"US": "usa,united states,u s a,united states of america", "GB": "great britain,england,britain,scotland,wales", "KR": "korea,republic of korea",
		"NL": "the netherlands,holland", "CZ": "czech republic", "AE": "emirates", "RU": "russian federation", "VN": "viet nam", "MM": "burma", "BA": "bosnia",
		"MK": "macedonia", "TR": "turkiye", "710000": "taiwan roc",
		noPlace: "north america,south america,latin america,central america,americas,european union,europe,worldwide,beijing time,china time,shanghai time,singapore time",
	}
}

// foreignChinese are Chinese names of foreign places beside those of the code list.
func foreignChinese() map[string]string {
	return map[string]string{
		"US": "纽约,硅谷,旧金山,湾区,西雅图,洛杉矶,波士顿,圣何塞,圣地亚哥,芝加哥,奥斯汀,休斯顿,达拉斯,西海岸,美國,加州",
		"GB": "伦敦,剑桥,牛津,曼彻斯特,爱丁堡,英國", "DE": "柏林,慕尼黑,汉堡,法兰克福,斯图加特,杜塞尔多夫", "FR": "巴黎,里昂", "NL": "阿姆斯特丹,鹿特丹,埃因霍温",
		"CH": "苏黎世,日内瓦,洛桑", "SE": "斯德哥尔摩,哥德堡", "DK": "哥本哈根", "FI": "赫尔辛基", "NO": "奥斯陆", "AT": "维也纳", "BE": "布鲁塞尔", "IE": "都柏林",
		"ES": "马德里,巴塞罗那", "IT": "米兰,罗马,都灵", "PT": "里斯本", "PL": "华沙", "CZ": "布拉格", "HU": "布达佩斯", "RU": "莫斯科,圣彼得堡", "TR": "伊斯坦布尔,安塔利亚",
		"AE": "迪拜,阿联酋,阿布扎比", "SA": "利雅得,沙特", "IL": "特拉维夫", "QA": "多哈", "EG": "开罗", "ZA": "开普敦,约翰内斯堡", "KE": "内罗毕", "NG": "拉各斯",
		"IN": "班加罗尔,孟买,新德里,海得拉巴", "JP": "东京,大阪,京都,横滨,名古屋,福冈,東京", "KR": "首尔,釜山,南韩", "VN": "河内,胡志明,岘港", "TH": "曼谷,清迈", "MY": "吉隆坡,槟城,新山,马来",
		"ID": "雅加达,巴厘岛,印尼", "PH": "马尼拉,宿务", "KH": "金边,西港", "SG": "狮城,坡县", "CA": "多伦多,温哥华,蒙特利尔,渥太华", "AU": "悉尼,墨尔本,布里斯班,珀斯,澳洲",
		"NZ": "奥克兰,惠灵顿", "BR": "圣保罗,里约", "MX": "墨西哥城", "AR": "布宜诺斯艾利斯", "CL": "圣地亚哥市", "KZ": "阿拉木图,阿斯塔纳", "BD": "达卡", "MM": "仰光", "LA": "万象", "GE": "第比利斯",
		"BA": "波黑", "MK": "北马其顿",
	}
}

// stateNames are states and provinces by country: abbreviations in capitals, names folded.
func stateNames() map[string]string {
	return map[string]string{
		"US": "AL,AK,AZ,AR,CA,CO,CT,DC,DE,FL,GA,HI,IA,ID,IL,IN,KS,KY,LA,MA,MD,ME,MI,MN,MO,MS,MT,NC,ND,NE,NH,NJ,NM,NV,NY,OH,OK,OR,PA,RI,SC,SD,TN,TX,UT,VA,VT,WA,WI,WV,WY," +
			"alabama,alaska,arizona,arkansas,california,colorado,connecticut,delaware,florida,georgia,hawaii,idaho,illinois,indiana,iowa,kansas,kentucky,louisiana,maine," +
			"maryland,massachusetts,michigan,minnesota,mississippi,missouri,montana,nebraska,nevada,new hampshire,new jersey,new mexico,north carolina,north dakota," +
			"ohio,oklahoma,oregon,pennsylvania,rhode island,south carolina,south dakota,tennessee,texas,utah,vermont,virginia,washington,west virginia,wisconsin,wyoming," +
			"district of columbia,calif,mass",
		"CA": "ON,BC,QC,AB,MB,NS,SK,ontario,british columbia,quebec,alberta,manitoba,nova scotia,saskatchewan",
		"AU": "NSW,VIC,QLD,ACT,new south wales,queensland",
	}
}

// capitalNames are abbreviations that count when they stand in capitals.
func capitalNames() map[string]string {
	return map[string]string{
		"US": "US,U.S,USA,NYC,SF,DC,D.C,LA,NY", "GB": "UK,U.K", "AE": "UAE", "810000": "HK", "SG": "SG", "IN": "BLR", noPlace: "EU,GMT,UTC",
		china: "CN,PRC", "NZ": "NZ", "KR": "ROK", "MY": "KL", "710000": "TW",
	}
}
