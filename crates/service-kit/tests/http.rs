//! What the HTTP APIs answer when something is wrong.

#![cfg(test)]

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{App, test, web};
use cnt_service_kit::http::{PROBLEM_MEDIA_TYPE, Problem, ProblemBody, extractors};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    number: u32,
}

async fn order(body: web::Json<Order>) -> Result<String, Problem> {
    match body.number {
        0 => Err(Problem::internal(anyhow::anyhow!("password p4ss refused"))),
        1 => Err(Problem::unprocessable("no_quota", "The quota is used up")
            .with_title("Quota")
            .with_pointer("/number")),
        number => Ok(number.to_string()),
    }
}

async fn item(path: web::Path<u32>, query: web::Query<Order>) -> String {
    format!("{path} {}", query.number)
}

async fn ask(request: test::TestRequest) -> ProblemBody {
    let app = App::new()
        .configure(extractors(32))
        .route("/order", web::post().to(order))
        .route("/item/{id}", web::get().to(item));
    let app = test::init_service(app).await;
    let response = test::call_service(&app, request.to_request()).await;
    assert_eq!(
        response.headers().get(CONTENT_TYPE).unwrap(),
        PROBLEM_MEDIA_TYPE
    );
    let status = response.status();
    let problem: ProblemBody = test::read_body_json(response).await;
    assert_eq!(problem.status, status.as_u16());
    assert_eq!(problem.kind, format!("urn:cnt:problem:{}", problem.code));
    problem
}

fn post(body: &'static str) -> test::TestRequest {
    test::TestRequest::post()
        .uri("/order")
        .insert_header((CONTENT_TYPE, "application/json"))
        .set_payload(body)
}

#[actix_web::test]
async fn every_error_is_a_problem() {
    let get = |uri: &str| test::TestRequest::get().uri(uri);
    for (request, status, code) in [
        (post("{"), StatusCode::BAD_REQUEST, "bad_json"),
        (
            post(r#"{"number":7,"x":1}"#),
            StatusCode::BAD_REQUEST,
            "bad_json",
        ),
        (
            post(r#"{"number":7,                    "x":1}"#),
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
        ),
        (
            test::TestRequest::post().uri("/order").set_payload("x"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "content_type",
        ),
        (get("/item/x?number=1"), StatusCode::NOT_FOUND, "not_found"),
        (
            get("/item/1?number=x"),
            StatusCode::BAD_REQUEST,
            "bad_query",
        ),
        (get("/nowhere"), StatusCode::NOT_FOUND, "not_found"),
    ] {
        let problem = ask(request).await;
        assert_eq!(
            (problem.status, problem.code.as_str()),
            (status.as_u16(), code)
        );
    }
}

#[actix_web::test]
async fn a_rule_names_its_field_and_a_fault_hides_its_source() {
    let problem = ask(post(r#"{"number":1}"#)).await;
    assert_eq!((problem.status, problem.title.as_str()), (422, "Quota"));
    assert_eq!(problem.pointer.as_deref(), Some("/number"));
    let problem = ask(post(r#"{"number":0}"#)).await;
    assert_eq!((problem.status, problem.code.as_str()), (500, "internal"));
    assert!(!problem.detail.contains("p4ss"));
}
