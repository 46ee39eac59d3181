//! Sample words and documents for the generator: ordinary sentences, and every oddity of text that
//! real sites hold (quotes, line ends, emoji, invisible and right-to-left letters).

use super::model::{Block, Cell, CellKind, Document, Inline, Mark, Task, TaskState};

pub(super) const VERBS: [&str; 12] = [
    "Fix",
    "Add",
    "Remove",
    "Rework",
    "Document",
    "Measure",
    "Speed up",
    "Translate",
    "Review",
    "Upgrade",
    "Split",
    "Automate",
];

pub(super) const THINGS: [&str; 16] = [
    "the login page",
    "invoice export",
    "the nightly import",
    "search results",
    "the mobile menu",
    "customer onboarding",
    "e-mail templates",
    "the payment retry",
    "audit trail",
    "the rate limiter",
    "time zones",
    "the status page",
    "access tokens",
    "warehouse labels",
    "the tax report",
    "release notes",
];

/// Endings that make a summary awkward.
pub(super) const ODD_ENDINGS: [&str; 12] = [
    "\"quoted\"",
    "it's 100% \\ done",
    "café – naïve",
    "🚀 👩‍💻",
    "zero\u{200b}width\u{feff}",
    "\u{5e9}\u{5dc}\u{5d5}\u{5dd} שלום",
    "\u{202e}reversed\u{202c}",
    "tab\there",
    "日本語の題名",
    "<b>not html</b> & more",
    "=SUM(A1:A2)",
    "a, b; c | d",
];

pub(super) const LABELS: [&str; 14] = [
    "backend",
    "frontend",
    "customer-x",
    "tech-debt",
    "urgent",
    "Q1/2026",
    "say\"what\"",
    "back\\slash",
    "f(x)",
    "größe",
    "c++",
    "it's",
    "100%",
    "emoji-🔥",
];

pub(super) const GIVEN_NAMES: [&str; 16] = [
    "Ana", "Björn", "Chidi", "Daria", "Emre", "Fatima", "Georgios", "Hanna", "Ivan", "Jun", "Karol", "Léa",
    "Mehmet", "Noor", "Olga", "Pavel",
];

pub(super) const FAMILY_NAMES: [&str; 15] = [
    "Almeida",
    "O'Brien",
    "Çelik",
    "Dvořák",
    "Eriksson",
    "Fischer",
    "García",
    "Horvat",
    "Ito",
    "Jansen",
    "Kowalski",
    "van Dyk",
    "Müller",
    "Nguyễn",
    "Østergaard",
];

fn plain(text: &str) -> Inline {
    Inline::Text(text.to_owned(), Vec::new())
}

fn marked(text: &str, mark: Mark) -> Inline {
    Inline::Text(text.to_owned(), vec![mark])
}

fn paragraph(text: &str) -> Block {
    Block::Paragraph(vec![plain(text)])
}

fn cell(kind: CellKind, text: &str) -> Cell {
    Cell { kind, blocks: vec![paragraph(text)] }
}

/// The documents that the generator mixes in, one for each construct and one with all of them.
pub(super) fn documents() -> Vec<Document> {
    let mention = || Inline::Mention("5b10a2844c20165700ede21g".to_owned(), "@Demo User".to_owned());
    let blocks: Vec<Vec<Block>> = vec![
        vec![
            Block::Heading(2, vec![plain("Steps to reproduce")]),
            Block::OrderedList(vec![
                vec![paragraph("Open the page")],
                vec![
                    paragraph("Choose one of"),
                    Block::BulletList(vec![
                        vec![paragraph("card")],
                        vec![
                            paragraph("invoice"),
                            Block::OrderedList(vec![vec![paragraph("domestic")], vec![paragraph("abroad")]]),
                        ],
                    ]),
                ],
                vec![paragraph("Press Save")],
            ]),
            Block::Heading(3, vec![plain("Expected "), marked("result", Mark::Strong)]),
            paragraph("Nothing is lost."),
        ],
        vec![Block::Table(vec![
            vec![cell(CellKind::Header, "Day"), cell(CellKind::Header, "Hours")],
            vec![cell(CellKind::Data, "Monday"), cell(CellKind::Data, "7.5")],
            vec![cell(CellKind::Data, "Tuesday | half"), cell(CellKind::Data, "4")],
        ])],
        vec![
            paragraph("It fails with:"),
            Block::Code(
                Some("rust".to_owned()),
                "fn main() {\n\tlet x = \"a\\\\b\";\n\n    println!(\"{x}\");\n}".to_owned(),
            ),
            Block::Code(None, "  indented, no language".to_owned()),
        ],
        vec![
            Block::Quote(vec![paragraph("They said this"), paragraph("and that.")]),
            Block::Paragraph(vec![
                mention(),
                plain(" can you answer? "),
                Inline::Emoji(":smile:".to_owned(), Some("😄".to_owned())),
            ]),
        ],
        vec![Block::Paragraph(vec![
            plain("See "),
            marked("the page", Mark::Link("https://example.com/a?b=1&c=2".to_owned())),
            plain(", "),
            marked("https://example.com/", Mark::Link("https://example.com/".to_owned())),
            plain(" and "),
            Inline::Card("https://example.com/browse/PAY-1".to_owned()),
        ])],
        vec![
            Block::Paragraph(vec![plain("first line"), Inline::Break, plain("second line")]),
            Block::Rule,
            Block::Media(
                "2a5c9f2e-6d1c-4a0b-9b34-000000000001".to_owned(),
                Some("screenshot.png".to_owned()),
            ),
            Block::Media("2a5c9f2e-6d1c-4a0b-9b34-000000000002".to_owned(), None),
        ],
        vec![Block::Panel(
            "warning".to_owned(),
            vec![paragraph("Do not deploy on Friday."), Block::BulletList(vec![vec![paragraph("really")]])],
        )],
        vec![Block::TaskList(vec![
            Task { state: TaskState::Done, content: vec![plain("write the test")] },
            Task {
                state: TaskState::Todo,
                content: vec![plain("make it pass "), Inline::Emoji(":custom_party:".to_owned(), None)],
            },
        ])],
        vec![
            paragraph("quotes \" ' ` and \\ backslash"),
            paragraph("tab\tand carriage return\r\ninside one text node"),
            paragraph("zero\u{200b}width, \u{202b}right to left\u{202c}, bell \u{7} and escape \u{1b}"),
            Block::Paragraph(Vec::new()),
            paragraph("after an empty paragraph 👩‍👩‍👧‍👦"),
        ],
        vec![Block::Paragraph(vec![
            marked("bold", Mark::Strong),
            plain(" "),
            marked("italic", Mark::Emphasis),
            plain(" "),
            marked("code()", Mark::Code),
            plain(" "),
            Inline::Text(
                "bold link".to_owned(),
                vec![Mark::Strong, Mark::Link("mailto:team@example.com".to_owned())],
            ),
        ])],
        vec![paragraph("עברית עם English באמצע"), paragraph("العربية")],
    ];
    let everything = blocks.concat();
    blocks.into_iter().chain([everything]).map(|blocks| Document { blocks }).collect()
}
