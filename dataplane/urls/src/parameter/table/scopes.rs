//! Sets of places that many rows share.

use crate::parameter::Scopes;

pub(super) const BASE: Scopes = Scopes::BASE;
pub(super) const PICTURE: Scopes = BASE.and(Scopes::IMAGE);
pub(super) const MOVING: Scopes = PICTURE.and(Scopes::VIDEO);
pub(super) const FRAMED: Scopes = MOVING.and(Scopes::BLOCK);
pub(super) const BOXED: Scopes = FRAMED.and(Scopes::TEXT);
pub(super) const LAYER: Scopes = Scopes::IMAGE.and(Scopes::BLOCK).and(Scopes::TEXT).and(Scopes::VIDEO);
pub(super) const WRITTEN: Scopes = Scopes::TEXT.and(Scopes::SUBTITLES);
pub(super) const ANYWHERE: Scopes = BOXED.and(Scopes::SUBTITLES);
