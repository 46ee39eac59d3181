#!/usr/bin/env python3
"""Jirrow beside other tools that copy Jira, against the same server with the same data and latency.

Each reads issues, worklogs, comments, users and projects of one site, which is Jirrow's sandbox in a process of its own,
and writes them to files. Measured of each are the seconds from its start to its end, the requests that the server
counted, the peak memory of its process, and the rows that it wrote of those that the account may see; of three runs
the fastest counts, since the server makes its answers in the first and keeps them.

    python3 benches/side_by_side/run.py                    # 20,000 issues, 50 ms before each answer
    python3 benches/side_by_side/run.py --issues 2000 --only jirrow,jira_pandas

It needs cargo (or --jirrow PATH) and Python 3.11, and nothing else: each tool is installed from PyPI into an
environment of its own below --cache, at the versions in TOOLS. A tool that can't be installed or fails is listed with the
reason. dlt's source for Jira is no package: its two files are cloned from GitHub, or taken from --dlt-source FOLDER.

What is changed in the tools, so that they reach a server on this machine: Singer's tap, dlt's source and Airbyte's
source each write `https://` or `atlassian.net` into their addresses, and get the server's instead. Airbyte's newest
package on PyPI calls a search that Jira removed; it gets the search and the paging of its later versions. Nothing else
is changed. How each is driven is in the file of its name beside this one:

    jira_pandas      a script as people write it, with the package `jira`; lists that come cut short are asked for again
    dlt_source       dlt's verified source; worklogs and comments are those that come inside the issues
    singer_tap       Singer's tap-jira; users are the members of a group
    airbyte_source   Airbyte's source-jira; asks for worklogs and comments issue by issue
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TABLES = ["issues", "worklogs", "comments", "users", "projects"]
TOOLS = {
    "jira_pandas": ["jira==3.10.5", "pandas==3.1.1", "pyarrow==26.0.1"],
    "dlt_source": ["dlt[filesystem,parquet]==1.31.0"],
    "singer_tap": ["tap-jira==2.6.0"],
    "airbyte_source": ["airbyte-source-jira==4.0.0", "airbyte-cdk==6.61.6"],
}
DLT_REPOSITORY = "https://github.com/dlt-hub/verified-sources"
DLT_COMMIT = "3957506893a7da821dbcc6acd51c7ca4475d1f53"


class Unavailable(Exception):
    """A tool can't be measured; says why."""


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"


def run(command, **options):
    done = subprocess.run(command, text=True, capture_output=True, **options)
    if done.returncode != 0:
        raise Unavailable(last_line(done.stderr or done.stdout))
    return done.stdout


class Site:
    """The sandbox."""

    def __init__(self, jirrow, options):
        command = [jirrow, "sandbox", "--issues", str(options.issues), "--latency", str(options.latency)]
        # An answer is made once: what is measured is the tool, which shares the machine with the server.
        command += ["--custom-fields", str(options.custom_fields), "--keep-answers"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.connection = self.process.stdout.readline().strip()
        parts = dict(part.split("=", 1) for part in self.connection.split(";"))
        self.url, self.user, self.token = parts["URL"], parts["User"], parts["APIToken"]

    def summary(self):
        with urllib.request.urlopen(f"{self.url}/__sandbox/summary") as answer:
            return json.load(answer)

    def forget_requests(self):
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/__sandbox/requests", method="DELETE")).close()

    def stop(self):
        self.process.kill()
        self.process.wait()


def environment(name, cache):
    """The tool's own Python, installed where it is not yet."""
    folder = cache / name
    stamp = folder / "installed.json"
    python = folder / "bin" / "python"
    if not stamp.exists() or json.loads(stamp.read_text()) != TOOLS[name]:
        shutil.rmtree(folder, ignore_errors=True)
        run([sys.executable, "-m", "venv", str(folder)])
        run([str(python), "-m", "pip", "install", "--quiet", "--no-input", *TOOLS[name]])
        stamp.write_text(json.dumps(TOOLS[name]))
    return python


def dlt_source(options, cache):
    if options.dlt_source:
        return options.dlt_source
    clone = cache / "verified-sources"
    if not (clone / "sources" / "jira" / "settings.py").exists():
        shutil.rmtree(clone, ignore_errors=True)
        run(["git", "clone", "--quiet", "--filter=blob:none", "--no-checkout", DLT_REPOSITORY, str(clone)])
        run(["git", "-C", str(clone), "checkout", "--quiet", DLT_COMMIT, "--", "sources/jira"])
    return clone / "sources" / "jira"


def measure(command, variables, seconds, log):
    """Runs a command; its seconds, its peak memory in MB, and the last line that it wrote."""
    with open(log, "w") as out:
        began = time.monotonic()
        process = subprocess.Popen(
            command, env={**os.environ, **variables}, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        while True:
            found, status, usage = os.wait4(process.pid, os.WNOHANG)
            if found:
                break
            if time.monotonic() - began > seconds:
                os.killpg(process.pid, signal.SIGKILL)
                os.wait4(process.pid, 0)
                raise Unavailable(f"stopped after {seconds} s")
            time.sleep(0.02)
        took = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    said = last_line(pathlib.Path(log).read_text(errors="replace"))
    if process.returncode != 0:
        raise Unavailable(f"exit code {process.returncode}: {said}")
    # Kilobytes on Linux, bytes on macOS.
    memory = usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)
    return took, memory, said


def jirrow_run(jirrow, site, options, out, seconds, log):
    statements = [f"COPY (SELECT * FROM {table.title()}) TO '{out}/{table}.parquet'" for table in TABLES]
    connection = f"{site.connection};MaxConcurrency={options.concurrency}"
    variables = {"XDG_CACHE_HOME": str(out), "XDG_CONFIG_HOME": str(out)}
    command = [jirrow, "sql", "-q", "--connect", connection, "; ".join(statements)]
    took, memory, _ = measure(command, variables, seconds, log)
    counts = " UNION ALL ".join(
        f"SELECT '{table}' AS t, count(*) AS n FROM '{out}/{table}.parquet'" for table in TABLES
    )
    rows = json.loads(run([jirrow, "sql", "-q", "--format", "json", "--connect", connection, counts]))
    return took, memory, {row["t"]: row["n"] for row in rows}


def tool_run(name, site, options, cache, out, seconds, log):
    variables = {
        "BASE_URL": site.url,
        "JIRA_USER": site.user,
        "JIRA_TOKEN": site.token,
        "OUT": str(out),
        "CONCURRENCY": str(options.concurrency),
    }
    python = environment(name, cache)
    if name == "dlt_source":
        variables["DLT_SOURCE"] = str(dlt_source(options, cache))
    took, memory, said = measure([str(python), str(HERE / f"{name}.py")], variables, seconds, log)
    return took, memory, json.loads(said)


def one_run(name, jirrow, site, options, log):
    """Seconds, memory, rows and requests of one tool, which finds nothing of an earlier run."""
    out = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=options.cache))
    try:
        site.forget_requests()
        if name == "jirrow":
            measured = jirrow_run(jirrow, site, options, out, options.timeout, log)
        else:
            measured = tool_run(name, site, options, options.cache, out, options.timeout, log)
        return *measured, site.summary()["requests"]
    finally:
        shutil.rmtree(out, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description="Jirrow beside other tools that copy Jira.")
    parser.add_argument("--issues", type=int, default=20_000)
    parser.add_argument("--custom-fields", type=int, default=80)
    parser.add_argument("--latency", type=int, default=50, help="milliseconds before each answer")
    parser.add_argument("--concurrency", type=int, default=10, help="requests at once, of the tools that can say so")
    parser.add_argument("--runs", type=int, default=3, help="runs of each tool, of which the fastest counts")
    parser.add_argument("--only", help="some of jirrow, " + ", ".join(TOOLS))
    parser.add_argument("--timeout", type=int, default=3600, help="seconds after which a tool is stopped")
    parser.add_argument("--jirrow", help="the program to measure; without it one is built with cargo")
    parser.add_argument("--dlt-source", type=pathlib.Path, help="folder of dlt's verified source for Jira")
    default = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "jirrow" / "side-by-side"
    parser.add_argument("--cache", type=pathlib.Path, default=default, help="where the tools are installed")
    options = parser.parse_args()
    names = options.only.split(",") if options.only else ["jirrow", *TOOLS]
    if unknown := [name for name in names if name not in ("jirrow", *TOOLS)]:
        parser.error(f"--only {unknown[0]}: there are jirrow, {', '.join(TOOLS)}")

    jirrow = options.jirrow
    if not jirrow:
        subprocess.run(["cargo", "build", "--release"], cwd=ROOT, check=True)
        target = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
        jirrow = str(pathlib.Path(target) / "release" / "jirrow")
    options.cache.mkdir(parents=True, exist_ok=True)
    site = Site(jirrow, options)
    try:
        there = site.summary()["rows"]
        print(f"{options.issues} issues, {options.latency} ms before each answer; rows that the account may see:")
        print(", ".join(f"{there[table]} {table}" for table in TABLES), flush=True)
        print("\n| tool | seconds | requests | peak MB | " + " | ".join(TABLES) + " |")
        print("|---|---|---|---|" + "---|" * len(TABLES), flush=True)
        for name in names:
            log = options.cache / f"{name}.log"
            try:
                if name != "jirrow":
                    environment(name, options.cache)
                runs = [one_run(name, jirrow, site, options, log) for _ in range(options.runs)]
                seconds, memory, rows, requests = min(runs, key=lambda run: run[0])
                got = " | ".join(f"{rows.get(table, 0)} of {there[table]}" for table in TABLES)
                print(f"| {name} | {seconds:.1f} | {requests} | {memory:.0f} | {got} |", flush=True)
            except Unavailable as reason:
                requests = site.summary()["requests"]
                print(f"| {name} | not measured: {reason} ({requests} requests; see {log}) |", flush=True)
    finally:
        site.stop()


if __name__ == "__main__":
    main()
