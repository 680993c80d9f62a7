//! What once let somebody else in, each with the page it was found on.

use scraper::{Html, Selector};

use super::pages::{BASES, Taken};
use super::people::{BYSTANDERS, CLUTTER};
use super::writing::{Edits, Side};

/// A page by its name, and what is put at the end of elements of it: the first that each selector finds.
struct Found {
    page: &'static str,
    put: &'static [(&'static str, &'static str)],
}

const FOUND: [Found; 9] = [
    // Any address in the top card was the owner's.
    Found { page: "li-guest-2024", put: &[(".top-card-layout", BYSTANDERS[0])] },
    Found { page: "li-guest-2021", put: &[(".top-card-layout", CLUTTER[0])] },
    // So was a property of an item of its own in the owner's part.
    Found {
        page: "gitlab: 2017, signed in: the viewer's own menu is not read, and nothing proves who may see the address",
        put: &[(".cover-block", BYSTANDERS[1])],
    },
    Found { page: "gitlab: 2021, signed out", put: &[(".cover-block", CLUTTER[0])] },
    Found {
        page: "gitlab: bystanders: what happened, who follows, whose projects",
        put: &[(".user-profile-sidebar", BYSTANDERS[0])],
    },
    Found { page: "gitlab-hosted: 2021, signed out", put: &[(".cover-block", CLUTTER[0])] },
    // A page whose layouts were all ruled out was left to whoever reads any site.
    Found {
        page: "gitlab-hosted: 2021, signed out",
        put: &[(
            ".user-profile",
            "<div class='user-profile-header'></div>\
             <div itemscope itemtype='https://schema.org/Person'><h1 itemprop='name'>Mallory Quist</h1></div>",
        )],
    },
    // Two cards without a text looked like one twice, and the name was that of the only one which is nothing but a picture.
    Found {
        page: "structured: a card that is a picture, and its name the text that stands for it",
        put: &[
            (".h-card", "<div hidden>Mallory Quist</div>"),
            ("body", "<div class='h-card'><img alt='Mallory Quist' src='/quist.jpg'></div>"),
        ],
    },
    // A closed element that is itself a value was read with all that it hides.
    Found {
        page: "xing: signed in, a contact of the second degree in German: the overlay was released to this viewer alone",
        put: &[(":has(> [data-xds='IconLocationPin'])", "<details><summary>More</summary><p>Mallory Quist</p></details>")],
    },
];

#[test]
fn what_was_found_once_is_not_found_again() {
    let mut wrong = Vec::new();
    for Found { page, put } in FOUND {
        let base = BASES.iter().find(|base| base.says == page).expect(page);
        let html = Html::parse_document(&base.page);
        let mut edits = Edits::default();
        for (css, text) in put {
            let place = html.select(&Selector::parse(css).unwrap()).next().expect(css);
            edits.put(Side::Last, place.id(), text);
        }
        let after = Taken::from(&base.url, &edits.written([html.tree.root()]));
        wrong.extend(after.changed_from(&base.before).map(|what| format!("{page}, with {put:?}: {what}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
