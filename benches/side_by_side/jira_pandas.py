"""What a script with the package `jira` looks like: search, follow lists that come cut short, write with pandas."""
import json
import os

import pandas as pd
from jira import JIRA

BASE, OUT = os.environ["BASE_URL"], os.environ["OUT"]
FIELDS = [
    "summary", "description", "issuetype", "status", "priority", "resolution", "resolutiondate", "project", "parent",
    "assignee", "reporter", "creator", "labels", "created", "updated", "duedate", "timespent", "customfield_10016",
    "comment", "worklog",
]


def within(value, *names):
    for name in names:
        value = (value or {}).get(name)
    return value


site = JIRA(server=BASE, basic_auth=(os.environ["JIRA_USER"], os.environ["JIRA_TOKEN"]), options={"rest_api_version": "3"})
issues, worklogs, comments = [], [], []
found = site.enhanced_search_issues(
    'created >= "1970-01-01" ORDER BY created ASC', maxResults=0, fields=",".join(FIELDS)
)
for issue in found:
    fields = issue.raw["fields"]
    row = {"id": issue.id, "key": issue.key}
    for name in ["summary", "resolutiondate", "created", "updated", "duedate", "timespent", "labels", "customfield_10016"]:
        row[name] = fields.get(name)
    for name in ["issuetype", "status", "priority", "resolution"]:
        row[name] = within(fields, name, "name")
    for name in ["assignee", "reporter", "creator"]:
        row[name] = within(fields, name, "accountId")
    row["project"], row["parent"] = within(fields, "project", "key"), within(fields, "parent", "key")
    row["description"] = json.dumps(fields.get("description"))
    issues.append(row)
    for name, inside, ask, rows in [
        ("worklog", "worklogs", site.worklogs, worklogs),
        ("comment", "comments", site.comments, comments),
    ]:
        listed = within(fields, name, inside)
        # Without the list, or with a part of it, the issue has to be asked.
        if listed is None or within(fields, name, "total") > len(listed):
            listed = [record.raw for record in ask(issue.id)]
        for record in listed:
            author = within(record, "author", "accountId")
            row = {"id": record["id"], "issue": issue.id, "author": author, "created": record["created"]}
            row["updated"], row["text"] = record["updated"], json.dumps(record.get("body") or record.get("comment"))
            row["started"], row["seconds"] = record.get("started"), record.get("timeSpentSeconds")
            rows.append(row)
projects = [{"id": project.id, "key": project.key, "name": project.name} for project in site.projects()]
users, start = [], 0
while True:
    page = site._session.get(f"{BASE}/rest/api/3/users/search", params={"startAt": start, "maxResults": 1000}).json()
    if not page:
        break
    users += [{"id": user["accountId"], "name": user["displayName"], "active": user["active"]} for user in page]
    start += len(page)

tables = {"issues": issues, "worklogs": worklogs, "comments": comments, "users": users, "projects": projects}
for name, rows in tables.items():
    frame = pd.DataFrame(rows)
    for column in {"created", "updated", "resolutiondate", "started"} & set(frame.columns):
        frame[column] = pd.to_datetime(frame[column], utc=True)
    frame.to_parquet(f"{OUT}/{name}.parquet", index=False)
print(json.dumps({name: len(rows) for name, rows in tables.items()}))
