package format

import "strings"

// Order is the order of day, month and year in a date written in digits.
type Order uint8

// The three orders people write dates in.
const (
	MDY Order = iota
	DMY
	YMD
)

// Locale is what a spreadsheet's locale says about reading and showing values.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets#SpreadsheetProperties
type Locale struct {
	Name     string // as the API spells it: "en_US"
	Decimal  byte
	Group    string // between thousands: "," "." "’" or a no-break space
	Order    Order
	Date     string // the pattern of type DATE
	Time     string // the pattern of type TIME
	DateTime string // the pattern of type DATE_TIME
	Currency string // the pattern of type CURRENCY
	Symbol   string // the currency's sign
	True     string
	False    string
	words    *words
}

// words are the names a language gives to months, days and halves of the day.
type words struct {
	months, monthsShort []string
	days, daysShort     []string // from Sunday
}

// LocaleOf finds a locale by the name the API uses; a language without its country gets the country most of
// its speakers live in, an unknown name English with European dates.
func LocaleOf(name string) *Locale {
	name = strings.ReplaceAll(name, "-", "_")
	if l, ok := locales[name]; ok {
		return l
	}
	language, _, _ := strings.Cut(name, "_")
	if l, ok := locales[language]; ok {
		return l
	}
	return locales["en_GB"]
}

// Known says whether Google Sheets has a locale of this name.
func Known(name string) bool {
	_, ok := locales[strings.ReplaceAll(name, "-", "_")]
	return ok
}

// ArgumentSeparator is what stands between a function's arguments: a semicolon where the comma is the decimal sign.
func (l *Locale) ArgumentSeparator() byte {
	if l.Decimal == ',' {
		return ';'
	}
	return ','
}

// Bool is a truth value as a cell shows it.
func (l *Locale) Bool(v bool) string {
	if v {
		return l.True
	}
	return l.False
}

var locales = func() map[string]*Locale {
	all := map[string]*Locale{}
	for _, line := range strings.Split(strings.TrimSpace(localeTable), "\n") {
		f := strings.Fields(line)
		names := strings.Split(f[0], ",")
		l := &Locale{Decimal: f[1][0], Group: strings.NewReplacer("nnbsp", "\u202f", "nbsp", "\u00a0").Replace(f[2]), True: "TRUE", False: "FALSE"}
		switch f[3] {
		case "DMY":
			l.Order = DMY
		case "YMD":
			l.Order = YMD
		}
		l.Date = f[4]
		l.Time = map[string]string{"12": "h:mm:ss am/pm", "24": "H:mm:ss", "24.": "H.mm.ss"}[f[5]]
		clock := "H:mm:ss"
		if f[5] == "24." {
			clock = "H.mm.ss"
		}
		l.DateTime = l.Date + " " + clock
		l.Symbol = strings.ReplaceAll(f[6], "_", "\u00a0")
		sign := `"` + l.Symbol + `"`
		switch f[7] {
		case "$1":
			l.Currency = sign + "#,##0.00"
		case "$.1":
			l.Currency = sign + "\u00a0#,##0.00"
		case "$0":
			l.Currency = sign + "#,##0"
		case "0$":
			l.Currency = "#,##0" + "\u00a0" + sign
		default:
			l.Currency = "#,##0.00\u00a0" + sign
		}
		language := f[0][:2]
		l.words = languages["en"]
		if w, ok := languages[language]; ok {
			l.words = w
		}
		if b, ok := truths[language]; ok {
			l.True, l.False = b[0], b[1]
		}
		for i, name := range names {
			one := *l
			one.Name = name
			all[name] = &one
			if lang, _, ok := strings.Cut(name, "_"); ok && all[lang] == nil && i == 0 {
				all[lang] = &one
			}
		}
	}
	return all
}()

// One line for the locales that agree: names, decimal sign, group sign, order, date, clock, currency and where it stands.
// The first of a language is the one its bare name means.
const localeTable = `
en_US               . ,     MDY M/d/yyyy    12  $   $1
en_GB               . ,     DMY dd/MM/yyyy  24  £   $1
en_AU,en_NZ         . ,     DMY dd/MM/yyyy  12  $   $1
en_CA               . ,     YMD yyyy-MM-dd  12  $   $1
en_IE               . ,     DMY dd/MM/yyyy  24  €   $1
en_IN,hi_IN,ta_IN,te_IN,ml_IN,kn_IN,gu_IN,mr_IN,pa_IN . , DMY dd/MM/yyyy 12 ₹ $1
en_ZA               , nbsp  YMD yyyy/MM/dd  24  R   $1
en_SG,en_HK         . ,     DMY dd/MM/yyyy  12  $   $1
en_PH,fil_PH        . ,     MDY M/d/yyyy    12  ₱   $1
de_DE               , .     DMY dd.MM.yyyy  24  €   1$
de_AT               , nbsp  DMY dd.MM.yyyy  24  €   $.1
de_CH               . ’     DMY dd.MM.yyyy  24  CHF $.1
fr_FR               , nnbsp DMY dd/MM/yyyy  24  €   1$
fr_BE               , nnbsp DMY d/MM/yyyy   24  €   1$
fr_CA               , nbsp  YMD yyyy-MM-dd  24  $   1$
fr_CH               , nnbsp DMY dd.MM.yyyy  24  CHF 1$
es_ES               , .     DMY dd/MM/yyyy  24  €   1$
es_MX               . ,     DMY dd/MM/yyyy  24  $   $1
es_AR,es_UY         , .     DMY d/M/yyyy    24  $   $.1
es_CL,es_CO         , .     DMY dd/MM/yyyy  24  $   $0
es_PE               . ,     DMY d/M/yyyy    24  S/  $.1
es_BO,es_EC,es_PY,es_VE,es_CR , . DMY d/M/yyyy 24 $ $1
it_IT               , .     DMY dd/MM/yyyy  24  €   1$
it_CH               . ’     DMY dd.MM.yyyy  24  CHF $.1
pt_BR               , .     DMY dd/MM/yyyy  24  R$  $.1
pt_PT               , nbsp  DMY dd/MM/yyyy  24  €   1$
ja_JP               . ,     YMD yyyy/MM/dd  24  ¥   $0
nl_NL               , .     DMY d-M-yyyy    24  €   $.1
nl_BE               , .     DMY d/MM/yyyy   24  €   $.1
sv_SE               , nbsp  YMD yyyy-MM-dd  24  kr  1$
pl_PL               , nbsp  DMY d.MM.yyyy   24  zł  1$
da_DK               , .     DMY dd.MM.yyyy  24. kr. 1$
nb_NO,nn_NO,no_NO   , nbsp  DMY dd.MM.yyyy  24  kr  $.1
fi_FI               , nbsp  DMY d.M.yyyy    24. €   1$
is_IS               , .     DMY d.M.yyyy    24  kr. 0$
cs_CZ               , nbsp  DMY d.M.yyyy    24  Kč  1$
sk_SK               , nbsp  DMY d.M.yyyy    24  €   1$
hu_HU               , nbsp  YMD yyyy.MM.dd. 24  Ft  1$
ro_RO               , .     DMY dd.MM.yyyy  24  RON 1$
bg_BG               , nbsp  DMY d.MM.yyyy   24  лв. 1$
hr_HR               , .     DMY dd.MM.yyyy. 24  €   1$
sl_SI               , .     DMY d.MM.yyyy   24  €   1$
sr_RS               , .     DMY d.M.yyyy.   24  RSD 0$
lt_LT               , nbsp  YMD yyyy-MM-dd  24  €   1$
lv_LV               , nbsp  DMY dd.MM.yyyy  24  €   1$
et_EE               , nbsp  DMY dd.MM.yyyy  24  €   1$
el_GR               , .     DMY d/M/yyyy    24  €   1$
tr_TR               , .     DMY dd.MM.yyyy  24  ₺   $1
ru_RU               , nbsp  DMY dd.MM.yyyy  24  ₽   1$
uk_UA               , nbsp  DMY dd.MM.yyyy  24  ₴   1$
be_BY               , nbsp  DMY d.M.yyyy    24  Br  1$
kk_KZ               , nbsp  DMY dd.MM.yyyy  24  ₸   1$
hy_AM               , nbsp  DMY dd.MM.yyyy  24  ֏   1$
ka_GE               , nbsp  DMY dd.MM.yyyy  24  ₾   1$
az_AZ               , .     DMY dd.MM.yyyy  24  ₼   1$
ca_ES,gl_ES,eu_ES   , .     DMY dd/MM/yyyy  24  €   1$
iw_IL,he_IL         . ,     DMY d.M.yyyy    24  ₪   1$
ar_EG,ar_SA,ar_AE,fa_IR . , DMY d/M/yyyy    12  £   $1
zh_CN               . ,     YMD yyyy-MM-dd  24  ¥   $1
zh_TW               . ,     YMD yyyy/M/d    24  $   $1
zh_HK               . ,     DMY d/M/yyyy    24  HK$ $1
ko_KR               . ,     YMD yyyy.M.d    24  ₩   $0
th_TH               . ,     DMY d/M/yyyy    24  ฿   $1
vi_VN               , .     DMY dd/MM/yyyy  24  ₫   0$
in_ID,id_ID         , .     DMY dd/MM/yyyy  24. Rp  $0
ms_MY               . ,     DMY d/MM/yyyy   12  RM  $1
bn_BD               . ,     DMY d/M/yyyy    12  ৳   $1
cy_GB               . ,     DMY dd/MM/yyyy  24  £   $1
my_MM               . ,     DMY d/M/yyyy    24  K   $1
mn_MN               . ,     YMD yyyy.MM.dd  24  ₮   $.1
`

var truths = map[string][2]string{
	"de": {"WAHR", "FALSCH"}, "fr": {"VRAI", "FAUX"}, "es": {"VERDADERO", "FALSO"}, "it": {"VERO", "FALSO"},
	"pt": {"VERDADEIRO", "FALSO"}, "nl": {"WAAR", "ONWAAR"}, "sv": {"SANT", "FALSKT"}, "pl": {"PRAWDA", "FAŁSZ"},
	"da": {"SAND", "FALSK"}, "nb": {"SANN", "USANN"}, "fi": {"TOSI", "EPÄTOSI"}, "ru": {"ИСТИНА", "ЛОЖЬ"}, "tr": {"DOĞRU", "YANLIŞ"},
	"cs": {"PRAVDA", "NEPRAVDA"}, "hu": {"IGAZ", "HAMIS"},
}

func list(s string) []string { return strings.Split(s, " ") }

var languages = map[string]*words{
	"en": {
		list("January February March April May June July August September October November December"),
		list("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"),
		list("Sunday Monday Tuesday Wednesday Thursday Friday Saturday"),
		list("Sun Mon Tue Wed Thu Fri Sat"),
	},
	"de": {
		list("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
		list("Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez."),
		list("Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag"),
		list("So Mo Di Mi Do Fr Sa"),
	},
	"fr": {
		list("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
		list("janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc."),
		list("dimanche lundi mardi mercredi jeudi vendredi samedi"),
		list("dim. lun. mar. mer. jeu. ven. sam."),
	},
	"es": {
		list("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
		list("ene feb mar abr may jun jul ago sept oct nov dic"),
		list("domingo lunes martes miércoles jueves viernes sábado"),
		list("dom lun mar mié jue vie sáb"),
	},
	"it": {
		list("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"),
		list("gen feb mar apr mag giu lug ago set ott nov dic"),
		list("domenica lunedì martedì mercoledì giovedì venerdì sabato"),
		list("dom lun mar mer gio ven sab"),
	},
	"pt": {
		list("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"),
		list("jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez."),
		list("domingo segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado"),
		list("dom. seg. ter. qua. qui. sex. sáb."),
	},
	"nl": {
		list("januari februari maart april mei juni juli augustus september oktober november december"),
		list("jan feb mrt apr mei jun jul aug sep okt nov dec"),
		list("zondag maandag dinsdag woensdag donderdag vrijdag zaterdag"),
		list("zo ma di wo do vr za"),
	},
	"sv": {
		list("januari februari mars april maj juni juli augusti september oktober november december"),
		list("jan. feb. mars apr. maj juni juli aug. sep. okt. nov. dec."),
		list("söndag måndag tisdag onsdag torsdag fredag lördag"),
		list("sön mån tis ons tors fre lör"),
	},
	"pl": {
		list("stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia"),
		list("sty lut mar kwi maj cze lip sie wrz paź lis gru"),
		list("niedziela poniedziałek wtorek środa czwartek piątek sobota"),
		list("niedz. pon. wt. śr. czw. pt. sob."),
	},
	"da": {
		list("januar februar marts april maj juni juli august september oktober november december"),
		list("jan. feb. mar. apr. maj jun. jul. aug. sep. okt. nov. dec."),
		list("søndag mandag tirsdag onsdag torsdag fredag lørdag"),
		list("søn. man. tirs. ons. tors. fre. lør."),
	},
	"nb": {
		list("januar februar mars april mai juni juli august september oktober november desember"),
		list("jan. feb. mars apr. mai juni juli aug. sep. okt. nov. des."),
		list("søndag mandag tirsdag onsdag torsdag fredag lørdag"),
		list("søn. man. tir. ons. tor. fre. lør."),
	},
	"fi": {
		list("tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta"),
		list("tammik. helmik. maalisk. huhtik. toukok. kesäk. heinäk. elok. syysk. lokak. marrask. jouluk."),
		list("sunnuntai maanantai tiistai keskiviikko torstai perjantai lauantai"),
		list("su ma ti ke to pe la"),
	},
	"ru": {
		list("января февраля марта апреля мая июня июля августа сентября октября ноября декабря"),
		list("янв. февр. мар. апр. мая июн. июл. авг. сент. окт. нояб. дек."),
		list("воскресенье понедельник вторник среда четверг пятница суббота"),
		list("вс пн вт ср чт пт сб"),
	},
	"tr": {
		list("Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık"),
		list("Oca Şub Mar Nis May Haz Tem Ağu Eyl Eki Kas Ara"),
		list("Pazar Pazartesi Salı Çarşamba Perşembe Cuma Cumartesi"),
		list("Paz Pzt Sal Çar Per Cum Cmt"),
	},
	"ja": {
		list("1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月"),
		list("1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月"),
		list("日曜日 月曜日 火曜日 水曜日 木曜日 金曜日 土曜日"),
		list("日 月 火 水 木 金 土"),
	},
	"zh": {
		list("一月 二月 三月 四月 五月 六月 七月 八月 九月 十月 十一月 十二月"),
		list("1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月"),
		list("星期日 星期一 星期二 星期三 星期四 星期五 星期六"),
		list("周日 周一 周二 周三 周四 周五 周六"),
	},
	"ko": {
		list("1월 2월 3월 4월 5월 6월 7월 8월 9월 10월 11월 12월"),
		list("1월 2월 3월 4월 5월 6월 7월 8월 9월 10월 11월 12월"),
		list("일요일 월요일 화요일 수요일 목요일 금요일 토요일"),
		list("일 월 화 수 목 금 토"),
	},
}
