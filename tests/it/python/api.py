"""Reads a running sandbox with the `jira` package, as it reads a Cloud site.

The argument names a JSON file with the site's address, the credentials, and the values that the package should find.
"""

import json
import sys
from datetime import datetime, timezone

from jira import JIRA
from jira.exceptions import JIRAError


def same(what, found, expected):
    """Fails with the first difference of two lists or values."""
    if found == expected:
        return
    if isinstance(found, list) and isinstance(expected, list):
        if len(found) != len(expected):
            sys.exit(f"{what}: {len(found)} found, {len(expected)} expected")
        for one, other in zip(found, expected):
            if one != other:
                sys.exit(f"{what}:\nfound    {one!r}\nexpected {other!r}")
    sys.exit(f"{what}:\nfound    {found!r}\nexpected {expected!r}")


def microseconds(text):
    """`2026-01-01T22:09:49.281+0100` as microseconds since 1970."""
    if text is None:
        return None
    since = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z") - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def account(user):
    return getattr(user, "accountId", None)


def issue_values(issue):
    fields = issue.fields
    return {
        "id": int(issue.id),
        "key": issue.key,
        "summary": fields.summary,
        "status": fields.status.name,
        "project": fields.project.key,
        "labels": fields.labels,
        "due": getattr(fields, "duedate", None),
        "assignee": account(getattr(fields, "assignee", None)),
        "parent": getattr(getattr(fields, "parent", None), "key", None),
        "created": microseconds(fields.created),
        "updated": microseconds(fields.updated),
        "resolved": microseconds(getattr(fields, "resolutiondate", None)),
        "spent": getattr(fields, "timespent", None),
    }


def worklog_values(worklog, issue):
    return {
        "id": int(worklog.id),
        "issue": int(worklog.issueId),
        "key": issue,
        "comment": getattr(worklog, "comment", None),
        "started": microseconds(worklog.started),
        "created": microseconds(worklog.created),
        "seconds": worklog.timeSpentSeconds,
        "author": account(worklog.author),
    }


def comment_values(comment):
    return {
        "id": int(comment.id),
        "body": comment.body,
        "created": microseconds(comment.created),
        "updated": microseconds(comment.updated),
        "author": account(getattr(comment, "author", None)),
    }


def all_comments(jira, issue):
    """Page by page: the package leaves that to its caller."""
    comments = []
    while True:
        page = jira.comments(issue, start_at=len(comments), max_results=100, order_by="created")
        if not page:
            return comments
        comments.extend(page)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        expected = json.load(file)
    jira = JIRA(expected["url"], basic_auth=(expected["user"], expected["token"]), max_retries=0)
    if not jira._is_cloud:
        sys.exit("the package does not take the sandbox for a Cloud site")
    same("account", jira.myself()["emailAddress"], expected["user"])

    fields = "summary,status,project,labels,duedate,assignee,parent,created,updated,resolutiondate,timespent"
    jql = 'created >= "1970-01-01" ORDER BY created ASC, key ASC'
    issues = jira.enhanced_search_issues(jql, maxResults=0, fields=fields)
    found = sorted((issue_values(issue) for issue in issues), key=lambda issue: issue["id"])
    same("issues", found, expected["issues"])

    for issue, worklogs in expected["worklogs"].items():
        found = sorted((worklog_values(w, issue) for w in jira.worklogs(issue)), key=lambda w: w["id"])
        same(f"worklogs of {issue}", found, sorted(worklogs, key=lambda w: w["id"]))
    for issue, comments in expected["comments"].items():
        found = sorted((comment_values(c) for c in all_comments(jira, issue)), key=lambda c: c["id"])
        same(f"comments of {issue}", found, sorted(comments, key=lambda c: c["id"]))

    try:
        JIRA(expected["url"], basic_auth=(expected["user"], "wrong"), max_retries=0).myself()
    except JIRAError as error:
        same("status of a wrong token", error.status_code, 401)
    else:
        sys.exit("a wrong token was let in")


main()
