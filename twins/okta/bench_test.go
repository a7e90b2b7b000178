package okta

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"twinset.dev/kit/twin"
)

// BenchmarkListUsers measures the first page of a search among ten thousand people, without the network.
func BenchmarkListUsers(b *testing.B) {
	o, w := world(b)
	o.Schema.Check = false
	err := w.Update(func(tc *twin.Call) error {
		for i := range 10_000 {
			login := fmt.Sprintf("person%d@example.com", i)
			o.users.Put(tc.Tx, User{ID: newID(tc, "00u"), Status: statusActive, Type: defaultType, Order: int64(1000 + i), Created: int64(1_600_000_000_000 + i*1000), Password: "x", Profile: obj{"login": login, "email": login,
				"firstName": "Person", "lastName": fmt.Sprint("Number", i), "department": fmt.Sprint("Department ", i%50), "title": "Engineer", "city": "Springfield", "mobilePhone": nil, "secondEmail": nil, "badge": fmt.Sprint("B-", i%400)}})
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	secret := mint(b, o, w, "ana")
	for _, search := range []string{`profile.badge eq "B-7"`, `profile.badge eq "nobody's"`, `profile.department sw "Department 1" and status eq "ACTIVE"`, `profile.badge co "zz"`, `profile.lastName co "er777"`, `created gt "2020-01-01T00:00:00.000Z"`} {
		b.Run(search, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(http.MethodGet, "/w/"+w.Name()+"/api/v1/users?search="+url.QueryEscape(search), nil)
				r.Header.Set("Authorization", secret)
				res := httptest.NewRecorder()
				o.Echo.ServeHTTP(res, r)
				if res.Code != http.StatusOK {
					b.Fatal(res.Body)
				}
			}
		})
	}
}
