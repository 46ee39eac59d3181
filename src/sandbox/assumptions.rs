//! What nobody has verified about Jira, in one place: each open question with its readings,
//! and which of them this server follows. The default is the strictest documented or observed
//! reading; tests run the connector under every one of them.

mod readings;

/// One reading for each open question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assumptions {
    /// Which top-level keys an issue has in a search for `fields=["id"]`.
    pub id_only: IdOnly,
    /// How many issues one `issue/bulkfetch` takes.
    pub bulkfetch: BulkfetchSize,
    /// How many issues a search page holds when real fields are asked for.
    pub search_page: SearchPage,
    /// Whether pages with real fields are sometimes shorter than they could be.
    pub short_pages: ShortPages,
    /// What one unknown issue key or id among several in a JQL list does.
    pub unknown_key: UnknownKey,
    /// What the key or id of an archived issue in JQL does.
    pub archived_key: ArchivedKey,
    /// How exact an epoch-millisecond literal in JQL is.
    pub epoch: EpochPrecision,
    /// Which millisecond of a minute or day that JQL names is meant by `<=` and `>`.
    pub date_bounds: DateBounds,
    /// Which of two instants a local time in JQL means that the end of daylight saving repeats.
    pub repeated_hour: RepeatedHour,
    /// What `id > N` and `key > K` find where no issue is called so.
    pub unknown_bound: UnknownBound,
    /// Whether JQL tells labels apart by case.
    pub label_case: LabelCase,
    /// Where ORDER BY puts issues without a value.
    pub empty_order: EmptyOrder,
    /// What a duration in JQL without a unit counts.
    pub plain_duration: PlainDuration,
    /// How long a day and a week of a duration in JQL are.
    pub duration_units: DurationUnits,
    /// What JQL finds as the work ratio of an issue that has no estimate, and that its fields say is -1.
    pub missing_ratio: MissingRatio,
    /// Whether `group/member` lists accounts of apps.
    pub app_members: AppMembers,
    /// Whether the last page of an envelope with `total` carries `isLast`.
    pub last_page: LastPage,
    /// How many rows a page holds at most where the documentation names no maximum.
    pub unstated_maximum: UnstatedMaximum,
    /// What the member of `resolution/search` is called that marks the default.
    pub resolution_default: ResolutionDefault,
    /// Whether search pages carry `isLast`.
    pub is_last: IsLast,
    /// How the last search page shows that there is no token.
    pub last_token: LastToken,
    /// How many comments an issue carries inside its fields.
    pub embedded_comments: EmbeddedComments,
    /// Whether an edited comment or worklog makes its issue newer.
    pub child_edit: ChildEdit,
    /// What `startAt` in a token-paged search does.
    pub start_at: StartAt,
    /// Which arguments a page token is bound to.
    pub token_binding: TokenBinding,
    /// Whether a worklog feed includes changes at the instant `since` itself.
    pub feed_boundary: FeedBoundary,
    /// What wrong credentials get at endpoints that are open to anonymous users.
    pub wrong_credentials: WrongCredentials,
    /// How `id < N` compares.
    pub id_comparison: IdComparison,
    /// The offset of timestamps inside issues.
    pub issue_offset: IssueOffset,
    /// What `issue/bulkfetch` says of issues that are unknown or hidden.
    pub missing_issues: MissingIssues,
    /// Whether issues of all projects carry their comments and worklogs.
    pub embedded_lists: EmbeddedLists,
    /// Whether an issue shows its links to issues that the caller can't see or that are gone.
    pub hidden_links: HiddenLinks,
    /// How `changelog/bulkfetch` writes the time of a change.
    pub bulk_created: BulkCreated,
    /// Which items of a change `changelog/bulkfetch` gives where it filters by field.
    pub bulk_items: BulkItems,
    /// Whether lists of boards and sprints say how long they are.
    pub agile_total: AgileTotal,
    /// How a list that pages by cursor says that a page is the last.
    pub cursor_end: CursorEnd,
    /// Whether a sprint that no board of the caller's shows can be asked for by id.
    pub lost_sprints: LostSprints,
    /// Data Center: how many issues a search page holds at most.
    pub offset_page: OffsetPage,
    /// Data Center: what a query with `validateQuery=false` does that names an issue which does not exist.
    pub unvalidated_query: UnvalidatedQuery,
    /// Data Center: whether a search shows all changes of an issue.
    pub expanded_changelog: ExpandedChangelog,
    /// Data Center: how many groups the picker shows at most.
    pub picked_groups: PickedGroups,
}

/// Top-level keys of an issue in a search for ids only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdOnly {
    /// `id` alone.
    #[default]
    IdAlone,
    /// `id`, `key` and `self`.
    IdKeySelf,
}

/// The largest `issue/bulkfetch`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BulkfetchSize {
    /// 1000 when 1 to 100 single-valued fields are named, else 100.
    #[default]
    UpTo1000,
    /// 100 always.
    AtMost100,
}

/// The largest search page with real fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SearchPage {
    /// Cut to 100.
    #[default]
    Hundred,
    /// As many as asked for, up to 5000.
    AsAsked,
}

/// Pages in the middle of a search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShortPages {
    /// Some hold fewer rows than the page size, and a token.
    #[default]
    Sometimes,
    /// All are full.
    Never,
}

/// Unknown keys in a JQL list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownKey {
    /// The whole query is refused with 400.
    #[default]
    Refused,
    /// It matches nothing, the others match.
    Ignored,
}

/// Keys of archived issues in JQL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ArchivedKey {
    /// They are known, and find nothing.
    #[default]
    Known,
    /// They are as unknown as those of issues that don't exist.
    Unknown,
}

/// Exactness of epoch-millisecond literals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EpochPrecision {
    /// To the millisecond.
    #[default]
    Exact,
    /// Cut to the minute before comparing.
    Minute,
}

/// The bound that a written minute or day is for `<=` and `>`; for `<` and `>=` it is its first millisecond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateBounds {
    /// Its first millisecond: `<=` leaves the rest of it out, and `>` does not.
    #[default]
    Beginning,
    /// Its last millisecond.
    WholeUnit,
}

/// A local time that comes twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RepeatedHour {
    /// The first, still in daylight saving.
    #[default]
    First,
    /// The second.
    Second,
}

/// A bound that is no issue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownBound {
    /// Nothing, and no error.
    #[default]
    NoRows,
    /// What is beyond it, as if it were one.
    Compared,
}

/// Labels that differ in case only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LabelCase {
    /// They are the same.
    #[default]
    Ignored,
    /// They are two.
    Counts,
}

/// Issues without a value in a sorted list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmptyOrder {
    /// Last in ascending order, first in descending order.
    #[default]
    Greatest,
    /// First in ascending order, last in descending order.
    Least,
    /// Last in both.
    Last,
}

/// A duration that is a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlainDuration {
    /// Minutes, the default unit of time tracking.
    #[default]
    Minutes,
    /// Seconds, which the fields hold.
    Seconds,
}

/// Days and weeks of durations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DurationUnits {
    /// Of working time: 8 hours, 5 days.
    #[default]
    Working,
    /// Of the calendar: 24 hours, 7 days.
    Calendar,
}

/// The work ratio of an issue without an estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingRatio {
    /// Nothing: it is EMPTY, and no comparison finds it.
    #[default]
    Empty,
    /// -1, as its fields say.
    MinusOne,
}

/// Apps among the members of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AppMembers {
    /// They are listed like everybody.
    #[default]
    Included,
    /// They are left out, and not counted in `total`.
    LeftOut,
}

/// The end of a list with `startAt`, `maxResults` and `total`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LastPage {
    /// `isLast` is true.
    #[default]
    Marked,
    /// It has no `isLast`, and no `nextPage`: `total` alone tells that it is the last.
    Unmarked,
}

/// The largest page where none is documented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnstatedMaximum {
    /// The documented default, or 50 where that is less; `maxResults` says so.
    #[default]
    AsTheDefault,
    /// As many as asked for, up to 1000.
    AsAsked,
}

/// The mark of the default resolution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResolutionDefault {
    /// `isDefault`: the OpenAPI document's example.
    #[default]
    IsDefault,
    /// `default`: the OpenAPI document's schema.
    Default,
}

/// The `isLast` member of a search page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IsLast {
    /// On every page.
    #[default]
    Present,
    /// On no page.
    Absent,
}

/// `nextPageToken` of the last page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LastToken {
    /// The member is missing.
    #[default]
    Absent,
    /// The member is null.
    Null,
}

/// Comments inside an issue's fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmbeddedComments {
    /// The first 20, with the true total.
    #[default]
    Twenty,
    /// All.
    All,
}

/// An edited comment or worklog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChildEdit {
    /// Sets the issue's `updated`.
    #[default]
    BumpsUpdated,
    /// Leaves the issue's `updated` as it was.
    LeavesUpdated,
}

/// `startAt` in a token-paged search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StartAt {
    /// 400.
    #[default]
    Refused,
    /// Not looked at.
    Ignored,
}

/// What a page token belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenBinding {
    /// All arguments of the request; any change is a 400.
    #[default]
    AllArguments,
    /// The query only.
    QueryOnly,
}

/// The lower edge of a worklog feed page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FeedBoundary {
    /// `since` itself belongs to the page: the last row of one page is the first of the next.
    #[default]
    Inclusive,
    /// Only what is newer; a page never ends between rows of one instant.
    Exclusive,
}

/// Wrong credentials at an endpoint that needs none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WrongCredentials {
    /// 401.
    #[default]
    Refused,
    /// 200 with what anonymous users may see.
    Anonymous,
}

/// Ordering comparisons on `id`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdComparison {
    /// By number.
    #[default]
    Numeric,
    /// As a comparison of keys: project, then number within it.
    AsKey,
}

/// The offset of an issue's timestamps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IssueOffset {
    /// That of the caller's time zone.
    #[default]
    Caller,
    /// `+0000`.
    Utc,
}

/// Issues of a block that are unknown, or hidden from the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingIssues {
    /// Nothing: `issueErrors` has only those that the service could not give this time (the OpenAPI
    /// document's description of `BulkIssueResults`).
    #[default]
    LeftOut,
    /// They stand in `issueErrors` as they were asked for.
    InIssueErrors,
}

/// The fields `comment` and `worklog` of an issue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmbeddedLists {
    /// There wherever they are asked for.
    #[default]
    Everywhere,
    /// Absent from the issues of one project, as where a field configuration hides them; the lists
    /// of the issues themselves can be read.
    NotInOneProject,
}

/// Links whose other end is hidden from the caller, or gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HiddenLinks {
    /// Not in the list.
    #[default]
    LeftOut,
    /// In the list, with id and key of the other end and without its fields, as recorded data of real
    /// sites has it.
    Shown,
}

/// `created` of a change in `changelog/bulkfetch`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BulkCreated {
    /// Epoch milliseconds, a number: the example of the OpenAPI document.
    #[default]
    EpochMilliseconds,
    /// Text as everywhere else: the schema of the OpenAPI document.
    Text,
}

/// Items of a change that a filter by field lets through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BulkItems {
    /// All items of a change one of whose items fits.
    #[default]
    WholeChange,
    /// The items that fit.
    FittingOnly,
}

/// `total` of a page of boards or sprints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AgileTotal {
    /// There, as the OpenAPI document has it.
    #[default]
    Present,
    /// Missing; `isLast` ends the list.
    Absent,
}

/// A sprint whose board was deleted, or is hidden from the caller, and that issues of the caller's are in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LostSprints {
    /// 404: it shows in the field of those issues only, as has been observed.
    #[default]
    NotFound,
    /// It is there by id, with its issues: the OpenAPI document, for whoever may see one of these.
    ById,
}

/// The last page of a list of plans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CursorEnd {
    /// `last`: the schema of the OpenAPI document.
    #[default]
    Last,
    /// `isLast`: its example.
    IsLast,
}

/// The largest search page of Data Center: a setting of the server, whose default nobody has verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OffsetPage {
    /// 1000; `maxResults` says so.
    #[default]
    Thousand,
    /// 100.
    Hundred,
}

/// An unknown issue in a query that need not be valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnvalidatedQuery {
    /// The query is refused with 400 nevertheless.
    #[default]
    Refused,
    /// It matches nothing, the others match.
    PassesOver,
}

/// The changes in an issue that a search of Data Center shows with `expand=changelog`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExpandedChangelog {
    /// All.
    #[default]
    Whole,
    /// The newest hundred, with the true total; the issue by itself has all.
    NewestHundred,
}

/// The groups that Data Center's picker shows: a setting of the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PickedGroups {
    /// As many as asked for.
    #[default]
    AsAsked,
    /// 20, with the true total.
    Twenty,
}

/// What nobody has verified about refusals of a site that is asked too fast. They show on a site with limits only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitReadings {
    /// How `X-RateLimit-Reset` is written.
    pub reset_format: ResetFormat,
    /// What a refusal's body is.
    pub refusal_body: RefusalBody,
    /// Whether a refusal says how long to wait.
    pub retry_after: RetryAfter,
}

/// Writing of `X-RateLimit-Reset`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResetFormat {
    /// Without seconds, as it was seen.
    #[default]
    Minutes,
    /// With them.
    Seconds,
}

/// Body of a 429.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RefusalBody {
    /// Jira's JSON.
    #[default]
    Json,
    /// A web page.
    Html,
}

/// `Retry-After` of a 429.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RetryAfter {
    /// It is there.
    #[default]
    Given,
    /// It is not, as where a gateway has too much to do.
    Missing,
}
