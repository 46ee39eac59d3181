-- Question: how did the issues of a project stand at an instant?
-- Cost: as IssueStates: the issues once (one request per hundred), their changes once (one per thousand issues or changes), fields and statuses (one each), the sprints of issues (one request per hundred issues).
-- Run: jirrow sql -f issues_as_of --param project=PAY --param 'at=2026-03-31 18:00:00'
--
-- `at` is read in the session's time zone where it says none. Issues that were created later, or were deleted since, have
-- no rows.
SELECT
    IssueKey,
    IssueType,
    Status,
    StatusCategory,
    Assignee,
    Priority,
    Resolution,
    StoryPoints,
    SprintIds,
    ValidFrom AS UnchangedSince
FROM IssueStates
WHERE ProjectKey = $project AND ValidFrom <= $at AND (ValidTo IS NULL OR ValidTo > $at)
ORDER BY IssueId
