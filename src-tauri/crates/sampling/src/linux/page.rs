//! How large a page of memory is, in which the kernel counts some of it.

use crate::sources::Sources;

/// Bytes of a page; recorded machines have the common size.
pub(super) fn page_bytes(sources: &Sources) -> u64 {
    if sources.is_live() { rustix::param::page_size() as u64 } else { 4096 }
}
