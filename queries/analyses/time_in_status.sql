-- Question: how long were the done issues of a project in each status on average, and how often did they come back to it?
-- Cost: as IssueStatusDurations: the issues once (one request per hundred), their changes once (one request per thousand issues or changes) and the statuses (one).
-- Run: jirrow sql -f time_in_status --param project=PAY
--
-- Days are of 24 hours. An issue counts once for each status that it was ever in, with the sum of its stays; the status
-- that it is in now does not count, as it would grow for ever.
SELECT
    Status,
    count(*) AS Issues,
    avg(Seconds) / 86400.0 AS AverageDays,
    median(Seconds) / 86400.0 AS MedianDays,
    avg(Stays) AS AverageStays
FROM (
    SELECT
        IssueId,
        Status,
        sum(Seconds) FILTER (WHERE NOT IsCurrent) AS Seconds,
        count(*) FILTER (WHERE NOT IsCurrent) AS Stays,
        max(CurrentCategory) AS CurrentCategory
    FROM (
        SELECT
            *,
            max(CASE WHEN IsCurrent THEN StatusCategory END) OVER (PARTITION BY IssueId, ProjectKey) AS CurrentCategory
        FROM IssueStatusDurations
        WHERE ProjectKey = $project
    ) AS stays
    GROUP BY IssueId, Status
) AS sums
WHERE CurrentCategory = 'done' AND Stays > 0
GROUP BY Status
ORDER BY AverageDays DESC, Status
