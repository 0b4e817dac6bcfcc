#!/usr/bin/env python3
"""Golden tests of the program as a whole.

tests/cli/<case>/command    arguments of postlint, run in the case's directory ($ROOT: the repository);
                            a line that starts with NAME=VALUE sets the environment
tests/cli/<case>/stdin      standard input, if there is one
tests/cli/<case>/expected   standard output, then what came on standard error, then the exit status
examples/<name>/expected.txt  what `postlint check examples/<name>` prints, run in the repository

usage: run.py --binary POSTLINT [--update] [CASE...]
"""

import argparse
import html.parser
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import postlint  # noqa: E402

CASES = postlint.REPOSITORY / "tests" / "cli"
EXAMPLES = postlint.REPOSITORY / "examples"


def transcript(done):
    text = done.stdout
    if done.stderr:
        text += "--- standard error\n" + done.stderr
    return text + f"--- exit {done.returncode}\n"


def parse_command(text):
    """Environment, arguments."""
    environment, arguments = {}, []
    for line in text.splitlines():
        setting = re.fullmatch(r"([A-Z_]+)=(.*)", line)
        if setting:
            environment[setting.group(1)] = setting.group(2)
        else:
            arguments += postlint.options_of(line.replace("$ROOT", str(postlint.REPOSITORY)))
    return environment, arguments


class Page(html.parser.HTMLParser):
    """What is wrong with a page: tags that do not match, anything that is loaded or run."""

    EMPTY = ("meta", "br")
    FORBIDDEN = ("script", "img", "link", "iframe", "object", "embed", "base", "form")

    def __init__(self, text):
        super().__init__()
        self.open, self.problems = [], []
        self.feed(text)
        self.problems += [f"<{tag}> is not closed" for tag in self.open]

    def handle_starttag(self, tag, attributes):
        self.open += [] if tag in self.EMPTY else [tag]
        self.problems += [f"<{tag}> in the page"] if tag in self.FORBIDDEN else []
        for name, value in attributes:
            if name.startswith("on") or (name in ("href", "src") and not value.startswith("#")):
                self.problems.append(f"{name}={value} in <{tag}>")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes something else")


def run_case(binary, case):
    environment, arguments = parse_command((case / "command").read_text())
    stdin = (case / "stdin").read_text() if (case / "stdin").exists() else ""
    done = postlint.run(binary, arguments, cwd=case, stdin=stdin, environment=environment)
    problems = []
    if "json" in arguments and arguments[0] in ("check", "diff", "relay", "rules", "why"):
        problems = postlint.Schema(arguments[0]).problems(json.loads(done.stdout))
    if "html" in arguments:
        problems = Page(done.stdout).problems
        problems += ["something is loaded"] if re.search(r"url\(|@import", done.stdout) else []
    return transcript(done), problems


def run_example(binary, example):
    done = postlint.run(binary, ["check", f"examples/{example.name}"], cwd=postlint.REPOSITORY)
    return transcript(done), []


def compare(name, expected, text, update):
    """The complaint, if there is one."""
    if update:
        expected.write_text(text)
        return None
    if not expected.exists():
        return f"{name}: there is no {expected.name} (scripts/update-expectations writes it)"
    if expected.read_text() != text:
        return f"{name}: says something else than {expected.name}:\n{text}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--update", action="store_true", help="rewrite what is expected")
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    binary = pathlib.Path(options.binary).resolve()
    jobs = [(path.parent, path.parent / "expected", run_case) for path in sorted(CASES.glob("*/command"))]
    jobs += [(path.parent, path.parent / "expected.txt", run_example) for path in sorted(EXAMPLES.glob("*/main.cf"))]
    complaints = []
    for directory, expected, run in jobs:
        if options.cases and directory.name not in options.cases:
            continue
        text, problems = run(binary, directory)
        complaints += [f"{directory.name}: {problem}" for problem in problems]
        complaint = compare(directory.name, expected, text, options.update)
        complaints += [complaint] if complaint else []
    for complaint in complaints:
        print(complaint)
    print(f"{len(jobs)} cases, {len(complaints)} failures")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
