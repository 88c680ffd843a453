//! What every page of HTML needs: whatever comes from outside passes [`escape`].

/// A text as HTML, in elements and in quoted attributes.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(letter),
        }
    }
    safe
}

/// A field of a form that is not shown.
#[must_use]
pub fn hidden(name: &str, value: &str) -> String {
    let value = escape(value);
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup() {
        assert_eq!(
            escape("<a href='x'>\"&é"),
            "&lt;a href=&#39;x&#39;&gt;&quot;&amp;é"
        );
        assert_eq!(
            hidden("id", "\">"),
            "<input type=\"hidden\" name=\"id\" value=\"&quot;&gt;\">"
        );
    }
}
