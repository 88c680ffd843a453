//! Who asks. For now two headers that only a proxy on this machine can set; log-in takes their place later.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::HeaderMap;
use actix_web::{FromRequest, HttpRequest};
use cnt_service_kit::http::Problem;

use crate::db::Scope;

/// Header: the operator.
pub(crate) const USER_HEADER: &str = "CNT-User";
/// Header: the OMP for which they work.
pub(crate) const OMP_HEADER: &str = "CNT-Omp";
/// Longest value of either.
const CHARACTERS_MAX: usize = 64;

/// An operator of one OMP.
pub(crate) struct Operator(pub(crate) Scope);

/// Somebody known, perhaps of one OMP only.
pub(crate) struct Viewer {
    /// Who they are.
    pub(crate) user: String,
    /// Their OMP, if they have one.
    pub(crate) omp: Option<String>,
}

/// The value of a header: visible ASCII, not empty, not long.
fn word(headers: &HeaderMap, name: &str) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default();
    let is_word = (1..=CHARACTERS_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_word {
        Ok(Some(text.to_owned()))
    } else {
        Err(Problem::bad_request(
            "bad_header",
            format!("Header {name} must be 1 to {CHARACTERS_MAX} visible ASCII characters"),
        ))
    }
}

fn required(headers: &HeaderMap, name: &str) -> Result<String, Problem> {
    word(headers, name)?.ok_or_else(|| Problem::unauthorized(format!("Header {name} is missing")))
}

fn operator(headers: &HeaderMap) -> Result<Operator, Problem> {
    Ok(Operator(Scope {
        user: required(headers, USER_HEADER)?,
        omp: required(headers, OMP_HEADER)?,
    }))
}

impl FromRequest for Operator {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(operator(request.headers()))
    }
}

impl FromRequest for Viewer {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let headers = request.headers();
        ready(required(headers, USER_HEADER).and_then(|user| {
            Ok(Self {
                user,
                omp: word(headers, OMP_HEADER)?,
            })
        }))
    }
}

impl Operator {
    /// The scope, if the path names the operator's own OMP: another one does not exist for them.
    pub(crate) fn of(self, omp: &str) -> Result<Scope, Problem> {
        if self.0.omp == omp {
            Ok(self.0)
        } else {
            Err(Problem::not_found("There is no such OMP"))
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::try_from(*name).unwrap(),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn an_operator_has_a_name_and_an_omp() {
        let status = |pairs: &[(&str, &str)]| match operator(&headers(pairs)) {
            Ok(_) => 200,
            Err(problem) => problem.status.as_u16(),
        };
        assert_eq!(
            status(&[("cnt-user", "leroy"), ("cnt-omp", "OMP-35-01")]),
            200
        );
        assert_eq!(status(&[("cnt-user", "leroy")]), 401);
        assert_eq!(status(&[("cnt-omp", "OMP-35-01")]), 401);
        assert_eq!(status(&[("cnt-user", "le roy"), ("cnt-omp", "x")]), 400);
    }

    #[test]
    fn another_omp_does_not_exist() {
        let of = |omp| {
            operator(&headers(&[("cnt-user", "leroy"), ("cnt-omp", "OMP-35-01")]))
                .and_then(|operator| operator.of(omp))
        };
        assert!(of("OMP-35-01").is_ok());
        assert_eq!(of("OMP-75-01").unwrap_err().status.as_u16(), 404);
    }
}
