//! Pictures that stand in an address themselves (RFC 2397): the only ones a page hands over without another request.

use base64ct::{Base64, Encoding};

use super::{Format, Limits, strip};

/// A picture in an address, stripped, in an address again; none if the address only says where a picture is, or the picture cannot be stripped.
#[must_use]
pub fn stripped(address: &str) -> Option<String> {
    let (kind, coded) = address.strip_prefix("data:image/")?.split_once(',')?;
    kind.ends_with(";base64").then_some(())?;
    let picture = strip(&Base64::decode_vec(coded).ok()?, &Limits::default()).ok()?;
    let kind = match picture.format {
        Format::Jpeg => "jpeg",
        Format::Png => "png",
        Format::Webp => "webp",
        Format::Gif => "gif",
    };
    // What has to be turned to be seen upright would be seen lying on its side.
    (picture.orientation == 1).then(|| ["data:image/", kind, ";base64,", &Base64::encode_string(&picture.bytes)].concat())
}
