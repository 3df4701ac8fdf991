//! Handles, lists and texts of librdkafka, for the questions that rdkafka does not ask.
//!
//! This file refuses to know any of the questions.

use std::ffi::{CStr, c_char};
use std::ptr::NonNull;
use std::slice;

use super::error::Error;

/// A list of C, empty where there is none.
///
/// # Safety
/// `first` is null, or the first of `count` elements that outlive the list.
pub(super) unsafe fn list<'a, T>(first: *const T, count: usize) -> &'a [T] {
    // SAFETY: as the caller says.
    if first.is_null() { &[] } else { unsafe { slice::from_raw_parts(first, count) } }
}

/// A text of C.
///
/// # Safety
/// `text` is null or ends with a zero byte.
pub(super) unsafe fn text(text: *const c_char) -> String {
    // SAFETY: as the caller says.
    if text.is_null() { String::new() } else { unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned() }
}

/// A handle of librdkafka that is destroyed with this value.
pub(super) struct Owned<T> {
    handle: NonNull<T>,
    destroy: unsafe extern "C" fn(*mut T),
}

impl<T> Owned<T> {
    /// `what` was being done. No handle is an error.
    pub fn new(what: &'static str, handle: *mut T, destroy: unsafe extern "C" fn(*mut T)) -> Result<Self, Error> {
        let handle = NonNull::new(handle).ok_or_else(|| Error::new(what, "no answer"))?;
        Ok(Self { handle, destroy })
    }

    /// The handle, for calls.
    pub const fn as_ptr(&self) -> *mut T {
        self.handle.as_ptr()
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: the handle is valid, and ours alone.
        unsafe { (self.destroy)(self.handle.as_ptr()) }
    }
}
