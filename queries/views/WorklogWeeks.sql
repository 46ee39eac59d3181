-- Question: how much time did each person record in each week, on how many issues?
-- Cost: the worklogs once (two requests per thousand).
-- Key: AuthorAccountId, WeekStart
--
-- A row is one person in one week in which they recorded time. A worklog belongs to the week in which the work began
-- (Started), whenever it was entered, in the session's time zone. Weeks are those of ISO 8601: they begin on Monday, and
-- IsoYear and IsoWeek name them (the first week of a year has its first Thursday). Deleted worklogs do not count, nor do
-- those that the account may not see.
SELECT
    AuthorAccountId,
    max(AuthorDisplayName) AS AuthorDisplayName,
    WeekStart,
    CAST(date_part('year', WeekStart + INTERVAL '3 days') AS BIGINT) AS IsoYear,
    CAST(date_part('week', WeekStart) AS BIGINT) AS IsoWeek,
    sum(TimeSpentSeconds) AS TimeSpentSeconds,
    sum(TimeSpentSeconds) / 3600.0 AS Hours,
    count(*) AS Worklogs,
    count(DISTINCT IssueId) AS Issues,
    count(DISTINCT Day) AS Days
FROM (
    SELECT
        AuthorAccountId,
        AuthorDisplayName,
        TimeSpentSeconds,
        IssueId,
        CAST(Started AS DATE) AS Day,
        CAST(date_trunc('week', Started) AS DATE) AS WeekStart
    FROM Worklogs
) AS logged
GROUP BY AuthorAccountId, WeekStart
