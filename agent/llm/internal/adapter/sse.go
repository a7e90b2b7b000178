package adapter

import (
	"bufio"
	"bytes"
	"io"
	"iter"
)

// Events are the data of server-sent events, or one error, which is the last. An event that the end cuts off is not told.
func Events(r io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		lines := bufio.NewReader(r)
		var data [][]byte
		for {
			line, err := lines.ReadBytes('\n')
			if err != nil {
				if err != io.EOF {
					yield(nil, err)
				}
				return
			}
			line = bytes.TrimRight(line, "\r\n")
			if len(line) == 0 && data != nil {
				if !yield(bytes.Join(data, []byte("\n")), nil) {
					return
				}
				data = nil
			}
			if value, ok := bytes.CutPrefix(line, []byte("data:")); ok {
				data = append(data, bytes.TrimPrefix(value, []byte(" ")))
			}
		}
	}
}
