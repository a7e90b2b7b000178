package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// googleBench measures what programs ask most of Sheets and Drive.
func googleBench(p *process, self string, rounds int, length time.Duration) error {
	var creds struct{ Env map[string]string }
	res, err := client.Get(p.url + "/_twin/credentials")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&creds); err != nil {
		return err
	}
	ask := func(name, method, path, body string, bar float64) request {
		return request{name: name, method: method, url: p.url + path, auth: "Bearer " + creds.Env["GOOGLE_TOKEN"], body: body, kind: "application/json", bar: bar}
	}

	var table struct{ SpreadsheetID string }
	b, err := ask("", http.MethodPost, "/v4/spreadsheets", `{}`, 0).send()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, &table); err != nil {
		return err
	}
	sheet := "/v4/spreadsheets/" + table.SpreadsheetID
	var rows []string
	for r := range 1000 {
		rows = append(rows, fmt.Sprintf(`["part %d",%d,%d.5,true,"2026-03-02","bar",%d,"x","y","z"]`, r, r, r, r*40))
	}
	if _, err := ask("", http.MethodPut, sheet+"/values/A1:J1000?valueInputOption=RAW", `{"values":[`+strings.Join(rows, ",")+`]}`, 0).send(); err != nil {
		return err
	}
	var changes []string
	for n := range 100 {
		changes = append(changes, fmt.Sprintf(`{"repeatCell":{"range":{"sheetId":0,"startRowIndex":%d,"endRowIndex":%d,"startColumnIndex":0,"endColumnIndex":3},"cell":{"userEnteredFormat":{"textFormat":{"bold":true}}},"fields":"userEnteredFormat.textFormat.bold"}}`, n, n+1))
	}
	var folder struct{ ID string }
	if b, err = ask("", http.MethodPost, "/drive/v3/files", `{"name":"Bench","mimeType":"application/vnd.google-apps.folder"}`, 0).send(); err != nil {
		return err
	}
	if err := json.Unmarshal(b, &folder); err != nil {
		return err
	}
	for n := range 150 {
		if _, err := ask("", http.MethodPost, "/drive/v3/files", fmt.Sprintf(`{"name":"part %d","parents":[%q]}`, n, folder.ID), 0).send(); err != nil {
			return err
		}
	}
	upload := ask("upload of 16 MiB", http.MethodPost, "/upload/drive/v3/files?uploadType=media", strings.Repeat("0123456789abcdef", 1<<20), 0)
	upload.kind = "application/octet-stream"
	return beside(self, []request{
		ask("values.get of 10,000", http.MethodGet, sheet+"/values/A1:J1000?prettyPrint=false", "", 0),
		ask("batchUpdate of 100", http.MethodPost, sheet+":batchUpdate", `{"requests":[`+strings.Join(changes, ",")+`]}`, 0),
		ask("files.list of 100", http.MethodGet, "/drive/v3/files?prettyPrint=false&pageSize=100&fields=nextPageToken,files(id,name,mimeType,modifiedTime,owners(emailAddress),parents)&q=%27"+folder.ID+"%27+in+parents", "", 0),
		upload,
	}, rounds, length)
}
