//! Rich text as the sandbox stores it: a small tree of blocks, which it can write as an Atlassian
//! document, as wiki markup, and as plain text. The plain text is written by its own rules, apart
//! from the connector's, so that tests can hold the two against each other.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// A rich-text value: issue description, comment body, worklog comment, text-area field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// The blocks from top to bottom; none at all is the empty document.
    pub blocks: Vec<Block>,
}

/// One block of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A heading of level 1 to 6.
    Heading(u8, Vec<Inline>),
    /// A list with bullets; each item is a list of blocks.
    BulletList(Vec<Vec<Block>>),
    /// A list numbered from 1.
    OrderedList(Vec<Vec<Block>>),
    /// A table: rows of cells.
    Table(Vec<Vec<Cell>>),
    /// A code block: its language and its text.
    Code(Option<String>, String),
    /// A quotation.
    Quote(Vec<Block>),
    /// A coloured panel: its kind (`info`, `warning`, …) and its blocks.
    Panel(String, Vec<Block>),
    /// A horizontal rule.
    Rule,
    /// A single attached picture or file: its media id and its alternative text.
    Media(String, Option<String>),
    /// A list of tasks.
    TaskList(Vec<Task>),
}

/// One cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Header cells are written bold.
    pub kind: CellKind,
    /// What stands in the cell.
    pub blocks: Vec<Block>,
}

/// Whether a table cell is a heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// A heading cell.
    Header,
    /// A data cell.
    Data,
}

/// One entry of a task list.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Ticked or not.
    pub state: TaskState,
    /// The text of the task.
    pub content: Vec<Inline>,
}

/// Whether a task is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// Open.
    Todo,
    /// Ticked.
    Done,
}

/// One piece of running text.
#[derive(Clone, Debug, PartialEq)]
pub enum Inline {
    /// Text with its marks.
    Text(String, Vec<Mark>),
    /// A mention: account id and the shown text (with its `@`).
    Mention(String, String),
    /// An emoji: short name, and its character where there is one.
    Emoji(String, Option<String>),
    /// A link shown as a card: its address.
    Card(String),
    /// A line break inside a block.
    Break,
}

/// A mark on text.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// Bold.
    Strong,
    /// Italic.
    Emphasis,
    /// Inline code.
    Code,
    /// A link to the address.
    Link(String),
}

impl Document {
    /// One paragraph of unmarked text.
    pub fn paragraph(text: impl Into<String>) -> Self {
        Self { blocks: vec![Block::Paragraph(vec![Inline::Text(text.into(), Vec::new())])] }
    }

    /// The document as plain text: blocks on lines of their own, lists with `- ` or numbers and two
    /// spaces of indent a level, table cells joined by ` | `, quotes behind `> `, rules as `---`,
    /// link targets in parentheses where they differ from the text; no newline at the end.
    pub fn plain_text(&self) -> String {
        let mut text = plain_blocks(&self.blocks);
        text.truncate(text.trim_end_matches('\n').len());
        text
    }

    /// The document as Jira's version 3 interface sends it (Atlassian Document Format).
    pub fn to_adf(&self) -> Value {
        json!({"type": "doc", "version": 1, "content": adf_blocks(&self.blocks)})
    }

    /// The document as the version 2 interface sends it (wiki markup).
    pub fn to_wiki(&self) -> String {
        self.blocks.iter().map(|block| wiki_block(block, "")).collect::<Vec<_>>().join("\n")
    }
}

fn plain_blocks(blocks: &[Block]) -> String {
    blocks.iter().map(plain_block).collect::<Vec<_>>().join("\n")
}

fn plain_block(block: &Block) -> String {
    match block {
        Block::Paragraph(content) | Block::Heading(_, content) => plain_inlines(content),
        Block::BulletList(items) => plain_list(items, &|_| "- ".to_owned()),
        Block::OrderedList(items) => plain_list(items, &|index| format!("{}. ", index + 1)),
        Block::Table(rows) => rows
            .iter()
            .map(|row| row.iter().map(|cell| plain_blocks(&cell.blocks)).collect::<Vec<_>>().join(" | "))
            .collect::<Vec<_>>()
            .join("\n"),
        Block::Code(_, text) => text.clone(),
        Block::Quote(blocks) => {
            plain_blocks(blocks).split('\n').map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
        }
        Block::Panel(_, blocks) => plain_blocks(blocks),
        Block::Rule => "---".to_owned(),
        Block::Media(id, alt) => alt.clone().unwrap_or_else(|| format!("[{id}]")),
        Block::TaskList(tasks) => tasks
            .iter()
            .map(|task| {
                let tick = match task.state {
                    TaskState::Todo => "[ ] ",
                    TaskState::Done => "[x] ",
                };
                format!("{tick}{}", plain_inlines(&task.content))
            })
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

fn plain_list(items: &[Vec<Block>], prefix: &dyn Fn(usize) -> String) -> String {
    let mut lines = Vec::new();
    for (index, item) in items.iter().enumerate() {
        for (position, block) in item.iter().enumerate() {
            let text = plain_block(block);
            if position == 0 {
                lines.push(format!("{}{text}", prefix(index)));
            } else {
                lines.extend(text.split('\n').map(|line| format!("  {line}")));
            }
        }
    }
    lines.join("\n")
}

fn plain_inlines(content: &[Inline]) -> String {
    let mut text = String::new();
    for inline in content {
        match inline {
            Inline::Text(words, marks) => {
                text.push_str(words);
                for mark in marks {
                    if let Mark::Link(href) = mark
                        && href != words
                    {
                        let _ = write!(text, " ({href})");
                    }
                }
            }
            Inline::Mention(_, shown) => text.push_str(shown),
            Inline::Emoji(short_name, shown) => {
                text.push_str(shown.as_deref().unwrap_or(short_name));
            }
            Inline::Card(url) => text.push_str(url),
            Inline::Break => text.push('\n'),
        }
    }
    text
}

fn adf_blocks(blocks: &[Block]) -> Vec<Value> {
    blocks.iter().map(adf_block).collect()
}

fn adf_block(block: &Block) -> Value {
    match block {
        Block::Paragraph(content) if content.is_empty() => json!({"type": "paragraph"}),
        Block::Paragraph(content) => json!({"type": "paragraph", "content": adf_inlines(content)}),
        Block::Heading(level, content) => {
            json!({"type": "heading", "attrs": {"level": level}, "content": adf_inlines(content)})
        }
        Block::BulletList(items) => json!({"type": "bulletList", "content": adf_items(items)}),
        Block::OrderedList(items) => {
            json!({"type": "orderedList", "attrs": {"order": 1}, "content": adf_items(items)})
        }
        Block::Table(rows) => {
            let rows: Vec<Value> = rows
                .iter()
                .map(|row| {
                    let cells: Vec<Value> = row
                        .iter()
                        .map(|cell| {
                            let kind = match cell.kind {
                                CellKind::Header => "tableHeader",
                                CellKind::Data => "tableCell",
                            };
                            json!({"type": kind, "attrs": {}, "content": adf_blocks(&cell.blocks)})
                        })
                        .collect();
                    json!({"type": "tableRow", "content": cells})
                })
                .collect();
            json!({
                "type": "table",
                "attrs": {"isNumberColumnEnabled": false, "layout": "default"},
                "content": rows,
            })
        }
        Block::Code(language, text) => {
            let attrs = language.as_ref().map_or(json!({}), |name| json!({"language": name}));
            json!({"type": "codeBlock", "attrs": attrs, "content": [{"type": "text", "text": text}]})
        }
        Block::Quote(blocks) => json!({"type": "blockquote", "content": adf_blocks(blocks)}),
        Block::Panel(kind, blocks) => json!({
            "type": "panel", "attrs": {"panelType": kind}, "content": adf_blocks(blocks),
        }),
        Block::Rule => json!({"type": "rule"}),
        Block::Media(id, alt) => {
            let mut attrs = json!({"type": "file", "id": id, "collection": "", "width": 640, "height": 480});
            if let Some(alt) = alt {
                attrs["alt"] = json!(alt);
            }
            json!({
                "type": "mediaSingle",
                "attrs": {"layout": "center"},
                "content": [{"type": "media", "attrs": attrs}],
            })
        }
        Block::TaskList(tasks) => {
            let items: Vec<Value> = tasks
                .iter()
                .enumerate()
                .map(|(index, task)| {
                    let state = match task.state {
                        TaskState::Todo => "TODO",
                        TaskState::Done => "DONE",
                    };
                    json!({
                        "type": "taskItem",
                        "attrs": {"localId": format!("task-{index}"), "state": state},
                        "content": adf_inlines(&task.content),
                    })
                })
                .collect();
            json!({"type": "taskList", "attrs": {"localId": "tasks"}, "content": items})
        }
    }
}

fn adf_items(items: &[Vec<Block>]) -> Vec<Value> {
    items.iter().map(|item| json!({"type": "listItem", "content": adf_blocks(item)})).collect()
}

fn adf_inlines(content: &[Inline]) -> Vec<Value> {
    content
        .iter()
        .map(|inline| match inline {
            Inline::Text(text, marks) if marks.is_empty() => json!({"type": "text", "text": text}),
            Inline::Text(text, marks) => {
                let marks: Vec<Value> = marks
                    .iter()
                    .map(|mark| match mark {
                        Mark::Strong => json!({"type": "strong"}),
                        Mark::Emphasis => json!({"type": "em"}),
                        Mark::Code => json!({"type": "code"}),
                        Mark::Link(href) => json!({"type": "link", "attrs": {"href": href}}),
                    })
                    .collect();
                json!({"type": "text", "text": text, "marks": marks})
            }
            Inline::Mention(account, text) => json!({
                "type": "mention", "attrs": {"id": account, "text": text, "accessLevel": ""},
            }),
            Inline::Emoji(short_name, text) => {
                let mut attrs = json!({"shortName": short_name});
                if let Some(text) = text {
                    attrs["text"] = json!(text);
                }
                json!({"type": "emoji", "attrs": attrs})
            }
            Inline::Card(url) => json!({"type": "inlineCard", "attrs": {"url": url}}),
            Inline::Break => json!({"type": "hardBreak"}),
        })
        .collect()
}

fn wiki_block(block: &Block, bullets: &str) -> String {
    match block {
        Block::Paragraph(content) => wiki_inlines(content),
        Block::Heading(level, content) => format!("h{level}. {}", wiki_inlines(content)),
        Block::BulletList(items) => wiki_list(items, &format!("{bullets}*")),
        Block::OrderedList(items) => wiki_list(items, &format!("{bullets}#")),
        Block::Table(rows) => rows
            .iter()
            .map(|row| {
                let mut line = String::new();
                for cell in row {
                    let edge = match cell.kind {
                        CellKind::Header => "||",
                        CellKind::Data => "|",
                    };
                    let text: Vec<String> = cell.blocks.iter().map(|block| wiki_block(block, "")).collect();
                    line.push_str(edge);
                    line.push_str(&text.join("\n"));
                }
                line.push('|');
                line
            })
            .collect::<Vec<_>>()
            .join("\n"),
        Block::Code(language, text) => {
            let language = language.as_ref().map_or(String::new(), |name| format!(":{name}"));
            format!("{{code{language}}}\n{text}\n{{code}}")
        }
        Block::Quote(blocks) => format!("{{quote}}\n{}\n{{quote}}", wiki_blocks(blocks)),
        Block::Panel(_, blocks) => format!("{{panel}}\n{}\n{{panel}}", wiki_blocks(blocks)),
        Block::Rule => "----".to_owned(),
        Block::Media(id, alt) => format!("!{}!", alt.as_ref().unwrap_or(id)),
        Block::TaskList(tasks) => tasks
            .iter()
            .map(|task| format!("* {}", wiki_inlines(&task.content)))
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

fn wiki_blocks(blocks: &[Block]) -> String {
    blocks.iter().map(|block| wiki_block(block, "")).collect::<Vec<_>>().join("\n")
}

fn wiki_list(items: &[Vec<Block>], bullets: &str) -> String {
    let mut lines = Vec::new();
    for item in items {
        for (position, block) in item.iter().enumerate() {
            let text = wiki_block(block, bullets);
            lines.push(if position == 0 { format!("{bullets} {text}") } else { text });
        }
    }
    lines.join("\n")
}

fn wiki_inlines(content: &[Inline]) -> String {
    content
        .iter()
        .map(|inline| match inline {
            Inline::Text(text, marks) => marks.iter().fold(text.clone(), |text, mark| match mark {
                Mark::Strong => format!("*{text}*"),
                Mark::Emphasis => format!("_{text}_"),
                Mark::Code => format!("{{{{{text}}}}}"),
                Mark::Link(href) => format!("[{text}|{href}]"),
            }),
            Inline::Mention(account, _) => format!("[~accountid:{account}]"),
            Inline::Emoji(short_name, text) => text.clone().unwrap_or_else(|| short_name.clone()),
            Inline::Card(url) => format!("[{url}]"),
            Inline::Break => "\n".to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(words: &str) -> Vec<Inline> {
        vec![Inline::Text(words.to_owned(), Vec::new())]
    }

    #[test]
    fn nested_lists_indent_two_spaces_a_level() {
        let document = Document {
            blocks: vec![Block::BulletList(vec![
                vec![
                    Block::Paragraph(text("a")),
                    Block::OrderedList(vec![
                        vec![Block::Paragraph(text("b"))],
                        vec![
                            Block::Paragraph(text("c")),
                            Block::BulletList(vec![vec![Block::Paragraph(text("d"))]]),
                        ],
                    ]),
                ],
                vec![Block::Paragraph(text("e"))],
            ])],
        };
        assert_eq!(document.plain_text(), "- a\n  1. b\n  2. c\n    - d\n- e");
    }

    #[test]
    fn links_show_their_target_only_where_it_differs() {
        let link =
            |words: &str| Inline::Text(words.to_owned(), vec![Mark::Link("https://a.example/".to_owned())]);
        let document =
            Document { blocks: vec![Block::Paragraph(vec![link("here"), link("https://a.example/")])] };
        assert_eq!(document.plain_text(), "here (https://a.example/)https://a.example/");
    }

    #[test]
    fn the_empty_document_is_the_empty_text() {
        assert_eq!(Document::default().plain_text(), "");
        assert_eq!(Document::default().to_adf(), json!({"type": "doc", "version": 1, "content": []}));
    }

    #[test]
    fn quotes_tables_and_tasks_keep_their_lines() {
        let cell = |words: &str| Cell { kind: CellKind::Data, blocks: vec![Block::Paragraph(text(words))] };
        let document = Document {
            blocks: vec![
                Block::Quote(vec![Block::Paragraph(vec![
                    Inline::Text("x".to_owned(), Vec::new()),
                    Inline::Break,
                    Inline::Emoji(":y:".to_owned(), None),
                ])]),
                Block::Table(vec![vec![cell("1"), cell("2")], vec![cell("3"), cell("")]]),
                Block::Rule,
                Block::TaskList(vec![Task { state: TaskState::Done, content: text("t") }]),
            ],
        };
        assert_eq!(document.plain_text(), "> x\n> :y:\n1 | 2\n3 | \n---\n[x] t");
    }
}
