-- Question: on which issues was the most time recorded, by how many people, and until when?
-- Cost: the worklogs once (two requests per thousand), and for the keys one request per five thousand issues.
-- Run: jirrow sql -f hours_per_issue
SELECT
    IssueKey,
    sum(TimeSpentSeconds) / 3600.0 AS Hours,
    count(DISTINCT AuthorAccountId) AS People,
    max(Started) AS LastStarted
FROM Worklogs
GROUP BY IssueKey
ORDER BY Hours DESC
LIMIT 20
