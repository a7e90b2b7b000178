package slack

import (
	"encoding/base64"
	"strings"
)

// cursor is the opaque place in a list that a next_cursor names: what it is about and the key it ends at.
//
// https://docs.slack.dev/apis/web-api/pagination
func cursor(kind, key string) string {
	return base64.StdEncoding.EncodeToString([]byte(kind + ":" + key))
}

// from returns the key that a cursor of this kind ends at; "" for no cursor.
func from(kind, cursor string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	b, err := base64.StdEncoding.DecodeString(cursor)
	key, ok := strings.CutPrefix(string(b), kind+":")
	if err != nil || !ok {
		return "", errInvalidCursor
	}
	return key, nil
}

// page cuts a list that is already ordered: the items after the cursor, at most limit, and the next cursor.
func page[T any](items []T, kind, after string, limit int, key func(T) string) (cut []T, next string, err error) {
	start := 0
	if after != "" {
		k, err := from(kind, after)
		if err != nil {
			return nil, "", err
		}
		start = len(items)
		for i, it := range items {
			if key(it) == k {
				start = i + 1
				break
			}
		}
	}
	items = items[start:]
	if limit > 0 && len(items) > limit {
		return items[:limit], cursor(kind, key(items[limit-1])), nil
	}
	return items, "", nil
}

// limit returns the page size to use for one that was asked for: the usual one for none, at most the largest.
func limit(asked int64, usual, largest int) int {
	if asked <= 0 {
		return usual
	}
	return min(int(asked), largest)
}
