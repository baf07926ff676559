//! Objects that one member tells what they are: entered once where it comes first, as it mostly does.

use crate::reader::{Reader, Result};
use std::hint::cold_path;
use switchback_ir::json::{Kind, Members, Position};
use switchback_ir::{At, Place, Text};

/// An object whose kind is known.
#[derive(Debug)]
pub(crate) struct Entered {
    /// Where the object begins.
    pub(crate) place: Place,
    /// Where the member's value begins, if it came first and was read.
    pub(crate) tag_place: Place,
    start: Position,
    members: Option<Members>,
}

impl<'a> Reader<'a> {
    /// The text of member `name` of the object that comes next, or nothing where it has none, and the object to
    /// [`enter`](Self::enter) or to go [`back`](Self::back) to. Cost: constant where the member comes first.
    #[expect(clippy::inline_always, reason = "what it gives stays in registers")]
    #[inline(always)]
    pub(crate) fn tagged(&mut self, name: &str) -> Result<(Option<Text<'a>>, Entered)> {
        if let Some((text, entered)) = self.leading(name)? {
            return Ok((Some(text), entered));
        }
        cold_path();
        Ok((self.tag(name)?, self.untagged()))
    }

    /// As [`tagged`](Self::tagged), if the member comes first.
    #[expect(clippy::inline_always, reason = "as of `tagged`")]
    #[inline(always)]
    pub(crate) fn leading(&mut self, name: &str) -> Result<Option<(Text<'a>, Entered)>> {
        Ok(self.leading_of(|first| *first == *name)?.map(|(_, text, entered)| (text, entered)))
    }

    /// As [`leading`](Self::leading), for a member whose name is among the `wanted`, and with that name.
    #[expect(clippy::inline_always, reason = "as of `tagged`")]
    #[inline(always)]
    pub(crate) fn leading_of(
        &mut self,
        wanted: impl FnOnce(&Text<'a>) -> bool,
    ) -> Result<Option<(Text<'a>, Text<'a>, Entered)>> {
        let mut entered = self.untagged();
        if self.cursor.peek()? == Kind::Object {
            let mut members = self.cursor.open_object()?;
            if let Some(first) = self.cursor.next_key(&mut members)?
                && wanted(&first)
                && self.cursor.peek()? == Kind::String
            {
                let At { value, place } = self.text()?;
                (entered.tag_place, entered.members) = (place, Some(members));
                return Ok(Some((first, value, entered)));
            }
        }
        cold_path();
        self.cursor.reset(entered.start);
        Ok(None)
    }

    /// The text of member `name` of an object, of which only the members behind the last one that was read are looked
    /// at if it comes first among them; the object is to go [`back`](Self::back) to.
    pub(crate) fn following(&mut self, name: &str, entered: &mut Entered) -> Result<Option<Text<'a>>> {
        if let Some(members) = &mut entered.members
            && let Some(next) = self.cursor.next_key(members)?
            && next == *name
            && self.cursor.peek()? == Kind::String
        {
            return self.cursor.string().map(Some);
        }
        self.back(entered).tag(name)
    }

    /// The next value, of which nothing is known.
    #[inline]
    pub(crate) fn untagged(&mut self) -> Entered {
        Entered { place: self.cursor.place(), tag_place: Place::NONE, start: self.cursor.position(), members: None }
    }

    /// The members that have not been read.
    #[inline]
    pub(crate) fn enter(&mut self, entered: Entered) -> Result<Members> {
        entered.members.map_or_else(|| self.cursor.open_object(), Ok)
    }

    /// Goes back to before the object.
    #[inline]
    pub(crate) fn back(&mut self, entered: &Entered) -> &mut Self {
        self.cursor.reset(entered.start);
        self
    }

    /// What `read` gives; where it fails or gives nothing, everything is as it was.
    pub(crate) fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<Option<T>>) -> Option<T> {
        let before = self.mark();
        let read = read(self).ok().flatten();
        if read.is_none() {
            self.reset(before);
        }
        read
    }
}
