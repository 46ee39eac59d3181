//! Finds values by member path in one pass over JSON: a compiled trie of member names, and the walk that hands out each
//! wanted value as a slice of the text. It knows neither columns nor types.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The member names that lead to wanted values, each value with its slot.
#[derive(Debug, Clone)]
pub(super) struct Trie {
    root: Node,
    slots: usize,
    nodes: usize,
}

#[derive(Debug, Clone, Default)]
struct Node {
    /// Its number in the trie, for `Found::seen`.
    id: usize,
    /// By name, in the order of `marks`.
    children: Vec<(Box<[u8]>, Node)>,
    /// The mark of each child's name, ascending: what is compared of most names.
    marks: Vec<u64>,
    /// One bit for each length of a child's name, which tells most unknown names.
    lengths: u64,
    /// The slots whose value is this one.
    here: Vec<usize>,
    /// The slots whose value is inside this one.
    below: Vec<usize>,
    /// Where the list is, if there is one.
    list: ListPlace,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum ListPlace {
    #[default]
    Elsewhere,
    Below,
    Here(Kind),
}

/// What the list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An array.
    Array,
    /// An object, whose members are the elements.
    Members,
}

impl ListPlace {
    fn is_here(self) -> bool {
        matches!(self, Self::Here(_))
    }
}

impl Trie {
    /// A trie of these paths; the slot of a path is its index. `list` leads to what goes to a [`List`].
    pub(super) fn new<'p>(
        paths: impl IntoIterator<Item = &'p [String]>,
        list: Option<(&[String], Kind)>,
    ) -> Self {
        let mut trie = Self { root: Node::default(), slots: 0, nodes: 1 };
        for path in paths {
            let slot = trie.slots;
            trie.slots += 1;
            let end = trie.descend(path, |node| node.below.push(slot));
            end.here.push(slot);
        }
        if let Some((path, kind)) = list {
            let end = trie.descend(path, |node| node.list = ListPlace::Below);
            end.list = ListPlace::Here(kind);
            end.here.clear();
        }
        trie
    }

    fn descend(&mut self, path: &[String], mut passed: impl FnMut(&mut Node)) -> &mut Node {
        let mut node = &mut self.root;
        for member in path {
            passed(node);
            let name = member.as_bytes();
            let at = match node.search(name) {
                Ok(at) => at,
                Err(at) => {
                    node.lengths |= length_bit(name);
                    node.marks.insert(at, mark(name));
                    node.children.insert(at, (name.into(), Node { id: self.nodes, ..Node::default() }));
                    self.nodes += 1;
                    at
                }
            };
            node = &mut node.children[at].1;
        }
        node
    }

    /// Is the value itself wanted, not only members of it?
    pub(super) fn wants_root(&self) -> bool {
        !self.root.here.is_empty()
    }
}

impl Node {
    /// The place of a child, or the one where it should be.
    fn search(&self, name: &[u8]) -> Result<usize, usize> {
        let mark = mark(name);
        let first = self.marks.partition_point(|other| *other < mark);
        let same = self.marks[first..].iter().take_while(|other| **other == mark).count();
        let place = (first..first + same).find(|at| *self.children[*at].0 == *name);
        place.ok_or(first)
    }

    fn child(&self, name: &[u8]) -> Option<&Node> {
        if self.lengths & length_bit(name) == 0 {
            return None;
        }
        self.search(name).ok().map(|at| &self.children[at].1)
    }

    /// Can its members be read straight from the input? Not where the value's own text is wanted too.
    fn is_only_passed(&self) -> bool {
        self.here.is_empty() && !self.children.is_empty()
    }
}

/// A number in which names hardly ever agree: made of their length, their first and their last eight bytes.
fn mark(name: &[u8]) -> u64 {
    let ends = match (name.first_chunk(), name.last_chunk()) {
        (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(29),
        _ => name.iter().fold(0, |so_far, byte| (so_far << 8) | u64::from(*byte)),
    };
    (ends ^ name.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn length_bit(name: &[u8]) -> u64 {
    1 << name.len().min(63)
}

/// What was found for a slot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Spot<'de> {
    /// Nothing.
    #[default]
    Absent,
    /// The value's text.
    Value(&'de str),
    /// The text of a scalar or an array on the way, where an object was expected.
    Misplaced(&'de str),
}

/// The values found by one walk, by slot; reused from record to record.
#[derive(Debug, Clone, Default)]
pub(super) struct Found<'de> {
    pub(super) spots: Vec<Spot<'de>>,
    /// Was the list's array (or null) met?
    pub(super) list: ListSpot<'de>,
    /// By node: the number of the object in which it was met last. The first of repeated members counts.
    seen: Vec<u64>,
    objects: u64,
}

/// What became of the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum ListSpot<'de> {
    /// Neither it nor a member on the way to it is there.
    #[default]
    Absent,
    /// It is `null`.
    Null,
    /// Its elements went to the [`List`].
    Read,
    /// Something else stands in its place or on the way to it.
    Misplaced(&'de str),
}

impl<'de> Found<'de> {
    /// Forgets what was found, and makes room for the slots of `trie`.
    pub(super) fn reset(&mut self, trie: &Trie) {
        self.spots.clear();
        self.spots.resize(trie.slots, Spot::Absent);
        self.seen.resize(trie.nodes, 0);
        self.list = ListSpot::Absent;
    }

    fn misplace(&mut self, node: &Node, text: &'de str) {
        for &slot in &node.below {
            self.spots[slot] = Spot::Misplaced(text);
        }
        if node.list != ListPlace::Elsewhere {
            self.list = ListSpot::Misplaced(text);
        }
    }
}

/// Takes the elements of the list as the walk comes by.
pub(super) trait List<'de> {
    /// Reads all elements.
    fn read<A: SeqAccess<'de>>(&mut self, elements: A) -> Result<(), A::Error>;

    /// Reads all members, where the list is an object.
    fn read_members<A: MapAccess<'de>>(&mut self, members: A) -> Result<(), A::Error>;
}

/// For tries without a list.
pub(super) struct NoList;

impl<'de> List<'de> for NoList {
    fn read<A: SeqAccess<'de>>(&mut self, mut elements: A) -> Result<(), A::Error> {
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn read_members<A: MapAccess<'de>>(&mut self, mut members: A) -> Result<(), A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// How to meet what no table file foresaw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Reads straight on, and fails where an object or array turns out to be something else: its raw text is gone by then.
    Fast,
    /// Takes the text of every value before it looks inside; twice as slow, and never fails on valid JSON.
    Careful,
}

/// The parts of a walk that stay the same from value to value.
struct Walk<'w, 'de, L> {
    found: &'w mut Found<'de>,
    list: &'w mut L,
    mode: Mode,
}

impl Trie {
    /// Walks over the members of an object.
    pub(super) fn object<'de, A: MapAccess<'de>, L: List<'de>>(
        &self,
        members: A,
        found: &mut Found<'de>,
        list: &mut L,
        mode: Mode,
    ) -> Result<(), A::Error> {
        Walk { found, list, mode }.members(&self.root, members)
    }

    /// Walks over the next value of a parser, in [`Mode::Fast`].
    pub(super) fn any<'de, D: Deserializer<'de>, L: List<'de>>(
        &self,
        deserializer: D,
        found: &mut Found<'de>,
        list: &mut L,
    ) -> Result<(), D::Error> {
        let walk = &mut Walk { found, list, mode: Mode::Fast };
        Value { node: &self.root, walk }.deserialize(deserializer)
    }

    /// Walks over a value that is at hand as text.
    pub(super) fn text<'de, L: List<'de>>(
        &self,
        text: &'de str,
        found: &mut Found<'de>,
        list: &mut L,
        mode: Mode,
    ) -> Result<(), serde_json::Error> {
        Walk { found, list, mode }.text(&self.root, text)
    }
}

impl<'de, L: List<'de>> Walk<'_, 'de, L> {
    fn members<A: MapAccess<'de>>(&mut self, node: &Node, mut members: A) -> Result<(), A::Error> {
        self.found.objects += 1;
        let object = self.found.objects;
        while let Some(child) = members.next_key_seed(Name { node, mode: self.mode })? {
            match child {
                Some(child) if self.found.seen[child.id] != object => {
                    self.found.seen[child.id] = object;
                    members.next_value_seed(Value { node: child, walk: self })?;
                }
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn text(&mut self, node: &Node, text: &'de str) -> Result<(), serde_json::Error> {
        for &slot in &node.here {
            self.found.spots[slot] = Spot::Value(text);
        }
        let mut json = serde_json::Deserializer::from_str(text);
        match text.as_bytes().first() {
            Some(b'[') if node.list == ListPlace::Here(Kind::Array) => {
                json.deserialize_seq(Value { node, walk: self })?;
            }
            Some(b'{') if node.list == ListPlace::Here(Kind::Members) => {
                json.deserialize_map(Value { node, walk: self })?;
            }
            Some(b'{') if !node.list.is_here() => {
                if !node.children.is_empty() {
                    json.deserialize_map(Value { node, walk: self })?;
                }
            }
            Some(b'n') => {
                if node.list.is_here() {
                    self.found.list = ListSpot::Null;
                }
            }
            _ => self.found.misplace(node, text),
        }
        Ok(())
    }
}

/// Reads a member's name and looks it up.
struct Name<'t> {
    node: &'t Node,
    mode: Mode,
}

impl<'t, 'de> DeserializeSeed<'de> for Name<'t> {
    type Value = Option<&'t Node>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        match self.mode {
            // The quicker way; it refuses a lone surrogate.
            Mode::Fast => deserializer.deserialize_str(self),
            // As bytes: a lone surrogate in a name is then only an unknown name.
            Mode::Careful => deserializer.deserialize_bytes(self),
        }
    }
}

impl<'t> Visitor<'_> for Name<'t> {
    type Value = Option<&'t Node>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_bytes<E: Error>(self, name: &[u8]) -> Result<Self::Value, E> {
        Ok(self.node.child(name))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.node.child(name.as_bytes()))
    }
}

/// Reads the value at a node.
struct Value<'v, 'w, 'de, L> {
    node: &'v Node,
    walk: &'v mut Walk<'w, 'de, L>,
}

impl<'de, L: List<'de>> DeserializeSeed<'de> for Value<'_, '_, 'de, L> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.walk.mode == Mode::Fast && (self.node.list.is_here() || self.node.is_only_passed()) {
            return deserializer.deserialize_any(self);
        }
        let text = <&RawValue as serde::Deserialize>::deserialize(deserializer)?.get();
        if self.node.children.is_empty() && self.node.list == ListPlace::Elsewhere {
            for &slot in &self.node.here {
                self.walk.found.spots[slot] = Spot::Value(text);
            }
            return Ok(());
        }
        self.walk.text(self.node, text).map_err(D::Error::custom)
    }
}

impl<'de, L: List<'de>> Visitor<'de> for Value<'_, '_, 'de, L> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.node.list == ListPlace::Here(Kind::Array) { "an array" } else { "an object" })
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        if self.node.list.is_here() {
            self.walk.found.list = ListSpot::Null;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        match self.node.list {
            ListPlace::Here(Kind::Array) => Err(A::Error::custom("an object stands where an array should")),
            ListPlace::Here(Kind::Members) => {
                self.walk.found.list = ListSpot::Read;
                self.walk.list.read_members(members)
            }
            ListPlace::Below | ListPlace::Elsewhere => self.walk.members(self.node, members),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<(), A::Error> {
        if self.node.list != ListPlace::Here(Kind::Array) {
            return Err(A::Error::custom("an array stands where an object should"));
        }
        self.walk.found.list = ListSpot::Read;
        self.walk.list.read(elements)
    }
}
