package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/api"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

func TestServer_RefusesALargeHeaderAndTellsItsPublicAddress(t *testing.T) {
	t.Parallel()
	db := storagetest.SQLite(t)
	service := interview.NewService(db, nil, interview.Options{})
	t.Cleanup(func() { service.Close(t.Context()) })
	s, err := api.New(api.Options{Store: db, Service: service, Auth: db, PublicURL: "https://profile.example.org"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	get := func(path, header string) (int, []byte) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Large", header)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, body
	}
	var refused struct{ Error interview.Error }
	if status, body := get("/healthz", strings.Repeat("x", api.MaxHeader)); status != 431 || json.Unmarshal(body, &refused) != nil || refused.Error.Code != interview.CodeTooLarge {
		t.Errorf("a large header: %d, %s", status, body)
	}
	var document struct{ Servers []struct{ URL string } }
	if status, body := get("/openapi.json", ""); status != 200 || json.Unmarshal(body, &document) != nil || len(document.Servers) != 1 || document.Servers[0].URL != "https://profile.example.org" {
		t.Errorf("the document: %d, %+v", status, document.Servers)
	}
}
