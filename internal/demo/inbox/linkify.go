package inbox

import "strings"

// linkify cuts a text at its http and https addresses, so that a template can make them links without any markup being
// put together by hand.
func linkify(text string) []piece {
	var pieces []piece
	for text != "" {
		start := nextURL(text)
		if start < 0 {
			return append(pieces, piece{Text: text})
		}
		if start > 0 {
			pieces = append(pieces, piece{Text: text[:start]})
		}
		end := strings.IndexAny(text[start:], " \t\n<>\"")
		if end < 0 {
			end = len(text) - start
		}
		// What ends a sentence does not belong to the address.
		address := strings.TrimRight(text[start:start+end], ".,;:!?)'")
		pieces = append(pieces, piece{Text: address, URL: address})
		text = text[start+len(address):]
	}
	return pieces
}

func nextURL(text string) int {
	first := -1
	for _, scheme := range []string{"http://", "https://"} {
		if at := strings.Index(text, scheme); at >= 0 && (first < 0 || at < first) {
			first = at
		}
	}
	return first
}
