#!/usr/bin/env python3
"""Tests that a finding made without --postfix-version holds for every release it may be about.

The inputs are those of the Bad blocks of rules/*/*.md. All rules check them without a version, and
with each branch from the oldest on that knows what the configuration uses. What is said without a
version, for sure and of no range of releases, must be said of each branch, and as seriously.

usage: releases.py --binary POSTLINT [RULE...]
"""

import argparse
import collections
import csv
import json
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import postlint  # noqa: E402
import run as pages  # noqa: E402

DATA = postlint.REPOSITORY / "rules" / "data"
SEVERITIES = ["style", "info", "warning", "error"]
LEVEL = re.compile(r"^compatibility_level *=.*\n", re.MULTILINE)


def without_level(text):
    return LEVEL.sub("", text)


def without_relay_list(text):
    return without_level(text).replace("smtpd_relay_restrictions", "smtpd_recipient_restrictions")


VARIANTS = [
    ("", str),
    (" (no level)", without_level),
    (" (no level, no relay list)", without_relay_list),
    (" (level 2)", lambda text: LEVEL.sub("compatibility_level = 2\n", text)),
]


def rows(name):
    with open(DATA / name, newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def branch_of(text):
    """(3, 7) of "v3.7.11", "3.7", "<=3.7"."""
    numbers = [int(number) for number in text.strip("<=v").split(".")]
    return numbers[0], numbers[1] if len(numbers) > 1 else 0


class Releases:
    """When the things came that a configuration can use."""

    def __init__(self):
        self.branches = sorted({branch_of(row["release"]) for row in rows("releases.tsv")})
        self.parameters = {}
        for row in rows("parameters.tsv"):
            if row["introduced"] not in ("", "patch-only"):
                came = [row["introduced"], *filter(None, row["backported_in"].split(","))]
                self.parameters[row["name"]] = min(map(branch_of, came))
        self.restrictions = {row["name"]: branch_of(row["since"]) for row in rows("restrictions.tsv")}
        self.types = {row["name"]: branch_of(row["since"]) for row in rows("table_types.tsv")}
        self.programs = {}
        for row in rows("evaluation_order.tsv"):
            came = branch_of(row["since"])
            self.programs[row["program"]] = min(came, self.programs.get(row["program"], came))
        self.programs.update(postlogd=(3, 4), nbdb_reindexd=(3, 11))

    def oldest(self, files):
        """The oldest branch that may read the configuration."""
        found = [self.branches[0]]
        settings = assignments(files.get("main.cf", pages.DEFAULT_MAIN), files.get("master.cf", ""))
        for name, value in settings:
            found += self.of_setting(name, value)
        for line in logical_lines(files.get("master.cf", "")):
            fields = line.split()
            if len(fields) > 7:
                found.append(self.programs.get(fields[7].rsplit("/", 1)[-1], found[0]))
        known = [branch for branch in found if branch <= self.branches[-1]]
        return max(known)

    def of_setting(self, name, value):
        if name == "compatibility_level":
            level = re.fullmatch(r"(\d+)\.(\d+)(?:\.\d+)?", value)
            if not level:
                return [(3, 0)]
            number = (int(level[1]), int(level[2]))
            return [max(number, (3, 6)) if number in self.branches else (3, 6)]
        found = [self.parameters[name]] if name in self.parameters else []
        for word in re.split(r"[\s,{}]+", value):
            if name.endswith("_restrictions") or name not in self.parameters:
                found += [self.restrictions[word.lower()]] if word.lower() in self.restrictions else []
            for kind in re.findall(r"([a-z]+):", word):
                if re.match(rf"(?:[a-z]+:)*{kind}:", word):
                    found += [self.types[kind]] if kind in self.types else []
        return found


def logical_lines(text):
    lines = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0] in " \t" and lines:
            lines[-1] += " " + line.strip()
        else:
            lines.append(line.strip())
    return lines


def assignments(main, master):
    """(name, value) of main.cf and of each -o."""
    for line in logical_lines(main):
        name, equals, value = line.partition("=")
        if equals:
            yield name.strip(), value.strip()
    for line in logical_lines(master):
        for name, value in re.findall(r"-o\s+\{?\s*([^\s={]+)\s*=\s*([^\s}]*)", line):
            yield name, value


class Tester:
    def __init__(self, binary, directory):
        self.binary = pathlib.Path(binary).resolve()
        self.directory = pathlib.Path(directory)
        self.releases = Releases()
        self.places = {}  # directory: where its block stands
        self.oldest = {}
        self.seen = set()
        self.groups = collections.defaultdict(list)  # options: directories

    def add(self, page, number, configuration):
        """The configuration as it is, and so that more releases are possible."""
        where = f"{page.relative_to(postlint.REPOSITORY)}:{configuration.line}"
        main = configuration.files.get("main.cf", pages.DEFAULT_MAIN)
        for note, change in VARIANTS:
            files = {name: change(text) for name, text in {**configuration.files, "main.cf": main}.items()}
            text = repr(sorted(files.items())) + repr(configuration.options)
            if text in self.seen:
                continue
            self.seen.add(text)
            configuration.files = files
            name = f"{page.parent.name}-{page.stem}-{number}-{len(self.places)}"
            self.add_one(name, where + note, configuration)

    def add_one(self, name, where, configuration):
        configuration.write(self.directory / name)
        options = []
        given = iter(configuration.options)
        for option in given:
            if option == "--postfix-version":
                next(given)
            elif not option.startswith("--postfix-version="):
                options.append(option)
        options = [f"{name}/facts.json" if option == "facts.json" else option for option in options]
        self.places[name] = where
        self.oldest[name] = self.releases.oldest(configuration.files)
        self.groups[tuple(options)].append(name)

    def findings(self, options, names, version=None):
        """What each configuration gets: {directory: {mistake: finding}}."""
        arguments = ["check", "--no-config", "--persona", "auditor", "--format", "json", *options]
        if version:
            arguments += ["--postfix-version", "{}.{}".format(*version)]
        done = postlint.run(self.binary, [*arguments, *names], cwd=self.directory)
        if done.returncode not in (0, 1, 3):
            sys.exit(f"exit {done.returncode} of {arguments}: {done.stderr.strip()}")
        found = collections.defaultdict(dict)
        for finding in json.loads(done.stdout)["findings"]:
            mistake = (finding["rule"], finding["file"], finding["line"])
            of_configuration = found[finding["file"].split("/")[0]]
            of_configuration[mistake] = max(finding, of_configuration.get(mistake, finding), key=weight)
        return found

    def failures(self):
        """(place, rule, message, branches that say less)."""
        for options, names in self.groups.items():
            stated = self.findings(options, names)
            missing = collections.defaultdict(list)
            for branch in self.releases.branches:
                subjects = [name for name in names if self.oldest[name] <= branch]
                there = self.findings(options, subjects, branch) if subjects else {}
                for name in subjects:
                    found = there.get(name, {})
                    for mistake, finding in stated[name].items():
                        if not holds(finding, found.get(mistake) or worse(mistake, found)):
                            missing[name, mistake].append("{}.{}".format(*branch))
            for (name, mistake), lacking in sorted(missing.items(), key=str):
                finding = stated[name][mistake]
                yield self.places[name], mistake[0], finding["message"], lacking


def counts(finding):
    return finding["confidence"] != "possible" and finding.get("since") is None


def weight(finding):
    return counts(finding), SEVERITIES.index(finding["severity"])


def holds(stated, there):
    """Is the finding of no version as good as what one release gives?"""
    return not counts(stated) or (there is not None and weight(there) >= weight(stated))


def worse(mistake, findings):
    """With other defaults another rule on relaying tells what is wrong with the same line."""
    if not mistake[0].startswith("relay/"):
        return None
    for (rule, file, line), finding in findings.items():
        places = [(file, line), *((each["file"], each["line"]) for each in finding["related"])]
        if rule.startswith("relay/") and mistake[1:] in places:
            return finding
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("rules", nargs="*")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        tester = Tester(options.binary, directory)
        for page in sorted(pages.RULES.glob("*/*.md")):
            if options.rules and pages.rule_id(page) not in options.rules:
                continue
            text = page.read_text(errors="surrogateescape")
            for number, configuration in enumerate(pages.configurations(text, "Bad")):
                tester.add(page, number, configuration)
        failures = list(tester.failures())
    for place, rule, message, branches in failures:
        print(f"{place}: {rule}: not so in Postfix {' '.join(branches)}: {message}")
    print(f"{len(tester.places)} configurations, {len(failures)} failures")
    return 1 if failures or not tester.places else 0


if __name__ == "__main__":
    sys.exit(main())
