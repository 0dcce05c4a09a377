//! What must hold of any bytes that are said to be a font. The crate's own tests run it too, on the seeds and on everything
//! that was ever found.

use std::sync::Arc;

use imgplane_text::{Font, Rgba, Text, TextError, draw, measure};

/// Longest file that is of interest: what is longer finds nothing else, only more slowly.
const LONGEST: usize = 64 << 10;

/// Letters of several scripts, both directions, a ligature, a line break, and what no font has.
const WORDS: &str = "Office 12\nשלום لله क्ष \u{10FFFF}";

/// Sets a text in the font: as large as was measured, or refused with words that blame the file.
pub fn fonts(bytes: &[u8]) {
    if bytes.len() > LONGEST {
        return;
    }
    let font = Font::File(Arc::from(bytes));
    for text in [
        Text { font: font.clone(), size: 19.0, ..words() },
        Text { font, size: 8.5, bold: true, italic: true, width: Some(40), padding: [1, 2, 3, 4], ..words() },
    ] {
        match (measure(&text), draw(&text)) {
            (Ok(size), Ok(drawn)) => {
                assert_eq!((drawn.width, drawn.height), size);
                assert_eq!(drawn.data.len() as u64, u64::from(size.0) * u64::from(size.1) * 4);
            }
            (Err(error), Err(other)) if error == other => sound(&error),
            // What costs too much to fill is known only when it is filled.
            (Ok(_), Err(error)) => sound(&error),
            (measured, drawn) => panic!("{measured:?}, but {:?}", drawn.map(drop)),
        }
    }
}

fn words() -> Text {
    Text {
        content: WORDS.to_owned(),
        strikethrough: true,
        background: Some(Rgba { alpha: 99, ..Rgba::BLACK }),
        ..Text::default()
    }
}

fn sound(error: &TextError) {
    assert!(!matches!(error, TextError::Internal { .. } | TextError::Number { .. }), "{error:?}");
}
