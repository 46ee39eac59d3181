-- Question: when was each issue begun and done, and how long did it take since it was created and since it was begun?
-- Cost: as IssueStatusDurations: the issues once (one request per hundred), their changes once (one per thousand issues or changes) and the statuses (one).
-- Key: IssueId
--
-- A row is one issue. StartedAt is when it first came into a status of the category indeterminate (in progress): its
-- creation, if it was created in one; NULL, if it never was in one. DoneAt is when it came into the category done for the
-- last time, and is NULL while it is in no such status: an issue that was reopened is not done, and one that is done
-- again is done since then; moving from one done status to another makes no difference. LeadSeconds run from Created to
-- DoneAt, CycleSeconds from StartedAt to DoneAt; both include weekends, nights and what was spent between being done and
-- reopened. ActiveSeconds are those in indeterminate statuses alone, up to now if it is in one. Reopened counts how often
-- it left the category done. Categories are the statuses' of today; a deleted status has none.
SELECT
    IssueId,
    IssueKey,
    ProjectKey,
    IssueType,
    CreatedAt,
    StartedAt,
    CASE WHEN IsDone THEN LastDoneAt END AS DoneAt,
    to_unixtime(CASE WHEN IsDone THEN LastDoneAt END) - to_unixtime(CreatedAt) AS LeadSeconds,
    to_unixtime(CASE WHEN IsDone THEN LastDoneAt END) - to_unixtime(StartedAt) AS CycleSeconds,
    ActiveSeconds,
    IsDone,
    Reopened,
    Transitions
FROM (
    SELECT
        IssueId,
        IssueKey,
        ProjectKey,
        IssueType,
        min(EnteredAt) AS CreatedAt,
        min(EnteredAt) FILTER (WHERE StatusCategory = 'indeterminate') AS StartedAt,
        max(EnteredAt) FILTER (WHERE StatusCategory = 'done' AND CategoryBefore IS DISTINCT FROM 'done') AS LastDoneAt,
        coalesce(sum(Seconds) FILTER (WHERE StatusCategory = 'indeterminate'), 0) AS ActiveSeconds,
        coalesce(bool_or(StatusCategory = 'done') FILTER (WHERE IsCurrent), false) AS IsDone,
        count(*) FILTER (WHERE CategoryBefore = 'done' AND StatusCategory IS DISTINCT FROM 'done') AS Reopened,
        count(*) - 1 AS Transitions
    FROM (
        SELECT
            *,
            lag(StatusCategory) OVER (PARTITION BY IssueId, IssueKey, ProjectKey ORDER BY StayNumber) AS CategoryBefore
        FROM IssueStatusDurations
    ) AS stays
    GROUP BY IssueId, IssueKey, ProjectKey, IssueType
) AS lives
