-- Question: how did each issue stand at the end of each day?
-- Cost: as IssueStates: the issues once (one request per hundred), their changes once (one per thousand issues or changes), fields and statuses (one each); for SprintIds the issues once more.
-- Key: IssueId, Day
--
-- A row is one issue on one day, from the day of its creation up to today, in the session's time zone, also after it is
-- done. It has what held at the end of the day, of today what holds now. What the columns hold is said in IssueStates.
-- There are as many rows as issues times days: a WHERE clause on Day makes the answer small, though not its reading.
SELECT
    Day,
    IssueId,
    IssueKey,
    ProjectKey,
    IssueType,
    IsSubtask,
    StatusId,
    Status,
    StatusCategory,
    AssigneeAccountId,
    Assignee,
    Priority,
    Resolution,
    StoryPoints,
    SprintIds
FROM (
    SELECT
        *,
        unnest(generate_series(
            CAST(ValidFrom AS DATE),
            -- The day on which a state ends is the next one's.
            CASE WHEN ValidTo IS NULL THEN CAST(now() AS DATE) ELSE CAST(ValidTo AS DATE) - INTERVAL '1 day' END,
            INTERVAL '1 day'
        )) AS Day
    FROM IssueStates
) AS days
