//! The sets of readings that tests run under: all defaults, then each single question answered the other way.

use super::{
    AgileTotal, AppMembers, ArchivedKey, Assumptions, BulkCreated, BulkItems, BulkfetchSize, ChildEdit,
    CursorEnd, DateBounds, DurationUnits, EmbeddedComments, EmbeddedLists, EmptyOrder, EpochPrecision,
    ExpandedChangelog, FeedBoundary, HiddenLinks, IdComparison, IdOnly, IsLast, IssueOffset, LabelCase,
    LastPage, LastToken, LostSprints, MissingIssues, MissingRatio, OffsetPage, PlainDuration, RepeatedHour,
    ResolutionDefault, SearchPage, ShortPages, StartAt, TokenBinding, UnknownBound, UnknownKey,
    UnstatedMaximum, UnvalidatedQuery, WrongCredentials,
};

impl Assumptions {
    /// The default readings, and one set for each question that comparisons in JQL raise on every deployment, answered
    /// the other way.
    pub fn jql_readings() -> Vec<(String, Self)> {
        let default = ("default".to_owned(), Self::default());
        let others = Self::of_jql().into_iter().map(|(name, assumptions)| (name.to_owned(), assumptions));
        std::iter::once(default).chain(others).collect()
    }

    fn of_jql() -> [(&'static str, Self); 13] {
        let default = Self::default();
        [
            ("epoch=Minute", Self { epoch: EpochPrecision::Minute, ..default }),
            ("unknown_key=Ignored", Self { unknown_key: UnknownKey::Ignored, ..default }),
            ("archived_key=Unknown", Self { archived_key: ArchivedKey::Unknown, ..default }),
            ("id_comparison=AsKey", Self { id_comparison: IdComparison::AsKey, ..default }),
            ("date_bounds=WholeUnit", Self { date_bounds: DateBounds::WholeUnit, ..default }),
            ("repeated_hour=Second", Self { repeated_hour: RepeatedHour::Second, ..default }),
            ("unknown_bound=Compared", Self { unknown_bound: UnknownBound::Compared, ..default }),
            ("label_case=Counts", Self { label_case: LabelCase::Counts, ..default }),
            ("empty_order=Least", Self { empty_order: EmptyOrder::Least, ..default }),
            ("empty_order=Last", Self { empty_order: EmptyOrder::Last, ..default }),
            ("plain_duration=Seconds", Self { plain_duration: PlainDuration::Seconds, ..default }),
            ("missing_ratio=MinusOne", Self { missing_ratio: MissingRatio::MinusOne, ..default }),
            ("duration_units=Calendar", Self { duration_units: DurationUnits::Calendar, ..default }),
        ]
    }

    /// The default readings, and one set for each question that a site of Data Center raises, answered the other way.
    pub fn data_center_readings() -> Vec<(String, Self)> {
        let default = Self::default();
        [
            ("default", default),
            ("offset_page=Hundred", Self { offset_page: OffsetPage::Hundred, ..default }),
            (
                "unvalidated_query=PassesOver",
                Self { unvalidated_query: UnvalidatedQuery::PassesOver, ..default },
            ),
            (
                "expanded_changelog=NewestHundred",
                Self { expanded_changelog: ExpandedChangelog::NewestHundred, ..default },
            ),
            ("embedded_comments=All", Self { embedded_comments: EmbeddedComments::All, ..default }),
            (
                "embedded_lists=NotInOneProject",
                Self { embedded_lists: EmbeddedLists::NotInOneProject, ..default },
            ),
            ("hidden_links=Shown", Self { hidden_links: HiddenLinks::Shown, ..default }),
            ("agile_total=Absent", Self { agile_total: AgileTotal::Absent, ..default }),
            ("last_page=Unmarked", Self { last_page: LastPage::Unmarked, ..default }),
            ("issue_offset=Utc", Self { issue_offset: IssueOffset::Utc, ..default }),
            (
                "wrong_credentials=Anonymous",
                Self { wrong_credentials: WrongCredentials::Anonymous, ..default },
            ),
        ]
        .into_iter()
        .map(|(name, assumptions)| (name.to_owned(), assumptions))
        .collect()
    }

    /// The default readings, and one set for each single question answered the other way, with a
    /// name for messages.
    pub fn all_readings() -> Vec<(String, Self)> {
        let default = Self::default();
        [
            ("default", default),
            ("id_only=IdKeySelf", Self { id_only: IdOnly::IdKeySelf, ..default }),
            ("bulkfetch=AtMost100", Self { bulkfetch: BulkfetchSize::AtMost100, ..default }),
            ("search_page=AsAsked", Self { search_page: SearchPage::AsAsked, ..default }),
            ("short_pages=Never", Self { short_pages: ShortPages::Never, ..default }),
            ("app_members=LeftOut", Self { app_members: AppMembers::LeftOut, ..default }),
            ("last_page=Unmarked", Self { last_page: LastPage::Unmarked, ..default }),
            ("unstated_maximum=AsAsked", Self { unstated_maximum: UnstatedMaximum::AsAsked, ..default }),
            (
                "resolution_default=Default",
                Self { resolution_default: ResolutionDefault::Default, ..default },
            ),
            ("is_last=Absent", Self { is_last: IsLast::Absent, ..default }),
            ("last_token=Null", Self { last_token: LastToken::Null, ..default }),
            ("embedded_comments=All", Self { embedded_comments: EmbeddedComments::All, ..default }),
            ("child_edit=LeavesUpdated", Self { child_edit: ChildEdit::LeavesUpdated, ..default }),
            ("start_at=Ignored", Self { start_at: StartAt::Ignored, ..default }),
            ("token_binding=QueryOnly", Self { token_binding: TokenBinding::QueryOnly, ..default }),
            ("feed_boundary=Exclusive", Self { feed_boundary: FeedBoundary::Exclusive, ..default }),
            (
                "wrong_credentials=Anonymous",
                Self { wrong_credentials: WrongCredentials::Anonymous, ..default },
            ),
            ("issue_offset=Utc", Self { issue_offset: IssueOffset::Utc, ..default }),
            (
                "missing_issues=InIssueErrors",
                Self { missing_issues: MissingIssues::InIssueErrors, ..default },
            ),
            (
                "embedded_lists=NotInOneProject",
                Self { embedded_lists: EmbeddedLists::NotInOneProject, ..default },
            ),
            ("hidden_links=Shown", Self { hidden_links: HiddenLinks::Shown, ..default }),
            ("bulk_created=Text", Self { bulk_created: BulkCreated::Text, ..default }),
            ("bulk_items=FittingOnly", Self { bulk_items: BulkItems::FittingOnly, ..default }),
            ("agile_total=Absent", Self { agile_total: AgileTotal::Absent, ..default }),
            ("cursor_end=IsLast", Self { cursor_end: CursorEnd::IsLast, ..default }),
            ("lost_sprints=ById", Self { lost_sprints: LostSprints::ById, ..default }),
        ]
        .into_iter()
        .chain(Self::of_jql())
        .map(|(name, assumptions)| (name.to_owned(), assumptions))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reading_differs_from_every_other() {
        let readings = Assumptions::all_readings();
        for (index, (name, assumptions)) in readings.iter().enumerate() {
            for (other, reading) in &readings[index + 1..] {
                assert_ne!(assumptions, reading, "{name} is the same as {other}");
            }
        }
    }
}
