//! JSON as people write it, with comments and trailing commas, made into JSON as it is read everywhere else.

use crate::json::Problem;

/// The text without comments and trailing commas. Every character that stays keeps its line and column; a text without either stays as it is.
///
/// # Errors
/// A comment that does not end, or that does not begin as one.
pub(super) fn plain(text: &str) -> Result<String, Problem> {
    let Stripped { bytes, ends } = stripped(text);
    let mut plain = String::with_capacity(text.len());
    let mut last_blank = 0;
    for (at, letter) in text.char_indices() {
        let stays = bytes.get(at..at + letter.len_utf8()) == text.as_bytes().get(at..at + letter.len_utf8());
        if !stays {
            last_blank = at;
        }
        // One blank for each character, and lines where they were: whoever gets a line and a column finds them in the text as written.
        plain.push(if stays || letter == '\n' { letter } else { ' ' });
    }
    match ends {
        Some(true) => Ok(plain),
        // The last character that was taken out is the one that began no comment after all.
        None => Err(problem(text, last_blank, "a single `/` begins no comment", "`//` or `/*`")),
        Some(false) => {
            // Inside the open comment nothing else begins, so it is the last place that is not inside of one.
            let begins = |(at, _): &(usize, &str)| text.get(..*at).is_some_and(|before| stripped(before).ends == Some(true));
            let at = text.rmatch_indices("/*").find(begins).map_or(0, |(at, _)| at);
            Err(problem(text, at, "this comment does not end", "`*/` behind it"))
        }
    }
}

struct Stripped {
    bytes: Vec<u8>,
    /// Whether the text ends outside of a comment; none: something in it looks like a comment and is none.
    ends: Option<bool>,
}

fn stripped(text: &str) -> Stripped {
    // What stands behind the end is blanked only if a comment goes on there. A new line ends the other kind.
    let mut bytes = [text.as_bytes(), b"\n0"].concat();
    let sound = json_strip_comments::strip_slice(&mut bytes).is_ok();
    let ends = sound.then(|| bytes.last() == Some(&b'0'));
    Stripped { bytes, ends }
}

fn problem(text: &str, at: usize, what: &str, instead: &str) -> Problem {
    let before = text.get(..at).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Problem { line, column, what: what.into(), instead: instead.into() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn comments_become_blanks_and_everything_else_stays_where_it_is() {
        for (text, wanted) in [
            ("{\"a\": 1} // é", "{\"a\": 1}     "),
            ("{/* é😀 */\"a\": 1}", "{        \"a\": 1}"),
            ("{/* one\ntwo é\n*/ \"a\": [1, 2,],\n}", "{      \n     \n   \"a\": [1, 2 ] \n}"),
            ("{\"a\": \"// no /* comment */\"}", "{\"a\": \"// no /* comment */\"}"),
            ("{\"a\": \"\\\"//\", // \"\n\"b\": 1}", "{\"a\": \"\\\"//\",     \n\"b\": 1}"),
            ("[1, // one\n]", "[1        \n]"),
            ("// only\r\n1", "        \n1"),
        ] {
            let plain = plain(text).unwrap();
            assert_eq!(plain, wanted, "{text}");
            assert_eq!(plain.chars().count(), text.chars().count());
        }
    }

    #[test]
    fn a_comment_that_is_none_is_told_where_it_is() {
        let told = |text: &str| plain(text).unwrap_err().to_string();
        assert_eq!(told("{ // é /*\n \"é\": / 1}"), "line 2, column 7: a single `/` begins no comment; write `//` or `/*`");
        assert_eq!(told("{} /* a */ // /* b\n/* é /* c\n"), "line 2, column 1: this comment does not end; write `*/` behind it");
        assert_eq!(told("{} /"), "line 1, column 4: a single `/` begins no comment; write `//` or `/*`");
        assert_eq!(told("{} /* *"), "line 1, column 4: this comment does not end; write `*/` behind it");
    }

    proptest! {
        #[test]
        fn plain_json_stays_as_it_is(text in "\\PC{0,20}", number in any::<i32>(), pretty in any::<bool>()) {
            let document = serde_json::json!({ "a": [&text, number, {}], (text): [] });
            let text = if pretty { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) }.unwrap();
            prop_assert_eq!(plain(&text).unwrap(), text);
        }

        #[test]
        fn places_stay(text in "[\\[\\]{}\",:/*#\\\\\né 1]{0,40}") {
            if let Ok(plain) = plain(&text) {
                prop_assert_eq!(plain.chars().count(), text.chars().count());
                prop_assert!(plain.chars().zip(text.chars()).all(|(now, was)| now == was || now == ' ' && was != '\n'));
            }
        }
    }
}
