package okta

import "slices"

// Values of a JSON object, and what stands for those that are not there.

func text(v any) string { s, _ := v.(string); return s }

func truth(v any) bool { b, _ := v.(bool); return b }

func object(v any) obj { m, _ := v.(obj); return m }

func list(v any) []any { l, _ := v.([]any); return l }

// texts are the strings of a list.
func texts(v any) (out []string) {
	for _, x := range list(v) {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// anys is the other way round.
func anys(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// dig follows keys into nested objects.
func dig(v any, keys ...string) any {
	for _, k := range keys {
		v = object(v)[k]
	}
	return v
}

// clone copies a JSON value all the way down.
func clone[T any](v T) T { return copied(v).(T) }

func copied(v any) any {
	switch v := v.(type) {
	case obj:
		if v == nil {
			return v
		}
		out := make(obj, len(v))
		for k, x := range v {
			out[k] = copied(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = copied(x)
		}
		return out
	}
	return v
}

// with is an object with some members of another in the place of its own.
func with(base obj, more obj) obj {
	out := make(obj, len(base)+len(more))
	for k, v := range base {
		out[k] = v
	}
	for k, v := range more {
		out[k] = v
	}
	return out
}

// without is an object without some of its members.
func without(base obj, keys ...string) obj {
	out := make(obj, len(base))
	for k, v := range base {
		if !slices.Contains(keys, k) {
			out[k] = v
		}
	}
	return out
}

// fill gives an object the members it lacks, all the way down; lists are taken as they are.
func fill(v obj, defaults obj) obj {
	for k, d := range defaults {
		was, ok := v[k]
		if !ok {
			v[k] = copied(d)
		} else if m := object(was); m != nil {
			if dm := object(d); dm != nil {
				fill(m, dm)
			}
		}
	}
	return v
}
