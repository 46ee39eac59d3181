-- Question: how many issues of a project were to do, in progress and done at the end of each day?
-- Cost: as IssueDailySnapshot: the issues once (one request per hundred), their changes once (one per thousand issues or changes), fields and statuses (one each).
-- Run: jirrow sql -f cumulative_flow --param project=PAY --param since=2026-01-01
--
-- Days are those of the session's time zone, from `since` to today. Issues belong to the project in which they are today.
SELECT
    Day,
    count(*) FILTER (WHERE StatusCategory = 'done') AS Done,
    count(*) FILTER (WHERE StatusCategory = 'indeterminate') AS InProgress,
    count(*) FILTER (WHERE StatusCategory = 'new') AS ToDo
FROM IssueDailySnapshot
WHERE ProjectKey = $project AND Day >= $since
GROUP BY Day
ORDER BY Day
