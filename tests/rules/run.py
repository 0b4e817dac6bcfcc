#!/usr/bin/env python3
"""Tests every rule by itself, as docs/rules.md describes.

The Bad and Good blocks of rules/<category>/<slug>.md are run with this one rule: Bad must give its
finding, Good must not. Every fix of a Bad block that has edits is applied, and must leave fewer
findings. The cases below tests/rules/<category>/<slug>/ state all that the rule says.

usage: run.py --binary POSTLINT [--update] [RULE...]
"""

import argparse
import json
import pathlib
import re
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import postlint  # noqa: E402

RULES = postlint.REPOSITORY / "rules"
CASES = postlint.REPOSITORY / "tests" / "rules"
DEFAULT_MAIN = "compatibility_level = 3.6\n"
SCHEMA = postlint.Schema("check")


class Configuration:
    """Files of one configuration directory, and options of the run."""

    def __init__(self, line):
        self.line = line  # of the first block in the page
        self.files = {}
        self.options = []

    def write(self, directory):
        for name, text in {"main.cf": DEFAULT_MAIN, **self.files}.items():
            path = pathlib.Path(directory) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8", "surrogateescape"))


def rule_id(path):
    return f"{path.parent.name}/{path.stem.replace('_', '-')}"


def blocks(page):
    """(section, info string, text, line) of each fenced block."""
    section, info, lines, start = "", None, [], 0
    for number, line in enumerate(page.splitlines(), 1):
        fence = re.match(r"^(`{3,})(.*)$", line)
        if info is None and line.startswith("## "):
            section = line[3:].strip()
        elif info is None and fence:
            info, lines, start = fence.group(2).strip(), [], number
        elif info is not None and fence and not fence.group(2):
            yield section, info, "".join(text + "\n" for text in lines), start
            info = None
        elif info is not None:
            lines.append(line)


def configurations(page, section):
    """The configurations of a section: a file name that comes again starts the next one."""
    found = []
    for name, info, text, line in blocks(page):
        if name != section or not info:
            continue
        file = "facts.json" if info == "facts" else re.sub(r"^table:", "", info)
        if not found or file in found[-1].files or (info == "options" and found[-1].options):
            found.append(Configuration(line))
        if info == "options":
            found[-1].options = postlint.options_of(text)
            continue
        found[-1].files[file] = text
        if info == "facts":
            found[-1].options += ["--facts", "facts.json"]
    return found


class Tester:
    def __init__(self, binary):
        self.binary = pathlib.Path(binary).resolve()
        self.failures = []
        self.checks = 0

    def fail(self, where, what):
        self.failures.append(f"{where}: {what}")

    def findings(self, rule, directory, options, where):
        """The rule's findings; None (and a failure) where the run itself went wrong."""
        done = postlint.run(
            self.binary,
            ["check", "--no-config", "--select", rule, "--format", "json", *options, "."],
            cwd=directory,
        )
        self.checks += 1
        if done.returncode not in (0, 1):
            self.fail(where, f"exit {done.returncode}: {done.stderr.strip()}")
            return None
        report = json.loads(done.stdout)
        for problem in SCHEMA.problems(report)[:3]:
            self.fail(where, f"not valid by check.schema.json: {problem}")
        return [finding for finding in report["findings"] if finding["rule"] == rule]

    def test_fixes(self, rule, configuration, findings, where):
        for finding in findings:
            for fix in finding["fixes"]:
                if not fix["title"]:
                    self.fail(where, "a fix says nothing of what it does")
                if not fix["edits"]:
                    continue
                with tempfile.TemporaryDirectory() as directory:
                    configuration.write(directory)
                    apply(fix, directory)
                    left = self.findings(rule, directory, configuration.options, where)
                if left is not None and len(left) >= len(findings):
                    self.fail(where, f"the fix \"{fix['title']}\" does not mend the finding")

    def test_page(self, path):
        rule = rule_id(path)
        page = path.read_text(errors="surrogateescape")
        relative = path.relative_to(postlint.REPOSITORY)
        for section in ("Bad", "Good"):
            examples = configurations(page, section)
            if not examples:
                self.fail(relative, f"section {section} has no fenced block with a file name")
            for configuration in examples:
                where = f"{relative}:{configuration.line}"
                with tempfile.TemporaryDirectory() as directory:
                    configuration.write(directory)
                    findings = self.findings(rule, directory, configuration.options, where)
                if findings is None:
                    continue
                if section == "Bad" and not findings:
                    self.fail(where, f"Bad does not give {rule}")
                if section == "Good" and findings:
                    self.fail(where, f"Good gives {rule}: {findings[0]['message']}")
                self.test_fixes(rule, configuration, findings, where)

    def test_case(self, rule, case, update):
        options = []
        if (case / "options").exists():
            options = postlint.options_of((case / "options").read_text())
        if (case / "facts.json").exists():
            options += ["--facts", "facts.json"]
        done = postlint.run(
            self.binary, ["check", "--no-config", "--quiet", "--select", rule, *options, "."], cwd=case
        )
        self.checks += 1
        where = case.relative_to(postlint.REPOSITORY)
        if done.returncode not in (0, 1):
            self.fail(where, f"exit {done.returncode}: {done.stderr.strip()}")
            return
        expected = case / "expected.txt"
        if update:
            expected.write_text(done.stdout)
        elif not expected.exists():
            self.fail(where, "there is no expected.txt (scripts/update-expectations writes it)")
        elif expected.read_text() != done.stdout:
            self.fail(where, "says something else than expected.txt:\n" + done.stdout)


def apply(fix, directory):
    """Applies the edits of a fix, last place first."""
    for edit in sorted(fix["edits"], key=lambda each: -each["start"]):
        path = pathlib.Path(directory) / edit["file"]
        data = path.read_bytes()
        replacement = edit["replacement"].encode()
        path.write_bytes(data[: edit["start"]] + replacement + data[edit["end"] :])


def cases():
    """(rule, directory) of each golden case."""
    for expected in sorted(CASES.glob("*/*/*/main.cf")):
        case = expected.parent
        category, slug = case.parts[-3], case.parts[-2]
        yield f"{category}/{slug.replace('_', '-')}", case


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=shutil.which("postlint"), required=False)
    parser.add_argument("--update", action="store_true", help="rewrite the expected.txt of all cases")
    parser.add_argument("rules", nargs="*")
    options = parser.parse_args()
    tester = Tester(options.binary)
    wanted = lambda rule: not options.rules or rule in options.rules  # noqa: E731

    pages = {rule_id(path): path for path in sorted(RULES.glob("*/*.md"))}
    sources = {rule_id(path): path for path in sorted(RULES.glob("*/*.cpp"))}
    for rule in sorted(pages.keys() ^ sources.keys()):
        tester.fail(rule, "has a page but no code" if rule in pages else "has code but no page")
    for rule, path in pages.items():
        if wanted(rule) and rule in sources:
            tester.test_page(path)
    for rule, case in cases():
        if not wanted(rule):
            continue
        if rule not in sources:
            tester.fail(case, "is a case of no rule")
        else:
            tester.test_case(rule, case, options.update)

    for failure in tester.failures:
        print(failure)
    print(f"{len(sources)} rules, {tester.checks} runs, {len(tester.failures)} failures")
    return 1 if tester.failures else 0


if __name__ == "__main__":
    sys.exit(main())
