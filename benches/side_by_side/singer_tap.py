"""Singer's tap-jira, each stream into a file of JSON lines. The tap runs in this process, with nobody between."""
import io
import json
import os
import pathlib
import sys

import tap_jira
from tap_jira import http

BASE, OUT = os.environ["BASE_URL"], pathlib.Path(os.environ["OUT"])
STREAMS = {"issues": "issues", "worklogs": "worklogs", "issue_comments": "comments", "users": "users", "projects": "projects"}
http.Client.url = lambda self, path: f"{BASE}/{path.lstrip('/')}"
(OUT / "config.json").write_text(
    json.dumps(
        {
            "start_date": "1970-01-01T00:00:00Z",
            "username": os.environ["JIRA_USER"],
            "password": os.environ["JIRA_TOKEN"],
            "base_url": BASE,
            "user_agent": "side-by-side",
            "groups": "jira-software-users",
        }
    )
)


class Target(io.TextIOBase):
    """Takes what the tap writes, and keeps its records."""

    def __init__(self):
        self.rest, self.files, self.rows = "", {}, {}

    def write(self, text):
        *lines, self.rest = (self.rest + text).split("\n")
        for line in lines:
            message = json.loads(line) if line.startswith("{") else {}
            if message.get("type") == "RECORD":
                name = STREAMS[message["stream"]]
                if name not in self.files:
                    self.files[name] = open(OUT / f"{name}.jsonl", "w")
                self.files[name].write(json.dumps(message["record"]) + "\n")
                self.rows[name] = self.rows.get(name, 0) + 1
        return len(text)


shown, sys.stdout = sys.stdout, io.StringIO()
sys.argv = ["tap-jira", "-c", str(OUT / "config.json"), "--discover"]
tap_jira.main()
catalog = json.loads(sys.stdout.getvalue())
for stream in catalog["streams"]:
    for entry in stream["metadata"]:
        if not entry["breadcrumb"]:
            entry["metadata"]["selected"] = stream["tap_stream_id"] in STREAMS
        else:
            entry["metadata"].setdefault("selected", True)
(OUT / "catalog.json").write_text(json.dumps(catalog))
target = sys.stdout = Target()
sys.argv = ["tap-jira", "-c", str(OUT / "config.json"), "--properties", str(OUT / "catalog.json")]
tap_jira.main()
sys.stdout = shown
for file in target.files.values():
    file.close()
print(json.dumps(target.rows))
