#!/usr/bin/env python3
"""What must hold of `postlint diff`, on the recorded random configurations and on those of the corpus.

usage: diff_properties.py [--postlint PROGRAM] [--shared DIR] [--count N] [--seed N] [--only ID]

A configuration against itself: nothing, exit 0. Against a copy with one change (a restriction moved, swapped or taken
away, a table entry changed, a network added): wider and narrower swap with the sides; a restriction that moved is
named; every recorded request that `postlint trace` answers otherwise on the two sides, as far as acceptance goes, lies
in a direction that diff reports. Without the recorded sets the test is skipped (exit 77).
"""
import argparse, collections, json, os, random, re, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from replay_vectors import REPOSITORY, Runner, oracle_facts, write_files


def diff(program, old, new, facts, *extra):
    command = [program, "diff", old, new, "--postfix-version", "3.7.11", "--facts", facts, *extra]
    return subprocess.run(command, capture_output=True, text=True, errors="replace")


def items(value):
    """A restriction list by commas outside of braces; arguments stay with their words."""
    found, depth, word = [], 0, ""
    for c in value:
        depth += (c == "{") - (c == "}")
        if c == "," and depth == 0:
            found.append(word)
            word = ""
        else:
            word += c
    return [" ".join(i.split()) for i in found + [word] if i.strip()]


def mutate(files, rng):
    """(description, name of a restriction that moved or None, new files); None where nothing can be changed."""
    files = dict(files)
    lists = [m for m in re.finditer(r"(?m)^(smtpd_\w+_restrictions) *=((?:.*\n)(?:[ \t].*\n)*)", files["main.cf"])
             if len(items(m[2])) > 1]
    tables = [n for n in files if n not in ("main.cf", "master.cf") and files[n].strip()]
    kind = rng.choice(["move", "remove", "table", "network"])
    if kind in ("move", "remove") and lists:
        m = rng.choice(lists)
        words = items(m[2])
        moved = words.pop(rng.randrange(len(words)))
        if kind == "move":
            words.insert(rng.choice([i for i in range(len(words) + 1)]), moved)
            if words == items(m[2]) or words.count(moved) > 1:
                return None
        files["main.cf"] = files["main.cf"][: m.start(2)] + " " + ", ".join(words) + "\n" + files["main.cf"][m.end(2):]
        return f"{kind} {moved} in {m[1]}", moved if kind == "move" else None, files
    if kind == "table" and tables:
        name = rng.choice(tables)
        lines = files[name].splitlines(True)
        at = rng.randrange(len(lines))
        words = lines[at].split(None, 1)
        lines[at] = "" if len(words) < 2 or rng.random() < 0.4 else words[0] + " " + rng.choice(["OK", "REJECT", "DUNNO"]) + "\n"
        files[name] = "".join(lines)
        return f"{name}:{at + 1} is {lines[at]!r}", None, files
    network = rng.choice(["192.0.2.0/24", "198.18.0.0/16", "10.0.0.0/8", "0.0.0.0/0"])
    if kind == "network" and "\nmynetworks =" in files["main.cf"]:
        files["main.cf"] = files["main.cf"].replace("\nmynetworks =", f"\nmynetworks = {network}", 1)
        return f"mynetworks has {network}", None, files
    return None


def reach(result):
    if result["verdict"] != "depends":
        return (result["verdict"] == "accept",) * 2
    return None


class Judge:
    def __init__(self, a):
        self.a = a
        self.runner = Runner(a.postlint)
        self.bad = []
        self.counts = collections.Counter()

    def harmless(self, v, workplace, facts):
        """A name that nothing reads is new: a changed value, and no changed decision."""
        other = os.path.join(workplace, "other")
        write_files(other, dict(v["files"], **{"main.cf": v["files"]["main.cf"] + "\nnobody_reads_this = 1\n"}))
        result = self.run(f"{v['id']} and a name that nothing reads", os.path.join(workplace, "old"), other, facts)
        if result is None:
            return
        self.counts["harmless changes"] += 1
        if result["access"] or result["verdicts"] or [c["parameter"] for c in result["values"]] != ["nobody_reads_this"]:
            self.bad.append(f"{v['id']}: a name that nothing reads changes {json.dumps(result)[:600]}")

    def same(self, name, directory, facts):
        done = diff(self.a.postlint, directory, directory, facts)
        self.counts["against itself"] += 1
        if done.returncode == 3 and "postlint: " in done.stderr:
            self.counts["not readable"] += 1
        elif done.returncode != 0 or done.stdout:
            self.bad.append(f"{name} against itself: exit {done.returncode}\n{done.stdout[:600]}{done.stderr[:600]}")

    def pair(self, v, rng, workplace, facts_object, facts):
        change = mutate(v["files"], rng)
        if change is None or change[2] == v["files"]:
            return
        what, moved, files = change
        where = f"{v['id']}: {what}"
        old, new = os.path.join(workplace, "old"), os.path.join(workplace, "new")
        write_files(old, v["files"])
        write_files(new, files)
        there = self.run(where, old, new, facts)
        back = self.run(where, new, old, facts)
        if there is None or back is None:
            return
        self.counts["pairs"] += 1
        self.symmetric(where, there, back)
        if moved is not None:
            self.names(where, moved, there)
        self.sound(where, v, there, old, new, facts_object)

    def run(self, where, old, new, facts):
        done = diff(self.a.postlint, old, new, facts, "--format", "json")
        if done.returncode not in (0, 1):
            self.bad.append(f"{where}: exit {done.returncode} {done.stderr[:300]}")
            return None
        result = json.loads(done.stdout)
        if (done.returncode == 1) != result["wider"]:
            self.bad.append(f"{where}: exit {done.returncode}, but wider is {result['wider']}")
        return result

    def symmetric(self, where, there, back):
        swap = {"wider": "narrower", "narrower": "wider", "other": "other"}

        def kinds(result, swapped):
            old, new = ("new", "old") if swapped else ("old", "new")
            kind = lambda c: (c["service"], swap[c["direction"]] if swapped else c["direction"])
            verdict = lambda side: side and side["verdict"]
            return (sorted(kind(c) + (c[old], c[new]) for c in result["verdicts"]),
                    sorted(kind(c) + (str(c["client"][old]), str(c["client"][new]), str(c["destination"][old]),
                                      str(c["destination"][new]), verdict(c[old]), verdict(c[new]))
                           for c in result["access"]))

        if kinds(there, False) != kinds(back, True):
            self.bad.append(f"{where}: not symmetric\n  {kinds(there, False)}\n  {kinds(back, True)}")

    def names(self, where, moved, result):
        self.counts["moves"] += 1
        moves = [m for c in result["values"] for m in (c["items"] or {"moved": []})["moved"]]
        word = moved.split()[0]
        if not any(word in (m[key] or "") for m in moves for key in ("item", "old_behind", "new_behind")):
            self.bad.append(f"{where}: the word is not named in {json.dumps(moves)[:400]}")

    def sound(self, where, v, result, old, new, facts):
        before = self.runner.trace(old, v["requests"], facts)
        after = self.runner.trace(new, v["requests"], facts)
        for request, b, a in zip(v["requests"], before, after):
            was, is_ = reach(b) if "verdict" in b else None, reach(a) if "verdict" in a else None
            if was is None or is_ is None or was == is_:
                continue
            self.counts["requests answered otherwise"] += 1
            direction = "wider" if is_ > was else "narrower"
            if not any(c["service"].split("/")[0] == request["service"] and c["direction"] == direction
                       for c in result["access"] + result["verdicts"]):
                self.bad.append(f"{where}: {direction} for {json.dumps(request)}: {b['reply']} -> {a['reply']}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--postlint", default=os.path.join(REPOSITORY, "build", "dev", "postlint"))
    parser.add_argument("--shared", default=os.environ.get("POSTLINT_SHARED", os.path.join(os.path.dirname(REPOSITORY), "shared")))
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only")
    parser.add_argument("--corpus", action=argparse.BooleanOptionalAction, default=True)
    a = parser.parse_args()
    recorded = os.path.join(a.shared, "vectors", "smtpd-random.jsonl")
    if not os.path.exists(recorded):
        print(f"skipped: no {recorded}")
        return 77
    judge = Judge(a)
    rng = random.Random(a.seed)
    with open(recorded) as f:
        vectors = [json.loads(line) for line in f]
    chosen = [v for v in vectors if a.only is None or str(v["id"]) == a.only]
    rng.shuffle(chosen)
    for v in chosen[: a.count]:
        with tempfile.TemporaryDirectory() as workplace:
            facts_object = oracle_facts(v["requests"])
            facts = os.path.join(workplace, "facts.json")
            with open(facts, "w") as f:
                json.dump(facts_object, f)
            judge.pair(v, rng, workplace, facts_object, facts)
            if os.path.isdir(os.path.join(workplace, "old")):
                judge.same(v["id"], os.path.join(workplace, "old"), facts)
                judge.harmless(v, workplace, facts)
    corpus = os.path.join(a.shared, "corpus")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        f.write("{}")
        f.flush()
        found = sorted(d for d, _, names in os.walk(corpus) if "main.cf" in names)
        for directory in (found if a.only is None and a.corpus else []):
            judge.same(os.path.relpath(directory, corpus), directory, f.name)
    for text in judge.bad:
        print(text)
    print(", ".join(f"{n} {k}" for k, n in judge.counts.items()) + f"; {len(judge.bad)} complaints")
    return 1 if judge.bad else 0


if __name__ == "__main__":
    sys.exit(main())
