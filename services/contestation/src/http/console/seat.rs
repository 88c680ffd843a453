//! Who sits at the console: the session of a request, what it may do, and why a page is not shown.

use std::future::{Ready, ready};

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{COOKIE, LOCATION};
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, web};
use cnt_service_kit::http::Problem;
use cnt_store::{PgConnection, StoreError};
use cnt_vault::Digest;

use super::Console;
use super::frame;
use crate::db::{self, OperatorRow, Scope};

/// What an operator may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    /// Read files.
    Read,
    /// Hold files, write notes, hand them on.
    Work,
    /// Decide.
    Decide,
    /// See the board, take files from others, say what is urgent.
    Lead,
    /// Read the journal.
    Audit,
}

impl OperatorRow {
    /// Whether the role may do that.
    pub(super) fn may(&self, right: Right) -> bool {
        match self.role.as_str() {
            "officer" => right != Right::Lead && right != Right::Audit,
            "clerk" => matches!(right, Right::Read | Right::Work),
            "supervisor" => right != Right::Decide,
            "auditor" => right == Right::Audit,
            _ => false,
        }
    }

    /// Whose rows exist for them.
    pub(super) fn scope(&self) -> Scope {
        Scope {
            user: self.login.clone(),
            omp: self.omp.clone(),
        }
    }
}

/// Why a page is not shown.
#[derive(Debug)]
pub(crate) enum NotShown {
    /// There is no session, or not any more; the way back.
    Closed(Option<String>),
    /// The role may not.
    Forbidden,
    /// A form that no page of this session showed, or that another site sent.
    Foreign,
    /// The form cannot be read.
    Form,
    /// There is no such thing, for this OMP at least.
    Missing,
    /// Something else came first; in a sentence.
    Conflict(String),
    /// The service cannot now.
    Problem(Problem),
}

impl std::fmt::Display for NotShown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.told().1)
    }
}

impl From<Problem> for NotShown {
    fn from(problem: Problem) -> Self {
        match problem.status {
            StatusCode::NOT_FOUND => Self::Missing,
            StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => {
                Self::Conflict(problem.to_string())
            }
            _ => Self::Problem(problem),
        }
    }
}

impl NotShown {
    fn told(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Closed(_) => (StatusCode::SEE_OTHER, "La session est terminée"),
            Self::Forbidden => (
                StatusCode::FORBIDDEN,
                "Votre rôle ne permet pas cette action",
            ),
            Self::Foreign => (StatusCode::FORBIDDEN, "Ce formulaire n’est plus valable"),
            Self::Form => (StatusCode::BAD_REQUEST, "Ce formulaire n’est pas lisible"),
            Self::Missing => (
                StatusCode::NOT_FOUND,
                "Cette page n’existe pas dans votre ressort",
            ),
            Self::Conflict(_) => (StatusCode::CONFLICT, "Le dossier a changé entre-temps"),
            Self::Problem(problem) if problem.status == StatusCode::SERVICE_UNAVAILABLE => {
                (problem.status, "Le service est momentanément indisponible")
            }
            Self::Problem(problem) => (problem.status, "Une erreur est survenue de notre côté"),
        }
    }
}

impl ResponseError for NotShown {
    fn status_code(&self) -> StatusCode {
        self.told().0
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        if let Self::Problem(problem) = self {
            // It logs what went wrong inside.
            let _logged = problem.error_response();
        }
        let (status, told) = self.told();
        let detail = match self {
            Self::Closed(back) => {
                let back = back.as_deref().map(|back| format!("?suite={back}"));
                let place = format!("/connexion{}", back.unwrap_or_default());
                return HttpResponse::SeeOther()
                    .insert_header((LOCATION, place))
                    .finish();
            }
            Self::Conflict(detail) => Some(detail.as_str()),
            _ => None,
        };
        frame::outside(status, told, detail)
    }
}

/// A session, not proved yet: the database does that with every transaction.
pub(super) struct Seat {
    token: String,
    back: String,
    console: web::Data<Console>,
}

impl FromRequest for Seat {
    type Error = NotShown;
    type Future = Ready<Result<Self, NotShown>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let back = request.uri().path().to_owned();
        let seat = request
            .app_data::<web::Data<Console>>()
            .and_then(|console| {
                Some(Self {
                    token: token_of(request, console.cookie_name())?.to_owned(),
                    back: back.clone(),
                    console: console.clone(),
                })
            });
        ready(seat.ok_or(NotShown::Closed(Some(back))))
    }
}

/// The value of a cookie.
pub(super) fn token_of<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    let cookies = request.headers().get_all(COOKIE);
    cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, token)| token)
        .filter(|token| !token.is_empty())
}

/// The SHA-256 under which a session is kept.
pub(super) fn kept_as(token: &str) -> [u8; 32] {
    *Digest::of(token.as_bytes()).as_bytes()
}

impl Seat {
    /// What every form of the session carries.
    pub(super) fn form_token(&self) -> String {
        Digest::of(format!("console form {}", self.token).as_bytes()).to_string()
    }

    /// Holds the token of a form against the session's.
    pub(super) fn sent(&self, token: &str) -> Result<(), NotShown> {
        if token == self.form_token() {
            Ok(())
        } else {
            Err(NotShown::Foreign)
        }
    }

    /// Runs `work` under the session, for an operator who may.
    pub(super) async fn see<T: Send + 'static>(
        &self,
        right: Right,
        work: impl FnOnce(&mut PgConnection, &OperatorRow) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<(OperatorRow, T), NotShown> {
        let (pool, token) = (self.console.pool.clone(), self.token.clone());
        let seen = web::block(move || {
            pool.run(|conn| {
                db::as_operator(conn, &token, |conn, operator| {
                    if !operator.may(right) {
                        return Ok(Err(NotShown::Forbidden));
                    }
                    let done = work(conn, operator)?;
                    Ok(Ok((operator.clone(), done)))
                })
            })
        })
        .await
        .map_err(|error| NotShown::Problem(Problem::internal(error)))?
        .map_err(|error: StoreError| {
            NotShown::Problem(if error.is_transient() {
                Problem::unavailable("The files cannot be reached now, try again soon", error)
            } else {
                Problem::internal(error)
            })
        })?;
        seen.ok_or_else(|| NotShown::Closed(Some(self.back.clone())))?
    }
}

/// Whether a browser says that another site sent the form.
pub(super) fn is_foreign(request: &HttpRequest) -> bool {
    let site = request.headers().get("Sec-Fetch-Site");
    site.is_some_and(|site| site != "same-origin" && site != "none")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_may_what_it_is_for() {
        let of = |role: &str| OperatorRow {
            login: "a".to_owned(),
            name: "A".to_owned(),
            omp: "OMP-35-01".to_owned(),
            role: role.to_owned(),
        };
        let rights = [
            Right::Read,
            Right::Work,
            Right::Decide,
            Right::Lead,
            Right::Audit,
        ];
        let may = |role| rights.map(|right| of(role).may(right));
        assert_eq!(may("officer"), [true, true, true, false, false]);
        assert_eq!(may("clerk"), [true, true, false, false, false]);
        assert_eq!(may("supervisor"), [true, true, false, true, true]);
        assert_eq!(may("auditor"), [false, false, false, false, true]);
        assert_eq!(may("other"), [false; 5]);
    }
}
