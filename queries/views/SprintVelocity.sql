-- Question: how many issues and story points did each sprint commit to, add, remove, complete and carry over?
-- Cost: as SprintReport: the issues twice (one request per hundred), their changes once (one per thousand issues or changes), fields and statuses (one each), and the sprints (one request per fifty of a board).
-- Key: SprintId
--
-- A row is one sprint that has started and had issues; what counts as what is said in SprintReport. Sub-tasks do not
-- count, as in Jira's own charts. CommittedPoints are the points at the start, AddedPoints those at the time of adding,
-- the others those at the end (of removed issues: when they were removed); an issue without points counts as an issue and
-- with none. Of an active sprint CompletedPoints are those completed up to now, and nothing is carried over yet.
SELECT
    SprintId,
    max(Sprint) AS Sprint,
    max(SprintState) AS SprintState,
    max(BoardId) AS BoardId,
    max(StartDate) AS StartDate,
    max(EndDate) AS EndDate,
    max(CompleteDate) AS CompleteDate,
    count(*) FILTER (WHERE IsCommitted) AS CommittedIssues,
    count(*) FILTER (WHERE IsAdded) AS AddedIssues,
    count(*) FILTER (WHERE IsRemoved) AS RemovedIssues,
    count(*) FILTER (WHERE IsCompleted) AS CompletedIssues,
    count(*) FILTER (WHERE IsCarriedOver) AS CarriedOverIssues,
    coalesce(sum(PointsAtStart) FILTER (WHERE IsCommitted), 0) AS CommittedPoints,
    coalesce(sum(PointsAtStart) FILTER (WHERE IsAdded), 0) AS AddedPoints,
    coalesce(sum(PointsAtEnd) FILTER (WHERE IsRemoved), 0) AS RemovedPoints,
    coalesce(sum(PointsAtEnd) FILTER (WHERE IsCompleted), 0) AS CompletedPoints,
    coalesce(sum(PointsAtEnd) FILTER (WHERE IsCarriedOver), 0) AS CarriedOverPoints
FROM SprintReport
WHERE NOT IsSubtask
GROUP BY SprintId
