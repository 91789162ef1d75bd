"""conformance/tempest/run: tempest against Salon, compared with the table of what passes.

tempest/table.tsv has a line a test: its id, and either `passes` with the run it belongs to or `needs` with what is not
there yet. A test that is not in the table, a line without a test, a failure and a skip are all errors.

The runs: `own` is Salon with its own identity and accounts made beforehand; `loose` is the same with format enforcement
off, for tests that upload noise under every format's name; `keystone` is Salon behind a real Keystone, where tempest
makes its own users.
"""

import argparse
import contextlib
import os
import pathlib
import subprocess
import sys
import time

import yaml

from . import people, servers

HERE = pathlib.Path(__file__).parent.parent / "tempest"
TABLE = HERE / "table.tsv"
TESTS = r"(^tempest\.api\.image|^glance_tempest_plugin)"
# One account of each kind for every worker, and some more: a class gives its accounts back only when it has ended.
SETS = 3
SECONDS = 900
RUNS = ("own", "loose", "keystone")


def accounts():
    """(users to make, entries of tempest's accounts file without passwords)."""
    users, entries = [], []
    # tempest takes the first free account, whatever its role, for its second user: those without a role stand first.
    for i in range(SETS):
        users.append((f"tempest-alt-{i}", f"tempest-alt-{i}", ["member"]))
        entries.append({"username": f"tempest-alt-{i}", "project_name": f"tempest-alt-{i}"})
    for i in range(SETS):
        for role in ("member", "reader"):
            users.append((f"tempest-{role}-{i}", f"tempest-{i}", [role]))
            entries.append({"username": f"tempest-{role}-{i}", "project_name": f"tempest-{i}", "roles": [role]})
    for i in range(SETS):
        users.append((f"tempest-admin-{i}", f"tempest-admin-{i}", ["admin"]))
        entries.append({"username": f"tempest-admin-{i}", "project_name": f"tempest-admin-{i}",
                        "types": ["admin"], "roles": ["admin"]})
    return users, entries


def configure(place, name, auth, admin_password, entries, enforce):
    """A tempest workspace; its directory."""
    home = place.dir / f"tempest-{name}"
    servers_bin = servers.BIN
    place.run(f"tempest-{name}-init", [servers_bin / "tempest", "init", "--workspace-path", home / "workspaces.yaml",
                                       "--name", name, home / "ws"])
    credentials = "use_dynamic_credentials = true\ncreate_isolated_networks = false"
    if entries:
        (home / "accounts.yaml").write_text(yaml.safe_dump([
            dict(e, password=servers.PASSWORD, user_domain_name="Default", project_domain_name="Default", domain_name="Default")
            for e in entries], sort_keys=False))
        credentials = f"use_dynamic_credentials = false\ntest_accounts_file = {home}/accounts.yaml"
    servers.write(home / "ws" / "etc" / "tempest.conf", f"""[DEFAULT]
log_dir = {home}
log_file = tempest.log
debug = true
[oslo_concurrency]
lock_path = {home}/lock
[auth]
admin_username = admin
admin_password = {admin_password}
admin_project_name = admin
admin_domain_name = Default
admin_user_domain_name = Default
admin_project_domain_name = Default
default_credentials_domain_name = Default
{credentials}
[identity]
uri_v3 = {auth}
auth_version = v3
region = {servers.REGION}
default_domain_id = default
v3_endpoint_type = public
[identity-feature-enabled]
api_v2 = false
api_v2_admin = false
[service_available]
glance = true
nova = false
neutron = false
cinder = false
swift = false
horizon = false
placement = false
[enforce_scope]
glance = true
keystone = true
[image]
image_caching_enabled = false
hashing_algorithm = sha512
build_interval = 1
build_timeout = 60
disk_formats = qcow2,raw,ami,ari,aki,vhd,vmdk,vdi,iso,vhdx,ploop
[image-feature-enabled]
import_image = false
os_glance_reserved = true
manage_locations = false
image_conversion = false
image_format_enforcement = {"true" if enforce else "false"}
http_store_enabled = false
[validation]
run_validation = false
""")
    return home / "ws"


def listed(workspace):
    """Every test there is: {id: the same with its attributes, as tempest wants to be told}."""
    out = subprocess.run([servers.BIN / "tempest", "run", "--list-tests", "--regex", TESTS], cwd=workspace, text=True,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    tests = {line.split("[")[0]: line for line in out.stdout.splitlines() if line.startswith(("tempest.", "glance_tempest_plugin."))}
    if not tests:
        raise SystemExit(f"tempest lists no tests:\n{out.stderr[-2000:]}")
    return tests


def run(name, workspace, tests):
    """Runs tests, given with their attributes, and answers {id: (status, why)}."""
    import subunit
    import testtools
    home, results = workspace.parent, {}
    (home / "tests").write_text("".join(f"{line}\n" for line in tests))

    class Table(testtools.StreamToDict):
        def __init__(self):
            super().__init__(self.one)

        @staticmethod
        def one(test):
            details = {k: v.as_text() for k, v in test["details"].items() if v.content_type.type == "text"}
            why = details.get("reason", "") or "\n".join(v for k, v in details.items() if "traceback" in k)
            results[test["id"].split("[")[0]] = (test["status"], why.strip())

    with (home / "subunit").open("wb") as out, (home / "stderr").open("wb") as err:
        process = subprocess.Popen(
            [servers.BIN / "tempest", "run", "--load-list", home / "tests", "--concurrency", "2", "--subunit"],
            cwd=workspace, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True,
            env=dict(os.environ, PYTHONWARNINGS="ignore", HOME=str(home), PATH=f"{servers.BIN}:{os.environ['PATH']}"))
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            print(f"tempest {name}: not ready after {SECONDS} s", flush=True)
        finally:
            servers.stop(process)
    with (home / "subunit").open("rb") as stream:
        table = Table()
        table.startTestRun()
        subunit.ByteStreamToStreamResult(stream, non_subunit_name="stdout").run(table)
        table.stopTestRun()
    return results


def read():
    """The table: {test: (word, run or what it needs)}."""
    rows = [line.split("\t") for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    return {test: (word, what) for test, word, what in rows}


def main():
    """The command line."""
    parser = argparse.ArgumentParser(prog="conformance/tempest/run", description=__doc__.split("\n\n")[0])
    parser.add_argument("--runs", default=",".join(RUNS), help="comma list of own, loose, keystone (default: all)")
    parser.add_argument("--only", help="only tests whose id contains this, whatever the table says")
    options = parser.parse_args()
    table, wrong, passed = read(), [], 0
    with contextlib.ExitStack() as stack:
        place = servers.Place(stack, "tempest")
        users, entries = accounts()
        for name in options.runs.split(","):
            began = time.monotonic()
            if name == "keystone":
                auth, passwords = servers.keystone(place)
                url, _, _, _ = servers.salon(place, "salon-keystone", auth)
                people.add_image_service(auth, passwords["admin"], url, servers.REGION)
                workspace = configure(place, name, auth, passwords["admin"], [], True)
            else:
                more = "[image_format]\nrequire_image_format_match = false\n" if name == "loose" else ""
                _, auth, passwords, _ = servers.salon(place, f"salon-{name}", more=users, settings=more)
                workspace = configure(place, name, auth, passwords["admin"], entries, name != "loose")
            every = listed(workspace)
            if name == options.runs.split(",")[0]:
                wrong += [f"{t}: not in {TABLE.name}" for t in sorted(set(every) - set(table))]
                wrong += [f"{t}: in {TABLE.name}, and no such test" for t in sorted(set(table) - set(every))]
            if options.only:
                tests = {t for t in every if options.only in t}
            else:
                tests = {t for t, (word, what) in table.items() if word == "passes" and what == name}
            results = run(name, workspace, [every[t] for t in sorted(tests & set(every))])
            for test in sorted(tests):
                status, why = results.pop(test, ("no result", ""))
                if status == "success":
                    passed += 1
                else:
                    wrong.append(f"{test}: {status} in run {name}\n      " + "\n      ".join(why.splitlines()[-6:]))
            # A class that cannot be set up is reported under its own name.
            wrong += [f"{t}: {s}\n      " + "\n      ".join(w.splitlines()[-6:]) for t, (s, w) in sorted(results.items())
                      if s not in ("success", "exists")]
            print(f"[tempest {name}] {len(tests)} tests in {time.monotonic() - began:.0f} s", flush=True)
        place.keep = bool(wrong)
    for line in wrong:
        print(f"[tempest] {line}")
    needs = sum(word == "needs" for word, _ in table.values())
    print(f"[tempest] {passed} passed, {len(wrong)} wrong, {needs} need what is not there yet", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
