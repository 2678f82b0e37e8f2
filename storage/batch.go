package storage

import (
	"context"
	"slices"
	"strings"
)

// maxBatch is how many rows one insert has at most: a power of two.
const maxBatch = 128

// insertRows inserts rows, each the arguments of one, by few different statements: of maxBatch rows, and for the rest of 64, 32, and so on. Insert ends
// before the values, suffix comes after them and returns one text for each row inserted; these are returned.
func (q conn) insertRows(ctx context.Context, insert, suffix string, rows [][]any) ([]string, error) {
	var returned []string
	for size := maxBatch; len(rows) > 0; {
		if len(rows) < size {
			size /= 2
			continue
		}
		row := "(?" + strings.Repeat(", ?", len(rows[0])-1) + ")"
		query := insert + " " + row + strings.Repeat(", "+row, size-1) + " " + suffix
		var some []string
		if err := q.list(ctx, &some, query, slices.Concat(rows[:size]...)...); err != nil {
			return nil, err
		}
		returned, rows = append(returned, some...), rows[size:]
	}
	return returned, nil
}
