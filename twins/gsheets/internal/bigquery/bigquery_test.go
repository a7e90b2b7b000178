package bigquery

import (
	"fmt"
	"strings"
	"testing"

	"twinset.dev/twins/gsheets/internal/calc"
)

var sales = &Table{Project: "acme", Dataset: "shop", Name: "sales", Columns: []Column{{"day", "DATE"}, {"region", "STRING"}, {"amount", "FLOAT"}, {"paid", "BOOLEAN"}, {"shape", "GEOGRAPHY"}}, Rows: [][]any{
	{"2026-01-05", "north", 10.0, true},
	{"2026-01-20", "south", 4.0, false},
	{"2026-02-01", "north", 2.5, true},
	{"2026-02-02", nil, nil, nil},
}}

func find(project, dataset, name string) (*Table, *Error) {
	if dataset+"."+name != "shop.sales" {
		return nil, fail("DATA_NOT_FOUND", "Not found: Table %s.%s", dataset, name)
	}
	return sales, nil
}

// TestQueries holds what queries give, or say, against what BigQuery does.
func TestQueries(t *testing.T) {
	parameters := map[string]calc.Value{"least": calc.Number(3), "where": calc.Text("north")}
	for sql, want := range map[string]string{
		"SELECT region, amount FROM `acme.shop.sales` LIMIT 2":                                                                                          "region,amount|north,10|south,4",
		"select amount*2 as twice from shop.sales where amount is not null order by amount":                                                             "twice|5|8|20",
		"SELECT region, SUM(amount) AS total, COUNT(*) n FROM acme.shop.sales GROUP BY region ORDER BY total DESC":                                      "region,total,n|north,12.5,2|south,4,1|,,1",
		"SELECT COUNT(DISTINCT region) AS regions, AVG(amount) AS mean, MIN(day) AS first FROM shop.sales":                                              "regions,mean,first|2,5.5,2026-01-05",
		"SELECT region FROM shop.sales WHERE amount >= @least AND region = @where":                                                                      "region|north",
		"SELECT EXTRACT(MONTH FROM day) AS month, COUNTIF(paid) AS paid FROM shop.sales GROUP BY 1 ORDER BY 1":                                          "month,paid|1,1|2,1",
		"SELECT UPPER(region) AS r, CASE WHEN amount > 5 THEN 'big' WHEN amount > 3 THEN 'mid' ELSE 'small' END AS size FROM shop.sales WHERE NOT paid": "r,size|SOUTH,mid",
		"SELECT DISTINCT region FROM shop.sales WHERE region IN ('north','south') ORDER BY region DESC":                                                 "region|south|north",
		"SELECT day FROM shop.sales WHERE day BETWEEN DATE '2026-01-10' AND DATE '2026-02-01'":                                                          "day|2026-01-20|2026-02-01",
		"SELECT region FROM shop.sales WHERE region NOT LIKE 'n%'":                                                                                      "region|south",
		"SELECT region, SUM(amount) AS s FROM shop.sales GROUP BY region HAVING s > 1":                                                                  "region,s|north,12.5|south,4",
		"SELECT region, SUM(amount) AS s FROM shop.sales GROUP BY region HAVING SUM(amount) > 5":                                                        "region,s|north,12.5",
		"SELECT COALESCE(region, 'none') AS r, SAFE_DIVIDE(1, 0) AS d, amount + 1 AS a FROM shop.sales WHERE region IS NULL":                            "r,d,a|none,,",
		"SELECT SUM(amount) AS s FROM shop.sales WHERE FALSE":                                                                                           "s|",
		"SELECT s.region || '-' || CAST(s.day AS STRING) AS k FROM shop.sales AS s LIMIT 1 OFFSET 1":                                                    "k|south-2026-01-20",

		"SELECT SUM(amount) FROM shop.sales":                "MISSING_COLUMN_ALIAS Every column must have a name. Give SUM(amount) an alias with AS.",
		"SELECT region, region FROM shop.sales":             "DUPLICATE_COLUMN_NAMES Duplicate column names in the result are not supported. Found duplicate(s): region",
		"SELECT * FROM shop.sales":                          "UNSUPPORTED_DATA_TYPE Column shape has the type GEOGRAPHY, which is not supported.",
		"SELECT nothing FROM shop.sales":                    "ENGINE Unrecognized name: nothing at [1:8]",
		"SELECT region, SUM(amount) AS s FROM shop.sales":   "ENGINE SELECT list expression references column region which is neither grouped nor aggregated at [1:8]",
		"SELECT FOO(region) AS f FROM shop.sales":           "ENGINE Function not found: FOO at [1:8]",
		"SELECT region FROM sales":                          "ENGINE Table \"sales\" must be qualified with a dataset (e.g. dataset.table). at [1:20]",
		"SELECT region FROM shop.gone":                      "DATA_NOT_FOUND Not found: Table shop.gone",
		"SELECT amount/0 AS x FROM shop.sales":              "ENGINE division by zero: 10 / 0",
		"SELECT region FROM shop.sales WHERE amount = 'x'":  "ENGINE No matching signature for operator = for argument types: FLOAT64, STRING at [1:44]",
		"SELECT region FROM shop.sales WHERE amount > @far": "ENGINE Query parameter 'far' not found at [1:46]",
		"SELECT region FROM":                                "ENGINE Syntax error: Unexpected end of script at [1:19]",
		"UPDATE shop.sales SET amount = 1":                  "ENGINE Syntax error: Expected keyword SELECT but got identifier \"UPDATE\" at [1:1]",
		"SELECT a.region FROM shop.sales a JOIN shop.sales": "ENGINE Syntax error: Unexpected keyword JOIN at [1:35]",
		"SELECT region FROM shop.sales\nWHERE $":            "ENGINE Syntax error: Illegal input character \"$\" at [2:7]",
		"SELECT SUM(MAX(amount)) AS s FROM shop.sales":      "ENGINE Aggregations of aggregations are not allowed at [1:8]",
		"SELECT CAST(region AS INT64) AS n FROM shop.sales": "ENGINE Bad int64 value: north",
	} {
		if got := answer(sql, parameters); got != want {
			t.Errorf("%s\n got %s\nwant %s", sql, got, want)
		}
	}
}

func answer(sql string, parameters map[string]calc.Value) string {
	res, err := Query(sql, find, parameters)
	if err != nil {
		return err.Code + " " + err.Message
	}
	lines := []string{strings.Join(res.Names, ",")}
	for _, row := range res.Rows {
		var line []string
		for _, v := range row {
			line = append(line, text(v))
		}
		lines = append(lines, strings.Join(line, ","))
	}
	return strings.Join(lines, "|")
}

// FuzzQuery holds that any text is answered or refused, with rows as wide as the names.
func FuzzQuery(f *testing.F) {
	f.Add("SELECT region, SUM(amount) AS s FROM `acme.shop.sales` WHERE day > DATE '2026-01-01' GROUP BY 1 ORDER BY s DESC LIMIT 3")
	f.Add("SELECT CASE WHEN NOT paid THEN -amount ELSE 1 END x, SUBSTR(region, -2, 9) y FROM shop.sales WHERE region IN ('a', NULL)")
	f.Add("SELECT ROUND(amount, 1) r FROM shop.sales -- that is all")
	f.Fuzz(func(t *testing.T, sql string) {
		res, err := Query(sql, find, nil)
		if err != nil {
			return
		}
		for _, row := range res.Rows {
			if len(row) != len(res.Names) {
				t.Fatal(fmt.Sprint(res.Names, " has a row ", row))
			}
		}
	})
}
