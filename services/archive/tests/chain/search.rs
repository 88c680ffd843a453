//! Searching, by API and on the page.

use cnt_archive::SearchView;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};

use crate::archive::{Archive, HEADERS};
use crate::support::{POSTCODES, facts, pdf};

#[derive(QueryableByName, Debug, PartialEq)]
struct Journalled {
    #[diesel(sql_type = Text)]
    who: String,
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Text)]
    purpose: String,
    #[diesel(sql_type = Text)]
    criteria: String,
    #[diesel(sql_type = Array<BigInt>)]
    shown: Vec<i64>,
}

fn search(archive: &Archive, query: &str) -> SearchView {
    let answer = archive.get(&format!("/v1/documents?{query}"), &HEADERS);
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

fn numbers(view: &SearchView) -> Vec<i64> {
    let documents = view.documents.iter();
    documents
        .map(|document| document.avis.parse().unwrap())
        .collect()
}

/// The avis in the index of which something is true, in order.
fn all(is_meant: impl Fn(i64) -> bool) -> Vec<i64> {
    (7_500_000_001..=7_500_000_040)
        .chain(7_500_001_001..=7_500_001_010)
        .filter(|avis| is_meant(*avis))
        .collect()
}

pub(crate) fn found(archive: &mut Archive) {
    let before = archive.count("consultation");
    let oldest = |query: &str| numbers(&search(archive, &format!("{query}&order=oldest")));
    let ile = all(|avis| avis % 10 == 3);
    for name in ["%C3%A9loi+%C3%8Ele", "ILE%2C+ELOI", "M.+Eloi", "de+l%27ile"] {
        assert_eq!(oldest(&format!("name={name}")), ile, "{name}");
    }
    assert_eq!(oldest("name=eloi+specimen"), [0_i64; 0]);
    assert_eq!(oldest("avis=7500000007"), [7_500_000_007]);
    assert_eq!(oldest("omp=OMP35"), all(|avis| avis % 10 == 4));
    let in_february = all(|avis| avis % 10 == 5);
    assert_eq!(oldest("from=2026-02-01&until=2026-02-28"), in_february);
    assert_eq!(
        oldest("until=2026-02-10&collectivity=217500016"),
        in_february
    );
    let rennes = all(|avis| facts(avis).postcode == POSTCODES[1]);
    assert_eq!(
        oldest("postcode=35000&from=2026-03-01&kind=ACO"),
        rennes
            .iter()
            .copied()
            .filter(|avis| avis % 10 != 5)
            .collect::<Vec<_>>()
    );
    assert_eq!(oldest("postcode=35000&kind=AFM"), [0_i64; 0]);
    pages(archive);
    // Eleven searches above, four pages of one and two of another.
    assert_eq!(archive.count("consultation"), before + 17);

    let query =
        "SELECT who, role, purpose, criteria, shown FROM consultation ORDER BY id DESC LIMIT 1";
    search(archive, "name=%C3%89loi&limit=2&order=oldest");
    let last: Journalled = diesel::sql_query(query)
        .get_result(&mut archive.database)
        .unwrap();
    let expected = Journalled {
        who: "m.durand".to_owned(),
        role: "cnt".to_owned(),
        purpose: "request 7".to_owned(),
        criteria: "name=ELOI".to_owned(),
        shown: ile[..2].to_vec(),
    };
    assert_eq!(last, expected);
}

fn pages(archive: &Archive) {
    let (mut cursor, mut seen) = (String::new(), Vec::new());
    for size in [8, 8, 8, 1] {
        let view = search(archive, &format!("plate=ab+123+cd&limit=8&cursor={cursor}"));
        assert_eq!((view.count, view.count_is_capped), (25, false));
        assert_eq!(view.documents.len(), size);
        seen.extend(numbers(&view));
        cursor = view.next.unwrap_or_default();
    }
    assert_eq!(cursor, "", "the last page says so");
    let mut newest = all(|avis| avis % 2 == 0);
    newest.reverse();
    assert_eq!(seen, newest);
    let view = search(archive, "collectivity=217500016&limit=49");
    let last = search(
        archive,
        &format!(
            "collectivity=217500016&limit=49&cursor={}",
            view.next.unwrap()
        ),
    );
    assert_eq!((last.documents.len(), last.count, last.next), (1, 50, None));
    assert_eq!(last.documents[0].offence_day, "2026-02-10");
}

pub(crate) fn bounded(archive: &Archive) {
    let with_role = |path: &str, role| {
        let headers = [HEADERS[0], ("CNT-Role", role), HEADERS[2]];
        archive.get(path, &headers)
    };
    let seen = |role| {
        let answer = with_role("/v1/documents?name=specimen&order=oldest", role);
        numbers(&serde_json::from_slice(&answer.body).unwrap())
    };
    assert_eq!(seen("omp:OMP35"), all(|avis| avis % 10 == 4));
    assert_eq!(seen("collectivity:217500016").len(), 45);
    assert_eq!(seen("collectivity:213502388"), [0_i64; 0]);
    for what in ["", "/facts", "/proof"] {
        let path = format!("/v1/documents/7500000001{what}");
        assert_eq!(with_role(&path, "omp:OMP35").status, 404);
    }
    let refused = |query: &str| {
        let answer = archive.get(&format!("/v1/documents?{query}"), &HEADERS);
        (answer.status, answer.code())
    };
    assert_eq!(refused("kind=ACO"), (400, "criteria_missing".to_owned()));
    for unreadable in ["avis=12", "from=yesterday", "omp=x&limit=0", "colour=red"] {
        assert_eq!(
            refused(unreadable),
            (400, "bad_query".to_owned()),
            "{unreadable}"
        );
    }
    let answer = with_role("/v1/documents?omp=OMP35", "root");
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (400, "role_missing")
    );
}

pub(crate) fn page(archive: &Archive) {
    let empty = archive.get("/recherche", &[]);
    assert!(empty.status == 200 && empty.text().contains("<h1>Rechercher un document</h1>"));
    assert!(empty.policy.starts_with("default-src 'none'"));
    let caller = [
        ("user", "m.durand"),
        ("role", "cnt"),
        ("purpose", "demande 8"),
    ];
    let post =
        |path: &str, fields: &[(&str, &str)]| archive.post(path, &[&caller[..], fields].concat());
    let answer = post("/recherche", &[("name", "Éloi"), ("avis", "")]);
    let html = answer.text();
    assert_eq!(answer.status, 200);
    assert!(html.contains("5 documents correspondent") && html.contains("DE L’ÎLE"));
    assert_eq!(html.matches("<tr><th scope=\"row\">").count(), 5);
    let wrong = post("/recherche", &[("avis", "12")]);
    assert_eq!(wrong.status, 400);
    assert!(
        wrong
            .text()
            .contains("Le numéro d&#39;avis comporte dix chiffres.")
    );
    let nobody = archive.post("/recherche", &[("name", "Éloi")]);
    assert!(nobody.status == 400 && !nobody.text().contains("DE L’ÎLE"));

    let one = [("avis", "7500000003"), ("kind", "ACO"), ("issue", "1")];
    let answer = post("/recherche/document", &one);
    assert_eq!((answer.status, &answer.body), (200, &pdf(7_500_000_003)));
    assert_eq!(
        answer.disposition,
        "attachment; filename=\"7500000003-ACO.pdf\""
    );
    let unknown = [("avis", "7599999999"), ("kind", "ACO"), ("issue", "1")];
    assert_eq!(post("/recherche/document", &unknown).status, 404);
    let all = post("/recherche", &[("omp", "OMP75")]).text();
    assert_eq!(all.matches("<tr><th scope=\"row\">").count(), 45);
    assert!(!all.contains("Page suivante"), "45 fit on one page");
}
