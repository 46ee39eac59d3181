-- Question: which value did each field of an issue have that ever changed, from when until when, and who set it?
-- Cost: the issues once (one request per hundred) and their changes once (one request per thousand issues or changes).
-- Key: IssueId, FieldId, Field, Element, ChangeNumber
--
-- A row is one value that a field of an issue had, from ValidFrom until ValidTo, which is NULL for the value of today. The
-- first value of a field is what its first change replaced, and holds from the issue's creation; a field that never
-- changed is in no record and has no rows (the table Issues has its value). A value is NULL where the field was empty.
-- Value is the id where the value has one, ValueText what people read. Fields whose changes tell what was added or
-- removed, and not all that there is (fix and affected versions, components, links, attachments), have rows for each
-- version, component, … of its own, named by Element, from when it was added until it was removed. Of changes at one
-- instant the last by id holds; the others have ValidTo = ValidFrom. ChangeNumber counts the changes of the field (of the
-- element), and is 0 for what was there before the first. HistoryId is the change that set the value.
SELECT
    IssueId,
    IssueKey,
    ProjectKey,
    FieldId,
    Field,
    Element,
    CASE After WHEN 1 THEN Change ELSE 0 END AS ChangeNumber,
    CASE After WHEN 1 THEN ToId ELSE FromId END AS Value,
    CASE After WHEN 1 THEN ToText ELSE FromText END AS ValueText,
    CASE After WHEN 1 THEN ChangedAt ELSE CreatedAt END AS ValidFrom,
    CASE After WHEN 1 THEN NextAt ELSE ChangedAt END AS ValidTo,
    After = 1 AND NextAt IS NULL AS IsCurrent,
    CASE After WHEN 1 THEN AuthorAccountId END AS SetByAccountId,
    CASE After WHEN 1 THEN AuthorDisplayName END AS SetByDisplayName,
    CASE After WHEN 1 THEN HistoryId END AS HistoryId
FROM (
    SELECT
        i.Id AS IssueId,
        i.Key AS IssueKey,
        i.ProjectKey,
        i.Created AS CreatedAt,
        h.*,
        CAST(row_number() OVER life AS BIGINT) AS Change,
        lead(h.ChangedAt) OVER life AS NextAt
    FROM Issues i
    JOIN (
        SELECT
            IssueId AS ChangedIssueId,
            FieldId,
            Field,
            CASE
                WHEN FieldId IN ('fixVersions', 'versions', 'components', 'issuelinks', 'attachment')
                    OR Field IN ('Fix Version', 'Version', 'Component', 'Link', 'Attachment', 'RemoteIssueLink')
                THEN coalesce("To", "From", ToText, FromText)
            END AS Element,
            "From" AS FromId,
            FromText,
            "To" AS ToId,
            ToText,
            Created AS ChangedAt,
            HistoryId,
            ItemNumber,
            AuthorAccountId,
            AuthorDisplayName
        FROM IssueFieldHistory
    ) AS h ON h.ChangedIssueId = i.Id
    WINDOW life AS (
        PARTITION BY i.Id, i.Key, i.ProjectKey, coalesce(h.FieldId, h.Field), h.Element
        ORDER BY h.ChangedAt, h.HistoryId, h.ItemNumber
    )
) AS changes
CROSS JOIN (VALUES (0), (1)) AS sides (After)
WHERE (After = 1 OR Change = 1)
    -- A part that is not there is no value.
    AND (Element IS NULL OR CASE After WHEN 1 THEN coalesce(ToId, ToText) ELSE coalesce(FromId, FromText) END IS NOT NULL)
