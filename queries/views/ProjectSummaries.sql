-- Question: how many issues of each project are open and done, how old are the open ones, and how long did the others take?
-- Cost: the issues once (one request per hundred).
-- Key: ProjectId
--
-- A row is one project that has issues. Done is what has a status of the category done, open is all else. Days are of 24
-- hours: ages of open issues count from creation to now, times to resolve from creation to resolution, of done issues that
-- have a resolution date. The last 30 days are 30 times 24 hours.
SELECT
    ProjectId,
    max(ProjectKey) AS ProjectKey,
    max(ProjectName) AS ProjectName,
    count(*) AS Issues,
    count(*) FILTER (WHERE NOT IsDone) AS OpenIssues,
    count(*) FILTER (WHERE NOT IsDone AND AssigneeAccountId IS NOT NULL) AS OpenAssignedIssues,
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
            ProjectId,
            ProjectKey,
            ProjectName,
            AssigneeAccountId,
            Created,
            ResolutionDate,
            coalesce(StatusCategory = 'done', false) AS IsDone
        FROM Issues
    ) AS issues
) AS aged
GROUP BY ProjectId
