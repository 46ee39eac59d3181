-- Question: which issues were committed to a sprint, added, removed, completed, and carried over, with how many points?
-- Cost: as IssueStates with SprintIds (the issues twice, one request per hundred; their changes once, one per thousand issues or changes; fields and statuses, one each), and the sprints (one request per fifty of a board).
-- Key: SprintId, IssueId
--
-- A row is one issue that was in a sprint at some time between its start (StartDate) and its end: CompleteDate, or now
-- while it is active. Sprints that have not started have no rows, nor have those that no board shows that the account may
-- see, and deleted issues. Whether an issue is in a sprint is said by its sprint field at the time.
-- IsCommitted: it was in the sprint at the start. IsAdded: it came later (AddedAt, the first time). IsRemoved: it was in
-- the sprint, but is not at the end (RemovedAt, the last time); one that was added and removed is both, one that was
-- removed and added again is not removed. Of those that are in the sprint at the end: IsCompleted, its status is of the
-- category done; IsCarriedOver, it is not and the sprint is closed. What happens after the end makes no difference: an
-- issue that is reopened the day after was completed. IsCompletedOutside: it was done all the time that it was in the
-- sprint, and counts as neither completed nor carried over.
-- PointsAtStart are the story points at the start, of an added issue when it was added; PointsAtEnd those at the end, of a
-- removed issue when it was removed. Sub-tasks are in the report, and no part of a velocity.
SELECT
    SprintId,
    Sprint,
    SprintState,
    BoardId,
    StartDate,
    EndDate,
    CompleteDate,
    IssueId,
    IssueKey,
    ProjectKey,
    IssueType,
    IsSubtask,
    IsCommitted,
    NOT IsCommitted AS IsAdded,
    NOT IsThere AS IsRemoved,
    IsThere AND IsDone AND NOT IsDoneThroughout AS IsCompleted,
    IsThere AND NOT IsDone AND SprintState = 'closed' AS IsCarriedOver,
    IsThere AND IsDoneThroughout AS IsCompletedOutside,
    CASE WHEN NOT IsCommitted THEN FirstAt END AS AddedAt,
    CASE WHEN NOT IsThere THEN LastAt END AS RemovedAt,
    StatusAtEnd,
    PointsAtStart,
    PointsAtEnd
FROM (
    SELECT
        SprintId,
        IssueId,
        max(Sprint) AS Sprint,
        max(SprintState) AS SprintState,
        max(BoardId) AS BoardId,
        max(StartDate) AS StartDate,
        max(EndDate) AS EndDate,
        max(CompleteDate) AS CompleteDate,
        max(IssueKey) AS IssueKey,
        max(ProjectKey) AS ProjectKey,
        max(IssueType) AS IssueType,
        bool_or(IsSubtask) AS IsSubtask,
        bool_or(ValidFrom <= StartDate) AS IsCommitted,
        bool_or(ValidTo IS NULL OR ValidTo > LastMoment) AS IsThere,
        bool_and(IsDone) AS IsDoneThroughout,
        last_value(IsDone ORDER BY ValidFrom) AS IsDone,
        min(ValidFrom) AS FirstAt,
        max(ValidTo) AS LastAt,
        last_value(Status ORDER BY ValidFrom) AS StatusAtEnd,
        first_value(StoryPoints ORDER BY ValidFrom) AS PointsAtStart,
        last_value(StoryPoints ORDER BY ValidFrom) AS PointsAtEnd
    FROM (
        SELECT
            m.*,
            coalesce(m.StatusCategory = 'done', false) AS IsDone,
            s.Name AS Sprint,
            s.State AS SprintState,
            s.OriginBoardId AS BoardId,
            s.StartDate,
            s.EndDate,
            s.CompleteDate,
            coalesce(s.CompleteDate, now()) AS LastMoment
        FROM (
            SELECT *, TRY_CAST(trim(unnest(string_to_array(SprintIds, ','))) AS BIGINT) AS SprintId FROM IssueStates
        ) AS m
        JOIN Sprints s ON s.Id = m.SprintId
        WHERE s.StartDate IS NOT NULL AND s.State <> 'future'
    ) AS membership
    WHERE ValidFrom <= LastMoment AND (ValidTo IS NULL OR ValidTo > StartDate)
    GROUP BY SprintId, IssueId
) AS report
