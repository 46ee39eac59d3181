-- Question: how old are the issues that are not done, and for how long has nobody touched them?
-- Cost: the issues once (one request per hundred).
-- Key: IssueId
-- Optional: Issues.StoryPoints DOUBLE, Issues.StoryPointEstimate DOUBLE
--
-- A row is one issue whose status is not of the category done. Days are differences of dates in the session's time zone:
-- an issue that was created yesterday evening is one day old. DaysInCategory count since the status last changed its
-- category (new, indeterminate). IsOverdue: its due date was before today.
SELECT
    IssueId,
    IssueKey,
    ProjectKey,
    IssueType,
    Summary,
    Status,
    StatusCategory,
    Priority,
    AssigneeAccountId,
    Assignee,
    StoryPoints,
    CreatedAt,
    UpdatedAt,
    DueDate,
    AgeDays,
    CASE
        WHEN AgeDays <= 7 THEN '1: up to a week'
        WHEN AgeDays <= 30 THEN '2: up to 30 days'
        WHEN AgeDays <= 90 THEN '3: up to 90 days'
        WHEN AgeDays <= 365 THEN '4: up to a year'
        ELSE '5: over a year'
    END AS AgeBucket,
    DaysSinceUpdate,
    DaysInCategory,
    coalesce(DueDate < Today, false) AS IsOverdue
FROM (
    SELECT
        Id AS IssueId,
        Key AS IssueKey,
        ProjectKey,
        IssueType,
        Summary,
        Status,
        StatusCategory,
        Priority,
        AssigneeAccountId,
        AssigneeDisplayName AS Assignee,
        coalesce(StoryPoints, StoryPointEstimate) AS StoryPoints,
        Created AS CreatedAt,
        Updated AS UpdatedAt,
        DueDate,
        CAST(now() AS DATE) AS Today,
        CAST(CAST(now() AS DATE) AS INT) - CAST(CAST(Created AS DATE) AS INT) AS AgeDays,
        CAST(CAST(now() AS DATE) AS INT) - CAST(CAST(Updated AS DATE) AS INT) AS DaysSinceUpdate,
        CAST(CAST(now() AS DATE) AS INT) - CAST(CAST(coalesce(StatusCategoryChanged, Created) AS DATE) AS INT) AS DaysInCategory
    FROM Issues
    WHERE StatusCategory IS DISTINCT FROM 'done'
) AS backlog
