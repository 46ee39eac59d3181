-- Question: how many issues are assigned to each person, open and done, how old are the open ones, and how long did the others take?
-- Cost: the issues once (one request per hundred).
-- Key: AssigneeAccountId
--
-- A row is one person to whom issues are assigned today, done ones too; those of nobody have the row without an account
-- id. Done is what has a status of the category done, open is all else. Days are of 24 hours: ages of open issues count
-- from creation to now, times to resolve from creation to resolution, of done issues that have a resolution date. The
-- last 30 days are 30 times 24 hours.
SELECT
    AssigneeAccountId,
    max(AssigneeDisplayName) AS Assignee,
    count(*) AS Issues,
    count(*) FILTER (WHERE NOT IsDone) AS OpenIssues,
    count(*) FILTER (WHERE IsDone) AS DoneIssues,
    count(*) FILTER (WHERE Created > now() - INTERVAL '30 days') AS CreatedLast30Days,
    count(*) FILTER (WHERE IsDone AND ResolutionDate > now() - INTERVAL '30 days') AS ResolvedLast30Days,
    avg(OpenDays) AS AverageOpenDays,
    median(OpenDays) AS MedianOpenDays,
    avg(DaysToResolve) AS AverageDaysToResolve,
    median(DaysToResolve) AS MedianDaysToResolve
FROM (
    SELECT
        *,
        CASE WHEN NOT IsDone THEN (to_unixtime(now()) - to_unixtime(Created)) / 86400.0 END AS OpenDays,
        CASE WHEN IsDone THEN (to_unixtime(ResolutionDate) - to_unixtime(Created)) / 86400.0 END AS DaysToResolve
    FROM (
        SELECT
            AssigneeAccountId,
            AssigneeDisplayName,
            Created,
            ResolutionDate,
            coalesce(StatusCategory = 'done', false) AS IsDone
        FROM Issues
    ) AS issues
) AS aged
GROUP BY AssigneeAccountId
