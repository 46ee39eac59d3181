-- Question: which issue went from which status to which, when, by whom, and after how long?
-- Cost: the issues once (one request per hundred), their changes once (one request per thousand issues or changes) and, for categories, the statuses (one each for those before and after).
-- Key: IssueId, TransitionNumber
--
-- A row is one change of an issue's status. Those of one issue are numbered from 1 by their time, of one time by their
-- ids. SecondsInFrom counts from the change before, of the first from the issue's creation. Direction compares the
-- categories that the statuses have today (new, indeterminate, done): forward, backward, or same; NULL where one of the
-- statuses is deleted. Reopened says that a done issue became one that is not.
SELECT
    t.IssueId,
    t.IssueKey,
    t.ProjectKey,
    t.TransitionNumber,
    t.TransitionedAt,
    t.FromStatusId,
    t.FromStatus,
    f.StatusCategory AS FromStatusCategory,
    t.ToStatusId,
    t.ToStatus,
    s.StatusCategory AS ToStatusCategory,
    CASE
        WHEN f.StatusCategory = s.StatusCategory THEN 'same'
        WHEN f.StatusCategory = 'new' OR s.StatusCategory = 'done' THEN 'forward'
        WHEN f.StatusCategory = 'done' OR s.StatusCategory = 'new' THEN 'backward'
    END AS Direction,
    f.StatusCategory = 'done' AND s.StatusCategory <> 'done' AS IsReopened,
    to_unixtime(t.TransitionedAt) - to_unixtime(t.EnteredFromAt) AS SecondsInFrom,
    t.AuthorAccountId,
    t.AuthorDisplayName,
    t.HistoryId
FROM (
    SELECT
        i.Id AS IssueId,
        i.Key AS IssueKey,
        i.ProjectKey,
        CAST(row_number() OVER life AS BIGINT) AS TransitionNumber,
        h.Created AS TransitionedAt,
        TRY_CAST(h."From" AS BIGINT) AS FromStatusId,
        h.FromText AS FromStatus,
        TRY_CAST(h."To" AS BIGINT) AS ToStatusId,
        h.ToText AS ToStatus,
        coalesce(lag(h.Created) OVER life, i.Created) AS EnteredFromAt,
        h.AuthorAccountId,
        h.AuthorDisplayName,
        h.HistoryId
    FROM Issues i
    JOIN IssueFieldHistory h
        -- Data Center gives fields no ids in its records.
        ON h.IssueId = i.Id
        AND h.FieldType = 'jira'
        AND coalesce(h.FieldId, h.Field) = 'status'
        AND h."From" IS DISTINCT FROM h."To"
    WINDOW life AS (PARTITION BY i.Id, i.Key, i.ProjectKey ORDER BY h.Created, h.HistoryId, h.ItemNumber)
) AS t
LEFT JOIN Statuses f ON f.Id = t.FromStatusId
LEFT JOIN Statuses s ON s.Id = t.ToStatusId
