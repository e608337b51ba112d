"""Minifies scripts and style sheets, by file name, from standard input to standard output, as JSON.

A process of its own: the library is written in Go, and a server would keep its 10 MB of memory for good.
"""

import json
import sys

import minify

CONTENT_TYPES = {"js": "application/javascript", "css": "text/css"}


def main() -> None:
    minify.config({"js-version": 2018})  # the newest that Chromium 78 supports in full
    texts = json.load(sys.stdin)
    small = {name: minify.string(CONTENT_TYPES[name.rpartition(".")[2]], text) for name, text in texts.items()}
    json.dump(small, sys.stdout)


if __name__ == "__main__":
    main()
