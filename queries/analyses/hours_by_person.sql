-- Question: how many hours did each person record on which project between two days?
-- Cost: the worklogs once (two requests per thousand), and the projects of the issues (one request per hundred issues).
-- Run: jirrow sql -f hours_by_person --param from=2026-03-01 --param to=2026-03-31
--
-- Both days count, in the session's time zone, and a worklog belongs to the day on which the work began.
SELECT
    w.AuthorDisplayName AS Person,
    i.ProjectKey,
    sum(w.TimeSpentSeconds) / 3600.0 AS Hours,
    count(*) AS Worklogs,
    count(DISTINCT w.IssueId) AS Issues
FROM Worklogs w
JOIN Issues i ON i.Id = w.IssueId
WHERE CAST(w.Started AS DATE) BETWEEN $from AND $to
GROUP BY w.AuthorAccountId, w.AuthorDisplayName, i.ProjectKey
ORDER BY Person, w.AuthorAccountId, Hours DESC
