-- Question: what were each issue's status, assignee, priority, resolution, story points and sprints, from when until when?
-- Cost: the issues once (one request per hundred), their changes once (one request per thousand issues or changes), the fields (one request); for SprintIds the issues once more.
-- Key: IssueId, ValidFrom
-- Optional: Issues.StoryPoints DOUBLE, Issues.StoryPointEstimate DOUBLE
--
-- A row is one issue over a time in which none of these fields changed. Its times follow one another without a gap from
-- the issue's creation to now; the last is open: ValidTo is NULL. What holds at an instant T is the row with
-- ValidFrom <= T AND (ValidTo > T OR ValidTo IS NULL). Changes of one instant, taken in the order of their ids, make one
-- row. Before its first change a field had what that change says it was before; one that never changed has always had
-- what it has today. Names (Status, Assignee, …) are those of the time, StatusCategory is the status's of today.
-- StoryPoints are those of the field `Story Points`, where that is empty of `Story point estimate` (of several fields of
-- one name the oldest, as in the table Issues), and NULL on a site without them. SprintIds are the ids in the sprint
-- field at the time, such as `12, 14`; sprints that are over stay in it. IssueKey, ProjectKey, IssueType and IsSubtask are
-- today's. Deleted issues have no rows. On Data Center an AssigneeAccountId of the past is the user's key, and that of an
-- issue whose assignee never changed is the user's name.
SELECT
    held.IssueId,
    held.IssueKey,
    held.ProjectKey,
    held.IssueType,
    held.IsSubtask,
    held.ValidFrom,
    held.ValidTo,
    held.ValidTo IS NULL AS IsCurrent,
    TRY_CAST(held.StatusId AS BIGINT) AS StatusId,
    held.Status,
    s.StatusCategory,
    held.AssigneeAccountId,
    held.Assignee,
    held.Priority,
    held.Resolution,
    coalesce(TRY_CAST(held.Points AS DOUBLE), TRY_CAST(held.Estimate AS DOUBLE)) AS StoryPoints,
    held.SprintIds
FROM (
    -- Values carry a mark before them, which tells an empty one from none.
    SELECT
        IssueId,
        IssueKey,
        ProjectKey,
        IssueType,
        IsSubtask,
        CASE After WHEN 1 THEN ChangedAt ELSE CreatedAt END AS ValidFrom,
        CASE After WHEN 1 THEN NextAt ELSE ChangedAt END AS ValidTo,
        nullif(substr(coalesce(CASE After WHEN 1 THEN StatusIdSet ELSE StatusIdWas END, StatusIdLater, '=' || CAST(StatusIdNow AS VARCHAR)), 2), '') AS StatusId,
        nullif(substr(coalesce(CASE After WHEN 1 THEN StatusSet ELSE StatusWas END, StatusLater, '=' || StatusNow), 2), '') AS Status,
        nullif(substr(coalesce(CASE After WHEN 1 THEN AccountSet ELSE AccountWas END, AccountLater, '=' || AccountNow), 2), '') AS AssigneeAccountId,
        nullif(substr(coalesce(CASE After WHEN 1 THEN AssigneeSet ELSE AssigneeWas END, AssigneeLater, '=' || AssigneeNow), 2), '') AS Assignee,
        nullif(substr(coalesce(CASE After WHEN 1 THEN PrioritySet ELSE PriorityWas END, PriorityLater, '=' || PriorityNow), 2), '') AS Priority,
        nullif(substr(coalesce(CASE After WHEN 1 THEN ResolutionSet ELSE ResolutionWas END, ResolutionLater, '=' || ResolutionNow), 2), '') AS Resolution,
        nullif(substr(coalesce(CASE After WHEN 1 THEN PointsSet ELSE PointsWas END, PointsLater, '=' || CAST(PointsNow AS VARCHAR)), 2), '') AS Points,
        nullif(substr(coalesce(CASE After WHEN 1 THEN EstimateSet ELSE EstimateWas END, EstimateLater, '=' || CAST(EstimateNow AS VARCHAR)), 2), '') AS Estimate,
        nullif(substr(coalesce(CASE After WHEN 1 THEN SprintsSet ELSE SprintsWas END, SprintsLater, '=' || SprintsNow), 2), '') AS SprintIds
    FROM (
        SELECT
            i.Id AS IssueId,
            i.Key AS IssueKey,
            i.ProjectKey,
            i.IssueType,
            i.Subtask AS IsSubtask,
            i.Created AS CreatedAt,
            h.Created AS ChangedAt,
            lead(h.Created) OVER life AS NextAt,
            row_number() OVER life AS Change,
            i.StatusId AS StatusIdNow,
            i.Status AS StatusNow,
            i.AssigneeAccountId AS AccountNow,
            i.AssigneeDisplayName AS AssigneeNow,
            i.Priority AS PriorityNow,
            i.Resolution AS ResolutionNow,
            i.StoryPoints AS PointsNow,
            i.StoryPointEstimate AS EstimateNow,
            sprints.Ids AS SprintsNow,
            CASE h.Role WHEN 'status' THEN h.WasId END AS StatusIdWas,
            last_value(CASE h.Role WHEN 'status' THEN h.SetId END) IGNORE NULLS OVER so_far AS StatusIdSet,
            first_value(CASE h.Role WHEN 'status' THEN h.WasId END) IGNORE NULLS OVER later AS StatusIdLater,
            CASE h.Role WHEN 'status' THEN h.WasText END AS StatusWas,
            last_value(CASE h.Role WHEN 'status' THEN h.SetText END) IGNORE NULLS OVER so_far AS StatusSet,
            first_value(CASE h.Role WHEN 'status' THEN h.WasText END) IGNORE NULLS OVER later AS StatusLater,
            CASE h.Role WHEN 'assignee' THEN h.WasId END AS AccountWas,
            last_value(CASE h.Role WHEN 'assignee' THEN h.SetId END) IGNORE NULLS OVER so_far AS AccountSet,
            first_value(CASE h.Role WHEN 'assignee' THEN h.WasId END) IGNORE NULLS OVER later AS AccountLater,
            CASE h.Role WHEN 'assignee' THEN h.WasText END AS AssigneeWas,
            last_value(CASE h.Role WHEN 'assignee' THEN h.SetText END) IGNORE NULLS OVER so_far AS AssigneeSet,
            first_value(CASE h.Role WHEN 'assignee' THEN h.WasText END) IGNORE NULLS OVER later AS AssigneeLater,
            CASE h.Role WHEN 'priority' THEN h.WasText END AS PriorityWas,
            last_value(CASE h.Role WHEN 'priority' THEN h.SetText END) IGNORE NULLS OVER so_far AS PrioritySet,
            first_value(CASE h.Role WHEN 'priority' THEN h.WasText END) IGNORE NULLS OVER later AS PriorityLater,
            CASE h.Role WHEN 'resolution' THEN h.WasText END AS ResolutionWas,
            last_value(CASE h.Role WHEN 'resolution' THEN h.SetText END) IGNORE NULLS OVER so_far AS ResolutionSet,
            first_value(CASE h.Role WHEN 'resolution' THEN h.WasText END) IGNORE NULLS OVER later AS ResolutionLater,
            CASE h.Role WHEN 'points' THEN h.WasText END AS PointsWas,
            last_value(CASE h.Role WHEN 'points' THEN h.SetText END) IGNORE NULLS OVER so_far AS PointsSet,
            first_value(CASE h.Role WHEN 'points' THEN h.WasText END) IGNORE NULLS OVER later AS PointsLater,
            CASE h.Role WHEN 'estimate' THEN h.WasText END AS EstimateWas,
            last_value(CASE h.Role WHEN 'estimate' THEN h.SetText END) IGNORE NULLS OVER so_far AS EstimateSet,
            first_value(CASE h.Role WHEN 'estimate' THEN h.WasText END) IGNORE NULLS OVER later AS EstimateLater,
            CASE h.Role WHEN 'sprint' THEN h.WasId END AS SprintsWas,
            last_value(CASE h.Role WHEN 'sprint' THEN h.SetId END) IGNORE NULLS OVER so_far AS SprintsSet,
            first_value(CASE h.Role WHEN 'sprint' THEN h.WasId END) IGNORE NULLS OVER later AS SprintsLater
        FROM Issues i
        LEFT JOIN (
            SELECT
                c.IssueId,
                c.Created,
                c.HistoryId,
                c.ItemNumber,
                coalesce(f.Role, c.FieldId, c.Field) AS Role,
                '=' || coalesce(c."From", '') AS WasId,
                '=' || coalesce(c.FromText, '') AS WasText,
                '=' || coalesce(c."To", '') AS SetId,
                '=' || coalesce(c.ToText, '') AS SetText
            FROM IssueFieldHistory c
            LEFT JOIN (
                -- Data Center gives fields no ids in its records: there the name tells them.
                SELECT unnest([Id, 'name ' || Name]) AS Known, Role
                FROM (
                    SELECT
                        Id,
                        Name,
                        CASE
                            WHEN CustomType = 'com.pyxis.greenhopper.jira:gh-sprint' THEN 'sprint'
                            WHEN row_number() OVER (PARTITION BY lower(Name) ORDER BY CustomId) > 1 THEN NULL
                            WHEN lower(Name) = 'story points' THEN 'points'
                            WHEN lower(Name) = 'story point estimate' THEN 'estimate'
                        END AS Role
                    FROM Fields
                    WHERE Custom
                ) AS roles
                WHERE Role IS NOT NULL
            ) AS f ON f.Known = coalesce(c.FieldId, 'name ' || c.Field)
            WHERE f.Role IS NOT NULL
                OR (c.FieldType = 'jira' AND coalesce(c.FieldId, c.Field) IN ('status', 'assignee', 'priority', 'resolution'))
        ) AS h ON h.IssueId = i.Id
        LEFT JOIN (
            SELECT IssueId, string_agg(CAST(SprintId AS VARCHAR), ', ' ORDER BY SprintId) AS Ids
            FROM IssueSprints
            GROUP BY IssueId
        ) AS sprints ON sprints.IssueId = i.Id
        WINDOW
            life AS (PARTITION BY i.Id, i.Key, i.ProjectKey ORDER BY h.Created, h.HistoryId, h.ItemNumber),
            so_far AS (
                PARTITION BY i.Id, i.Key, i.ProjectKey ORDER BY h.Created, h.HistoryId, h.ItemNumber
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ),
            later AS (
                PARTITION BY i.Id, i.Key, i.ProjectKey ORDER BY h.Created, h.HistoryId, h.ItemNumber
                ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
            )
    ) AS changes
    -- A change ends one time and begins another; the time before the first change is told by that change, too.
    CROSS JOIN (VALUES (0), (1)) AS sides (After)
    WHERE (After = 1 AND ChangedAt IS NOT NULL) OR (After = 0 AND Change = 1)
) AS held
LEFT JOIN Statuses s ON s.Id = TRY_CAST(held.StatusId AS BIGINT)
WHERE held.ValidTo IS NULL OR held.ValidTo > held.ValidFrom
