//! The syntax `name=action[:milliseconds][@nth][#key]`, points separated by `;`.

/// What an armed point does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Abort,
    Panic,
    Error,
    Sleep { milliseconds: u64 },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) name: String,
    pub(super) action: Action,
    /// Fires at this hit only, counted from 1; at each hit when absent.
    pub(super) nth: Option<u64>,
    pub(super) key: Option<String>,
}

impl Point {
    pub(super) fn matches(&self, name: &str, key: Option<&str>) -> bool {
        self.name == name && (self.key.is_none() || self.key.as_deref() == key)
    }
}

/// A description of fail points that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("fail point `{item}`: {problem} (expected name=abort|panic|error|sleep:MS[@n][#key])")]
pub struct FailpointSpecError {
    item: String,
    problem: &'static str,
}

pub(super) fn parse(text: &str) -> Result<Vec<Point>, FailpointSpecError> {
    text.split(';')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(parse_point)
        .collect()
}

fn parse_point(item: &str) -> Result<Point, FailpointSpecError> {
    let refuse = |problem| FailpointSpecError {
        item: item.to_owned(),
        problem,
    };
    let (name, rest) = item.split_once('=').ok_or_else(|| refuse("no `=`"))?;
    let (rest, key) = match rest.split_once('#') {
        Some((_, "")) => return Err(refuse("the key is empty")),
        Some((rest, key)) => (rest, Some(key.to_owned())),
        None => (rest, None),
    };
    let (action, nth) = match rest.split_once('@') {
        Some((action, number)) => {
            let nth = number.parse().ok().filter(|nth| *nth > 0);
            (
                action,
                Some(nth.ok_or_else(|| refuse("@ wants a number from 1 up"))?),
            )
        }
        None => (rest, None),
    };
    let action = match action.split_once(':') {
        None if action == "abort" => Action::Abort,
        None if action == "panic" => Action::Panic,
        None if action == "error" => Action::Error,
        Some(("sleep", number)) => {
            let milliseconds = number
                .parse()
                .map_err(|_| refuse("sleep wants milliseconds"))?;
            Action::Sleep { milliseconds }
        }
        _ => return Err(refuse("unknown action")),
    };
    if name.is_empty() {
        return Err(refuse("the name is empty"));
    }
    Ok(Point {
        name: name.to_owned(),
        action,
        nth,
        key,
    })
}

#[cfg(test)]
mod tests {
    use super::{Action, Point, parse};

    #[test]
    fn reads_every_form() {
        let point = |name: &str, action, nth, key: Option<&str>| Point {
            name: name.to_owned(),
            action,
            nth,
            key: key.map(str::to_owned),
        };
        let text = "a.b=abort; c=panic#id=7@x;d=sleep:200;e=error;f=abort@5;g=sleep:1@2#k;";
        let expected = [
            point("a.b", Action::Abort, None, None),
            point("c", Action::Panic, None, Some("id=7@x")),
            point("d", Action::Sleep { milliseconds: 200 }, None, None),
            point("e", Action::Error, None, None),
            point("f", Action::Abort, Some(5), None),
            point("g", Action::Sleep { milliseconds: 1 }, Some(2), Some("k")),
        ];
        assert_eq!(parse(text).unwrap(), expected);
        assert_eq!(parse("").unwrap(), []);
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        for (text, problem) in [
            ("a", "no `=`"),
            ("=abort", "the name is empty"),
            ("a=explode", "unknown action"),
            ("a=abort:3", "unknown action"),
            ("a=sleep", "unknown action"),
            ("a=sleep:soon", "sleep wants milliseconds"),
            ("a=abort@0", "@ wants a number from 1 up"),
            ("a=abort@", "@ wants a number from 1 up"),
            ("a=panic#", "the key is empty"),
        ] {
            let message = parse(text).unwrap_err().to_string();
            assert!(message.contains(problem), "{text}: {message}");
        }
    }
}
