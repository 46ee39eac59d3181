-- Question: how long was each issue in each status, from when until when, every time that it was there?
-- Cost: the issues once (one request per hundred), their changes once (one request per thousand issues or changes) and, for StatusCategory, the statuses (one). `WHERE IssueId = …` costs three in all.
-- Key: IssueId, StayNumber
--
-- A row is one stay of an issue in a status. Stays are numbered from 1 in the order of the changes: by their time, of one
-- time by their ids. The first begins when the issue was created, and an issue whose status never changed has this one
-- alone. A status that the issue comes back to is another stay. The last one is open: LeftAt is NULL and its seconds
-- count up to now. Deleted issues have no rows; a moved issue has those of its whole life, under the key of today.
-- Names are those of the time; StatusCategory (new, indeterminate, done) is the status's of today, NULL if it is deleted.
SELECT
    stays.IssueId,
    stays.IssueKey,
    stays.ProjectKey,
    stays.IssueType,
    stays.StayNumber,
    stays.StatusId,
    stays.Status,
    s.StatusCategory,
    stays.EnteredAt,
    stays.LeftAt,
    stays.LeftAt IS NULL AS IsCurrent,
    to_unixtime(coalesce(stays.LeftAt, now())) - to_unixtime(stays.EnteredAt) AS Seconds,
    stays.EnteredByAccountId,
    stays.EnteredByDisplayName
FROM (
    SELECT
        IssueId,
        IssueKey,
        ProjectKey,
        IssueType,
        Change + After - 1 AS StayNumber,
        CASE After WHEN 1 THEN TRY_CAST(ToId AS BIGINT) ELSE coalesce(TRY_CAST(FromId AS BIGINT), CurrentId) END AS StatusId,
        CASE After WHEN 1 THEN ToText ELSE coalesce(FromText, CurrentText) END AS Status,
        CASE After WHEN 1 THEN ChangedAt ELSE CreatedAt END AS EnteredAt,
        CASE After WHEN 1 THEN NextAt ELSE ChangedAt END AS LeftAt,
        CASE After WHEN 1 THEN AuthorAccountId END AS EnteredByAccountId,
        CASE After WHEN 1 THEN AuthorDisplayName END AS EnteredByDisplayName
    FROM (
        SELECT
            i.Id AS IssueId,
            i.Key AS IssueKey,
            i.ProjectKey,
            i.IssueType,
            i.Created AS CreatedAt,
            i.StatusId AS CurrentId,
            i.Status AS CurrentText,
            h.Created AS ChangedAt,
            h."From" AS FromId,
            h.FromText,
            h."To" AS ToId,
            h.ToText,
            h.AuthorAccountId,
            h.AuthorDisplayName,
            CAST(row_number() OVER life AS BIGINT) + 1 AS Change,
            lead(h.Created) OVER life AS NextAt
        FROM Issues i
        LEFT JOIN IssueFieldHistory h
            -- Data Center gives fields no ids in its records.
            ON h.IssueId = i.Id
            AND h.FieldType = 'jira'
            AND coalesce(h.FieldId, h.Field) = 'status'
            AND h."From" IS DISTINCT FROM h."To"
        WINDOW life AS (
            PARTITION BY i.Id, i.Key, i.ProjectKey ORDER BY h.Created, h.HistoryId, h.ItemNumber
        )
    ) AS changes
    -- A change ends one stay and begins another; the stay that it ends is told by the change before, or is the first.
    CROSS JOIN (VALUES (0), (1)) AS sides (After)
    WHERE (After = 1 AND ChangedAt IS NOT NULL) OR (After = 0 AND Change = 2)
) AS stays
LEFT JOIN Statuses s ON s.Id = stays.StatusId
