//! How texts wrap in their places: asked of typst once per text.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use crate::forme::setter::{SetLine, Style, Type};
use crate::{Engine, RenditionError};

/// Texts remembered per style; when there are more, all are forgotten.
const TEXTS_MAX: usize = 2_048;

/// The lines of a text, or none if the forme cannot set it.
type Wrapped = Option<Arc<[SetLine]>>;

/// The texts that were set in one style. Reading takes no lock.
#[derive(Debug)]
pub(crate) struct WrapCache {
    pub(crate) style: Style,
    known: ArcSwap<HashMap<Box<str>, Wrapped>>,
    writing: Mutex<()>,
}

impl WrapCache {
    pub(crate) fn new(style: Style) -> Self {
        Self {
            style,
            known: ArcSwap::default(),
            writing: Mutex::new(()),
        }
    }

    /// The lines of `text`; `None` if it has letters outside the charset or does not fit.
    pub(crate) fn lines(
        &self,
        engine: &Engine,
        letters: &Type,
        text: &str,
    ) -> Result<Wrapped, RenditionError> {
        if let Some(known) = self.known.load().get(text) {
            return Ok(known.clone());
        }
        let wrapped = match letters.set(engine, &self.style, text) {
            Ok(lines) => lines
                .filter(|lines| lines.len() <= self.style.lines)
                .map(Arc::from),
            Err(error) if error.is_of_data() => None,
            Err(error) => return Err(error),
        };
        let guard = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = HashMap::clone(&self.known.load());
        if known.len() >= TEXTS_MAX {
            known.clear();
        }
        known.insert(text.into(), wrapped.clone());
        self.known.store(Arc::new(known));
        drop(guard);
        Ok(wrapped)
    }
}
