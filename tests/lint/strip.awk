# SPDX-License-Identifier: Apache-2.0
# Prints each line of C files as FILE:LINE:CODE, with comments and the insides of literals left
# out. A line that has a // comment gets the mark @@LINE-COMMENT@@ in its place.
FNR == 1 { in_comment = 0 }
{
	rest = $0
	code = ""
	while (rest != "") {
		if (in_comment) {
			end = index(rest, "*/")
			if (!end)
				break
			rest = substr(rest, end + 2)
			in_comment = 0
			continue
		}
		if (!match(rest, /["']|\/\*|\/\//)) {
			code = code rest
			break
		}
		found = substr(rest, RSTART, RLENGTH)
		code = code substr(rest, 1, RSTART - 1)
		rest = substr(rest, RSTART + RLENGTH)
		if (found == "/*") {
			in_comment = 1
		} else if (found == "//") {
			code = code "@@LINE-COMMENT@@"
			break
		} else {
			rest = after_literal(rest, found)
			code = code found found
		}
	}
	print FILENAME ":" FNR ":" code
}

# What follows the literal whose opening quote was just read.
function after_literal(text, quote, at, c)
{
	for (at = 1; at <= length(text); at++) {
		c = substr(text, at, 1)
		if (c == "\\")
			at++
		else if (c == quote)
			return substr(text, at + 1)
	}
	return ""
}
