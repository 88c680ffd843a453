//! Requests to the services' own HTTP interfaces, for the operator's commands.

use std::time::Duration;

use anyhow::Context;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A client that gives problem details back as errors.
pub(crate) fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .build()
        .new_agent()
}

/// Status and body of a GET.
pub(crate) fn get(url: &str, headers: &[(&str, &str)]) -> anyhow::Result<(u16, Vec<u8>)> {
    get_with(url, &[], headers)
}

/// Status and body of a GET with parameters, which need not be encoded.
pub(crate) fn get_with(
    url: &str,
    parameters: &[(&str, &str)],
    headers: &[(&str, &str)],
) -> anyhow::Result<(u16, Vec<u8>)> {
    let mut request = agent().get(url);
    for (name, value) in parameters {
        request = request.query(*name, *value);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = request
        .call()
        .with_context(|| format!("no answer from {url}"))?;
    let body = response
        .body_mut()
        .with_config()
        .limit(64 << 20)
        .read_to_vec()?;
    Ok((response.status().as_u16(), body))
}

/// The JSON answer of a GET that must succeed.
pub(crate) fn get_json<T: DeserializeOwned>(url: &str) -> anyhow::Result<T> {
    let (status, body) = get(url, &[])?;
    anyhow::ensure!(status == 200, "{}", refusal(url, status, &body));
    serde_json::from_slice(&body).with_context(|| format!("{url} gave an unexpected answer"))
}

/// The JSON answer of a POST of bytes that must succeed.
pub(crate) fn post_bytes<T: DeserializeOwned>(
    url: &str,
    media_type: &str,
    body: &[u8],
) -> anyhow::Result<T> {
    let sent = agent()
        .post(url)
        .header("content-type", media_type)
        .send(body);
    answered(url, sent)
}

/// The JSON answer of a POST that must succeed.
pub(crate) fn post_json<T: DeserializeOwned>(
    url: &str,
    body: &serde_json::Value,
) -> anyhow::Result<T> {
    answered(url, agent().post(url).send_json(body))
}

/// The JSON answer of a POST with headers that must succeed.
pub(crate) fn post_json_as<T: DeserializeOwned>(
    url: &str,
    headers: &[(&str, &str)],
    body: &serde_json::Value,
) -> anyhow::Result<T> {
    let mut request = agent().post(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answered(url, request.send_json(body))
}

/// Status and body of a POST with headers, whatever it is.
pub(crate) fn post_any(
    url: &str,
    headers: &[(&str, &str)],
    body: &serde_json::Value,
) -> anyhow::Result<(u16, Vec<u8>)> {
    let mut request = agent().post(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = request
        .send_json(body)
        .with_context(|| format!("no answer from {url}"))?;
    let status = response.status().as_u16();
    Ok((status, response.body_mut().read_to_vec()?))
}

/// A PUT with headers that must succeed; its answer says nothing.
pub(crate) fn put_json_as(
    url: &str,
    headers: &[(&str, &str)],
    body: &serde_json::Value,
) -> anyhow::Result<()> {
    let mut request = agent().put(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = request
        .send_json(body)
        .with_context(|| format!("no answer from {url}"))?;
    let status = response.status().as_u16();
    let answer = response.body_mut().read_to_vec()?;
    anyhow::ensure!(
        (200..300).contains(&status),
        "{}",
        refusal(url, status, &answer)
    );
    Ok(())
}

fn answered<T: DeserializeOwned>(
    url: &str,
    sent: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> anyhow::Result<T> {
    let mut response = sent.with_context(|| format!("no answer from {url}"))?;
    let status = response.status().as_u16();
    let answer = response.body_mut().read_to_vec()?;
    anyhow::ensure!(
        (200..300).contains(&status),
        "{}",
        refusal(url, status, &answer)
    );
    serde_json::from_slice(&answer).with_context(|| format!("{url} gave an unexpected answer"))
}

/// What a service that refuses says, in its own words where it has some (RFC 9457).
pub(crate) fn refusal(url: &str, status: u16, body: &[u8]) -> String {
    let problem: Option<Value> = serde_json::from_slice(body).ok();
    let detail = problem
        .as_ref()
        .and_then(|problem| problem["detail"].as_str());
    match detail {
        Some(detail) => format!("{detail} ({url} answered {status})"),
        None => format!("{url} answered {status}: {}", String::from_utf8_lossy(body)),
    }
}

#[cfg(test)]
mod tests {
    use super::refusal;

    #[test]
    fn a_problem_is_told_in_its_own_words() {
        let told = refusal("http://a/b", 422, br#"{"detail": "It goes forward only"}"#);
        assert_eq!(told, "It goes forward only (http://a/b answered 422)");
        let told = refusal("http://a/b", 502, b"bad gateway");
        assert_eq!(told, "http://a/b answered 502: bad gateway");
    }
}
