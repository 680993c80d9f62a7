// Pictures without what they carry besides their pixels. The browser draws them again, and what it writes down then has no place for where and
// when a picture was taken, with which camera and by whom: none of that was drawn. Who or what is seen in a picture is never looked at.

import { base64, fromBase64 } from "./bytes.js";

/** The most bytes a picture may have, and the most pixels on either side: those of `src/picture`, so that the same is refused everywhere. */
const MOST_BYTES = 10_000_000, MOST_PIXELS = 4096;

/** How good a JPEG is that is written anew. A second loss at this quality is not seen. */
const QUALITY = 0.92;

const JPEG = "image/jpeg", PNG = "image/png";

/**
 * Draws a picture again that stands in an address itself (RFC 2397). A JPEG stays one; anything else, of which the first picture counts if there
 * are several, becomes a PNG, which loses nothing.
 * @param {string} address
 * @returns {Promise<string>} the address of the new picture; the promise fails for what is no picture, and for one that is too large
 */
export async function redraw(address) {
  const coded = /^data:image\/[^,]*;base64,(.*)$/s.exec(address)?.[1] ?? "";
  const bytes = fromBase64(coded);
  if (base64(bytes) !== coded || bytes.length > MOST_BYTES) throw new Error();
  // Asked first: a few bytes can claim to be a picture of gigabytes.
  const { type, width, height } = headOf(new DataView(bytes.buffer));
  mustFit(width, height);
  // Turned as its metadata say, since they will be gone.
  const drawn = await createImageBitmap(new Blob([bytes]), { imageOrientation: "from-image" });
  try {
    mustFit(drawn.width, drawn.height);
    const canvas = new OffscreenCanvas(drawn.width, drawn.height);
    canvas.getContext("2d")?.drawImage(drawn, 0, 0);
    const blob = await canvas.convertToBlob({ type, quality: QUALITY });
    const anew = new Uint8Array(await blob.arrayBuffer());
    return `data:${blob.type};base64,${base64(blob.type === JPEG ? bare(anew) : anew)}`;
  } finally {
    drawn.close();
  }
}

/**
 * A JPEG without the notes at its beginning (APP0 to APP15). Chromium makes one of its own, a colour profile for sRGB; where there is none, sRGB is
 * what colours are read as.
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
function bare(bytes) {
  const file = new DataView(bytes.buffer);
  let at = 2;
  while (file.getUint16(at) >>> 4 === 0xffe) at += 2 + file.getUint16(at + 2);
  bytes.set([0xff, 0xd8], at - 2);
  return bytes.subarray(at - 2);
}

/** @param {number} width @param {number} height */
function mustFit(width, height) {
  if (!(width > 0 && height > 0 && width <= MOST_PIXELS && height <= MOST_PIXELS)) throw new Error();
}

/**
 * The size that the first bytes of a picture claim, and what it is written as. Fails for whatever is no JPEG, PNG, WebP or GIF.
 * @param {DataView} file
 * @returns {{ type: string, width: number, height: number }}
 */
function headOf(file) {
  const kind = file.getUint32(0);
  // PNG (ISO/IEC 15948, 11.2.1), GIF (GIF89a, 18).
  if (kind === 0x89504e47) return { type: PNG, width: file.getUint32(16), height: file.getUint32(20) };
  if (kind === 0x47494638) return { type: PNG, width: file.getUint16(6, true), height: file.getUint16(8, true) };
  // WebP (RFC 9649, 2.5 to 2.7).
  if (kind === 0x52494646 && file.getUint32(8) === 0x57454250) return { type: PNG, ...sizeOfWebp(file) };
  if (kind >>> 8 === 0xffd8ff) return { type: JPEG, ...sizeOfJpeg(file) };
  throw new Error();
}

/** @param {DataView} file */
function sizeOfWebp(file) {
  switch (file.getUint32(12)) {
    case 0x56503858: return { width: 1 + (file.getUint32(24, true) & 0xff_ffff), height: 1 + (file.getUint32(26, true) >>> 8) };
    case 0x5650384c: return { width: 1 + (file.getUint32(21, true) & 0x3fff), height: 1 + (file.getUint32(21, true) >>> 14 & 0x3fff) };
    case 0x56503820: return { width: file.getUint16(26, true) & 0x3fff, height: file.getUint16(28, true) & 0x3fff };
    default: throw new Error();
  }
}

/** Goes from marker to marker up to the one that begins a frame (ISO/IEC 10918-1, B.2.2). @param {DataView} file */
function sizeOfJpeg(file) {
  for (let at = 2; ;) {
    const marker = file.getUint16(at);
    if (marker < 0xff00) throw new Error();
    // Bytes that fill a gap, and markers without a length.
    if (marker === 0xffff) at += 1;
    else if (marker === 0xff01 || marker >>> 3 === 0x1ffa) at += 2;
    else if (marker >>> 4 === 0xffc && ![0xffc4, 0xffc8, 0xffcc].includes(marker)) return { width: file.getUint16(at + 7), height: file.getUint16(at + 5) };
    else at += 2 + file.getUint16(at + 2);
  }
}
