//! Links between issues, and attached files.

use super::supplement::Supplement;
use crate::sandbox::model::{Access, Attachment, Caller, IssueLink, IssueRef};

/// Names and media types of files.
const FILES: [(&str, &str); 11] = [
    ("screenshot.png", "image/png"),
    ("Übersicht – final (2).pdf", "application/pdf"),
    ("he said \"no\".txt", "text/plain"),
    ("=cmd|' /C calc'!A0.csv", "text/csv"),
    ("日本語.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("log.txt", "text/plain"),
    ("photo 📷.jpeg", "image/jpeg"),
    ("a,b;c\\d.zip", "application/zip"),
    ("noextension", "application/octet-stream"),
    ("diagram.svg", "image/svg+xml"),
    ("\u{202e}gnp.exe", "application/x-msdownload"),
];

impl Supplement {
    /// A link for every fourth issue, some between one pair of issues, some to hidden issues, some to issues that are gone.
    pub(super) fn links(&mut self) {
        let all: Vec<IssueRef> =
            self.site.issues.values().map(|it| IssueRef { id: it.id, key: it.key.clone() }).collect();
        let hidden: Vec<IssueRef> = self
            .site
            .issues
            .values()
            .filter(|it| self.site.access(it, Caller::Demo) == Access::Hidden)
            .map(|it| IssueRef { id: it.id, key: it.key.clone() })
            .collect();
        let types: Vec<i64> = self.site.link_types.iter().map(|it| it.id).collect();
        let mut id = 50_000;
        for index in 0..all.len() / 4 {
            let Some(one) = self.pick(&all) else { return };
            let other = match index % 20 {
                3 => self.pick(&hidden),
                7 => Some(IssueRef { id: 8_000 + one.id % 1_000, key: format!("GONE-{}", one.id % 1_000) }),
                _ => self.pick(&all),
            };
            let Some(other) = other.filter(|other| other.id != one.id) else { continue };
            let (mut ends, first) = ((one, other), self.below(types.len()));
            if self.chance(50) {
                ends = (ends.1, ends.0);
            }
            // One pair can have several links, of different types.
            for step in 0..if index % 10 == 1 { 2 } else { 1 } {
                id += self.rng.i64(1..4);
                let Some(type_id) = types.get((first + step) % types.len().max(1)) else { return };
                self.site.add_link(IssueLink {
                    id,
                    type_id: *type_id,
                    outward_issue: ends.0.clone(),
                    inward_issue: ends.1.clone(),
                });
            }
        }
    }

    /// One to four files on every fifth issue.
    pub(super) fn attachments(&mut self) {
        let mut id = 40_000;
        self.each_issue(|it, issue, _| {
            if !it.chance(20) {
                return;
            }
            for _ in 0..=it.below(4) {
                id += it.rng.i64(1..4);
                let (filename, mime_type) = FILES[it.below(FILES.len())];
                issue.attachments.push(Attachment {
                    id,
                    filename: filename.to_owned(),
                    author: (!it.chance(8)).then(|| it.account()),
                    created: it.between(issue.created, issue.updated),
                    size: [0, 1, 52_133, 3_000_000_000][it.below(4)] + it.rng.i64(0..1_000),
                    mime_type,
                });
            }
            issue.attachments.sort_by_key(|file| (file.created, file.id));
        });
    }
}
