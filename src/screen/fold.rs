//! Letters in the form in which they are compared: small, without marks, in ASCII where there is such a letter.
//!
//! Who wants to be found by people but not by machines writes `ｌéa` or borrows letters of other scripts. Both fold to what they look like.

/// Latin letters with marks, behind what they are without; the small ones, as capitals are found by their distance.
const MARKED: &str = "aàáâãäåāăąǎaeæǽbƀcçćĉċčdďđðeèéêëēĕėęěẽfƒgĝğġģhĥħiìíîïĩīĭįıijĳjĵkķlĺļľŀłnñńņňŉoòóôõöøōŏőǒoeœrŕŗřsśŝşšșssßtţťŧțthþuùúûüũ\
    ūŭůűųǔwŵẁẃẅyýÿŷỳzźżž'’‘ʼ＇´`′-‐‑‒–—−﹣－";

/// Letters of other scripts behind the Latin ones that they look like (after Unicode TS 39).
const ALIKE: &str = "aаαАΑbВΒЬcсϲСϹdԁeеЕΕҽgɡhһНΗiіІΙӏιjјЈkкКΚκlⅼmМΜмnոΝпoоοОΟօσpрρРΡqԛrгᴦsѕЅtтТΤτuυսvνѵwԝѡxхХΧχyуУΥγ";

/// Adds a letter as it is compared. What has no such form is added as it is; what is not seen (joiners, marks of direction) is left out.
pub(crate) fn fold(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        return;
    }
    match c {
        '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{feff}'
        | '\u{300}'..='\u{36f}' => {}
        // Full width, and the letters and digits of mathematics that some write their names in.
        '！'..='～' => out.push(shifted(c, '！', '!').to_ascii_lowercase()),
        '𝐀'..='𝚣' => out.push(mathematical(c)),
        '𝟎'..='𝟿' => out.push(shifted_by((u32::from(c) - u32::from('𝟎')) % 10, '0')),
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => out.push(' '),
        _ => {
            if let Some(digit) = digit(c) {
                out.push(digit);
                return;
            }
            let small = small(c);
            if !plain(MARKED, small, out) && !plain(ALIKE, c, out) {
                out.push(small);
            }
        }
    }
}

/// Adds what stands before a letter in a table, if it is there.
fn plain(table: &str, c: char, out: &mut String) -> bool {
    let (mut from, mut to, mut head) = (0, 0, false);
    for (at, one) in table.char_indices() {
        if one == c {
            out.push_str(table.get(from..to).unwrap_or_default());
            return true;
        }
        if one.is_ascii() {
            from = if head { from } else { at };
            to = at + 1;
        }
        head = one.is_ascii();
    }
    false
}

/// The small letter of a Latin capital with marks; the tables of all of Unicode would be three thousand bytes in the extension.
fn small(c: char) -> char {
    match c {
        'À'..='Ö' | 'Ø'..='Þ' => shifted_by(u32::from(c) - u32::from('À'), 'à'),
        'Ÿ' => 'ÿ',
        // In these two the capitals are odd, everywhere else even.
        'Ĺ'..='Ň' | 'Ź'..='Ž' if u32::from(c) % 2 == 1 => shifted_by(1, c),
        'Ā'..='ķ' | 'Ŋ'..='ŷ' | 'Ș'..='ț' | 'Ẁ'..='ỹ' if u32::from(c) % 2 == 0 => shifted_by(1, c),
        _ => c,
    }
}

/// A letter of one of the thirteen mathematical alphabets of Latin letters.
fn mathematical(c: char) -> char {
    let at = (u32::from(c) - u32::from('𝐀')) % 52;
    shifted_by(at % 26, 'a')
}

fn shifted(c: char, from: char, to: char) -> char {
    shifted_by(u32::from(c).saturating_sub(u32::from(from)), to)
}

fn shifted_by(distance: u32, from: char) -> char {
    char::from_u32(u32::from(from) + distance).unwrap_or(from)
}

/// Where the digits of scripts begin that write decimal numbers as Europe does (Unicode, general category Nd).
const ZEROS: [char; 15] = ['٠', '۰', '߀', '०', '০', '੦', '૦', '୦', '௦', '౦', '೦', '൦', '๐', '໐', '༠'];

/// The ASCII digit for a digit of another script, circled digits too.
fn digit(c: char) -> Option<char> {
    if !matches!(c, '\u{660}'..='\u{f29}' | '①'..='⑨' | '⓪' | '\u{20e3}' | '⁰'..='₉') {
        return None;
    }
    let zero = ZEROS.iter().find(|zero| (**zero..).take(10).any(|one| one == c)).copied();
    let value = match (zero, c) {
        (Some(zero), _) => u32::from(c) - u32::from(zero),
        (None, '①'..='⑨') => u32::from(c) - u32::from('①') + 1,
        (None, '⓪') => 0,
        _ => return None,
    };
    char::from_digit(value, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        let mut out = String::new();
        text.chars().for_each(|c| fold(c, &mut out));
        out
    }

    #[test]
    fn letters_fold_to_what_they_look_like() {
        for (text, plain) in [
            ("Élève ÀÇÑŸ Łódź ŻÓŁĆ Œuvre Straße ĲSSEL", "eleve acny lodz zolc oeuvre strasse ijssel"),
            ("ｌｅａ＠ｆｉｒｍ．ｅｘａｍｐｌｅ", "lea@firm.example"),
            ("рhоnе ＋３３ 𝟔𝟏", "phone +33 61"),
            ("𝐋𝐞𝐚 𝓛𝓮𝓪", "lea lea"),
            ("l\u{200b}e\u{301}a d’Arc – nord", "lea d'arc - nord"),
            ("İstanbul 東京", "istanbul 東京"),
        ] {
            assert_eq!(folded(text), plain, "{text}");
        }
    }
}
