"""Types at `jirrow shell` on a pseudo-terminal and looks at what a person would see."""

import json
import os
import re
import stat
import sys
import time
import urllib.request

import pexpect
import wcwidth

expected = json.load(open(sys.argv[1]))
HISTORY = os.path.join(expected["home"], ".local", "state", "jirrow", "history")
PROMPT = "jirrow> "
SUMMARY = r"[\d,]+ rows, [^\r\n]* warnings\r\n"
UP, CTRL_C, CTRL_D = "\x1b[A", "\x03", "\x04"


def start(*arguments):
    os.makedirs(expected["home"], exist_ok=True)
    names = ["PATH", "SYSTEMROOT"]
    env = {name: os.environ[name] for name in names if name in os.environ}
    env |= {"HOME": expected["home"], "TERM": "xterm", "LANG": "C.UTF-8"}
    return pexpect.spawn(
        expected["jirrow"], list(arguments), env=env, dimensions=(50, 200), encoding="utf-8", timeout=60
    )


def shell(connection):
    child = start("shell", "--connect", connection)
    child.expect_exact(PROMPT)
    return child


def plain(text):
    """What is left on the screen, as far as lines of rows go: without the editor's escape sequences."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def run(child, line, end=SUMMARY):
    """Types a line and gives what is shown until the summary."""
    child.send(line + "\r")
    child.expect(end)
    shown = plain(child.before + child.after)
    child.expect_exact(PROMPT)
    return shown


def rows(shown):
    return [line for line in shown.splitlines() if "│" in line]


child = shell(expected["connection"])

# Columns stand below each other whatever is in them, counted as a terminal counts.
shown = run(
    child,
    "SELECT 'it''s' AS a, '👩‍👩‍👧' AS b, '日本語' AS c, 'e\u0301' AS d, '🇩🇪' AS e, '❤️' AS f, 1 AS g "
    "UNION ALL SELECT 'x', 'y', 'z', 'e', 'f', 'h', 2;",
)
table = [line for line in rows(shown) if "SELECT" not in line]
assert len(table) == 3, shown
places = {
    tuple(wcwidth.wcswidth(line[: m.start()]) for m in re.finditer("│", line)) for line in table
}
assert len(places) == 1, (places, table)
assert "it's" in shown and "👩‍👩‍👧" in shown, shown
assert " s, " not in shown.splitlines()[-1], shown

# Several lines, and all of them back with one key.
child.send("SELECT 40\r")
child.send("+ 2 -- a comment; with its end\r")
shown = run(child, "AS answer;")
assert re.search(r"answer\s+─+\s+42", shown), shown
child.send(UP)
shown = run(child, "")
assert re.search(r"answer\s+─+\s+42", shown), shown

# Tab.
child.send("select count(*) as n from attachm\t")
child.expect_exact("Attachments")
shown = run(child, ";")
assert re.search(r"n\s+─+\s+\d+", shown), shown
child.send("SELECT Id FROM Worklogs w WHERE w.timespents\t")
child.expect_exact("TimeSpentSeconds")
run(child, " > 0 LIMIT 1;")
child.send("SELECT timespents\t")
child.expect_exact("TimeSpentSeconds")
child.send(CTRL_C)
child.expect_exact(PROMPT)

# The shell's own commands.
assert "Worklogs" in run(child, "\\d", r"Worklogs [^\r\n]*\r\n")
assert "Access paths" in run(child, "\\d worklogs", r"Example\r\n[^\r\n]*\r\n")
run(child, "\\d worklgs", r"error: [^\r\n]*`Worklogs`[^\r\n]*\r\n")
run(child, "\\timing", r"timing is on\r\n")
assert " s, " in run(child, "SELECT Id FROM Projects;").splitlines()[-1]
assert "GET /rest/api/3/project/search" in run(child, "\\explain")
assert "GET /rest/api/3/field" in run(child, "\\explain SELECT Id FROM Fields;")
run(child, "\\timing off", r"timing is off\r\n")
run(child, "\\x", r"error: `\\x` is no command[^\r\n]*\r\n")
assert "\\explain" in run(child, "\\?", r"Ctrl-C[^\r\n]*\r\n")

# Mistakes and Ctrl-C lead back to the prompt; settings stay.
run(child, "SELEC 1;", r"error: [^\r\n]*\r\n")
run(child, "SELECT Nonsense FROM Projects;", r"error: [^\r\n]*\r\n")
child.send("SELECT nothing of this")
child.send(CTRL_C)
child.expect_exact(PROMPT)
child.send("SET datafusion.execution.batch_size = 77;\r")
child.expect_exact(PROMPT)
assert "77" in run(child, "SHOW datafusion.execution.batch_size;")
run(child, f"SELECT '{expected['secret']}' AS s;")
run(child, "SELECT 'URL=x;APIToken=other' AS s;")
child.send("\\q\r")
child.expect(pexpect.EOF)
child.close()
assert child.exitstatus == 0, child

# What was typed is remembered, for this account alone, and without secrets.
assert stat.S_IMODE(os.stat(HISTORY).st_mode) == 0o600
history = open(HISTORY, encoding="utf-8").read()
assert "SELECT 40" in history and "\\d worklogs" in history, history
assert expected["secret"] not in history and "APIToken" not in history, history

child = shell(expected["connection"])
child.send(UP)
child.expect_exact("\\q")
child.send(UP)
child.expect_exact("SHOW")
child.send(CTRL_C)
child.expect_exact(PROMPT)
child.send(CTRL_D)
child.expect(pexpect.EOF)
child.close()
assert child.exitstatus == 0, child


# Ctrl-C stops a statement, its requests, and not the shell.
def served():
    with urllib.request.urlopen(expected["slow_url"] + "/__sandbox/requests") as answer:
        return len(json.load(answer))


child = shell(expected["slow"])
child.send("SELECT count(*) FROM Issues WHERE Summary LIKE '%x%';\r")
while served() < 3:
    time.sleep(0.05)
child.send(CTRL_C)
began = time.monotonic()
child.expect_exact("error: interrupted")
assert time.monotonic() - began < 2, "it took too long"
child.expect_exact(PROMPT)
time.sleep(0.7)
before = served()
time.sleep(1)
assert served() == before, "it still asks"
assert "42" in run(child, "SELECT 42 AS a;")
assert "rows" in run(child, "SELECT Id FROM Projects LIMIT 1;")
child.send("exit\r")
child.expect(pexpect.EOF)
child.close()
assert child.exitstatus == 0, child

# A secret that is missing is asked for once, without echo.
child = shell(expected["without_secret"])
child.send("SELECT Id FROM Projects LIMIT 1;\r")
child.expect("APIToken of demo@example.com for connection `jira`: ")
child.send(expected["secret"] + "\r")
child.expect(SUMMARY)
assert expected["secret"] not in child.before + child.after
child.expect_exact(PROMPT)
assert "rows" in run(child, "SELECT Id FROM Projects LIMIT 1;")
child.sendcontrol("d")
child.expect(pexpect.EOF)

child = start("sql", "--connect", expected["without_secret"], "SELECT Id FROM Projects LIMIT 1")
child.expect("APIToken of demo@example.com for connection `jira`: ")
child.send(CTRL_C)
child.expect(pexpect.EOF)
child.close()
assert child.exitstatus == 130, (child.exitstatus, child.before)
