// Package conformance is what a customer sees of the twins: the vendors' own SDKs, at a URL.
package conformance
