"""Do the places in the JSON of `postlint check` lie in the files that they name?"""

import bisect
import functools
import pathlib


class File:
    """Lines and offsets of one file, as the contract counts them: columns in code points, 1-based, a byte that
    is not UTF-8 being one; the end of a span is exclusive."""

    def __init__(self, path):
        self.data = path.read_bytes()
        self.starts = [0]
        at = self.data.find(b"\n")
        while at >= 0:
            self.starts.append(at + 1)
            at = self.data.find(b"\n", at + 1)

    def line(self, number):
        end = self.starts[number] if number < len(self.starts) else len(self.data)
        return self.data[self.starts[number - 1] : end]

    @functools.lru_cache(maxsize=4)
    def decoded(self, number):
        line = self.line(number)
        return line.decode("utf-8", "surrogateescape"), line.isascii()

    def offset(self, line, column):
        """Byte offset of a place; None where there is no such place."""
        if not 1 <= line <= len(self.starts):
            return None
        text, ascii_only = self.decoded(line)
        if not 1 <= column <= len(text) + 1:
            return None
        if ascii_only:
            return self.starts[line - 1] + column - 1
        return self.starts[line - 1] + len(text[: column - 1].encode("utf-8", "surrogateescape"))

    def same_place(self, offset, line, column):
        """Behind a line feed is the start of the next line."""
        told = self.offset(line, column)
        return told is not None and told == offset


class Checker:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.files = {}
        self.found = []

    def file(self, name):
        if name not in self.files:
            path = self.directory / name
            self.files[name] = File(path) if path.is_file() else None
        return self.files[name]

    def complain(self, where, place, what):
        shown = {key: place.get(key) for key in ("file", "line", "column", "end_line", "end_column", "start", "end")}
        self.found.append(f"{where}: {what}: {shown}")

    def span(self, where, place):
        if place.get("file") is None:
            if place.get("line") is not None:
                self.complain(where, place, "a line of no file")
            return
        file = self.file(place["file"])
        if file is None:
            self.complain(where, place, "no such file")
            return
        begin = file.offset(place["line"], place["column"])
        end = begin
        if place.get("end_line") is not None:
            end = file.offset(place["end_line"], place["end_column"])
        if begin is None or end is None:
            self.complain(where, place, "outside of the file")
        elif end < begin:
            self.complain(where, place, "ends before it begins")
        elif place.get("start") is not None and (begin, end) != (place["start"], place["end"]):
            self.complain(where, place, f"bytes {begin}..{end} by line and column")


def problems(report, directory):
    """A text for each place of the report that cannot be. `directory`: where postlint ran."""
    checker = Checker(directory)
    for finding in report["findings"]:
        rule = finding["rule"]
        if finding["file"] is None:
            checker.complain(rule, finding, "a finding without a place")
        checker.span(rule, finding)
        for related in finding["related"]:
            checker.span(rule + ", related", related)
        for origin in finding["origins"]:
            checker.span(rule + ", origin", origin)
        for fix in finding["fixes"]:
            for edit in fix["edits"]:
                checker.span(rule + ", edit", edit)
    return checker.found
