//! Atlassian Document Format to plain text that keeps paragraphs, lists, tables, mentions, links and code. Follows the
//! document nodes of Atlassian's JSON schema (<https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/>);
//! of a node that it does not know it gives the content.

use std::borrow::Cow;
use std::fmt::Write;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{instant, scalar};

/// The plain text of a document, from its JSON text; nothing where this is no document, or one nested so deeply that
/// the parser refuses it (128 levels of JSON),
/// or with text that is no Unicode.
///
/// Blocks stand on lines of their own. List items begin with `- ` or `1. `, indented by two blanks a level; task items
/// with `[ ] ` or `[x] `; quoted lines with `> `. Cells are joined by ` | `, rows are lines. A link whose address is not
/// its text is followed by the address in parentheses. Media are their alternative text or else `[id]`.
pub(super) fn plain_text(json: &str) -> Option<String> {
    let document: Node<'_> = serde_json::from_str(json).ok()?;
    let mut text = Text::default();
    text.node(&document);
    if text.unreadable {
        return None;
    }
    text.out.truncate(text.out.trim_end_matches('\n').len());
    Some(text.out)
}

#[derive(Deserialize)]
struct Node<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    text: Option<&'a RawValue>,
    #[serde(borrow, default)]
    content: Option<Vec<Node<'a>>>,
    #[serde(borrow, default)]
    attrs: Option<Box<Attributes<'a>>>,
    #[serde(borrow, default)]
    marks: Option<Vec<Mark<'a>>>,
}

#[derive(Deserialize)]
struct Mark<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    attrs: Option<Box<Attributes<'a>>>,
}

/// The attributes that are shown, of all kinds of nodes. As raw values: one of an unexpected type is as if absent.
#[derive(Deserialize)]
struct Attributes<'a> {
    #[serde(borrow, default)]
    alt: Option<&'a RawValue>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    href: Option<&'a RawValue>,
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    order: Option<&'a RawValue>,
    #[serde(borrow, default)]
    parameters: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "shortName")]
    short_name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    state: Option<&'a RawValue>,
    #[serde(borrow, default)]
    text: Option<&'a RawValue>,
    #[serde(borrow, default)]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow, default)]
    title: Option<&'a RawValue>,
    #[serde(borrow, default)]
    url: Option<&'a RawValue>,
}

type Attribute<'a> = fn(&Attributes<'a>) -> Option<&'a RawValue>;

impl<'a> Node<'a> {
    fn children(&self) -> &[Node<'a>] {
        self.content.as_deref().unwrap_or_default()
    }

    fn raw(&self, attribute: Attribute<'a>) -> Option<&'a str> {
        self.attrs.as_deref().and_then(attribute).map(RawValue::get)
    }

    fn attribute(&self, attribute: Attribute<'a>) -> Option<Cow<'a, str>> {
        self.raw(attribute)
            .filter(|raw| *raw != "null")
            .and_then(scalar::text)
            .filter(|text| !text.is_empty())
    }

    fn href(&self) -> Option<Cow<'a, str>> {
        let link = self.marks.iter().flatten().find(|mark| mark.kind == "link")?;
        scalar::string(link.attrs.as_ref()?.href?.get())
    }

    /// Does it stand on lines of its own? An unknown node does if one of its children does.
    fn is_block(&self) -> bool {
        match &*self.kind {
            "text" | "hardBreak" | "mention" | "emoji" | "inlineCard" | "mediaInline" | "date" | "status"
            | "placeholder" | "inlineExtension" => false,
            "doc"
            | "paragraph"
            | "heading"
            | "bulletList"
            | "orderedList"
            | "listItem"
            | "taskList"
            | "taskItem"
            | "blockTaskItem"
            | "decisionList"
            | "decisionItem"
            | "codeBlock"
            | "blockquote"
            | "panel"
            | "rule"
            | "table"
            | "tableRow"
            | "blockCard"
            | "embedCard"
            | "media"
            | "mediaSingle"
            | "mediaGroup"
            | "expand"
            | "nestedExpand"
            | "layoutSection"
            | "layoutColumn"
            | "extension"
            | "bodiedExtension"
            | "multiBodiedExtension"
            | "extensionFrame"
            | "syncBlock"
            | "bodiedSyncBlock"
            | "caption" => true,
            _ => self.children().iter().any(Node::is_block),
        }
    }

    /// Is it a line even where it holds nothing?
    fn keeps_empty_line(&self) -> bool {
        matches!(&*self.kind, "paragraph" | "heading" | "codeBlock" | "tableRow")
    }

    fn is_list(&self) -> bool {
        matches!(&*self.kind, "bulletList" | "orderedList" | "taskList" | "decisionList")
    }
}

/// The text so far, and what each of its next lines begins with.
#[derive(Default)]
struct Text {
    out: String,
    prefix: String,
    /// A text node holds no text, or text that is no Unicode: dropping it would lose what someone wrote.
    unreadable: bool,
}

const INDENT: &str = "  ";

impl Text {
    fn line(&mut self) {
        self.out.push('\n');
        self.out.push_str(&self.prefix);
    }

    /// Text whose own line breaks stay within the prefix.
    fn push(&mut self, text: &str) {
        for (i, line) in text.split('\n').enumerate() {
            if i > 0 {
                self.line();
            }
            self.out.push_str(line);
        }
    }

    /// Writes with each next line beginning with `more` as well.
    fn within(&mut self, more: &str, write: impl FnOnce(&mut Self)) {
        let before = self.prefix.len();
        self.prefix.push_str(more);
        write(self);
        self.prefix.truncate(before);
    }

    /// The children, blocks among them on lines of their own; a link's address once after all nodes that carry it.
    fn children(&mut self, nodes: &[Node<'_>]) {
        let mut after_block = None;
        let mut link: Option<(Cow<'_, str>, usize)> = None;
        for node in nodes {
            let href = node.href();
            if let Some((address, from)) = link.take_if(|(address, _)| Some(&*address) != href.as_ref()) {
                self.close_link(&address, from);
            }
            let (block, before) = (node.is_block(), self.out.len());
            if after_block.is_some_and(|was| was || block) {
                self.line();
            }
            let from = self.out.len();
            if let (None, Some(href)) = (&link, href) {
                link = Some((href, from));
            }
            self.node(node);
            if self.out.len() == from && !node.keeps_empty_line() {
                self.out.truncate(before);
            } else {
                after_block = Some(block);
            }
        }
        if let Some((address, from)) = link {
            self.close_link(&address, from);
        }
    }

    fn close_link(&mut self, address: &str, from: usize) {
        let shown = self.out.get(from..).unwrap_or_default();
        if !address.is_empty() && shown != address && !shown.is_empty() {
            self.out.push_str(" (");
            self.push(address);
            self.out.push(')');
        }
    }

    fn node(&mut self, node: &Node<'_>) {
        match &*node.kind {
            "text" => self.own_text(node),
            "hardBreak" => self.line(),
            "bulletList" | "decisionList" | "taskList" => self.items(node, None),
            "orderedList" => {
                self.items(node, Some(node.raw(|a| a.order).and_then(scalar::int64).unwrap_or(1)));
            }
            "blockquote" => self.quote(node),
            "rule" => self.out.push_str("---"),
            "tableRow" => self.cells(node),
            "expand" | "nestedExpand" => self.expand(node),
            "mention" => match node.attribute(|a| a.text) {
                Some(name) => self.push(&name),
                None => self.push_or(node.attribute(|a| a.id).map(|id| format!("@{id}").into()), node),
            },
            "emoji" => {
                self.push_or(node.attribute(|a| a.text).or_else(|| node.attribute(|a| a.short_name)), node);
            }
            "inlineCard" | "blockCard" | "embedCard" => {
                self.push_or(
                    node.attribute(|a| a.url).or_else(|| node.raw(|a| a.data).and_then(card_address)),
                    node,
                );
            }
            "media" | "mediaInline" => {
                let id = || node.attribute(|a| a.id).map(|id| Cow::Owned(format!("[{id}]")));
                self.push_or(node.attribute(|a| a.alt).or_else(id), node);
            }
            "date" => self.push_or(node.attribute(|a| a.timestamp).map(day), node),
            "status" | "placeholder" => self.push_or(node.attribute(|a| a.text), node),
            "extension" | "inlineExtension" | "bodiedExtension" | "multiBodiedExtension"
                if node.children().is_empty() =>
            {
                let text = node.attribute(|a| a.text);
                self.push_or(text.or_else(|| node.raw(|a| a.parameters).and_then(parameter)), node);
            }
            _ => {
                self.own_text(node);
                self.children(node.children());
            }
        }
    }

    fn own_text(&mut self, node: &Node<'_>) {
        match node.text.map(|text| scalar::string(text.get())) {
            Some(Some(text)) => self.push(&text),
            Some(None) => self.unreadable = true,
            None => {}
        }
    }

    fn push_or(&mut self, text: Option<Cow<'_, str>>, node: &Node<'_>) {
        match text {
            Some(text) => self.push(&text),
            None => self.children(node.children()),
        }
    }

    fn items(&mut self, list: &Node<'_>, first: Option<i64>) {
        let mut number = first;
        for (i, item) in list.children().iter().enumerate() {
            // A task list inside a task list is the sibling of its items, not inside one.
            if item.is_list() {
                self.within(INDENT, |text| {
                    if i > 0 {
                        text.line();
                    } else {
                        text.out.push_str(INDENT);
                    }
                    text.node(item);
                });
                continue;
            }
            if i > 0 {
                self.line();
            }
            match (&*item.kind, &mut number) {
                ("taskItem" | "blockTaskItem", _) => {
                    let done = item.attribute(|a| a.state).is_some_and(|state| state == "DONE");
                    self.out.push_str(if done { "[x] " } else { "[ ] " });
                }
                (_, None) => self.out.push_str("- "),
                (_, Some(number)) => {
                    // Writing to a string can't fail.
                    let _ = write!(self.out, "{number}. ");
                    *number = number.saturating_add(1);
                }
            }
            self.within(INDENT, |text| match item.children() {
                // The nested list is all there is: it needs a line of its own, or its mark would follow this one's.
                [only, ..] if only.is_list() => {
                    text.line();
                    text.children(item.children());
                }
                children => text.children(children),
            });
        }
    }

    fn quote(&mut self, node: &Node<'_>) {
        self.out.push_str("> ");
        self.within("> ", |text| text.children(node.children()));
    }

    /// One line: what breaks lines within a cell becomes a blank.
    fn cells(&mut self, row: &Node<'_>) {
        for (i, cell) in row.children().iter().enumerate() {
            if i > 0 {
                self.out.push_str(" | ");
            }
            let mut text = Self::default();
            text.children(cell.children());
            self.out.push_str(&text.out.replace('\n', " "));
            self.unreadable |= text.unreadable;
        }
    }

    fn expand(&mut self, node: &Node<'_>) {
        let from = self.out.len();
        if let Some(title) = node.attribute(|a| a.title) {
            self.push(&title);
        }
        if self.out.len() > from && !node.children().is_empty() {
            self.line();
        }
        self.children(node.children());
    }
}

/// Epoch milliseconds, written as text or number, as a day; text that is none as it is.
fn day(timestamp: Cow<'_, str>) -> Cow<'_, str> {
    match timestamp.parse::<i64>() {
        Ok(milliseconds) => {
            let (year, month, day) = instant::civil(milliseconds.div_euclid(86_400_000));
            format!("{year:04}-{month:02}-{day:02}").into()
        }
        Err(_) => timestamp,
    }
}

/// The address in the linked data of a card that has no `url`.
fn card_address(data: &str) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Data<'a> {
        #[serde(borrow, default)]
        url: Option<&'a RawValue>,
        #[serde(borrow, default, rename = "@id")]
        id: Option<&'a RawValue>,
    }
    let data: Data<'_> = serde_json::from_str(data).ok()?;
    data.url.or(data.id).and_then(|address| scalar::string(address.get()))
}

/// The text of a macro that keeps it among its parameters.
fn parameter(parameters: &str) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Parameters<'a> {
        #[serde(borrow, default)]
        text: Option<&'a RawValue>,
        #[serde(borrow, default)]
        title: Option<&'a RawValue>,
    }
    let parameters: Parameters<'_> = serde_json::from_str(parameters).ok()?;
    parameters.text.or(parameters.title).and_then(|text| scalar::string(text.get()))
}

#[cfg(test)]
mod tests;
