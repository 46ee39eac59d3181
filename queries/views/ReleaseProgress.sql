-- Question: how far is each version: how many of its issues and story points are done, in progress, and to do?
-- Cost: the versions (one request per project), the issues once (one request per hundred), and for ProjectKey the projects (one request per hundred).
-- Key: VersionId
-- Optional: Issues.StoryPoints DOUBLE, Issues.StoryPointEstimate DOUBLE
--
-- A row is one version of a project, released and archived ones and those without issues too. An issue belongs to every
-- version among its fix versions, sub-tasks as well, and counts as done, in progress or to do by the category of its
-- status. PercentDone is NULL where there is nothing to do. IsOverdue: it is not released, and its release date was before
-- today in the session's time zone; DaysToRelease count from today to that date.
SELECT
    v.Id AS VersionId,
    v.Name AS Version,
    v.ProjectId,
    p.Key AS ProjectKey,
    v.Released AS IsReleased,
    v.Archived AS IsArchived,
    v.StartDate,
    v.ReleaseDate,
    coalesce(n.Issues, 0) AS Issues,
    coalesce(n.ToDo, 0) AS ToDoIssues,
    coalesce(n.InProgress, 0) AS InProgressIssues,
    coalesce(n.Done, 0) AS DoneIssues,
    100.0 * n.Done / n.Issues AS PercentDone,
    coalesce(n.Points, 0) AS Points,
    coalesce(n.DonePoints, 0) AS DonePoints,
    coalesce(n.Unestimated, 0) AS IssuesWithoutPoints,
    NOT v.Released AND coalesce(v.ReleaseDate < CAST(now() AS DATE), false) AS IsOverdue,
    CASE WHEN NOT v.Released THEN CAST(v.ReleaseDate AS INT) - CAST(CAST(now() AS DATE) AS INT) END AS DaysToRelease
FROM ProjectVersions v
LEFT JOIN (
    SELECT
        ProjectId,
        Version,
        count(*) AS Issues,
        count(*) FILTER (WHERE StatusCategory = 'new') AS ToDo,
        count(*) FILTER (WHERE StatusCategory = 'indeterminate') AS InProgress,
        count(*) FILTER (WHERE StatusCategory = 'done') AS Done,
        sum(Points) AS Points,
        sum(Points) FILTER (WHERE StatusCategory = 'done') AS DonePoints,
        count(*) FILTER (WHERE Points IS NULL) AS Unestimated
    FROM (
        -- Names are unique in a project, so that the issues themselves say all that is needed.
        SELECT
            ProjectId,
            StatusCategory,
            coalesce(StoryPoints, StoryPointEstimate) AS Points,
            unnest(FixVersions) AS Version
        FROM Issues
    ) AS planned
    GROUP BY ProjectId, Version
) AS n ON n.ProjectId = v.ProjectId AND n.Version = v.Name
LEFT JOIN Projects p ON p.Id = v.ProjectId
