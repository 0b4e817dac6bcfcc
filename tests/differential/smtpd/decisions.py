#!/usr/bin/env python3
"""Is `decided_by` true? Neutralise the item that it names, ask again: something must change.

usage: decisions.py [--postlint PROGRAM] [--shared DIR] [--count N] [--seed N]

Draws requests of the recorded random set. A restriction is neutralised by taking its words out of its list, a table
entry by giving it the result DUNNO, an implicit check by switching its parameter off. Then the reply must change, or,
where another item says the same, the decision must move on to that item. Skipped (exit 77) without the recorded set.
"""
import argparse, collections, json, os, random, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import replay_vectors as replay

SWITCHES = {"smtpd_reject_unlisted_recipient": "no", "smtpd_reject_unlisted_sender": "no", "smtpd_helo_required": "no",
            "smtpd_tls_security_level": "may", "smtpd_tls_auth_only": "no", "smtpd_sasl_auth_enable": "yes"}


def at(text, line, column):
    lines = text.split("\n")
    return sum(len(l) + 1 for l in lines[: line - 1]) + column - 1


def cut_words(text, place, words):
    """Takes `words` out, which may be spread over lines."""
    position, first = place, True
    for word in words:
        found = text.find(word, position)
        if found < 0 or (first and found != place):
            return None
        text = text[:found] + " " * len(word) + text[found + len(word):]
        position, first = found, False
    return text


def split_item(text):
    """The words of an item, braces kept together."""
    out, depth = [""], 0
    for c in text:
        depth += (c == "{") - (c == "}")
        if c == " " and depth == 0:
            out.append("")
        else:
            out[-1] += c
    return out


def neutralise_entry(files, table):
    name = os.path.basename(table["file"])
    text = files[name]
    place = at(text, table["line"], table["column"])
    end = text.find("\n", place)
    end = len(text) if end < 0 or name in ("main.cf", "master.cf") else end
    found = text.rfind(table["result"], place, end) if name not in ("main.cf", "master.cf") else text.find(table["result"], place)
    if found < 0:
        return None
    return dict(files, **{name: text[:found] + "DUNNO" + text[found + len(table["result"]):]})


def remove_line(files, table):
    name = os.path.basename(table["file"])
    lines = files[name].split("\n")
    lines[table["line"] - 1] = ""
    return dict(files, **{name: "\n".join(lines)})


def neutralise(files, decision):
    table = decision["table"]
    if not decision["list"].startswith("smtpd_") and table and os.path.basename(table["file"] or "main.cf") != "main.cf":
        return remove_line(files, table)  # a domain list: what the entry says does not matter
    if table and table["file"]:
        return neutralise_entry(files, table)
    if decision["list"] in SWITCHES and decision["list"] != decision["restriction"] or not decision["file"]:
        if decision["list"] in SWITCHES:
            return dict(files, **{"main.cf": files["main.cf"] + f"\n{decision['list']} = {SWITCHES[decision['list']]}\n"})
        return None
    name = os.path.basename(decision["file"])
    text = files[name]
    place = at(text, decision["line"], decision["column"])
    if table and table["table"].startswith("static:"):
        where = text.find(table["table"], place)
        return dict(files, **{name: text[:where] + "static:DUNNO" + text[where + len(table["table"]):]}) if where >= 0 else None
    cut = cut_words(text, place, split_item(decision["restriction"]))
    return dict(files, **{name: cut}) if cut is not None else None


def play(runner, files, request, requests):
    with tempfile.TemporaryDirectory() as d:
        replay.write_files(d, files)
        return runner.trace(d, [request], replay.oracle_facts(requests))[0]


def key(decision):
    return decision and (decision["list"], decision["restriction"], decision["file"], decision["line"], decision["column"],
                         json.dumps(decision["table"]))


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--postlint", default=os.environ.get("POSTLINT", os.path.join(replay.REPOSITORY, "build", "dev", "postlint")))
    a.add_argument("--shared", default=os.environ.get("POSTLINT_SHARED", os.path.join(os.path.dirname(replay.REPOSITORY), "shared")))
    a.add_argument("--count", type=int, default=300)
    a.add_argument("--seed", type=int, default=1)
    a = a.parse_args()
    path = os.path.join(a.shared, "vectors", "smtpd-random.jsonl")
    if not os.path.exists(path):
        print(f"skipped: no recorded replies in {a.shared}")
        sys.exit(77)
    r = random.Random(a.seed)
    with open(path) as f:
        sets = [json.loads(line) for line in f]
    runner, counts, wrong = replay.Runner(a.postlint), collections.Counter(), []
    while counts["changed"] + counts["moved to the next item"] + len(wrong) < a.count and counts["drawn"] < 20 * a.count:
        v = r.choice(sets)
        request = r.choice(v["requests"])
        counts["drawn"] += 1
        before = play(runner, v["files"], request, v["requests"])
        if before["verdict"] == "fatal" or not before["decided_by"]:
            counts["no item decides"] += 1
            continue
        files = neutralise(v["files"], before["decided_by"])
        if files is None:
            counts["cannot be neutralised"] += 1
            continue
        after = play(runner, files, request, v["requests"])
        if after["replies"] != before["replies"] or after["verdict"] == "fatal":
            counts["changed"] += 1
        elif before["verdict"] != "accept" and key(after["decided_by"]) != key(before["decided_by"]):
            counts["moved to the next item"] += 1
        else:
            wrong.append((v["id"], request, before["reply"], before["decided_by"]))
    print(", ".join(f"{n} {k}" for k, n in sorted(counts.items())))
    for case in wrong[:10]:
        print("unchanged:", *case)
    sys.exit(1 if wrong or not counts["changed"] else 0)


if __name__ == "__main__":
    main()
