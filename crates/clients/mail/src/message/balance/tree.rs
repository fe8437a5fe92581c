//! The open elements, and what is closed when others open or end.

use super::{
    escape,
    tags::{
        CELL, CLOSES_P, FORMATTING, HEADING, HOLDS_PARTS, PART, SCOPE, SPECIAL, TAGS, Tag, VOID,
        find,
    },
};

/// Browsers open no more either.
pub(super) const MOST_DEPTH: usize = 512;
/// What stands in more formatting than this looks like nothing.
const MOST_FORMATTING: usize = 64;
/// A mail of a megabyte has a few ten thousand.
const MOST_ELEMENTS: usize = 50_000;
/// Each tag costs a parser as many steps as elements are open.
pub(super) const MOST_STEPS: usize = 6_000_000;
/// Bytes of text without a tag between. The parser copies a text with each line end and each escaped letter it adds.
const LONGEST_RUN: usize = 256;
/// Ends a text for the parser; the sanitiser leaves it out.
const SEPARATOR: &str = "<!---->";
/// Blocks that are split when formatting ends inside of them.
const MOST_SPLIT: usize = 16;
/// A table, its group, its row and its cell.
const TABLE_DEPTH: usize = 4;
/// What the sanitiser adds to a link.
const LINK_EXTRA: usize = 40;

#[derive(Clone)]
struct Element {
    number: usize,
    tag: &'static Tag,
    attributes: String,
}

impl Element {
    fn is(&self, property: u16) -> bool {
        self.tag.is(property)
    }

    fn named(&self, name: &str) -> bool {
        self.tag.name == name
    }

    /// Bytes of the start tag in the end.
    fn cost(&self) -> usize {
        let extra = if self.tag.name == "a" { LINK_EXTRA } else { 2 };
        self.tag.name.len() + self.attributes.len() + extra
    }
}

pub(super) struct Tree {
    pub(super) out: String,
    pub(super) is_truncated: bool,
    pub(super) steps: usize,
    open: Vec<Element>,
    /// Formatting to open again, for each cell that is open and outside of all.
    pending: Vec<Vec<Element>>,
    /// For each kind, how many were left out and are still to be ended.
    dropped: Vec<usize>,
    formatting: usize,
    elements: usize,
    /// Bytes that may still be repeated.
    repeatable: usize,
    /// Bytes of the end tags to come, and of what the sanitiser adds.
    reserved: usize,
    limit: usize,
    /// Bytes of text since the last tag.
    run: usize,
    is_full: bool,
}

impl Tree {
    pub(super) fn new(length: usize, limit: usize) -> Self {
        Self {
            out: String::with_capacity(length),
            is_truncated: false,
            steps: 0,
            open: Vec::new(),
            pending: vec![Vec::new()],
            dropped: vec![0; TAGS.len()],
            formatting: 0,
            elements: 0,
            repeatable: length,
            reserved: 0,
            limit,
            run: 0,
            is_full: false,
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        if self.is_full {
            return;
        }
        let is_blank = text.bytes().all(|byte| byte.is_ascii_whitespace());
        if self.is_between_cells() {
            if is_blank {
                return;
            }
            self.make_cell();
        }
        if !is_blank {
            self.reopen();
        }
        let room = self.limit.saturating_sub(self.reserved);
        let mut rest = text;
        while !rest.is_empty() {
            if self.run >= LONGEST_RUN {
                self.out.push_str(SEPARATOR);
                self.run = 0;
            }
            let end = rest.floor_char_boundary(LONGEST_RUN.saturating_sub(self.run).max(4));
            let (piece, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            self.run = self.run.saturating_add(piece.len());
            rest = after;
            if !escape(piece, false, room, &mut self.out) {
                self.is_full = true;
                self.is_truncated = true;
                return;
            }
        }
    }

    pub(super) fn start(&mut self, number: usize, attributes: &str) {
        let Some(tag) = TAGS.get(number) else { return };
        if !self.may_go_on() {
            return;
        }
        let element = Element {
            number,
            tag,
            attributes: attributes.to_owned(),
        };
        if tag.is(PART) {
            self.start_part(element);
            return;
        }
        if self.is_between_cells() {
            if tag.name == "table" {
                let table = self.last(|one| one.named("table"), |_| false);
                self.close_to(table.unwrap_or(0), true);
            } else {
                self.make_cell();
            }
        }
        self.close_before(tag);
        if !tag.is(CLOSES_P) {
            self.reopen();
        }
        if tag.name == "a" && !self.close_link() {
            return;
        }
        if tag.name == "table" && self.open.len().saturating_add(TABLE_DEPTH) > MOST_DEPTH {
            self.drop_one(number);
            return;
        }
        self.push(element);
    }

    /// Closes what cannot be open any longer when this begins.
    fn close_before(&mut self, tag: &Tag) {
        let inner =
            |one: &Element| one.is(SPECIAL) && !matches!(one.tag.name, "address" | "div" | "p");
        let item = match tag.name {
            "li" => self.last(|one| one.named("li"), inner),
            "dd" | "dt" => self.last(|one| one.named("dd") || one.named("dt"), inner),
            _ => None,
        };
        if let Some(item) = item {
            self.close_to(item, true);
        }
        if tag.is(CLOSES_P)
            && let Some(paragraph) = self.last(|one| one.named("p"), |one| one.is(SCOPE))
        {
            self.close_to(paragraph, true);
        }
        if tag.is(HEADING) && self.open.last().is_some_and(|one| one.is(HEADING)) {
            self.close_to(self.open.len().saturating_sub(1), true);
        }
        let is_reading = matches!(tag.name, "rp" | "rt" | "rtc");
        if is_reading
            && self
                .last(|one| one.named("ruby"), |one| one.is(SCOPE))
                .is_some()
        {
            while let Some(top) = self.open.last() {
                let is_ended = matches!(top.tag.name, "dd" | "dt" | "li" | "p" | "rp" | "rt")
                    || (top.named("rtc") && tag.name == "rtc");
                if !is_ended {
                    break;
                }
                self.close_to(self.open.len().saturating_sub(1), true);
            }
        }
    }

    /// A link cannot stand in a link. Says whether there is none any longer.
    fn close_link(&mut self) -> bool {
        if let Some(saved) = self.pending.last_mut() {
            saved.retain(|one| !one.named("a"));
        }
        match self.last(|one| one.named("a"), |one| one.is(CELL)) {
            Some(link) => self.end_formatting(link),
            None => true,
        }
    }

    fn start_part(&mut self, element: Element) {
        let Some(table) = self.last(|one| one.named("table"), |_| false) else {
            return;
        };
        let inside = table.saturating_add(1);
        match element.tag.name {
            "td" | "th" => {
                let row = self.last(|one| one.named("tr"), |one| one.named("table"));
                match row {
                    Some(row) => self.close_to(row.saturating_add(1), false),
                    None if !(self.group(inside) && self.push_new("tr")) => return,
                    None => {}
                }
                if self.push(element) {
                    self.pending.push(Vec::new());
                }
            }
            "tr" => {
                if self.group(inside) {
                    self.push(element);
                }
            }
            "col" => {
                if !self.open.last().is_some_and(|one| one.named("colgroup")) {
                    self.close_to(inside, false);
                    if !self.push_new("colgroup") {
                        return;
                    }
                }
                self.push(element);
            }
            name => {
                self.close_to(inside, false);
                if self.push(element) && name == "caption" {
                    self.pending.push(Vec::new());
                }
            }
        }
    }

    /// Comes back to the group of rows, or makes one. Says whether there is one.
    fn group(&mut self, inside: usize) -> bool {
        let group = self.last(
            |one| one.named("tbody") || one.named("thead"),
            |one| one.named("table"),
        );
        if let Some(group) = group {
            self.close_to(group.saturating_add(1), false);
            true
        } else {
            self.close_to(inside, false);
            self.push_new("tbody")
        }
    }

    /// For what stands in a table and in no cell: browsers put it before the table, we into a cell of its own.
    fn make_cell(&mut self) {
        if let Some(number) = find(b"td") {
            self.start(number, "");
        }
        if self.is_between_cells() {
            // Nothing more can be opened.
            let table = self.last(|one| one.named("table"), |_| false);
            self.close_to(table.unwrap_or(0), true);
        }
    }

    pub(super) fn end(&mut self, number: usize) {
        let Some(tag) = TAGS.get(number) else { return };
        if !self.may_go_on() {
            return;
        }
        let dropped = self.dropped.get_mut(number).filter(|count| **count > 0);
        if let Some(dropped) = dropped {
            *dropped = dropped.saturating_sub(1);
            return;
        }
        if tag.is(FORMATTING) {
            let saved = self.pending.last_mut();
            let at = saved
                .as_ref()
                .and_then(|saved| saved.iter().rposition(|one| one.number == number));
            if let (Some(saved), Some(at)) = (saved, at) {
                saved.remove(at);
                return;
            }
        }
        let is_it = |one: &Element| one.number == number;
        let found = match tag.name {
            "br" => {
                self.start(number, "");
                return;
            }
            "table" => self.last(is_it, |_| false),
            "li" => self.last(is_it, |one| {
                one.is(SCOPE) || one.named("ul") || one.named("ol")
            }),
            _ if tag.is(PART) => self.last(is_it, |one| one.named("table")),
            _ if tag.is(HEADING) => self.last(|one| one.is(HEADING), |one| one.is(SCOPE)),
            _ if tag.is(SPECIAL | FORMATTING) => self.last(is_it, |one| one.is(SCOPE)),
            _ => self.last(is_it, |one| one.is(SPECIAL)),
        };
        match found {
            Some(at) if tag.is(FORMATTING) => {
                self.end_formatting(at);
            }
            Some(at) => self.close_to(at, true),
            None => {}
        }
    }

    /// Ends formatting. Blocks that were begun inside of it go on without it. Says whether that could be done.
    fn end_formatting(&mut self, at: usize) -> bool {
        let above = self.open.get(at.saturating_add(1)..).unwrap_or_default();
        let is_plain = !above.iter().any(|one| one.is(SPECIAL));
        if is_plain {
            self.close_to(at, true);
            return true;
        }
        let bytes = above
            .iter()
            .fold(0, |sum: usize, one| sum.saturating_add(one.cost()));
        if above.len() > MOST_SPLIT || bytes > self.repeatable {
            return false;
        }
        let above = above.to_vec();
        let saved = self.pending.last().map_or(0, Vec::len);
        self.close_to(at, true);
        if let Some(pending) = self.pending.last_mut() {
            pending.truncate(saved);
        }
        self.repeatable = self.repeatable.saturating_sub(bytes);
        for element in above {
            self.push(element);
        }
        true
    }

    pub(super) fn close_all(&mut self) {
        self.close_to(0, false);
    }

    fn may_go_on(&mut self) -> bool {
        if self.is_full || self.steps > MOST_STEPS {
            self.is_truncated = true;
            return false;
        }
        self.steps = self.steps.saturating_add(self.open.len()).saturating_add(1);
        true
    }

    fn is_between_cells(&self) -> bool {
        self.open.last().is_some_and(|one| one.is(HOLDS_PARTS))
    }

    /// The innermost element that is it and before which none bars the way.
    fn last(
        &self,
        is_it: impl Fn(&Element) -> bool,
        bars: impl Fn(&Element) -> bool,
    ) -> Option<usize> {
        let from_inside = self.open.iter().enumerate().rev();
        for (at, one) in from_inside {
            if is_it(one) {
                return Some(at);
            }
            if bars(one) {
                return None;
            }
        }
        None
    }

    fn push_new(&mut self, name: &str) -> bool {
        let Some(number) = find(name.as_bytes()) else {
            return false;
        };
        let Some(tag) = TAGS.get(number) else {
            return false;
        };
        self.push(Element {
            number,
            tag,
            attributes: String::new(),
        })
    }

    fn drop_one(&mut self, number: usize) {
        self.is_truncated = true;
        if let Some(dropped) = self.dropped.get_mut(number) {
            *dropped = dropped.saturating_add(1);
        }
    }

    /// Opens an element, unless that is one too many.
    fn push(&mut self, element: Element) -> bool {
        let is_void = element.is(VOID);
        let end = if is_void {
            0
        } else {
            element.tag.name.len() + 3
        };
        let extra = element.cost() - (element.tag.name.len() + element.attributes.len() + 2);
        let all = self.out.len() + self.reserved + element.cost() + end;
        let is_formatting = element.is(FORMATTING);
        let fits = all <= self.limit
            && self.open.len() < MOST_DEPTH
            && self.elements < MOST_ELEMENTS
            && !(is_formatting && self.formatting >= MOST_FORMATTING);
        if !fits {
            if is_void {
                self.is_truncated = true;
            } else {
                self.drop_one(element.number);
            }
            return false;
        }
        self.elements = self.elements.saturating_add(1);
        self.run = 0;
        self.out.push('<');
        self.out.push_str(element.tag.name);
        self.out.push_str(&element.attributes);
        self.out.push('>');
        self.reserved = self.reserved.saturating_add(extra);
        if !is_void {
            self.reserved = self.reserved.saturating_add(end);
            self.formatting = self.formatting.saturating_add(usize::from(is_formatting));
            self.open.push(element);
        }
        true
    }

    /// Opens formatting again that ended with its block.
    fn reopen(&mut self) {
        let Some(saved) = self.pending.last_mut().filter(|saved| !saved.is_empty()) else {
            return;
        };
        for element in std::mem::take(saved) {
            let cost = element.cost();
            if cost > self.repeatable {
                self.is_truncated = true;
            } else if self.push(element) {
                self.repeatable = self.repeatable.saturating_sub(cost);
            }
        }
    }

    /// Closes elements until so many are open. The last of them is closed for good if `is_meant`; other formatting is
    /// kept to be opened again.
    fn close_to(&mut self, count: usize, is_meant: bool) {
        let mut kept = Vec::new();
        while self.open.len() > count {
            let Some(element) = self.open.pop() else {
                break;
            };
            self.run = 0;
            self.out.push_str("</");
            self.out.push_str(element.tag.name);
            self.out.push('>');
            let end = element.tag.name.len() + 3;
            self.reserved = self.reserved.saturating_sub(end);
            if element.is(FORMATTING) {
                self.formatting = self.formatting.saturating_sub(1);
            }
            if element.is(CELL) {
                kept.clear();
                self.pending.pop();
            } else if element.is(FORMATTING) && !(is_meant && self.open.len() == count) {
                kept.push(element);
            }
        }
        if let Some(pending) = self.pending.last_mut() {
            pending.extend(kept.into_iter().rev());
            let many = pending.len().saturating_sub(MOST_FORMATTING);
            pending.drain(..many);
        }
    }
}
