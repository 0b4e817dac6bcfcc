#!/usr/bin/env python3
"""The README shows what the program prints: runs each `$ postlint COMMAND examples/...` that is followed by output,
and the command that it leads with. Output that ends with "..." is the beginning.

usage: readme.py --binary POSTLINT
"""

import argparse
import pathlib
import re
import shlex
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
LEADS_WITH = "scripts/run check examples/open-relay"


def shown(text):
    """[(arguments, output)]"""
    blocks = re.findall(r"```\n(.*?)```", text, re.DOTALL)
    commands = [block.split("\n", 1) for block in blocks if block.startswith("$ postlint ")]
    pairs = [(shlex.split(command)[2:], output) for command, output in commands if " examples/" in command and output]
    first = next((block for block in blocks if " [relay/open-relay]\n" in block), None)
    return pairs + [(shlex.split(LEADS_WITH)[1:], first)] if LEADS_WITH in text and first else pairs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    binary = str(pathlib.Path(parser.parse_args().binary).resolve())
    pairs = shown((REPOSITORY / "README.md").read_text())
    if len(pairs) < 3:
        sys.exit(f"only {len(pairs)} commands with output found in README.md")
    wrong = []
    for arguments, output in pairs:
        actual = subprocess.run([binary, *arguments], capture_output=True, text=True, cwd=REPOSITORY).stdout
        beginning = output.removesuffix("...\n")
        same = actual.startswith(beginning) if beginning != output else actual.strip() == output.strip()
        if not same:
            wrong.append(f"README.md: postlint {shlex.join(arguments)} prints\n{actual}")
    print(f"{len(pairs) - len(wrong)} of {len(pairs)} outputs in README.md are what the program prints")
    sys.exit("\n".join(wrong) if wrong else 0)


if __name__ == "__main__":
    main()
