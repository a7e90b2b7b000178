package okta

import "slices"

// Okta keeps some lists as sets, and answers them in the order in which Java's HashSet yields them, whatever order they
// were sent in.

// setOrder sorts what is in a set by the hash of each.
func setOrder[T any](items []T, hash func(T) uint32) []T {
	buckets := uint32(16)
	for uint32(len(items))*4 > buckets*3 {
		buckets *= 2
	}
	bucket := func(v T) int {
		h := hash(v)
		return int((h ^ h>>16) & (buckets - 1))
	}
	return slices.SortedStableFunc(slices.Values(items), func(a, b T) int { return bucket(a) - bucket(b) })
}

// setOfTexts is a list of strings in the order of a set, without those that are there twice.
func setOfTexts(v any) []any {
	var seen []string
	for _, s := range texts(v) {
		if !slices.Contains(seen, s) {
			seen = append(seen, s)
		}
	}
	return anys(setOrder(seen, javaHash))
}

// javaHash is String.hashCode, 0 for null.
func javaHash(s string) (h uint32) {
	for _, r := range s {
		h = 31*h + uint32(r)
	}
	return h
}
