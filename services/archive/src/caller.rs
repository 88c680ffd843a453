//! Who consults, in which role and what for: said with every read of a personal file, and journalled.

use std::fmt;
use std::str::FromStr;

use actix_web::HttpRequest;
use cnt_service_kit::http::Problem;

/// Names who reads.
const USER: &str = "CNT-User";
/// Names in which role.
const ROLE: &str = "CNT-Role";
/// Names what for.
const PURPOSE: &str = "CNT-Purpose";
/// Longest value taken for any of them, in bytes.
const BYTES_MAX: usize = 200;

/// In which capacity somebody consults; it bounds what they see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    /// The centre's own staff: everything.
    Cnt,
    /// The archives' staff: everything.
    Archives,
    /// An office of the ministère public: what it is competent for.
    Omp(String),
    /// A collectivity, by its SIREN: what its agents noted.
    Collectivity(i32),
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cnt => formatter.write_str("cnt"),
            Self::Archives => formatter.write_str("archives"),
            Self::Omp(code) => write!(formatter, "omp:{code}"),
            Self::Collectivity(siren) => write!(formatter, "collectivity:{siren:09}"),
        }
    }
}

impl FromStr for Role {
    type Err = CallerError;

    fn from_str(text: &str) -> Result<Self, CallerError> {
        match text.split_once(':') {
            None if text == "cnt" => Ok(Self::Cnt),
            None if text == "archives" => Ok(Self::Archives),
            Some(("omp", code)) if !code.is_empty() => Ok(Self::Omp(code.to_owned())),
            Some(("collectivity", siren)) => siren_of(siren)
                .map(Self::Collectivity)
                .ok_or(CallerError::Role),
            _ => Err(CallerError::Role),
        }
    }
}

/// A SIREN as it is kept: nine digits.
pub(crate) fn siren_of(text: &str) -> Option<i32> {
    let is_siren = text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_siren.then(|| text.parse().ok()).flatten()
}

/// A consultation may not be made for lack of who, role or purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallerError {
    /// Nobody is named.
    #[error("Say who you are in the header {USER}")]
    User,
    /// No role, or none that is known.
    #[error(
        "Say your role in the header {ROLE}: cnt, archives, omp:<code> or collectivity:<SIREN>"
    )]
    Role,
    /// No purpose.
    #[error("Say what for in the header {PURPOSE}")]
    Purpose,
}

impl CallerError {
    /// The error for those who read the page, with the field at fault.
    pub(crate) fn french(self) -> (&'static str, &'static str) {
        match self {
            Self::User => ("user", "Indiquez votre identifiant."),
            Self::Role => (
                "role",
                "Indiquez votre rôle : cnt, archives, omp:<code> ou collectivity:<SIREN>.",
            ),
            Self::Purpose => ("purpose", "Indiquez le motif de la consultation."),
        }
    }
}

impl From<CallerError> for Problem {
    fn from(error: CallerError) -> Self {
        match error {
            CallerError::User => Self::unauthorized(error.to_string()),
            CallerError::Role => Self::bad_request("role_missing", error.to_string()),
            CallerError::Purpose => Self::bad_request("purpose_missing", error.to_string()),
        }
    }
}

/// Who consults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Who reads.
    pub(crate) who: String,
    /// In which role.
    pub(crate) role: Role,
    /// Why.
    pub(crate) purpose: String,
}

impl Caller {
    /// The caller as three texts say.
    pub(crate) fn new(who: &str, role: &str, purpose: &str) -> Result<Self, CallerError> {
        let said = |text: &str, error| {
            let text = text.trim();
            let is_said = !text.is_empty() && text.len() <= BYTES_MAX;
            is_said.then(|| text.to_owned()).ok_or(error)
        };
        Ok(Self {
            who: said(who, CallerError::User)?,
            role: said(role, CallerError::Role)?.parse()?,
            purpose: said(purpose, CallerError::Purpose)?,
        })
    }

    /// The caller as the headers of a request say.
    pub(crate) fn of(request: &HttpRequest) -> Result<Self, CallerError> {
        let header = |name| {
            let value = request.headers().get(name);
            value
                .and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
                .unwrap_or_default()
        };
        Self::new(header(USER), header(ROLE), header(PURPOSE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_a_closed_list_and_come_back() {
        for text in ["cnt", "archives", "omp:OMP75", "collectivity:012345678"] {
            assert_eq!(text.parse::<Role>().unwrap().to_string(), text);
        }
        for text in ["", "root", "omp:", "omp", "collectivity:12", "cnt:1"] {
            assert_eq!(text.parse::<Role>(), Err(CallerError::Role), "{text}");
        }
    }

    #[test]
    fn nobody_consults_without_saying_who_and_why() {
        let refused = |who, role, purpose| Caller::new(who, role, purpose).unwrap_err();
        assert_eq!(refused(" ", "cnt", "x"), CallerError::User);
        assert_eq!(refused("a", "", "x"), CallerError::Role);
        assert_eq!(refused("a", "cnt", " "), CallerError::Purpose);
        let long = "é".repeat(101);
        assert_eq!(refused("a", "cnt", &long), CallerError::Purpose);
    }
}
