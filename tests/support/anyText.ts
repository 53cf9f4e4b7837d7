import fc from "fast-check";

/** Whatever a string can be, halves of surrogate pairs included. fast-check's own `binary` takes two seconds to make. */
export function anyText(maxLength: number): fc.Arbitrary<string> {
  const units = fc.array(fc.nat(0xffff), { maxLength }).map((codes) => String.fromCharCode(...codes));
  return fc.oneof(units, fc.string({ unit: "grapheme", maxLength }));
}
