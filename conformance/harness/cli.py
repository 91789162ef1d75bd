"""conformance/run: starts what is asked for and runs the scenarios against it."""

import argparse
import concurrent.futures
import contextlib
import json
import pathlib
import sys
import time

from . import matrix, people, scenario, servers

HERE = pathlib.Path(__file__).parent.parent
TARGETS = ("glance", "salon", "salon-keystone")


def main():
    """The command line."""
    parser = argparse.ArgumentParser(prog="conformance/run", description=__doc__)
    parser.add_argument("names", nargs="*", help="only scenarios whose name contains one of these")
    parser.add_argument("--against", default=",".join(TARGETS), help=f"comma list of {', '.join(TARGETS)} (default: all)")
    parser.add_argument("--url", help="a server that runs already (with --auth, --password; --against names its kind)")
    parser.add_argument("--auth", help="its Keystone v3, such as http://127.0.0.1:5000/v3")
    parser.add_argument("--password", default="labuser", help="password of its users")
    parser.add_argument("--admin-password", help="password of its admin, when it is another")
    parser.add_argument("--record", action="store_true", help="write golden/ and tables/ anew from Glance's answers")
    parser.add_argument("--jobs", type=int, default=4, help="scenarios at a time")
    options = parser.parse_args()
    wanted = options.against.split(",")
    if set(wanted) - set(TARGETS):
        parser.error(f"--against {options.against}?")
    try:
        docs = scenario.load_all(HERE / "scenarios", options.names)
    except scenario.Problem as problem:
        raise SystemExit(str(problem)) from None
    with contextlib.ExitStack() as stack:
        if options.url:
            passwords = {n: options.password for n in people.read()["users"]}
            passwords["admin"] = options.admin_password or options.password
            targets = [scenario.Target(wanted[0], wanted[0].split("-")[0], options.url,
                                       people.People(options.auth, passwords))]
        else:
            targets = servers.start(wanted, stack)
        bad = covered()
        for target in targets:
            bad += run(target, docs, options)
    return 1 if bad else 0


def covered():
    """How many lines of coverage.tsv name a scenario that is not there, or are none."""
    there, bad = {f.stem for f in (HERE / "scenarios").glob("*.yaml")} | {"access"}, 0
    for line in (HERE / "coverage.tsv").read_text().splitlines():
        if line.startswith("#") or line == "section\trow\tscenario":
            continue
        parts = line.split("\t")
        if len(parts) != 3 or (not parts[2].startswith("- ") and set(parts[2].split(", ")) - there):
            print(f"coverage.tsv: {line!r} names no scenario")
            bad += 1
    return bad


def run(target, docs, options):
    """Runs everything against one target, prints what was wrong and answers how much that was."""
    began, wrong, steps = time.monotonic(), [], 0

    def one(doc):
        if doc.get("matrix"):
            work = matrix.Matrix(target)
            lines = work.run(record=options.record and target.kind == "glance")
            return lines, work.cells
        work = scenario.Run(target, doc)
        lines = work.run()
        kept = HERE / "golden" / f"{doc['name']}.jsonl"
        if options.record and target.kind == "glance":
            if not lines:
                kept.parent.mkdir(exist_ok=True)
                kept.write_text("".join(json.dumps(t, ensure_ascii=False, sort_keys=True) + "\n" for t in work.transcript))
        elif not lines:
            lines = work.check_golden([json.loads(l) for l in kept.read_text().splitlines()] if kept.exists() else [])
        return lines, work.steps

    todo = list(docs)
    if not options.names or any("access" in n for n in options.names):
        todo.insert(0, {"name": "access", "matrix": True})
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for lines, count in pool.map(one, todo):
            wrong += lines
            steps += count
    for line in wrong:
        print(f"[{target.name}] {line}")
    print(f"[{target.name}] {len(todo)} scenarios, {steps} requests with expectations, {len(wrong)} wrong, "
          f"{time.monotonic() - began:.1f} s", flush=True)
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
