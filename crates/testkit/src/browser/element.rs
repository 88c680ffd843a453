//! Something on a page.

use serde_json::{Value, json};

use super::Browser;

/// Something on a page.
pub struct Element<'b> {
    browser: &'b Browser,
    id: String,
}

impl<'b> Element<'b> {
    pub(super) const fn new(browser: &'b Browser, id: String) -> Self {
        Self { browser, id }
    }

    fn command(&self, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let path = format!("/element/{}{path}", self.id);
        self.browser.command(&path, body)
    }

    fn said(&self, path: &str) -> anyhow::Result<String> {
        let value = self.command(path, None)?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    /// Clicks it.
    ///
    /// # Errors
    /// When it cannot be clicked.
    pub fn click(&self) -> anyhow::Result<()> {
        self.command("/click", Some(&json!({})))?;
        Ok(())
    }

    /// Types into it after what is there; into a field of files, a path chooses one.
    ///
    /// # Errors
    /// When it takes no text.
    pub fn type_in(&self, text: &str) -> anyhow::Result<()> {
        self.command("/value", Some(&json!({ "text": text })))?;
        Ok(())
    }

    /// Empties it and types into it.
    ///
    /// # Errors
    /// When it takes no text.
    pub fn fill(&self, text: &str) -> anyhow::Result<()> {
        self.command("/clear", Some(&json!({})))?;
        self.type_in(text)
    }

    /// What it shows.
    ///
    /// # Errors
    /// What the driver says.
    pub fn text(&self) -> anyhow::Result<String> {
        self.said("/text")
    }

    /// What stands in a field now.
    ///
    /// # Errors
    /// What the driver says.
    pub fn value(&self) -> anyhow::Result<String> {
        self.said("/property/value")
    }

    /// An attribute as it was written; empty when there is none.
    ///
    /// # Errors
    /// What the driver says.
    pub fn attribute(&self, name: &str) -> anyhow::Result<String> {
        self.said(&format!("/attribute/{name}"))
    }

    /// What it is called by whoever cannot see it (ARIA).
    ///
    /// # Errors
    /// What the driver says.
    pub fn label(&self) -> anyhow::Result<String> {
        self.said("/computedlabel")
    }

    /// Whether its page is not there any more.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.said("/name").is_err()
    }
}
