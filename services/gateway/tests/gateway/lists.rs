//! The nomenclature and the revocation lists.

use std::sync::PoisonError;

use cnt_trust::issue::AuthorityRole;
use cnt_trust::sha256;

use crate::world::{LISTED, PEACE, World, answer, world};

impl World {
    /// Status, tag and bytes of a `GET`.
    fn fetched(&self, path: &str, known: Option<&str>) -> (u16, String, Vec<u8>) {
        let mut request = self.agent(1).get(self.url(path));
        if let Some(known) = known {
            request = request.header("If-None-Match", known);
        }
        let mut response = request.call().unwrap();
        let etag = response.headers().get("etag").map(|tag| tag.to_str());
        let etag = etag.and_then(Result::ok).unwrap_or_default().to_owned();
        let body = response.body_mut().read_to_vec();
        let body = body.unwrap();
        (response.status().as_u16(), etag, body)
    }
}

#[test]
fn the_nomenclature_has_a_tag_and_a_delta() {
    let world = world();
    let _war = PEACE.write().unwrap_or_else(PoisonError::into_inner);
    let whole = world.get(1, "/v1/natinf").json();
    let before = world.version();
    assert_eq!(
        (&whole["version"], &whole["complete"]),
        (&before.into(), &true.into())
    );
    assert_eq!(whole["entries"][0]["natinf"], 6230);
    let (_, etag, _) = world.fetched("/v1/natinf", None);
    let (status, same, body) = world.fetched("/v1/natinf", Some(&etag));
    assert_eq!((status, same, body), (304, etag.clone(), Vec::new()));

    // Another version of the registry with the same list, then one with another.
    world.announce_registry(before + 1, &[LISTED], &[]);
    world.follows(before + 1);
    assert_eq!(world.fetched("/v1/natinf", Some(&etag)).0, 304);
    world.announce_lists(before + 2, &[LISTED], &[], &[6230, 31_088]);
    world.follows(before + 2);
    let (status, changed, _) = world.fetched("/v1/natinf", Some(&etag));
    assert!(status == 200 && changed != etag);
    let delta = world.get(1, &format!("/v1/natinf?since={before}")).json();
    assert_eq!(
        (&delta["version"], &delta["complete"]),
        (&(before + 2).into(), &false.into())
    );
    assert_eq!(delta["entries"].as_array().map(Vec::len), Some(1));
    assert_eq!(delta["entries"][0]["natinf"], 31_088);
    world.announce_registry(before + 3, &[LISTED], &[]);
    world.follows(before + 3);
    let delta = world
        .get(1, &format!("/v1/natinf?since={}", before + 2))
        .json();
    assert_eq!(delta["removed"][0]["natinf"], 31_088);
    assert!(delta["entries"].as_array().is_some_and(Vec::is_empty));
    // A version that nobody remembers: the whole list.
    assert_eq!(
        world.get(1, "/v1/natinf?since=999999").json()["complete"],
        true
    );
    assert_eq!(
        world.get(1, "/v1/natinf?since=x").problem().code,
        "bad_query"
    );
}

#[test]
fn revocation_lists_are_given_as_der() {
    let world = world();
    let _peace = PEACE.read().unwrap_or_else(PoisonError::into_inner);
    let named = world.get(1, "/v1/crls").json();
    let origin = &named["crls"][0];
    assert_eq!(origin["authority"], "origin");
    let path = origin["path"].as_str().unwrap_or_default();
    let (status, etag, list) = world.fetched(path, None);
    assert_eq!(
        (status, hex::encode(sha256(&list))),
        (
            200,
            origin["sha256"].as_str().unwrap_or_default().to_owned()
        )
    );
    let (status, _, _) = world.fetched(path, Some(&etag));
    assert_eq!(status, 304);
    let root = world
        .hierarchy
        .authority(AuthorityRole::Origin)
        .certificate_der();
    let judge = cnt_trust::ConnectionVerifier::of_stations(root, &[&list]);
    let judge = judge.unwrap();
    let refused = judge.check(
        &world.issued(LISTED).certificate_der,
        crate::world::real_now(),
    );
    assert!(refused.is_err());
    let none = answer(
        world
            .agent(1)
            .get(world.url("/v1/crls/nobody.crl"))
            .call()
            .unwrap(),
    );
    assert_eq!(
        (none.status, none.problem().code.as_str()),
        (404, "not_found")
    );
}
