-- Question: what was changed on one issue, when and by whom?
-- Cost: one request per thousand changes.
-- Run: jirrow sql -f issue_history --param key=PAY-5
SELECT Created, AuthorDisplayName, Field, FromText, ToText
FROM IssueFieldHistory
WHERE IssueKey = $key
ORDER BY Created, HistoryId, ItemNumber
