//! Links between issues, and files attached to them.

use jirrow::sandbox::Assumptions;
use jirrow::sandbox::assumptions::HiddenLinks;
use jirrow::sandbox::model::{Issue, IssueLink};

use super::within::{classes_of, of};
use super::{Expected, Table};
use crate::oracle::site::Seen;
use crate::oracle::value::{Row, Type, Value, instant, int, text};

use Type::{Address, Int, Text, Timestamp};

pub(crate) static ISSUE_LINKS: Table = Table {
    name: "IssueLinks",
    key: &["Id", "IssueId"],
    columns: &[
        ("Id", Int),
        ("IssueId", Int),
        ("IssueKey", Text),
        ("Direction", Text),
        ("TypeId", Int),
        ("Type", Text),
        ("TypeInward", Text),
        ("TypeOutward", Text),
        ("LinkedIssueId", Int),
        ("LinkedIssueKey", Text),
        ("LinkedIssueSummary", Text),
        ("LinkedIssueType", Text),
        ("LinkedIssueStatus", Text),
        ("LinkedIssueStatusCategory", Text),
        ("LinkedIssuePriority", Text),
    ],
    empty: &[],
    expected: Expected::ByReading(links),
};

pub(crate) static ISSUE_LINK_TYPES: Table = Table {
    name: "IssueLinkTypes",
    key: &["Id"],
    columns: &[("Id", Int), ("Name", Text), ("Inward", Text), ("Outward", Text)],
    empty: &[],
    expected: Expected::Always(link_types),
};

pub(crate) static ATTACHMENTS: Table = Table {
    name: "Attachments",
    key: &["Id"],
    columns: &[
        ("Id", Int),
        ("IssueId", Int),
        ("IssueKey", Text),
        ("Filename", Text),
        ("AuthorAccountId", Text),
        ("AuthorDisplayName", Text),
        ("Created", Timestamp),
        ("SizeBytes", Int),
        ("MimeType", Text),
        ("ContentUrl", Address),
        ("ThumbnailUrl", Address),
    ],
    empty: &[],
    expected: Expected::Always(attachments),
};

/// One end of a link: the row of this issue.
fn end(site: Seen<'_>, readings: Assumptions, issue: &Issue, link: &IssueLink) -> Option<Row> {
    // Who blocks stands inward, and reads `blocks` towards the other one.
    let (direction, other) = match link.inward_issue.id == issue.id {
        true => ("outward", &link.outward_issue),
        false => ("inward", &link.inward_issue),
    };
    let known = site.0.issues.get(&other.id).filter(|it| site.readable(it));
    if known.is_none() && readings.hidden_links == HiddenLinks::LeftOut {
        return None;
    }
    let kind = site.0.link_types.iter().find(|it| it.id == link.type_id).expect("a type");
    let [issue_type, status, category, priority] =
        known.map_or([const { Value::Null }; 4], |it| classes_of(site, it));
    Some(of(
        issue,
        [
            ("Id", int(link.id)),
            ("Direction", text(direction)),
            ("TypeId", int(kind.id)),
            ("Type", text(&*kind.name)),
            ("TypeInward", text(&*kind.inward)),
            ("TypeOutward", text(&*kind.outward)),
            ("LinkedIssueId", int(other.id)),
            ("LinkedIssueKey", text(known.map_or(&*other.key, |it| &*it.key))),
            ("LinkedIssueSummary", text(known.map(|it| &*it.summary))),
            ("LinkedIssueType", issue_type),
            ("LinkedIssueStatus", status),
            ("LinkedIssueStatusCategory", category),
            ("LinkedIssuePriority", priority),
        ],
    ))
}

fn links(site: Seen<'_>, readings: Assumptions) -> Vec<Row> {
    let mut rows = vec![];
    for link in site.0.links.values() {
        let mut ends = vec![link.inward_issue.id, link.outward_issue.id];
        ends.dedup();
        let found = ends.into_iter().filter_map(|id| site.issue(id));
        rows.extend(found.filter_map(|issue| end(site, readings, issue, link)));
    }
    rows
}

fn link_types(site: Seen<'_>) -> Vec<Row> {
    let rows = site.0.link_types.iter().map(|it| {
        Row::from([
            ("Id", int(it.id)),
            ("Name", text(&*it.name)),
            ("Inward", text(&*it.inward)),
            ("Outward", text(&*it.outward)),
        ])
    });
    rows.collect()
}

fn attachments(site: Seen<'_>) -> Vec<Row> {
    let mut rows = vec![];
    for issue in site.issues() {
        rows.extend(issue.attachments.iter().map(|file| {
            let author = site.person(file.author.as_deref());
            let thumbnail = format!("/rest/api/3/attachment/thumbnail/{}", file.id);
            of(
                issue,
                [
                    ("Id", int(file.id)),
                    ("Filename", text(&*file.filename)),
                    ("AuthorAccountId", text(author.0)),
                    ("AuthorDisplayName", text(author.1)),
                    ("Created", instant(file.created)),
                    ("SizeBytes", int(file.size)),
                    ("MimeType", text(file.mime_type)),
                    ("ContentUrl", Value::Text(format!("/rest/api/3/attachment/content/{}", file.id))),
                    (
                        "ThumbnailUrl",
                        text(Some(&*thumbnail).filter(|_| file.mime_type.starts_with("image/"))),
                    ),
                ],
            )
        }));
    }
    rows
}
