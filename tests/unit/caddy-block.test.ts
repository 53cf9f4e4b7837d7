import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  BrokenBlockError,
  markersFor,
  readBlock,
  removeBlock,
  writeBlock,
} from "../../providers/caddy/block.ts";

const markers = markersFor("plane");
const caddyfile = fc
  .array(
    fc.constantFrom(
      "other.example {",
      "\trespond 200",
      "}",
      "",
      "# a comment",
      "# >>> somebody else's block",
    ),
    { maxLength: 12 },
  )
  .map((lines) => lines.join("\n"));
const block = fc
  .array(fc.constantFrom("http://work.localhost {", "\trespond 404", "}", "", "é ✅"), { maxLength: 8 })
  .map((lines) => lines.map((line) => `${line}\n`).join(""));

test("INFRA-04: a block that is written and removed leaves every byte of the other sites", () => {
  fc.assert(
    fc.property(caddyfile, block, (text, ours) => {
      assert.equal(removeBlock(writeBlock(text, markers, ours), markers), text);
    }),
  );
});

test("a block reads back as it was written", () => {
  fc.assert(
    fc.property(caddyfile, block, (text, ours) => {
      assert.equal(readBlock(writeBlock(text, markers, ours), markers), ours);
    }),
  );
});

test("a block that is written again changes only what is between its markers", () => {
  fc.assert(
    fc.property(caddyfile, block, block, caddyfile, (before, first, second, after) => {
      const text = `${writeBlock(before === "" ? "" : `${before}\n`, markers, first)}${after}`;
      const changed = writeBlock(text, markers, second);
      assert.equal(writeBlock(changed, markers, first), text);
      assert.equal(removeBlock(changed, markers), removeBlock(text, markers));
    }),
  );
});

test("a text without our block has none, and removing it changes nothing", () => {
  const text = "other.example {\n\trespond 200\n}\n";
  assert.equal(readBlock(text, markers), undefined);
  assert.equal(removeBlock(text, markers), text);
});

test("a block of which a marker is missing is never guessed at", () => {
  const whole = writeBlock("", markers, "work.example {\n}\n");
  for (const lost of [markers.begin, markers.end])
    assert.throws(() => writeBlock(whole.replace(lost, ""), markers, "new\n"), BrokenBlockError);
});
