-- Question: how many issues and story points of a sprint were left at the end of each of its days?
-- Cost: as SprintReport: the issues twice (one request per hundred), their changes once (one per thousand issues or changes), fields and statuses (one each), and one request for the sprint.
-- Run: jirrow sql -f sprint_burndown --param sprint=6
--
-- Days are those of the session's time zone, from the sprint's start to its completion, or today. Scope is what is in the
-- sprint at the end of the day (of today: now), Remaining what of it has no status of the category done. Sub-tasks do not
-- count.
SELECT
    Day,
    count(*) AS ScopeIssues,
    count(*) FILTER (WHERE StatusCategory IS DISTINCT FROM 'done') AS RemainingIssues,
    coalesce(sum(StoryPoints), 0) AS ScopePoints,
    coalesce(sum(StoryPoints) FILTER (WHERE StatusCategory IS DISTINCT FROM 'done'), 0) AS RemainingPoints
FROM (
    SELECT
        m.StatusCategory,
        m.StoryPoints,
        unnest(generate_series(
            greatest(CAST(m.ValidFrom AS DATE), CAST(s.StartDate AS DATE)),
            least(
                -- The day on which a state ends is the next one's.
                CASE WHEN m.ValidTo IS NULL THEN CAST(now() AS DATE) ELSE CAST(m.ValidTo AS DATE) - INTERVAL '1 day' END,
                CAST(coalesce(s.CompleteDate, now()) AS DATE)
            ),
            INTERVAL '1 day'
        )) AS Day
    FROM (
        SELECT *, TRY_CAST(trim(unnest(string_to_array(SprintIds, ','))) AS BIGINT) AS SprintId
        FROM IssueStates
        WHERE NOT IsSubtask
    ) AS m
    JOIN Sprints s ON s.Id = m.SprintId
    WHERE s.Id = $sprint AND s.StartDate IS NOT NULL AND s.State <> 'future'
) AS days
GROUP BY Day
ORDER BY Day
