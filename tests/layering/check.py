#!/usr/bin/env python3
"""Checks which folder includes which. The folders and directions are those of the README's map.

usage: check.py [ROOT]        report violations as file:line: reason; exit status 1 if there are any
       check.py --self-test   prove that each kind of violation is reported
"""

import pathlib
import re
import sys
import tempfile

# A layer, and the layers whose headers it may include; what those may include it may include too.
DIRECTIONS = {
    "src/cli": ["src/lsp", "src/report", "src/engine", "src/smtpd"],
    "src/lsp": ["src/report", "src/engine", "src/smtpd"],
    "src/report": ["src/engine", "src/smtpd"],
    "rules": ["src/engine", "src/smtpd"],
    "src/engine": ["src/model"],
    "src/smtpd": ["src/model"],
    "src/model": ["grammar", "src/database", "src/text"],
    "grammar": ["src/text"],
    "src/database": ["src/text"],
    "src/gen": ["src/database", "src/text"],
    "src/text": [],
}

# Headers of a library, and the only files that may include them.
LIBRARIES = {
    "boost/": re.compile(r"grammar/[^/]+\.cpp|grammar/x3/.+"),
    "CLI/": re.compile(r"src/cli/options\.cpp"),
    "nlohmann/": re.compile(r"src/(report|lsp|cli|gen)/.+|tests/.+"),
}

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
SOURCES = ("*.cpp", "*.hpp", "*.inc")


def layer_of(path):
    """The layer that a repository-relative path belongs to, or None (tests)."""
    return next((layer for layer in DIRECTIONS if path.startswith(layer + "/")), None)


def reachable(layer):
    """All layers that a layer may include, itself too."""
    found, waiting = set(), [layer]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += DIRECTIONS[current]
    return found


def complaint(source, included):
    """Why the file `source` must not include `included`, or None."""
    for prefix, allowed in LIBRARIES.items():
        if included.startswith(prefix) and not allowed.fullmatch(source):
            return f"<{included}> does not belong here, only in {allowed.pattern}"
    return None if included.startswith(tuple(LIBRARIES)) else layer_complaint(source, included)


def layer_complaint(source, included):
    if included.startswith("rules/") and not (included.count("/") == 1 and source.startswith("rules/")):
        return f"{included} is a rule; only the generated registry names rules"
    if included.startswith("grammar/x3/") and not LIBRARIES["boost/"].fullmatch(source):
        return f"{included} is for grammar/*.cpp alone"
    layer = layer_of(source)
    if layer is None or layer_of(included) is None or layer_of(included) in reachable(layer):
        return None
    return f"{layer} must not include {layer_of(included)} ({included})"


def check_file(root, path):
    """Violations of one file as (line, reason)."""
    source = path.relative_to(root).as_posix()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quote, included = match.groups()
        reason = complaint(source, included)
        if not reason and quote == '"' and not (root / included).is_file():
            reason = f'"{included}" is no path from the root of the repository'
        if reason:
            yield number, reason


def check(root):
    """All violations below root, each as "file:line: reason"."""
    found = []
    for folder in ("src", "grammar", "rules", "tests"):
        for path in sorted(path for pattern in SOURCES for path in (root / folder).rglob(pattern)):
            found += [f"{path.relative_to(root)}:{line}: {reason}" for line, reason in check_file(root, path)]
    return found


# What the self-test writes: a file with one include, and a piece of the complaint (None: it is fine).
SAMPLES = [
    ("src/text/a.cpp", '#include "src/model/known.hpp"', "src/text must not include src/model"),
    ("src/engine/a.cpp", '#include "src/smtpd/known.hpp"', "src/engine must not include src/smtpd"),
    ("src/smtpd/a.cpp", '#  include "src/engine/known.hpp"', "src/smtpd must not include src/engine"),
    ("grammar/a.cpp", '#include "src/database/known.hpp"', "grammar must not include src/database"),
    ("src/report/a.hpp", '#include "src/lsp/known.hpp"', "src/report must not include src/lsp"),
    ("src/model/a.cpp", "#include <boost/spirit/home/x3.hpp>", "does not belong here"),
    ("grammar/a.hpp", "#include <boost/spirit/home/x3.hpp>", "does not belong here"),
    ("src/cli/main.cpp", "#include <CLI/CLI.hpp>", "does not belong here"),
    ("src/engine/b.cpp", "#include <nlohmann/json.hpp>", "does not belong here"),
    ("src/cli/a.cpp", '#include "rules/relay/known.hpp"', "only the generated registry"),
    ("tests/unit/a.cpp", '#include "rules/relay/known.hpp"', "only the generated registry"),
    ("src/model/b.cpp", '#include "grammar/x3/known.hpp"', "for grammar/*.cpp alone"),
    ("src/text/b.cpp", '#include "known.hpp"', "no path from the root"),
    ("src/cli/c.cpp", '#include "src/text/known.hpp"', None),
    ("src/cli/options.cpp", "#include <CLI/CLI.hpp>", None),
    ("grammar/x3/a.hpp", "#include <boost/spirit/home/x3.hpp>", None),
    ("grammar/c.cpp", '#include "grammar/x3/known.hpp"', None),
    ("src/report/c.cpp", "#include <nlohmann/json.hpp>", None),
    ("rules/relay/c.cpp", '#include "src/engine/known.hpp"', None),
    ("tests/unit/c.cpp", '#include "src/engine/known.hpp"', None),
]


def self_test():
    """Checks one tree a sample. Returns what went wrong."""
    wrong = []
    for name, line, expected in SAMPLES:
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            for layer in [*DIRECTIONS, "rules/relay", "grammar/x3"]:
                (root / layer).mkdir(parents=True, exist_ok=True)
                (root / layer / "known.hpp").touch()
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text("// a sample\n" + line + "\n", encoding="utf-8")
            found = check(root)
        right = found == [] if expected is None else len(found) == 1 and found[0].startswith(f"{name}:2: ") and expected in found[0]
        if not right:
            wrong.append(f"{name} with {line}: expected {expected}, found {found}")
    return wrong


def main(arguments):
    if arguments == ["--self-test"]:
        found = self_test()
    else:
        root = pathlib.Path(arguments[0]) if arguments else pathlib.Path(__file__).resolve().parents[2]
        found = check(root)
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
