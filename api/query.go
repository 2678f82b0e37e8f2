package api

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/interview"
)

// readQuery parses a query string that may have the parameters known, each once and not empty. Errors: invalid with the parameter,
// "query" for one that cannot be parsed.
func readQuery(raw string, known []string) (url.Values, error) {
	if raw == "" {
		return nil, nil
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, interview.Invalid("query", "The query string is malformed: use name=value&name=value with %% escapes.")
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names) // the same request gets the same answer
	for _, name := range names {
		shown := interview.FirstRunes(strings.ToValidUTF8(name, "\uFFFD"), 64)
		switch {
		case !slices.Contains(known, name):
			return nil, interview.Invalid(cmp.Or(shown, "query"), "There is no parameter %q here.", shown)
		case len(values[name]) > 1:
			return nil, interview.Invalid(name, "%s is given twice.", name)
		case values[name][0] == "":
			return nil, interview.Invalid(name, "%s must not be empty. Leave it out instead.", name)
		}
	}
	return values, nil
}

// queryLimit returns the parameter limit, 0 when it is not given. Errors: invalid.
func queryLimit(c *gin.Context) (int, error) { return queryNumber(c, "limit", interview.MaxLimit) }

// queryNumber returns a parameter that is a whole number from 1 to most, 0 when it is not given. Errors: invalid.
func queryNumber(c *gin.Context, name string, most uint64) (int, error) {
	given := request(c).query.Get(name)
	if given == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(given, 10, 16)
	if err != nil || n < 1 || n > most {
		return 0, interview.Invalid(name, "%s must be a whole number from 1 to %d.", name, most)
	}
	return int(n), nil
}

// queryFlag returns a parameter that is true or false; false when it is not given. Errors: invalid.
func queryFlag(c *gin.Context, name string) (bool, error) {
	switch request(c).query.Get(name) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, interview.Invalid(name, "%s must be true or false.", name)
}

// queryCursor returns the parameter cursor as it came.
func queryCursor(c *gin.Context) interview.Cursor {
	return interview.Cursor(request(c).query.Get("cursor"))
}
