#!/usr/bin/env python3
"""Writes first inputs for fuzz_check: the examples and what the pages of the rules show.

usage: check_seeds.py DIRECTORY
"""

import importlib.util
import pathlib
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SEPARATOR = b"\x1e"  # as in check.cpp


def rule_tests():
    path = REPOSITORY / "tests" / "rules" / "run.py"
    spec = importlib.util.spec_from_file_location("rule_tests", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def seed(files):
    """One input of a configuration's files (name -> bytes); its first table is /etc/postfix/table."""
    files = dict(files)
    parts = [files.pop("main.cf", b"compatibility_level = 3.6\n")]
    master = files.pop("master.cf", None)
    if master is None and not files:
        return parts[0]
    parts.append(master or b"smtp inet n - n - - smtpd\n")
    if files:
        name = sorted(files)[0]
        path = b"/etc/postfix/"
        parts = [part.replace(path + name.encode(), path + b"table") for part in parts] + [files[name]]
    return SEPARATOR.join(parts)


def configurations():
    for example in sorted((REPOSITORY / "examples").iterdir()):
        if example.name != "busy":  # thousands of lines: no input to mutate
            yield {path.name: path.read_bytes() for path in example.iterdir() if path.name != "expected.txt"}
    tests = rule_tests()
    for page in sorted((REPOSITORY / "rules").glob("*/*.md")):
        text = page.read_text(errors="surrogateescape")
        for section in ("Bad", "Good"):
            for each in tests.configurations(text, section):
                yield {name: body.encode("utf-8", "surrogateescape") for name, body in each.files.items()}


def main():
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    for number, files in enumerate(configurations()):
        (directory / f"seed-{number:03}").write_bytes(seed(files))


if __name__ == "__main__":
    main()
